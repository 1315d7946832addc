"""Files under a hostile keeper, killed writers, and two who attach at once (T1).

A reader gives out a file's true bytes up to some chunk and then a typed error,
or all of them: never a wrong byte, and never an end that is not the end. Where
the keeper has the key of a file from a reader of it, a stream may give out
wrong bytes, but comes to no end, and nothing else gives out any. Each
case has its mutant: the same case with the protection taken out, for writer
and reader, which must fail.
"""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from strongroom.client.engine import Engine
from strongroom.client.items import new_files as item_files
from strongroom.client.items.content import FileReader, MemorySource, NewFile
from strongroom.crypto import chunks
from strongroom.crypto.chunks import ChunkOpener, ChunkSealer, FileKey
from strongroom.errors import ConflictError, IntegrityError, InvalidFileError, StrongroomError
from strongroom.ids import parse_id
from strongroom.items import files as rows
from strongroom.items.files import read_files
from strongroom.service.objects import revisions
from support.faults_processes import Child, Event, started
from support.homes import Home, login, make_home

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_609
SCRIPT = Path(__file__).parent / "children" / "files.py"
MIB = 1024 * 1024
SIZE = 2 * MIB + 5  # three chunks
FLIPS = 400 if FULL else 12
# Steps of storing a document of two chunks: these and the revision are transactions of their own.
STEPS = 60 if FULL else 21
GROWTH_KIB_MAX = 32 * 1024
MEASURED_BYTES = (1024 if FULL else 64) * MIB


def content_of(name: str) -> bytes:
    """Return three chunks of which no two parts are alike."""
    return random.Random(name).randbytes(SIZE)


@dataclass
class Stored:
    """A file as its writer knows it."""

    vault: str
    item: str
    file: str
    content: bytes

    @property
    def id(self) -> bytes:
        return parse_id(self.file)


@dataclass
class Place:
    """Two vaults with files: `a` and `b` in one item, `c` in another, `d` in another vault."""

    home: Home
    files: dict[str, Stored] = field(default_factory=dict)

    def tamper(self, sql: str, **values: Any) -> None:
        """Change rows of the file, as whoever holds it can."""
        with closing(sqlite3.connect(self.home.path, isolation_level=None)) as db:
            assert db.execute(sql, values).rowcount > 0, sql

    def swap(self, one: tuple[str, int], other: tuple[str, int]) -> None:
        """Exchange two chunks."""
        sealed = {place: self.sealed(*place) for place in (one, other)}
        for (name, position), new in ((one, sealed[other]), (other, sealed[one])):
            self.put(name, position, new)

    def sealed(self, name: str, position: int) -> bytes:
        with closing(sqlite3.connect(self.home.path)) as db:
            sql = "SELECT sealed FROM file_chunks WHERE file = ? AND position = ?"
            return bytes(db.execute(sql, (self.files[name].id, position)).fetchone()[0])

    def put(self, name: str, position: int, sealed: bytes) -> None:
        sql = "UPDATE file_chunks SET sealed = :sealed WHERE file = :file AND position = :at"
        self.tamper(sql, sealed=sealed, file=self.files[name].id, at=position)


def make_place(folder: Path) -> Place:
    """Store four files of the same size."""
    home = make_home(folder)
    owner, place = home.owner(), Place(home)
    for title, names in (("first", ("ab", "c")), ("second", ("d",))):
        vault = home.run(owner.vaults.create(title))["id"]
        for letters in names:
            new = [new_file(letter, content_of(letter)) for letter in letters]
            made = home.run(owner.items.create(vault, login(letters) | {"files": new}))
            for letter, row in zip(letters, made["files"], strict=True):
                stored = Stored(vault, made["id"], row["attributes"]["id"], content_of(letter))
                place.files[letter] = stored
    return place


def new_file(name: str, content: bytes) -> NewFile:
    return NewFile(
        name=name,
        size=len(content),
        source=MemorySource(content),
        section_id="s",
        field_id=f"field {name}",
    )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A file of this test's own."""
    made = make_place(tmp_path)
    yield made
    made.home.close()


