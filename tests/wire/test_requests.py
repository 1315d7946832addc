"""Signed requests: the base, and headers that are read as they were written or refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import InputError, IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.pae import parse_pae
from strongroom.wire.requests import (
    CLIENT_CHARACTERS_MAX,
    KeyKind,
    Received,
    SignatureBase,
    format_authority,
    format_headers,
    hash_request,
    parse_headers,
)

RECEIVED = Received(
    srv=b"s" * 16,
    authority="strongroom.example:443",
    method="POST",
    path="/v1/sync?page=1&a=%20",
    body=b"{}",
)
REQUEST = SignatureBase(
    srv=RECEIVED.srv,
    authority=RECEIVED.authority,
    account=b"a" * 16,
    principal=b"p" * 16,
    key_kind=KeyKind.DEVICE,
    device=b"d" * 16,
    method=RECEIVED.method,
    path=RECEIVED.path,
    body_hash=sha256(RECEIVED.body),
    time_ms=1_780_000_000_000,
    nonce=b"n" * 16,
    client="strongroom/1.0 (linux)",
)
SIGNATURE = bytes(range(64))
HEADERS = format_headers(REQUEST, SIGNATURE)
ACCOUNT, PRINCIPAL, _, DEVICE = HEADERS["SR-Key"].split(".")


def refused(headers):
    """Return nothing; the headers must be refused in one way, and are not repeated."""
    with pytest.raises(IntegrityError) as caught:
        parse_headers(headers, RECEIVED)
    assert caught.value.layer == "form"
    assert caught.value.__cause__ is None
    assert (
        caught.value.message == "the request is not signed, or its signature headers are malformed"
    )


def changed(**changes):
    return (HEADERS | {name.replace("_", "-"): value for name, value in changes.items()}).items()


def test_base():
    """The base has the thirteen parts of the specification in their order."""
    assert parse_pae(REQUEST.encode()) == [
        b"sr/v1/req",
        REQUEST.srv,
        b"strongroom.example:443",
        REQUEST.account,
        REQUEST.principal,
        (2).to_bytes(8, "little"),
        REQUEST.device,
        b"POST",
        b"/v1/sync?page=1&a=%20",
        sha256(b"{}"),
        REQUEST.time_ms.to_bytes(8, "little"),
        REQUEST.nonce,
        b"strongroom/1.0 (linux)",
    ]


@pytest.mark.parametrize("field", SignatureBase.__struct_fields__)
def test_every_part_is_signed(field):
    """No two requests that differ in one part have the same base."""
    value = getattr(REQUEST, field)
    if isinstance(value, int):
        other = value + 1
    else:
        other = value[:-1] + (b"x" if isinstance(value, bytes) else "x")
    assert msgspec.structs.replace(REQUEST, **{field: other}).encode() != REQUEST.encode()


def test_headers():
    """The headers have the spelling of the specification."""
    assert HEADERS == {
        "SR-Key": "mfqwcylbmfqwcylbmfqwcylbme.obyha4dqobyha4dqobyha4dqoa.2."
        "mrsgizdemrsgizdemrsgizdemq",
        "SR-Time": "1780000000000",
        "SR-Nonce": "bm5ubm5ubm5ubm5ubm5ubg",
        "SR-Sig": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7"
        "PD0-Pw",
        "SR-Client": "strongroom/1.0 (linux)",
    }


@given(
    st.builds(
        SignatureBase,
        srv=st.just(RECEIVED.srv),
        authority=st.just(RECEIVED.authority),
        account=st.binary(min_size=16, max_size=16),
        principal=st.binary(min_size=16, max_size=16),
        key_kind=st.integers(0, 9) | st.sampled_from(KeyKind),
        device=st.just(b"") | st.binary(min_size=16, max_size=16),
        method=st.just(RECEIVED.method),
        path=st.just(RECEIVED.path),
        body_hash=st.just(sha256(RECEIVED.body)),
        time_ms=st.integers(0, INTEGER_MAX),
        nonce=st.binary(min_size=16, max_size=16),
        client=st.sampled_from(["", "x", "a b", "op/2.0", "~" * CLIENT_CHARACTERS_MAX]),
    ),
    st.binary(min_size=64, max_size=64),
)
def test_round_trip(request_, signature):
    """Headers are read as they were written; whether the parts fit is asked later."""
    headers = format_headers(request_, signature)
    assert ("SR-Client" in headers) == bool(request_.client)
    assert parse_headers(headers.items(), RECEIVED) == (request_, signature)


def test_other_headers():
    """Names are read in any case and order, between any other headers."""
    rows = [("Host", "x"), *reversed(HEADERS.items()), ("Accept", "a"), ("accept", "b")]
    mixed = [(name.swapcase(), value) for name, value in rows]
    assert parse_headers(mixed, RECEIVED) == (REQUEST, SIGNATURE)


@pytest.mark.parametrize("name", ["SR-Key", "SR-Time", "SR-Nonce", "SR-Sig"])
def test_missing_headers(name):
    """Without one of the four headers a request is not signed."""
    refused([row for row in HEADERS.items() if row[0] != name])


@pytest.mark.parametrize("name", HEADERS)
def test_doubled_headers(name):
    """A header that stands twice is refused, even with the same value."""
    refused([*HEADERS.items(), (name.lower(), HEADERS[name])])


MALFORMED = {
    "an empty key": {"SR_Key": ""},
    "a key without its kind": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}"},
    "a key of five parts": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}.2.{DEVICE}.{DEVICE}"},
    "an empty device": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}.1."},
    "an upper-case id": {"SR_Key": f"{ACCOUNT.upper()}.{PRINCIPAL}.1"},
    "a short id": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL[:-1]}.1"},
    "an id with spare bits": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL[:-1]}b.1"},
    "a kind with a zero in front": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}.01"},
    "a kind with a sign": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}.+1"},
    "a kind in words": {"SR_Key": f"{ACCOUNT}.{PRINCIPAL}.user"},
    "a blank around the key": {"SR_Key": f" {ACCOUNT}.{PRINCIPAL}.1"},
    "no time": {"SR_Time": ""},
    "a time below zero": {"SR_Time": "-1"},
    "a time with a fraction": {"SR_Time": "1780000000000.0"},
    "a time with a zero in front": {"SR_Time": "01780000000000"},
    "a time with an underline": {"SR_Time": "1_780"},
    "a time in other digits": {"SR_Time": "١٧٨"},
    "a time with a line end": {"SR_Time": "1780000000000\n"},
    "a time too large": {"SR_Time": str(INTEGER_MAX + 1)},
    "a time of many digits": {"SR_Time": "9" * 5_000},
    "no nonce": {"SR_Nonce": ""},
    "a short nonce": {"SR_Nonce": "bm5ubm5ubm5ubm5ubm5u"},
    "a long nonce": {"SR_Nonce": HEADERS["SR-Nonce"] + "AA"},
    "a padded nonce": {"SR_Nonce": HEADERS["SR-Nonce"] + "=="},
    "a nonce with spare bits": {"SR_Nonce": HEADERS["SR-Nonce"][:-1] + "h"},
    "no signature": {"SR_Sig": ""},
    "a short signature": {"SR_Sig": "AAEC"},
    "a signature in the other alphabet": {"SR_Sig": HEADERS["SR-Sig"].replace("-", "+")},
    "a signature beyond ASCII": {"SR_Sig": "é" * 86},
    "a client text with a line end": {"SR_Client": "a\nb"},
    "a client text that ends so": {"SR_Client": "a\n"},
    "a client text beyond ASCII": {"SR_Client": "é"},
    "a blank in front": {"SR_Client": " a"},
    "a blank behind": {"SR_Client": "a "},
    "only a blank": {"SR_Client": " "},
    "a tab": {"SR_Client": "a\tb"},
    "a client text too long": {"SR_Client": "x" * (CLIENT_CHARACTERS_MAX + 1)},
}


@pytest.mark.parametrize("changes", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_headers(changes):
    """Every header has one spelling; another one is refused before anything is looked up."""
    refused(changed(**changes))


@given(st.lists(st.tuples(st.sampled_from([*HEADERS, "x"]), st.text())))
def test_any_headers(headers):
    """Whatever is sent, the error is typed."""
    with pytest.raises(IntegrityError):
        parse_headers(headers, RECEIVED)


def test_client_text_of_a_writer():
    """A client text that no header can carry is refused where it is written."""
    longest = "x" * CLIENT_CHARACTERS_MAX
    assert format_headers(msgspec.structs.replace(REQUEST, client=longest), SIGNATURE)
    for text in (longest + "x", "a\r\nHost: b", "a ", "é"):
        with pytest.raises(
            InputError, match="the name and version of a program may have at most 128"
        ):
            format_headers(msgspec.structs.replace(REQUEST, client=text), SIGNATURE)


AUTHORITIES = {
    ("strongroom.example", 443): "strongroom.example:443",
    ("Strongroom.Example", 8443): "strongroom.example:8443",
    ("127.0.0.1", 80): "127.0.0.1:80",
    ("FE80::1", 8443): "[fe80::1]:8443",
}


@pytest.mark.parametrize(("address", "text"), AUTHORITIES.items())
def test_authority(address, text):
    """An address is signed in lower case with its port, whichever port it is."""
    assert format_authority(*address) == text


def test_request_hash():
    """What is kept beside a nonce tells method, path and body apart, wherever they are split."""
    claims = {
        hash_request(*parts)
        for parts in (
            ("POST", "/a", b"{}"),
            ("PUT", "/a", b"{}"),
            ("POST", "/a?b", b"{}"),
            ("POST", "/a", b"{} "),
            ("POST", "/", b"a{}"),
            ("POST/", "a", b"{}"),
        )
    }
    assert len(claims) == 6
