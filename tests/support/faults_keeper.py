"""A hostile keeper: changes rows of a database file, and can take each change back.

The file loses its constraints first, as whoever holds it can do. Changes are
made through a connection of the keeper's own, under the readers.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom.pae import parse_pae

# What a reader's client is shown. `accounts` is never read and `users` only for unlocking.
TABLES = (
    "roots",
    "root_signatures",
    "heads",
    "entries",
    "tree",
    "containers",
    "access_records",
    "accessors",
    "epochs",
    "objects",
    "revisions",
)
CONTENT = {
    "roots": ("body",),
    "heads": ("body", "signature"),
    "entries": ("body", "enc_pk"),
    "access_records": ("hash", "body", "signature"),
    "accessors": ("fp", "permissions", "sealed_hash", "sealed"),
    "revisions": ("body", "signature", "overview", "details"),
    "objects": ("version", "state", "epoch", "tag"),
}
_ENVELOPES = {("revisions", "overview"), ("revisions", "details"), ("epochs", "link")}
_INTEGER_FLIPS = (0, 1, 2, 4, 5, 9, 31, 52, 62)

Row = tuple[str, int]  # table, rowid
Values = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One change: new values of some rows (`None` deletes the row)."""

    kind: str
    what: str
    rows: tuple[tuple[Row, Values | None], ...]


