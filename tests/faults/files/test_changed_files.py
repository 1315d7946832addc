"""Files under a hostile keeper, killed writers, and two who attach at once (T1).

A reader gives out a file's true bytes up to some chunk and then a typed error,
or all of them: never a wrong byte, and never an end that is not the end. Where
the keeper has the key of a file from a reader of it, a stream may give out
wrong bytes, but comes to no end, and nothing else gives out any. Each
case has its mutant: the same case with the protection taken out, for writer
and reader, which must fail.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from strongroom.client.items.content import FileReader
from strongroom.crypto import chunks
from strongroom.crypto.chunks import ChunkOpener
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.items import files as rows
from support.faults_stored import (
    FULL,
    Patch,
    Place,
    assert_refused,
    assert_true,
    make_place,
    missing_is_the_end,
    patch_context,
)

SEED = 20_240_609


FLIPS = 400 if FULL else 12


# -- the keeper ----------------------------------------------------------------------


def drop(position: int) -> Callable[[Place], None]:
    def tamper(place: Place) -> None:
        sql = "DELETE FROM file_chunks WHERE file = :file AND position = :at"
        place.tamper(sql, file=place.files["a"].id, at=position)

    return tamper


def drop_all(place: Place) -> None:
    place.tamper("DELETE FROM file_chunks WHERE file = :file", file=place.files["a"].id)
    place.tamper("DELETE FROM files WHERE id = :file", file=place.files["a"].id)


def end_early(place: Place) -> None:
    """Cut the file and its counts at a chunk's edge, so that what is left looks whole."""
    drop(2)(place)
    sql = "UPDATE files SET stored = 2, chunks = 2 WHERE id = :file"
    place.tamper(sql, file=place.files["a"].id)


def one_more(place: Place) -> None:
    sql = """INSERT INTO file_chunks (account, container, file, position, sealed)
        SELECT account, container, file, 3, sealed FROM file_chunks
        WHERE file = :file AND position = 1"""
    place.tamper(sql, file=place.files["a"].id)
    sql = "UPDATE files SET stored = 4, chunks = 4 WHERE id = :file"
    place.tamper(sql, file=place.files["a"].id)


def swapped(one: tuple[str, int], other: tuple[str, int]) -> Callable[[Place], None]:
    return lambda place: place.swap(one, other)


def twice(place: Place) -> None:
    place.put("a", 1, place.sealed("a", 0))


def all_of(other: str) -> Callable[[Place], None]:
    def tamper(place: Place) -> None:
        for position in range(3):
            place.put("a", position, place.sealed(other, position))

    return tamper


def cut(change: Callable[[bytes], bytes], position: int) -> Callable[[Place], None]:
    return lambda place: place.put("a", position, change(place.sealed("a", position)))


def places_unbound(patch: Patch) -> None:
    """MUTANT: chunks are not bound to their places."""
    patch_context(patch, "index", "last")


def files_unbound(patch: Patch) -> None:
    """MUTANT: chunks are bound to no file and no vault, and all files have one key."""
    patch_context(patch, "file", "container")
    patch.setattr(rows, "make_file_key", lambda: SymmetricKey(b"k" * 32))


def opens_anything(patch: Patch) -> None:
    """MUTANT: a reader that gives out a chunk that did not open."""

    def lenient(self: ChunkOpener, envelope: bytes) -> bytes:
        order = self._order
        try:
            data = chunks.open_envelope(
                order.file.key,
                chunks.Purpose.FILE_CHUNK,
                order.context(),
                envelope,
                what=order.what,
            )
        except (IntegrityError, StrongroomError):
            data = envelope[77:-16]
        order.index += 1
        return data

    patch.setattr(ChunkOpener, "open", lenient)


def counts_are_not_compared(patch: Patch) -> None:
    """MUTANT: a reader that does not ask how many chunks there are."""
    genuine = FileReader.next_chunk

    async def blind(self: FileReader) -> bytes | None:
        call = self._session.transport.call

        class Blind:
            async def call(_, request: Any) -> Any:  # noqa: N805
                return replace(await call(request), chunks=self._chunks)

        session, self._session = self._session, _With(self._session, Blind())
        try:
            return await genuine(self)
        finally:
            self._session = session

    patch.setattr(FileReader, "next_chunk", blind)


class _With:
    """A session with another transport."""

    def __init__(self, session: Any, transport: Any) -> None:
        self.transport = transport
        self.runtime = session.runtime


