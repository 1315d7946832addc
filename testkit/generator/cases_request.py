"""Cases of signed requests (section 13 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad, good
from generator.crypto import sign, with_large_s
from generator.keys import Keyset
from generator.requests_ import WINDOW_MS, Request, nonce_claim
from generator.world import ACCOUNT, MONA, T0, WALT

Json = dict[str, Any]
SRV = derive_bytes("installation", 16)
DEVICE = Keyset(derive_bytes("seed/device"))
REQUEST = Request(
    SRV,
    "strongroom.example:8443",
    ACCOUNT,
    WALT.id,
    2,
    derive_bytes("device", 16),
    "PUT",
    "/v1/containers/x?b=2&a=%20",
    b'{"version":2}',
    T0,
    derive_bytes("nonce", 16),
    "op/2.0",
)


def ask_request(request: Request = REQUEST, **fields: Any) -> Json:
    """The question about a request, signed as it is."""
    given: Json = {
        "op": "sign",
        "srv": request.srv.hex(),
        "authority": request.authority,
        "account": request.account.hex(),
        "principal": request.principal.hex(),
        "key_kind": request.key_kind,
        "device": request.device.hex(),
        "method": request.method,
        "path": request.path,
        "body": request.body.hex(),
        "time": request.time,
        "nonce": request.nonce.hex(),
        "client": request.client,
        "server_addresses": ["strongroom.example:8443", "[::1]:8443"],
        "server_time": T0,
        "pk": DEVICE.sign_pk.hex(),
        "sig": _sign(request).hex(),
    }
    return {**given, **fields}


def _sign(request: Request) -> bytes:
    return sign(DEVICE.sign_seed, request.base())


def request_good() -> Iterator[Case]:
    """Requests that a server accepts."""
    yield good("request", "raw_path", "path and query as they are sent, not decoded", ask_request())
    yield good(
        "request",
        "user_auth_key",
        "signed with the auth key, no device",
        ask_request(replace(REQUEST, key_kind=1, device=b"")),
    )
    yield good(
        "request",
        "empty_body",
        "no body, no client text",
        ask_request(replace(REQUEST, method="GET", body=b"", client="")),
    )
    yield good(
        "request",
        "second_address",
        "the other of two public addresses",
        ask_request(replace(REQUEST, authority="[::1]:8443")),
    )
    yield good("request", "oldest", "90 seconds old", ask_request(server_time=T0 + WINDOW_MS))
    yield good(
        "request", "fastest_clock", "90 seconds ahead", ask_request(server_time=T0 - WINDOW_MS)
    )


def request_bad() -> Iterator[Case]:
    """Authority, time, form, signature."""
    for authority, name in (
        ("evil.example:8443", "other_authority"),
        ("strongroom.example", "authority_without_port"),
        ("Strongroom.Example:8443", "authority_upper_case"),
    ):
        given = ask_request(replace(REQUEST, authority=authority))
        yield bad("request", name, "not one of the configured addresses", given, "authority")
    late, early = T0 + WINDOW_MS + 1, T0 - WINDOW_MS - 1
    times = {
        "too_old": ("90 seconds and a millisecond old", ask_request(server_time=late)),
        "too_early": ("90 seconds and a millisecond ahead", ask_request(server_time=early)),
    }
    yield from all_bad("request", "time", times, code="clock_skew")
    shapes: dict[str, tuple[str, Json]] = {
        "device_missing": ("key kind 2 without a device", {"device": b""}),
        "short_device": ("a device id of 15 bytes", {"device": REQUEST.device[:15]}),
        "device_with_auth_key": ("a device id with key kind 1", {"key_kind": 1}),
        "unknown_key_kind": ("key kind 4", {"key_kind": 4, "device": b""}),
        "short_nonce": ("a nonce of 15 bytes", {"nonce": REQUEST.nonce[:15]}),
        "no_nonce": ("no nonce", {"nonce": b""}),
    }
    for condition, (comment, fields) in shapes.items():
        yield bad("request", condition, comment, ask_request(replace(REQUEST, **fields)), "form")
    for condition, (comment, fields) in _changed_parts().items():
        yield bad("request", condition, comment, ask_request(**fields), "signature")


def _changed_parts() -> dict[str, tuple[str, Json]]:
    """Every part of the base, changed behind the signature."""
    other_id = bytes(16).hex()
    lax = with_large_s(_sign(REQUEST)).hex()
    return {
        "method_changed": ("another method", {"method": "DELETE"}),
        "path_changed": ("another query", {"path": "/v1/containers/x?b=3&a=%20"}),
        "path_decoded": ("the query decoded on the way", {"path": "/v1/containers/x?b=2&a= "}),
        "body_changed": ("another body", {"body": b'{"version":3}'.hex()}),
        "time_changed": ("another time", {"time": T0 + 1}),
        "nonce_changed": ("another nonce", {"nonce": derive_bytes("nonce/2", 16).hex()}),
        "srv_changed": ("signed for another installation", {"srv": other_id}),
        "account_changed": ("another account", {"account": other_id}),
        "principal_changed": ("another principal", {"principal": MONA.id.hex()}),
        "device_changed": ("another device", {"device": other_id}),
        "client_changed": ("another client text", {"client": "op/2.1"}),
        "relayed": ("signed for the other address", {"authority": "[::1]:8443"}),
        "signature_not_canonical": ("S + L instead of S", {"sig": lax}),
        "other_key": ("checked under another key", {"pk": MONA.keys.sign_pk.hex()}),
    }


def nonce_cases() -> Iterator[Case]:
    """A nonce belongs to one request."""
    first = nonce_claim("POST", "/v1/items", b"{}")
    yield good(
        "request",
        "nonce_again",
        "a retry of the same request",
        {"op": "nonce", "stored": first.hex(), "again": first.hex()},
    )
    others = {
        "nonce_other_method": (
            "the same nonce with another method",
            nonce_claim("PUT", "/v1/items", b"{}"),
        ),
        "nonce_other_path": (
            "the same nonce with another path",
            nonce_claim("POST", "/v1/items?x", b"{}"),
        ),
        "nonce_other_body": (
            "the same nonce with another body",
            nonce_claim("POST", "/v1/items", b"{} "),
        ),
    }
    for condition, (comment, again) in others.items():
        yield bad(
            "request",
            condition,
            comment,
            {"op": "nonce", "stored": first.hex(), "again": again.hex()},
            "nonce",
            "conflict",
        )
