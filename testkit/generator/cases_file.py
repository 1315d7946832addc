"""Cases of files in chunks (section 10 of specs/formats.md)."""

from collections.abc import Iterator
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good, bad
from generator.crypto import sha256
from generator.files import CHUNK, SIZE_MAX, chunk_context, seal_chunk
from generator.world import ACCOUNT

Json = dict[str, Any]
CONTAINER = derive_bytes("container/sealed", 16)
OBJECT = derive_bytes("object/sealed", 16)


KEY, FILE = derive_bytes("key/file"), derive_bytes("file", 16)
DATA = derive_bytes("file/content", 500)


def _chunk(content: bytes = DATA, index: int = 0, count: int = 1, **other: bytes) -> str:
    """One chunk; `other` may name another container, file or key."""
    container, file = other.get("container", CONTAINER), other.get("file", FILE)
    context = chunk_context(ACCOUNT, container, file, index, count)
    salt = derive_bytes(f"salt/chunk/{index}/{sha256(content).hex()}", 24)
    return seal_chunk(other.get("key", KEY), context, salt, content).hex()


def _ask(*chunks: str, size: int = len(DATA)) -> Json:
    return {
        "account": ACCOUNT.hex(),
        "container": CONTAINER.hex(),
        "file": FILE.hex(),
        "key": KEY.hex(),
        "size": size,
        "chunks": list(chunks),
    }


def _hashed(asked: Json, content: bytes = DATA) -> Json:
    """A question about a file whose row says the hash of this content."""
    return asked | {"hash": sha256(content).hex()}


def file_cases() -> Iterator[Case]:
    """Section 10: chunks know their place."""
    table = {
        "of_500_bytes": ("one chunk", _ask(_chunk())),
        "one_byte": ("one byte", _ask(_chunk(b"x"), size=1)),
        "hashed": ("one chunk of the hashed content", _hashed(_ask(_chunk()))),
        "hashed_empty": ("the hash of no byte", _hashed(_ask(_chunk(b""), size=0), b"")),
    }
    yield from all_good("file", table)
    yield from _count_faults()
    places = {
        "reordered": (
            "the last of two chunks comes first",
            _ask(_chunk(index=1, count=2), _chunk(count=2), size=CHUNK + 500),
        ),
        "cut_to_first": ("the first of two chunks as the whole", _ask(_chunk(count=2))),
        "other_index": ("the second of two chunks as the whole", _ask(_chunk(index=1, count=2))),
        "other_file": ("a chunk of another file", _ask(_chunk(file=OBJECT))),
        "other_container": ("a chunk of another container", _ask(_chunk(container=OBJECT))),
    }
    yield from all_bad("file", "commitment", places)
    foreign = _ask(_chunk(key=derive_bytes("key/file/else")))
    yield bad("file", "under_other_key", "a chunk sealed under another key", foreign, "key-id")
    lengths = {
        "short_chunk": ("499 bytes of 500", _ask(_chunk(DATA[:-1]))),
        "long_chunk": ("501 bytes of 500", _ask(_chunk(DATA + b"x"))),
        "not_empty": ("a byte where none is declared", _ask(_chunk(b"x"), size=0)),
    }
    yield from all_bad("file", "size", lengths)
    forged = _hashed(_ask(_chunk(DATA[::-1])))
    yield bad(
        "file", "forged_content", "as many other bytes under the right key", forged, "content"
    )


def _count_faults() -> Iterator[Case]:
    bounds = {
        "too_large": ("a byte over 16 GiB", _ask(_chunk(), size=SIZE_MAX + 1)),
        "negative": ("a size below zero", _ask(_chunk(), size=-1)),
    }
    yield from all_bad("file", "size", bounds, code="invalid_file")
    pair = (_chunk(count=2), _chunk(b"", 1, 2))
    counts = {
        "no_chunk": ("an empty file without its chunk", _ask(size=0)),
        "missing_chunk": (
            "one byte over a chunk, one chunk",
            _ask(_chunk(count=2), size=CHUNK + 1),
        ),
        "full_chunk_and_empty": (
            "exactly one chunk long, an empty one behind",
            _ask(*pair, size=CHUNK),
        ),
    }
    yield from all_bad("file", "count", counts)