def drain(engine: Engine, stored: Stored, home: Home) -> tuple[list[bytes], Exception | None]:
    """Return the parts that a reader gave out, and what it ended with."""
    parts: list[bytes] = []
    try:
        reader = home.run(engine.files.open(stored.vault, stored.item, stored.file))
        while (part := home.run(reader.next_chunk())) is not None:
            parts.append(part)
    except Exception as error:  # noqa: BLE001  (the caller judges)
        return parts, error
    return parts, None


def assert_true(place: Place, name: str) -> Exception | None:
    """Whatever the reader gave out is true, and all of it if it ended well; return its error."""
    stored = place.files[name]
    parts, error = drain(place.home.owner(), stored, place.home)
    given = b"".join(parts)
    assert stored.content.startswith(given), f"{name}: wrong bytes"
    assert error is None or isinstance(error, StrongroomError), repr(error)
    assert type(error) is not StrongroomError
    if error is None:
        assert given == stored.content, f"{name}: an end that is none"
    return error


def assert_refused(place: Place, name: str) -> None:
    """The reader ends with a typed error of integrity, after nothing but true bytes."""
    assert isinstance(assert_true(place, name), IntegrityError)


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


# -- the mutants ---------------------------------------------------------------------

Patch = pytest.MonkeyPatch


def _context(patch: Patch, *without: str) -> None:
    """A format whose chunks are not bound to some of their facts."""

    def context(self: Any) -> tuple[Any, ...]:
        facts = {
            "account": self.file.account,
            "container": self.file.container,
            "file": self.file.file,
            "index": self.index,
            "last": int(self.index == self.count - 1),
            "count": self.count,
        }
        return tuple(value for name, value in facts.items() if name not in without)

    patch.setattr(chunks._Order, "context", context)


def places_unbound(patch: Patch) -> None:
    """MUTANT: chunks are not bound to their places."""
    _context(patch, "index", "last")


def files_unbound(patch: Patch) -> None:
    """MUTANT: chunks are bound to no file and no vault, and all files have one key."""
    _context(patch, "file", "container")
    patch.setattr(rows, "make_file_key", lambda: b"k" * 32)


def missing_is_the_end(patch: Patch) -> None:
    """MUTANT: a reader that takes a missing chunk for the end of the file."""
    genuine = FileReader.next_chunk

    async def lenient(self: FileReader) -> bytes | None:
        try:
            return await genuine(self)
        except IntegrityError:
            return None

    patch.setattr(FileReader, "next_chunk", lenient)


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


HALF = len(content_of("a")[:MIB]) // 2
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
    monkeypatch.setattr(revisions, "_check_follows", lambda *_: None)
    put = revisions._PUT_REVISION.replace("INSERT", "INSERT OR REPLACE")
    monkeypatch.setattr(revisions, "_PUT_REVISION", put)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        attach_both(place)


# -- what the file shows ---------------------------------------------------------------


def readable(folder: Path) -> list[str]:
    """Return which of a file's secrets stand in the database in clear."""
    home = make_home(folder)
    engine = home.owner()
    vault = home.run(engine.vaults.create("v"))["id"]
    content = b"a line of the content\n" * 100
    new = new_file("name-of-the-file", content)
    home.run(engine.items.create(vault, login() | {"files": [new]}))
    home.close()
    raw = b"".join(path.read_bytes() for path in folder.iterdir())
    return [text for text in ("line of the content", "name-of-the-file") if text.encode() in raw]


def test_nothing_of_a_file_stands_in_clear(tmp_path: Path) -> None:
    """Neither content nor name of a file is in the database."""
    assert readable(tmp_path) == []


