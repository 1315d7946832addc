"""Files whose key a hostile keeper has, and writers who are interrupted or two at once (T1, T2).

How it is done, and what the mutants are, is in test_changed_files.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from strongroom.client.items import new_files as item_files
from strongroom.crypto.chunks import ChunkOpener, ChunkSealer, FileKey
from strongroom.errors import ConflictError, IntegrityError, InvalidFileError
from strongroom.ids import parse_id
from strongroom.items.files import read_files
from strongroom.service.objects import revisions
from support.faults_stored import (
    MIB,
    SIZE,
    Patch,
    Place,
    assert_refused,
    assert_true,
    content_of,
    make_place,
    missing_is_the_end,
    new_file,
)

# -- the keeper, with the key of the file (T2) -------------------------------------------


def key_of(place: Place, name: str) -> FileKey:
    """Return the key of a file, as everybody has it who may read the file."""
    engine, stored = place.home.owner(), place.files[name]
    session, vault = engine._session, parse_id(stored.vault)
    item = parse_id(stored.item)
    found = place.home.run(session.fresh(lambda: session.fetch(vault, item)))
    (row,) = [one for one in read_files(found.details).files if one.id == stored.file]
    return row.file_key(session.account, vault)


def forge(place: Place, content: bytes) -> None:
    """Put another content of the same size in the place of `a`, chunk by chunk as it must be."""
    sealer = ChunkSealer(key_of(place, "a"), size=SIZE)
    for position in range(3):
        start = position * MIB
        sealed = sealer.seal(content[start : start + sealer.next_bytes])
        place.put("a", position, sealed)


FORGED = {
    "all of it": b"!" * SIZE,
    "its first byte": b"!" + content_of("a")[1:],
    "a byte in the middle": content_of("a")[:MIB] + b"!" + content_of("a")[MIB + 1 :],
    "its last byte": content_of("a")[:-1] + b"!",
    "two chunks exchanged": content_of("a")[MIB : 2 * MIB]
    + content_of("a")[:MIB]
    + content_of("a")[2 * MIB :],
}


def assert_no_forgery(place: Place, forged: bytes) -> None:
    """Nothing gives out the last chunk of a forged content, and no stream of it comes to an end."""
    home, stored = place.home, place.files["a"]
    engine = home.owner()
    with pytest.raises(IntegrityError) as caught:
        home.run(engine.files.read(stored.vault, stored.item, stored.file))
    assert caught.value.layer == "content"
    reader = home.run(engine.files.open(stored.vault, stored.item, stored.file))
    parts = [home.run(reader.next_chunk()) for _ in range(2)]
    assert parts == [forged[:MIB], forged[MIB : 2 * MIB]]
    for _ in range(3):  # it stays refused, however often it is asked
        with pytest.raises(IntegrityError) as caught:
            home.run(reader.next_chunk())
        assert caught.value.layer == "content"
    other = place.files["d"].vault
    with pytest.raises(IntegrityError):
        home.run(engine.items.move(stored.vault, stored.item, other))
    assert assert_true(place, "b") is None


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_a_reader_with_the_keepers_help_forges_no_content(place: Place, forged: bytes) -> None:
    """Who has a file's key and the keeper's help makes chunks, but not of the signed hash (T2)."""
    forge(place, forged)
    assert_no_forgery(place, forged)
    forge(place, place.files["a"].content)
    assert assert_true(place, "a") is None


def content_is_not_compared(patch: Patch) -> None:
    """MUTANT: a reader that does not compare the content with the hash."""
    patch.setattr(ChunkOpener, "_checked_hash", lambda self, _data: self._hash)


def compared_too_late(patch: Patch) -> None:
    """MUTANT: a reader that compares when the last chunk was given out."""
    genuine = ChunkOpener._checked_hash
    refusals: list[IntegrityError] = []

    def late(self: ChunkOpener, data: bytes) -> Any:
        try:
            return genuine(self, data)
        except IntegrityError as error:
            refusals.append(error)
            return self._hash

    def end(_self: ChunkOpener) -> None:
        for error in refusals:
            raise error

    patch.setattr(ChunkOpener, "_checked_hash", late)
    patch.setattr(ChunkOpener, "end", end)


def refused_once(patch: Patch) -> None:
    """MUTANT: a reader that goes on behind the chunk that it refused, and so comes to an end."""
    genuine = ChunkOpener._checked_hash

    def passing(self: ChunkOpener, data: bytes) -> Any:
        try:
            return genuine(self, data)
        except IntegrityError:
            self._order.index += 1
            raise

    patch.setattr(ChunkOpener, "_checked_hash", passing)


def nothing_is_hashed(patch: Patch) -> None:
    """MUTANT: a writer that does not say what the content was."""
    patch.setattr(item_files, "with_hashes", lambda details, _sent: details)


FORGERS = (content_is_not_compared, compared_too_late, refused_once, nothing_is_hashed)


@pytest.mark.parametrize("mutant", FORGERS)
def test_the_forgery_catches_its_mutant(
    mutant: Callable[[Patch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the hash, or with a comparison that comes late, the same case fails."""
    mutant(monkeypatch)
    place = make_place(tmp_path)
    forge(place, FORGED["all of it"])
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_no_forgery(place, FORGED["all of it"])
    place.home.close()