CASES: dict[str, tuple[Callable[[Place], None], Callable[[Patch], None]]] = {
    "the first chunk is missing": (drop(0), missing_is_the_end),
    "a chunk in the middle is missing": (drop(1), missing_is_the_end),
    "the last chunk is missing": (drop(2), missing_is_the_end),
    "all chunks are missing": (drop_all, missing_is_the_end),
    "it ends early, and its counts say so": (end_early, missing_is_the_end),
    "it has one chunk more": (one_more, counts_are_not_compared),
    "two chunks change places": (swapped(("a", 0), ("a", 1)), places_unbound),
    "a chunk comes twice": (twice, places_unbound),
    "a chunk of another file of the item": (swapped(("a", 1), ("b", 1)), files_unbound),
    "a chunk of another item's file": (swapped(("a", 1), ("c", 1)), files_unbound),
    "a chunk of another vault's file": (swapped(("a", 1), ("d", 1)), files_unbound),
    "all of another file of the item": (all_of("b"), files_unbound),
    "all of another item's file": (all_of("c"), files_unbound),
    "all of another vault's file": (all_of("d"), files_unbound),
    "the first chunk is cut": (cut(lambda raw: raw[:-1], 0), opens_anything),
    "half a chunk": (cut(lambda raw: raw[: len(raw) // 2], 1), opens_anything),
    "a chunk without its first byte": (cut(lambda raw: raw[1:], 1), opens_anything),
    "a longer chunk": (cut(lambda raw: raw + b"\0", 2), opens_anything),
    "an empty chunk": (cut(lambda _: b"", 1), missing_is_the_end),
    "no more than a header": (cut(lambda raw: raw[:45], 1), opens_anything),
}


@pytest.mark.parametrize("case", CASES)
def test_a_changed_file_is_refused(case: str, place: Place) -> None:
    """Missing, additional, moved, cut and exchanged chunks are typed, after true bytes only."""
    assert_true(place, "a")
    CASES[case][0](place)
    assert_refused(place, "a")


@pytest.mark.parametrize("case", CASES)
def test_the_case_catches_its_mutant(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without its protection, in writer and reader, the same case fails."""
    tamper, mutant = CASES[case]
    mutant(monkeypatch)
    place = make_place(tmp_path)
    tamper(place)
    with pytest.raises(AssertionError):
        assert_refused(place, "a")
    place.home.close()


def flips(place: Place) -> Iterator[tuple[int, bytes]]:
    """Yield chunks with one bit flipped: in the header, the commitment, the text, the tag."""
    rng = random.Random(SEED)
    for number in range(FLIPS):
        position = number % 3
        raw = place.sealed("a", position)
        most = 80 if number % 2 else len(raw)
        at = rng.randrange(most)
        yield position, raw[:at] + bytes((raw[at] ^ (1 << rng.randrange(8)),)) + raw[at + 1 :]


def walk_flips(place: Place) -> None:
    for position, flipped in flips(place):
        genuine = place.sealed("a", position)
        place.put("a", position, flipped)
        error = assert_true(place, "a")
        assert error is not None
        place.put("a", position, genuine)
    assert assert_true(place, "a") is None


def test_a_flipped_bit_is_refused(place: Place) -> None:
    """A bit that is flipped anywhere in a chunk is a typed error."""
    walk_flips(place)


def test_the_flips_catch_a_reader_that_opens_anything(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that gives out what did not open is found out."""
    opens_anything(monkeypatch)
    with pytest.raises(AssertionError):
        walk_flips(place)


COUNTS = {
    "nobody names it any more": "UPDATE files SET expires_ms = 1 WHERE id = :file",
    "fewer are counted": "UPDATE files SET stored = 2 WHERE id = :file",
    "a text for a count": "UPDATE files SET stored = 'x' WHERE id = :file",
    "a text for a chunk": "UPDATE file_chunks SET sealed = 'x' WHERE file = :file",
    "it is in another vault": "UPDATE files SET container = zeroblob(16) WHERE id = :file",
}


@pytest.mark.parametrize("sql", COUNTS.values(), ids=COUNTS.keys())
def test_changed_facts_are_refused(sql: str, place: Place) -> None:
    """What the keeper says of a file besides its chunks makes it unreadable at most."""
    place.tamper(sql, file=place.files["a"].id)
    assert_refused(place, "a")
    assert assert_true(place, "b") is None