def test_the_search_catches_an_open_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: a sealer that lets the content through is found out."""
    monkeypatch.setattr(chunks, "seal", lambda _key, _purpose, _context, data: b"S" * 97 + data)
    assert readable(tmp_path) == ["line of the content"]


# -- kills -------------------------------------------------------------------------------


@dataclass
class Diary:
    """What writers acknowledged: documents, and those with a file besides."""

    created: dict[str, str] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    stopped: list[str] = field(default_factory=list)

    def note(self, events: list[Event]) -> None:
        for event in events:
            if "created" in event:
                self.created[event["created"]] = event["title"]
            if "attached" in event:
                self.attached.add(event["attached"])
            if "stopped" in event:
                self.stopped.append(event["stopped"])


@dataclass
class Desk:
    """A vault, and a token that may write there; only the children have the file open."""

    home: Home
    vault: str
    token: str

    def kill(self, steps: list[int], *changes: str) -> Diary:
        """Kill one writer at each of these steps."""
        diary = Diary()
        for step in steps:
            with Child(
                "store",
                script=SCRIPT,
                token=self.token,
                vault=self.vault,
                name=f"step{step}",
                changes=[*changes, "stop_inside"],
                stop_at=step,
                count=100,
                size=MIB + 9,
            ) as child:
                started([child])
                child.until("stopped")
                diary.note(child.kill())
        return diary


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty vault."""
    home = make_home(tmp_path)
    vault = str(home.run(home.owner().vaults.create("vault"))["id"])
    token = home.token(vault, "write_items")
    home.close()
    yield Desk(home, vault, token)
    home.close()


def expected(title: str) -> bytes:
    line = f"{title}\n".encode()
    return (line * ((MIB + 9) // len(line) + 1))[: MIB + 9]


def assert_kept(desk: Desk, diary: Diary, killed: int) -> None:
    """What was acknowledged is there; what is there is whole; the rest is not to be seen."""
    with closing(sqlite3.connect(desk.home.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    home = Home(desk.home.path, desk.home.account)
    reader = home.owner()
    listed = {row["id"]: row["title"] for row in home.run(reader.items.list(desk.vault))}
    assert diary.created.items() <= listed.items()
    assert len(listed) - len(diary.created) <= killed
    for item in home.run(reader.items.get_all(desk.vault, list(listed))):
        assert isinstance(item, dict), item
        files = [item["document"], *(row["attributes"] for row in item["files"])]
        assert len(files) == 2 or item["id"] not in diary.attached
        for one in files:
            content = home.run(reader.files.read(desk.vault, item["id"], one["id"]))
            assert content == expected(item["title"])
    home.close()


def test_a_killed_writer_leaves_whole_files_or_none(desk: Desk) -> None:
    """Killed in an upload or in the commit, a writer leaves no item with half a file."""
    diary = desk.kill(list(range(1, STEPS + 1)))
    print(f"killed at: {diary.stopped}")
    assert {"INSERT INTO file_chunks", "INSERT INTO object_files", "committed"} <= set(
        diary.stopped
    )
    assert_kept(desk, diary, STEPS)


def test_the_kills_catch_a_client_that_names_first(desk: Desk) -> None:
    """MUTANT: a client that stores a version before its files leaves an item with half a file."""
    diary = desk.kill([14, 18, 20, 22], "named_before_stored")
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(desk, diary, 4)


def test_the_kills_catch_writes_without_transactions(desk: Desk) -> None:
    """MUTANT: where each statement is its own transaction, a kill leaves a file unnamed."""
    diary = desk.kill(list(range(8, 22)), "bare_statements")
    with pytest.raises((AssertionError, StrongroomError)):
        assert_kept(desk, diary, 14)


# -- memory ------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _measurable(request: pytest.FixtureRequest) -> None:
    """Skip what asks the kernel for a process's peak where it does not tell."""
    if "memory" in request.node.name and not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells a process's peak of memory")


def growth(desk: Desk, size: int, *, whole: bool) -> int:
    """Return by how many KiB a process grew that stored and read a file."""
    orders = {"token": desk.token, "vault": desk.vault, "size": size, "whole": whole}
    with Child("measure", script=SCRIPT, **orders) as child:
        started([child])
        return int(child.until("grown_kib")["grown_kib"])


def test_memory_stays_flat(desk: Desk) -> None:
    """Whoever stores and reads a large file holds little of it."""
    grown = growth(desk, MEASURED_BYTES, whole=False)
    print(f"grown by {grown} KiB for {MEASURED_BYTES // MIB} MiB")
    assert grown <= GROWTH_KIB_MAX


def test_the_memory_test_catches_a_reader_of_all(desk: Desk) -> None:
    """MUTANT: a reader that collects the parts grows by as much as the file."""
    assert growth(desk, 64 * MIB, whole=True) > GROWTH_KIB_MAX