class Keeper:
    """Full control of one file."""

    def __init__(self, path: Path, *, focus: frozenset[bytes] = frozenset()) -> None:
        """Take a file; rows that hold an id in `focus` are changed first."""
        self._focus = focus
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA synchronous=OFF")
        self.columns: dict[str, list[str]] = {}
        self.rows: dict[str, dict[int, Values]] = {}
        for table in TABLES:
            self._db.execute(f"CREATE TABLE bare AS SELECT * FROM {table}")
            self._db.execute(f"DROP TABLE {table}")
            self._db.execute(f"ALTER TABLE bare RENAME TO {table}")
            cursor = self._db.execute(f"SELECT rowid, * FROM {table}")
            names = [row[0] for row in cursor.description][1:]
            self.columns[table] = names
            self.rows[table] = {r[0]: dict(zip(names, r[1:], strict=True)) for r in cursor}

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """Make a change for the length of a block."""
        self._write(change.rows)
        try:
            yield
        finally:
            before = tuple((row, self.rows[row[0]][row[1]]) for row, _ in change.rows)
            self._write(((row, None) for row, _ in change.rows))
            for (table, rowid), values in before:
                names = ", ".join(values)
                marks = ", ".join("?" * len(values))
                self._db.execute(
                    f"INSERT INTO {table} (rowid, {names}) VALUES (?, {marks})",
                    (rowid, *values.values()),
                )

    def _write(self, rows: Any) -> None:
        for (table, rowid), values in rows:
            if values is None:
                self._db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
                continue
            sets = ", ".join(f"{name} = ?" for name in values)
            self._db.execute(
                f"UPDATE {table} SET {sets} WHERE rowid = ?", (*values.values(), rowid)
            )

    # -- kinds of changes -------------------------------------------------------

    def flips(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """One bit of one value: every part of a signed body, seeded places elsewhere."""
        for table, column, rowids in self._columns(rng):
            most = len(rowids) if full else 2
            for rowid in rowids[:most]:
                old = self.rows[table][rowid][column]
                found = list(_flipped(table, column, old, rng))
                few = len(found) if full else 9 if column == "body" else 3
                if column in ("permissions", "state", "access_rev") and not full:
                    few = 6  # what the service decides by
                for new, note in rng.sample(found, min(few, len(found))):
                    yield _one("flip", table, rowid, column, new, note)

    def cuts(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """Values that are cut, empty or longer."""
        for table, column, rowids in self._columns(rng):
            blobs = [r for r in rowids if isinstance(self.rows[table][r][column], bytes)]
            for rowid in blobs if full else blobs[:1]:
                old = self.rows[table][rowid][column]
                cut = {
                    "empty": b"",
                    "half": old[: len(old) // 2],
                    "last byte": old[:-1],
                    "first byte": old[1:],
                    "longer": old + b"\0",
                }
                notes = [note for note, new in cut.items() if new != old]
                for note in notes if full else rng.sample(notes, min(3, len(notes))):
                    yield _one("cut", table, rowid, column, cut[note], note)

    def swaps(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """One column exchanged between two rows of a table."""
        for table, column, rowids in self._columns(rng):
            pairs = [
                (a, b)
                for a in rowids
                for b in rowids
                if a < b and self.rows[table][a][column] != self.rows[table][b][column]
            ]
            for a, b in pairs if full else rng.sample(pairs, min(3, len(pairs))):
                yield Change(
                    "swap",
                    f"{table}.{column} of rows {a} and {b}",
                    (
                        ((table, a), {column: self.rows[table][b][column]}),
                        ((table, b), {column: self.rows[table][a][column]}),
                    ),
                )

    def transplants(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """The whole content of one row put in another's place."""
        for table, columns in CONTENT.items():
            rowids = list(self.rows[table])
            pairs = [(a, b) for a in rowids for b in rowids if a != b]
            for a, b in pairs if full else rng.sample(pairs, min(14, len(pairs))):
                values = {name: self.rows[table][b][name] for name in columns}
                yield Change("transplant", f"{table} row {b} into {a}", (((table, a), values),))

    def older(self, _rng: random.Random, *, full: bool) -> Iterator[Change]:  # noqa: ARG002
        """Older states of the same thing: heads, access records, revisions."""
        yield from self._older_heads()
        yield from self._older_records()
        yield from self._older_revisions()

    def hides(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """Rows that are not there any more."""
        for table in TABLES:
            rowids = list(self.rows[table])
            for rowid in rowids if full else rng.sample(rowids, min(6, len(rowids))):
                yield Change("hide", f"{table} row {rowid}", (((table, rowid), None),))

    def retypes(self, rng: random.Random, *, full: bool) -> Iterator[Change]:
        """Values of another type: SQLite keeps what it is given."""
        for table, column, rowids in self._columns(rng):
            for rowid in rowids if full else rowids[:1]:
                old = self.rows[table][rowid][column]
                others: dict[str, Any] = {"null": None, "text": "x", "number": 7, "real": 0.5}
                if not isinstance(old, bytes):
                    others["blob"] = b"x"
                notes = [note for note, new in others.items() if type(new) is not type(old)]
                for note in notes if full else rng.sample(notes, 2):
                    yield _one("retype", table, rowid, column, others[note], note)

    def _columns(self, rng: random.Random) -> Iterator[tuple[str, str, list[int]]]:
        for table in TABLES:
            for column in self.columns[table]:
                rowids = list(self.rows[table])
                rng.shuffle(rowids)
                yield table, column, sorted(rowids, key=lambda r: -self._weight(table, r))

    def _weight(self, table: str, rowid: int) -> int:
        values = self.rows[table][rowid].values()
        return sum(value in self._focus for value in values if isinstance(value, bytes))

    def _older_heads(self) -> Iterator[Change]:
        heads = sorted(self.rows["heads"], key=lambda r: self.rows["heads"][r]["rev"])
        for n in range(1, len(heads)):
            gone = tuple((("heads", rowid), None) for rowid in heads[n:])
            yield Change("older", f"heads after {n} are gone", gone)
        for older in heads[:-1]:
            values = {name: self.rows["heads"][older][name] for name in ("body", "signature")}
            yield Change("older", f"head {older} as newest", ((("heads", heads[-1]), values),))

    def _older_records(self) -> Iterator[Change]:
        table = "access_records"
        for container in self.rows["containers"].values():
            mine = {
                row["access_rev"]: rowid
                for rowid, row in self.rows[table].items()
                if row["container"] == container["id"]
            }
            at = next(r for r, c in self.rows["containers"].items() if c["id"] == container["id"])
            for rev in range(container["access_rev"]):
                what = f"access rev {rev} for {container['access_rev']}"
                yield Change("older", what, ((("containers", at), {"access_rev": rev}),))
                old = self.rows[table][mine[rev]]
                values = {name: old[name] for name in CONTENT[table]}
                newest = (table, mine[container["access_rev"]])
                yield Change("older", f"body of {what}", ((newest, values),))

    def _older_revisions(self) -> Iterator[Change]:
        for at, row in self.rows["objects"].items():
            mine = {
                revision["version"]: rowid
                for rowid, revision in self.rows["revisions"].items()
                if revision["object"] == row["id"] and revision["container"] == row["container"]
            }
            for version in range(1, row["version"]):
                yield Change(
                    "older",
                    f"object {at} at version {version}",
                    ((("objects", at), {"version": version, "state": 1}),),
                )
                old = self.rows["revisions"][mine[version]]
                values = {name: old[name] for name in CONTENT["revisions"]}
                for later in range(version + 1, row["version"] + 1):
                    where = ("revisions", mine[later])
                    what = f"object {at}: version {version} in the place of {later}"
                    yield Change("older", what, ((where, values),))


def _one(kind: str, table: str, rowid: int, column: str, new: Any, note: str) -> Change:
    what = f"{table}.{column} row {rowid}: {note}"
    return Change(kind, what, (((table, rowid), {column: new}),))


def _flipped(table: str, column: str, old: Any, rng: random.Random) -> Iterator[tuple[Any, str]]:
    if isinstance(old, int):
        yield from ((old ^ (1 << bit), f"bit {bit}") for bit in _INTEGER_FLIPS)
        yield from ((new, f"{new}") for new in (-1, old + 1, 2**53) if new != old)
        return
    if not isinstance(old, bytes) or not old:
        return
    places = {0, len(old) - 1, *rng.sample(range(len(old)), min(3, len(old)))}
    if column == "body":
        places |= set(_part_places(old, rng))
    if (table, column) in _ENVELOPES:
        places |= {3, 4, 5, 21, 45, 77, 80}
    for place in sorted(places):
        flipped = bytes((old[place] ^ (1 << rng.randrange(8)),))
        yield old[:place] + flipped + old[place + 1 :], f"a bit of byte {place}"


def _part_places(body: bytes, rng: random.Random) -> Iterator[int]:
    """Return one place in every part of a signed body and in some of its length words."""
    position = 8
    for part in parse_pae(body):
        if rng.random() < 0.15:
            yield position + rng.randrange(8)
        position += 8
        if part:
            # Integers are little-endian: their low byte changes most.
            yield position if len(part) == 8 else position + rng.randrange(len(part))
        position += len(part)
