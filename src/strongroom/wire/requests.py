"""Signed requests: the bytes under a signature, and the headers that carry it.

Source: specs/formats.md section 13. Both ends build the base from what they
see themselves (address, method, path, body); only the rest travels in headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import ClassVar, Final

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import InputError, IntegrityError
from strongroom.ids import AccountId, PrincipalId, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.pae import pae
from strongroom.wire.operations import Answer, Request

NONCE_BYTES: Final = 16
SIGNATURE_BYTES: Final = 64
# Room for a program, its version and its system; every request carries it and the service keeps it.
CLIENT_CHARACTERS_MAX: Final = 128

# Before the name of an operation, in the path of its route.
PATH_PREFIX: Final = "/v1/"

KEY_HEADER: Final = "SR-Key"
TIME_HEADER: Final = "SR-Time"
NONCE_HEADER: Final = "SR-Nonce"
SIGNATURE_HEADER: Final = "SR-Sig"
CLIENT_HEADER: Final = "SR-Client"

_HEADERS: Final = (KEY_HEADER, TIME_HEADER, NONCE_HEADER, SIGNATURE_HEADER, CLIENT_HEADER)
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
# Whoever carries a header may trim it, so blanks stand inside only.
_CLIENT: Final = re.compile(r"([!-~]([ -~]*[!-~])?)?")


class KeyKind(IntEnum):
    """Whose key signs a request."""

    USER = 1
    DEVICE = 2
    SERVICE_ACCOUNT = 3


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The body of an answer that refuses; `time_ms` is the service's, where clocks differ."""

    code: str = ""
    message: str = ""
    hint: str | None = None
    time_ms: int = 0


def route_of(kind: type[Request[Answer]]) -> str:
    """Return the path of an operation."""
    return f"{PATH_PREFIX}{kind.operation}"


class InstallationAnswer(msgspec.Struct, frozen=True):
    """The random id of an installation (16 bytes), and the service's time in milliseconds."""

    id: bytes
    time_ms: int


class InstallationRequest(Request[InstallationAnswer], frozen=True):
    """Ask a service which installation it is; every signed request names the one it is for."""

    operation: ClassVar[str] = "installation"


class SignatureBase(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature covers. `device` is empty unless a device signs."""

    srv: bytes
    authority: str
    account: AccountId
    principal: PrincipalId
    key_kind: int
    device: bytes = b""
    method: str
    path: str
    body_hash: Hash
    time_ms: int
    nonce: bytes
    client: str = ""

    def encode(self) -> bytes:
        """Return the base: the bytes that are signed."""
        return pae(
            "sr/v1/req",
            self.srv,
            self.authority,
            self.account,
            self.principal,
            self.key_kind,
            self.device,
            self.method,
            self.path,
            self.body_hash,
            self.time_ms,
            self.nonce,
            self.client,
        )


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What a service sees of a request by itself, whatever its headers say."""

    srv: bytes
    authority: str
    method: str
    path: str
    body: bytes


def hash_request(method: str, path: str, body: bytes) -> Hash:
    """Return what tells a retry from another request with the same nonce."""
    return sha256(pae(method, path, body))


def format_authority(host: str, port: int) -> str:
    """Write an address as both ends sign it: lower case, the port always, IPv6 in brackets."""
    name = f"[{host}]" if ":" in host else host
    return f"{name.lower()}:{port}"


def format_headers(request: SignatureBase, signature: bytes) -> dict[str, str]:
    """Write the headers of a signed request; an empty client text has none.

    Raises:
        InputError: A client text that a header cannot carry.
    """
    if not _is_client(request.client):
        message = (
            "the name and version of a program may have at most "
            f"{CLIENT_CHARACTERS_MAX} printable ASCII characters and no blanks at either end"
        )
        raise InputError(message)
    ids = [format_id(request.account), format_id(request.principal), str(int(request.key_kind))]
    if request.device:
        ids.append(format_id(request.device))
    headers = {
        KEY_HEADER: ".".join(ids),
        TIME_HEADER: str(request.time_ms),
        NONCE_HEADER: encode_base64url(request.nonce),
        SIGNATURE_HEADER: encode_base64url(signature),
    }
    return headers | ({CLIENT_HEADER: request.client} if request.client else {})


def parse_headers(
    headers: Iterable[tuple[str, str]], received: Received
) -> tuple[SignatureBase, bytes]:
    """Read the headers of a request; return it and its signature, both unverified.

    Args:
        headers: All of the request, in any order; others are passed over.

    Raises:
        IntegrityError: One that is missing, doubled, or spelt in another way
            than `format_headers` does (layer `form`).
    """
    try:
        found = _collect(headers)
        account, principal, kind, *device = found[KEY_HEADER].split(".")
        request = SignatureBase(
            srv=received.srv,
            authority=received.authority,
            account=parse_id(account, AccountId),
            principal=parse_id(principal, PrincipalId),
            key_kind=_integer(kind),
            device=_device(device),
            method=received.method,
            path=received.path,
            body_hash=sha256(received.body),
            time_ms=_integer(found[TIME_HEADER]),
            nonce=_binary(found[NONCE_HEADER], NONCE_BYTES),
            client=_client(found.get(CLIENT_HEADER, "")),
        )
        return request, _binary(found[SIGNATURE_HEADER], SIGNATURE_BYTES)
    except (ValueError, KeyError, InputError):
        # Without its cause: a header may hold anything.
        message = "the request is not signed, or its signature headers are malformed"
        raise IntegrityError(message, layer="form") from None


def _collect(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    names = {name.lower(): name for name in _HEADERS}
    found: dict[str, str] = {}
    for name, value in headers:
        known = names.get(name.lower())
        if known in found:
            raise ValueError
        if known is not None:
            found[known] = value
    return found


def _device(parts: list[str]) -> bytes:
    if not parts:
        return b""
    (part,) = parts
    return parse_id(part)


def _integer(text: str) -> int:
    value = int(text) if _INTEGER.fullmatch(text) else INTEGER_MAX + 1
    if value > INTEGER_MAX:
        raise ValueError
    return value


def _binary(text: str, size: int) -> bytes:
    raw = decode_base64url(text)
    if len(raw) != size:
        raise ValueError
    return raw


def _client(text: str) -> str:
    if not _is_client(text):
        raise ValueError
    return text


def _is_client(text: str) -> bool:
    return len(text) <= CLIENT_CHARACTERS_MAX and _CLIENT.fullmatch(text) is not None
