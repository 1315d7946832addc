"""Share links: everything from one secret, opened in its place or refused."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from strongroom.base64url import encode_base64url
from strongroom.crypto import shares
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, seal
from strongroom.crypto.shares import (
    ShareContext,
    derive_share_id,
    derive_share_key,
    derive_share_token,
    format_share_link,
    make_share_secret,
    open_share,
    open_share_secret,
    parse_share_link,
    seal_share,
    seal_share_secret,
)
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import InputError, IntegrityError

SECRET, OTHER_SECRET = bytes(range(32)), bytes(range(1, 33))
SHARE, OTHER_SHARE = derive_share_id(SECRET), derive_share_id(OTHER_SECRET)
TOKEN_HASH = sha256(derive_share_token(SECRET))
END = 1_780_000_000_000
DOCUMENT = b'{"title":"Mail"}'
SEALED = seal_share(SECRET, document=DOCUMENT, expires_ms=END)
STORED = {"share": SHARE, "token_hash": TOKEN_HASH, "expires_ms": END, "sealed": SEALED}
KEY, OTHER_KEY = SymmetricKey(b"k" * 32), SymmetricKey(b"l" * 32)
PLACE = ShareContext(account=b"a" * 16, kind=1, container=b"c" * 16, epoch=2)


def test_derived_values():
    """Id, token and key of a share are three values, none of which gives another."""
    first, second = make_share_secret(), make_share_secret()
    assert len(first) == 32
    assert first != second
    values = [
        derive_share_id(first),
        derive_share_token(first),
        derive_share_key(first).expose_key(),
    ]
    assert [len(value) for value in values] == [16, 32, 32]
    assert len({first[:16], *(value[:16] for value in values)}) == 4


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=2000), st.integers(0, 2**53 - 1))
def test_round_trip(secret, document, end):
    """Whoever holds the link opens what was sealed for it."""
    assert (
        open_share(
            secret,
            share=derive_share_id(secret),
            token_hash=sha256(derive_share_token(secret)),
            expires_ms=end,
            sealed=seal_share(secret, document=document, expires_ms=end),
        )
        == document
    )


REFUSED = {
    "the id of another share": ({"share": OTHER_SHARE}, "id"),
    "no id": ({"share": b""}, "id"),
    "the hash of another token": (
        {"token_hash": sha256(derive_share_token(OTHER_SECRET))},
        "token",
    ),
    "the token instead of its hash": ({"token_hash": derive_share_token(SECRET)}, "token"),
    "an end that was moved back": ({"expires_ms": END + 1}, "commitment"),
    "an end that was moved forward": ({"expires_ms": END - 1}, "commitment"),
    "the envelope of another share": (
        {"sealed": seal_share(OTHER_SECRET, document=DOCUMENT, expires_ms=END)},
        "key-id",
    ),
    "an envelope for another id": (
        {"sealed": seal(derive_share_key(SECRET), Purpose.SHARE, (OTHER_SHARE, END), DOCUMENT)},
        "commitment",
    ),
    "an envelope of another purpose": (
        {"sealed": seal(derive_share_key(SECRET), Purpose.INVITE, (SHARE, END), DOCUMENT)},
        "purpose",
    ),
    "an envelope that was cut": ({"sealed": SEALED[:-1]}, "tag"),
    "no envelope": ({"sealed": b""}, "length"),
}


@pytest.mark.parametrize(("changes", "layer"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(changes, layer):
    """What the keeper changed is refused by the first check that notices it."""
    with pytest.raises(IntegrityError) as caught:
        open_share(SECRET, **(STORED | changes))
    assert caught.value.layer == layer
    assert encode_base64url(SECRET)[:8] not in str(caught.value)


def test_comparison_mutant(monkeypatch):
    """MUTANT: without the comparisons the hash of any token is believed."""
    monkeypatch.setattr(shares, "equal", lambda _left, _right: True)
    assert open_share(SECRET, **(STORED | {"token_hash": b"x"})) == DOCUMENT


def test_secret_in_its_container():
    """Who holds the container's key finds the secret again, to list and to revoke."""
    sealed = seal_share_secret(KEY, SECRET, PLACE)
    assert open_share_secret(KEY, sealed, PLACE, share=SHARE) == SECRET


ELSEWHERE = {
    "another key": {"container_key": OTHER_KEY},
    "another account": {"context": msgspec.structs.replace(PLACE, account=b"b" * 16)},
    "another kind": {"context": msgspec.structs.replace(PLACE, kind=2)},
    "another container": {"context": msgspec.structs.replace(PLACE, container=b"d" * 16)},
    "another epoch": {"context": msgspec.structs.replace(PLACE, epoch=3)},
    "another share": {"share": OTHER_SHARE},
}


@pytest.mark.parametrize("changes", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_secret_of_elsewhere(changes):
    """A sealed secret opens in its own place only."""
    sealed = seal_share_secret(KEY, SECRET, PLACE)
    asked = {"container_key": KEY, "sealed": sealed, "context": PLACE, "share": SHARE} | changes
    with pytest.raises(IntegrityError, match="the secret of share"):
        open_share_secret(**asked)


@pytest.mark.parametrize("content", [OTHER_SECRET, SECRET[:31], b""], ids=["other", "cut", "none"])
def test_secret_of_another_share(content):
    """A member cannot pass off the secret of one share as that of another."""
    context = (PLACE.account, PLACE.kind, PLACE.container, PLACE.epoch, SHARE)
    sealed = seal(KEY, Purpose.SHARE_SECRET, context, content)
    with pytest.raises(IntegrityError) as caught:
        open_share_secret(KEY, sealed, PLACE, share=SHARE)
    assert caught.value.layer == "id"


def test_link():
    """A link is the address and the secret, and nothing else."""
    text = format_share_link("https://strongroom.example:8443", SECRET)
    assert text == f"https://strongroom.example:8443/s#{encode_base64url(SECRET)}"
    link = parse_share_link(text)
    assert (link.url, link.secret) == ("https://strongroom.example:8443", SECRET)
    with pytest.raises(InputError, match="the share link"):
        parse_share_link(text.replace("/s#", "/join#"))
    with pytest.raises(InputError, match="the share link"):
        parse_share_link(text + encode_base64url(bytes(32)))


@pytest.mark.parametrize("printer", [repr, str, pretty_repr])
def test_nothing_secret_is_printed(printer):
    """A link that was read does not show its secret."""
    link = parse_share_link(format_share_link("file:///a.db", SECRET))
    assert str(SECRET)[2:-1] not in printer(link)
