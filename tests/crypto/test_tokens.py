"""Service-account tokens: read whole and canonical, or refused by a typed error."""

import json
from base64 import b64decode, b64encode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.base64url import encode_base64url
from strongroom.crypto.tokens import (
    TOKEN_BYTES_MAX,
    Token,
    format_token,
    parse_token,
)
from strongroom.errors import (
    ForeignTokenError,
    InvalidTokenError,
    StrongroomError,
    TokenExpiredError,
    UnsupportedVersionError,
)

SEED = b"\xa5" * 32
TOKEN = Token(
    url="file:///srv/strongroom.db",
    srv=b"",
    account=b"a" * 16,
    principal=b"p" * 16,
    seed=SEED,
    root_version=2,
    root_hash=b"h" * 32,
    generation=1,
    rev=9,
    expires_ms=1_000,
)
TEXT = format_token(TOKEN)


def write(record, *, padding=False):
    raw = record if isinstance(record, bytes) else json.dumps(record).encode()
    text = b64encode(raw).decode()
    return "ops_" + (text if padding else text.rstrip("="))


def record_of():
    body = TEXT.removeprefix("ops_")
    return json.loads(b64decode(body + "=" * (-len(body) % 4)))


def refused(text, **options):
    """Return the error of a text that is no token, its words already checked."""
    with pytest.raises(StrongroomError) as caught:
        parse_token(text, **options)
    error = caught.value
    told = f"{error!r} {error} {error.hint}"
    assert encode_base64url(SEED) not in told
    assert text[4:24] not in told or len(text) < 24
    return error


@given(
    st.builds(
        Token,
        url=st.sampled_from(["file:///a.db", "https://example.org", "file:///%C3%A4"]),
        srv=st.just(b"") | st.binary(min_size=16, max_size=16),
        account=st.binary(min_size=16, max_size=16),
        principal=st.binary(min_size=16, max_size=16),
        seed=st.binary(min_size=32, max_size=32),
        root_version=st.integers(0, 2**53 - 1),
        root_hash=st.binary(min_size=32, max_size=32),
        generation=st.integers(0, 2**53 - 1),
        rev=st.integers(0, 2**53 - 1),
        expires_ms=st.none() | st.integers(1, 2**53 - 1),
    )
)
def test_round_trip(token):
    """Every token is read as it was written."""
    assert parse_token(format_token(token)) == token


def test_expiry():
    """A token lives until the millisecond that it names, and one without an end for ever."""
    assert parse_token(TEXT, now=999) == TOKEN
    assert parse_token(TEXT) == TOKEN
    for now in (1_000, 10**15):
        assert isinstance(refused(TEXT, now=now), TokenExpiredError)
    endless = msgspec.structs.replace(TOKEN, expires_ms=None)
    assert parse_token(format_token(endless), now=2**53 - 1) == endless


def test_another_products_token():
    """A token of 1Password is named as such and goes nowhere."""
    foreign = {
        "signInAddress": "my.1password.com",
        "secretKey": "A3-XXXXXX",
        "email": "x@example.org",
    }
    error = refused(write(foreign))
    assert isinstance(error, ForeignTokenError)
    assert "1Password" in error.message
    assert "nothing was sent" in error.hint


def changed(**changes):
    return write(record_of() | changes)


