"""Files in a place of their own, and a reader who must get true bytes or an error."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strongroom.client.engine import Engine
from strongroom.client.items.content import FileReader, MemorySource, NewFile
from strongroom.crypto import chunks
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.ids import parse_id
from support.homes import Home, login, make_home

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"


MIB = 1024 * 1024
SIZE = 2 * MIB + 5  # three chunks


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


# -- the mutants ---------------------------------------------------------------------


Patch = pytest.MonkeyPatch


def patch_context(patch: Patch, *without: str) -> None:
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


def missing_is_the_end(patch: Patch) -> None:
    """MUTANT: a reader that takes a missing chunk for the end of the file."""
    genuine = FileReader.next_chunk

    async def lenient(self: FileReader) -> bytes | None:
        try:
            return await genuine(self)
        except IntegrityError:
            return None

    patch.setattr(FileReader, "next_chunk", lenient)