def assert_no_end(place: Place) -> None:
    """A stream of which the rest went while it was read comes to no end, whatever is asked."""
    home, stored = place.home, place.files["a"]
    shorter = ChunkSealer(key_of(place, "a"), size=MIB)
    whole = shorter.seal(stored.content[:MIB])
    reader = home.run(home.owner().files.open(stored.vault, stored.item, stored.file))
    assert home.run(reader.next_chunk()) == stored.content[:MIB]
    # What is left says of itself that it is all: chunks, counts, and the only chunk.
    sql = "DELETE FROM file_chunks WHERE file = :file AND position > 0"
    place.tamper(sql, file=stored.id)
    sql = "UPDATE files SET stored = 1, chunks = 1 WHERE id = :file"
    place.tamper(sql, file=stored.id)
    place.put("a", 0, whole)
    for _ in range(3):
        with pytest.raises(IntegrityError):
            home.run(reader.next_chunk())
    assert_refused(place, "a")


def test_a_stream_that_is_cut_comes_to_no_end(place: Place) -> None:
    """Cut by the keeper, with the key of the file, a stream never looks complete."""
    assert_no_end(place)


def test_the_cut_catches_a_reader_of_what_is_there(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a reader that takes a missing chunk for the end of the file is found out."""
    missing_is_the_end(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        assert_no_end(place)


# -- interrupted and concurrent writers ------------------------------------------------


class _Breaking:
    """A source that fails in the middle."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._turns = 0

    async def read(self, count: int) -> bytes:
        self._turns += 1
        if self._turns == 2:
            self._work()
        return b"x" * (count if self._turns < 3 else 0)


def fail() -> None:
    message = "the source is gone"
    raise InvalidFileError(message)


def attach_broken(place: Place) -> dict[str, Any]:
    """Attach a file whose source breaks; return the item as it is afterwards."""
    home, stored = place.home, place.files["a"]
    engine = home.owner()
    item = home.run(engine.items.get(stored.vault, stored.item))
    new = replace(new_file("new", b""), size=SIZE, source=_Breaking(fail))
    with pytest.raises(InvalidFileError):
        home.run(engine.files.attach(item, new))
    assert home.run(home.owner().items.get(stored.vault, stored.item)) == item
    return item


def test_an_interrupted_upload_leaves_nothing_visible(place: Place) -> None:
    """An upload that breaks off changes no item, and nobody can read what was stored of it."""
    attach_broken(place)
    with closing(sqlite3.connect(place.home.path)) as db:
        (left,) = db.execute("SELECT id FROM files WHERE expires_ms > 0").fetchall()
        named = db.execute("SELECT * FROM object_files WHERE file = ?", left).fetchall()
    assert named == []


def test_the_interruption_catches_a_client_that_names_first(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a client that stores the version before the content is found out."""
    from strongroom.client.items import items

    async def nothing(*_: Any) -> None:
        return

    async def unsent(_session: Any, _vault: Any, new: Any) -> Any:
        return new.draft

    genuine = items.ItemWork.write_one

    async def write_first(self: Any, vault: bytes, draft: Any) -> Any:
        done = await genuine(self, vault, draft)
        fail()
        return done

    monkeypatch.setattr(items, "send_contents", unsent)
    monkeypatch.setattr(revisions, "check_files", nothing)
    monkeypatch.setattr(items.ItemWork, "write_one", write_first)
    with pytest.raises(AssertionError):
        attach_broken(place)


def attach_both(place: Place) -> None:
    """Attach a file while somebody else attaches another: one wins, the other is told."""
    home, stored = place.home, place.files["a"]
    mine, theirs = home.owner(), home.owner()
    item = home.run(mine.items.get(stored.vault, stored.item))

    def others() -> None:
        home.run(theirs.files.attach(item, new_file("theirs", b"theirs")))

    new = replace(new_file("mine", b""), size=MIB + 7, source=_Breaking(others))
    with pytest.raises(ConflictError) as caught:
        home.run(mine.files.attach(item, new))
    assert caught.value.tag == "itemStatusIncorrectItemVersion"
    after = home.run(home.owner().items.get(stored.vault, stored.item))
    assert [row["attributes"]["name"] for row in after["files"]] == ["a", "b", "theirs"]
    assert assert_true(place, "a") is None


def test_two_who_attach_at_once(place: Place) -> None:
    """Of two who attach to one item at once one is told of the conflict, and nothing is lost."""
    attach_both(place)


def test_the_conflict_catches_a_service_where_the_last_wins(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a service that takes the later version for the present one is found out."""
    monkeypatch.setattr(revisions, "_check_follows", lambda *_, **__: None)
    put = revisions._PUT_REVISION.replace("INSERT", "INSERT OR REPLACE")
    monkeypatch.setattr(revisions, "_PUT_REVISION", put)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        attach_both(place)