REORDERED = dict(reversed(list(record_of().items())))
DOUBLED = json.dumps(record_of())[:-1] + ', "rev": 1}'
TWICE = json.dumps(record_of())[:-1] + f', "chk": "{record_of()["chk"]}"}}'
REFUSED = {
    "nothing": ("", "prefix"),
    "another prefix": (TEXT.replace("ops_", "OPS_"), "prefix"),
    "a blank in front": (" " + TEXT, "prefix"),
    "a line end": (TEXT + "\n", "base64"),
    "a blank inside": (TEXT[:50] + " " + TEXT[50:], "base64"),
    "the other base64": ("ops_-_-_", "base64"),
    "padding": (write(b"{}1", padding=True) + "=", "base64"),
    "an impossible length": ("ops_" + "A" * 5, "base64"),
    "spare bits": ("ops_e31", "base64"),
    "only the prefix": ("ops_", "json"),
    "not JSON": (write(b"{"), "json"),
    "a list": (write([]), "json"),
    "a number": (write(b"1"), "json"),
    "not a number": (write(b'{"v":NaN}'), "json"),
    "nested without end": (write(b"[" * 6_000), "json"),
    "no keys": (write({}), "keys"),
    "another order": (write(REORDERED), "keys"),
    "a key too many": (write(DOUBLED.encode()), "keys"),
    "a key twice": (write(TWICE.encode()), "keys"),
    "a key missing": (write({k: v for k, v in record_of().items() if k != "exp"}), "keys"),
    "version as text": (changed(v="1"), "keys"),
    "version as truth": (changed(v=True), "keys"),
    "version with a point": (changed(v=1.0), "keys"),
    "a relative address": (changed(url="file://x"), "keys"),
    "an address that is none": (changed(url=7), "keys"),
    "half a character": (changed(url="file:///\ud800"), "keys"),
    "an upper-case id": (changed(acc=record_of()["acc"].upper()), "keys"),
    "a service id that is none": (changed(srv="x"), "keys"),
    "a short seed": (changed(seed="AAAA"), "keys"),
    "a padded seed": (changed(seed=record_of()["seed"] + "="), "keys"),
    "a negative rev": (changed(head=[0, -1]), "keys"),
    "a rev too high": (changed(head=[0, 2**53]), "keys"),
    "three parts of a head": (changed(head=[0, 1, 2]), "keys"),
    "a root without hash": (changed(root=[0]), "keys"),
    "an end as text": (changed(exp="1000"), "keys"),
    "no check": (changed(chk=None), "keys"),
    "a false check": (changed(chk="00000000"), "chk"),
    "an upper-case check": (changed(chk=record_of()["chk"].upper() + "A"), "chk"),
    "a check that is not ASCII": (changed(chk="ä"), "chk"),
    "another seed": (changed(seed=encode_base64url(bytes(32))), "chk"),
    "another address": (changed(url="https://example.org"), "chk"),
    "another end": (changed(exp=2_000), "chk"),
}


@pytest.mark.parametrize(("text", "layer"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(text, layer):
    """The first check that fails refuses, and no part of the token is repeated."""
    error = refused(text)
    assert type(error) is InvalidTokenError
    assert error.layer == layer


@pytest.mark.parametrize("version", [0, 2, -1, 10**9])
def test_other_versions(version):
    """A token of another version is told apart from a damaged one."""
    assert isinstance(refused(changed(v=version)), UnsupportedVersionError)


def test_length():
    """A token has at most 8 KiB; the refusal comes before any decoding."""
    address = "file:///" + "a" * 3
    short = len(format_token(msgspec.structs.replace(TOKEN, url=address)))
    room = (TOKEN_BYTES_MAX - short) * 3 // 4
    near = [msgspec.structs.replace(TOKEN, url="https://" + "a" * (room + n)) for n in range(12)]
    sizes = {len(format_token(token)): token for token in near}
    assert min(sizes) <= TOKEN_BYTES_MAX < max(sizes)
    for size, token in sizes.items():
        if size <= TOKEN_BYTES_MAX:
            assert parse_token(format_token(token)) == token
        else:
            assert refused(format_token(token)).layer == "prefix"
    assert refused("ops_" + "A" * 10_000_000).layer == "prefix"


def test_every_cut():
    """A token that was cut anywhere is refused."""
    for length in range(len(TEXT)):
        assert isinstance(refused(TEXT[:length]), InvalidTokenError)


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_one_changed_character(place, letter):
    """One character changed anywhere gives a typed error, or the token was not changed."""
    text = TEXT[:place] + letter + TEXT[place + 1 :]
    try:
        assert parse_token(text) == TOKEN
    except StrongroomError:
        return
    assert text == TEXT


@given(st.text() | st.binary().map(write) | st.text().map("ops_".__add__))
def test_any_text(text):
    """Whatever is pasted, the error is typed."""
    with pytest.raises(StrongroomError):
        parse_token(text, now=0)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


@given(st.sampled_from(list(record_of())), JSON)
def test_any_value(key, value):
    """Whatever stands under a key, the error is typed."""
    if record_of()[key] == value:
        return
    with pytest.raises(StrongroomError):
        parse_token(changed(**{key: value}), now=0)


def test_token_prints_no_seed():
    """The text of an opened token names its owner and nothing else."""
    assert repr(TOKEN) == str(TOKEN) == "Token(principal='obyha4dqobyha4dqobyha4dqoa')"
