"""Symmetric keys as handles: nothing prints one, and nothing outside `crypto` sees its bytes."""

from __future__ import annotations

import ast
import copy
import json
import pickle
import traceback
from pathlib import Path

import msgspec
import pytest

import strongroom
from strongroom.base64url import encode_base64url
from strongroom.crypto.chunks import ChunkOpener, FileKey
from strongroom.crypto.grants import (
    GrantContext,
    open_epoch_link,
    open_key,
    seal_epoch_link,
    seal_key,
)
from strongroom.crypto.invites import InviteKeys
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import KEY_BYTES, KEY_ID_BYTES, SymmetricKey
from strongroom.errors import IntegrityError
from strongroom.secret import MASK

SOURCE = Path(strongroom.__path__[0])
RAW = b"very-private".ljust(KEY_BYTES, b"!")
KEY = SymmetricKey(RAW)
OTHER = SymmetricKey(b"quite-other!".ljust(KEY_BYTES, b"!"))
CONTEXT = (b"a" * 16, 1)
PLACE = {"account": b"a" * 16, "kind": 1, "container": b"c" * 16, "epoch": 1}
KEYSET = Keyset(bytes(32))
FILE = FileKey(account=b"a" * 16, container=b"c" * 16, file=b"f" * 16, key=KEY)
# In every spelling in which a traceback could show bytes.
SPELLINGS = ("very-private", "quite-other", RAW.hex(), encode_base64url(RAW))


def shows_nothing(text: str) -> bool:
    return not any(spelling in text for spelling in SPELLINGS)


@pytest.mark.parametrize(
    "shown",
    [
        repr(KEY),
        str(KEY),
        f"{KEY}",
        f"{KEY!r:>40}",
        f"{KEY:>40}",
        "{}".format(KEY),  # noqa: UP032  (its own way into `__format__`)
        "%s" % KEY,  # noqa: UP031  (likewise)
        repr([KEY]),
        repr({"key": KEY}),
    ],
)
def test_printing(shown):
    """However a key is printed, a mask stands in its place."""
    assert MASK in shown
    assert shows_nothing(shown)


@pytest.mark.parametrize("holder", [FILE, InviteKeys(KEY, KEY), Keyset.of_group(KEY)])
def test_holders(holder):
    """What holds a key prints nothing of it."""
    assert shows_nothing(repr(holder))


GRANT = GrantContext(**PLACE, accessor=b"p" * 16, fp=b"f" * 32)
GRANTED = seal_key(KEY, KEYSET.enc_pk, GRANT)
LINK = seal_epoch_link(newer=OTHER, older=KEY, **PLACE)
SEALED = seal(KEY, Purpose.OVERVIEW, CONTEXT, b"{}")
REFUSALS = {
    "another key": lambda: open_envelope(OTHER, Purpose.OVERVIEW, CONTEXT, SEALED, what="it"),
    "another context": lambda: open_envelope(KEY, Purpose.OVERVIEW, (), SEALED, what="it"),
    "a changed tag": lambda: open_envelope(
        KEY, Purpose.OVERVIEW, CONTEXT, SEALED[:-1] + b"?", what="it"
    ),
    "a granted key that was not signed": lambda: open_key(
        GRANTED, KEYSET, GRANT, sealed_hash=sha256(GRANTED), key_id=bytes(16)
    ),
    "a link to another key": lambda: open_epoch_link(
        LINK, OTHER, **PLACE, link_hash=sha256(LINK), key_id=bytes(16)
    ),
    "a chunk of another file": lambda: ChunkOpener(FILE, size=1, chunks=1).open(SEALED),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_tracebacks(refusal):
    """A traceback that shows every variable shows no key, and none that was derived from one."""
    with pytest.raises(IntegrityError) as caught:
        refusal()
    shown = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert MASK in shown
    assert shows_nothing(shown)
    assert "gcm_key" not in shown


def careless() -> None:
    raw = KEY.expose_key()
    raise ValueError(len(raw))


def test_traceback_mutant():
    """MUTANT: with bare bytes in a variable the traceback shows them."""
    with pytest.raises(ValueError, match="32") as caught:
        careless()
    found = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert not shows_nothing("".join(found.format()))


@pytest.mark.parametrize("copying", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_copies(copying):
    """A key is neither pickled nor copied, alone or in what holds it."""
    for value in (KEY, [KEY] if copying is not copy.copy else KEY):
        with pytest.raises(TypeError, match="a secret cannot be pickled or copied"):
            copying(value)


@pytest.mark.parametrize("encode", [json.dumps, msgspec.json.encode, msgspec.msgpack.encode])
def test_no_encoding(encode):
    """No encoder takes a key."""
    with pytest.raises(TypeError) as caught:
        encode({"key": KEY})
    assert shows_nothing(str(caught.value))


def test_nothing_lies_open():
    """A key has no dictionary of attributes that something could walk through."""
    assert not hasattr(KEY, "__dict__")


def test_equality():
    """Two handles of one key are equal and stand once in a set; bytes are no key."""
    again = SymmetricKey(bytes(RAW))
    assert again == KEY
    assert {again, KEY} == {KEY}
    assert KEY != OTHER
    assert KEY != RAW


def test_fresh_keys():
    """Every fresh key is another one, of 32 bytes, and has an id of 16."""
    one, other = SymmetricKey.make(), SymmetricKey.make()
    assert one != other
    assert len(one.expose_key()) == KEY_BYTES
    assert len(one.id) == KEY_ID_BYTES
    assert one.id != other.id


def test_text():
    """A key is read from the text that it was written as, and from no other."""
    text = KEY.expose_text()
    assert SymmetricKey.parse(text) == KEY
    for other in ("", text[:-1], text + "AAAA", text[:-1] + "!", encode_base64url(RAW + b"x")):
        with pytest.raises(ValueError) as caught:  # noqa: PT011  (its text must show nothing)
            SymmetricKey.parse(other)
        assert shows_nothing(str(caught.value))


def test_the_key_of_a_group():
    """The content key of a group's epoch is the seed of its keyset, in both directions."""
    keyset = Keyset.of_group(KEY)
    assert keyset.content_key == KEY
    assert keyset.expose_seed() == RAW


EXPOSED = {
    # Only crypto computes with the bytes.
    "expose_key": {"crypto"},
    # The sealed document of an item holds the keys of its files; a session key is given to the
    # shell.
    "expose_text": {"items", "home"},
}


@pytest.mark.parametrize("name", EXPOSED)
def test_who_exposes(name):
    """Nothing else takes the bytes of a key out of its handle."""
    places = {
        path.relative_to(SOURCE).parts[0]
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == name
    }
    assert places == EXPOSED[name]
