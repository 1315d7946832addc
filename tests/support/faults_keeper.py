"""A hostile keeper: changes rows of a database file, and can take each change back.

The rows break every constraint of the file, as whoever holds it can make them,
while its schema says what it always said (`loose`). Changes are made through a
connection of the keeper's own, under the readers.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom.pae import parse_pae

from .loose import loosen

# Every table that the service reads, with what tells its rows apart. Files have a walk of their
# own (tests/faults/files/test_changed_files.py).
KEYS: dict[str, tuple[str, ...]] = {
    "account_stamps": ("account",),
    "installation": ("id",),
    "accounts": ("id",),
    "users": ("id",),
    "roots": ("version",),
    "root_signatures": ("version", "signer"),
    "heads": ("rev",),
    "entries": ("position",),
    "keysets": ("principal", "fp"),
    "tree": ("height", "position"),
    "containers": ("id",),
    "access_records": ("container", "access_rev"),
    "accessors": ("principal", "container", "fp"),
    "epochs": ("container", "epoch"),
    "objects": ("container", "id"),
    "revisions": ("container", "object", "version"),
    "invites": ("id",),
    "keyset_ends": ("principal", "fp"),
    "files": ("container", "id"),
    "file_chunks": ("container", "file", "position"),
    "object_files": ("container", "object", "file"),
    "audit": ("id",),
}
CONTENT = {
    "roots": ("body",),
    "root_signatures": ("signer", "signature"),
    "heads": ("body", "signature"),
    "entries": ("body",),
    "keysets": ("fp", "enc_pk", "auth_pk"),
    "access_records": ("hash", "body", "signature"),
    "accessors": ("fp", "permissions", "sealed"),
    "epochs": ("link",),
    "revisions": ("body", "signature", "overview", "details"),
    "objects": ("version", "state", "epoch", "tag"),
    "invites": ("sealed", "joiner", "enc_pk", "sign_pk", "mac"),
    "file_chunks": ("sealed",),
    "audit": ("actor", "action", "object", "hash"),
}
_BODIES = {("roots", "body"), ("heads", "body"), ("entries", "body")} | {
    (table, "body") for table in ("access_records", "revisions")
}
_ENVELOPES = {("revisions", "overview"), ("revisions", "details"), ("epochs", "link")} | {
    ("users", "seed"),
    ("invites", "sealed"),
    ("file_chunks", "sealed"),
}
_INTEGER_FLIPS = (0, 1, 2, 4, 5, 9, 31, 52, 62)
ENVELOPE_HEADER_BYTES = 45
PLACES = 64  # seeded places in each blob, in the full form
_FEW = 4  # in what is the same in every row

Row = tuple[str, int]  # table, rowid
Values = dict[str, Any]


@dataclass(frozen=True)
class Change:
    """One change: new values of some rows (`None` deletes a row, an unused rowid adds one).

    Attributes:
        insider: Whether a member who holds the container's key helped.
    """

    kind: str
    what: str
    rows: tuple[tuple[Row, Values | None], ...]
    insider: bool = False


class Keeper:
    """Full control of one file."""

    def __init__(self, path: Path) -> None:
        """Take a file."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA synchronous=OFF")
        self.columns: dict[str, list[str]] = {}
        self.rows: dict[str, dict[int, Values]] = {}
        loosen(self._db)
        for table in KEYS:
            self.columns[table], self.rows[table] = read_table(self._db, table)
        self._seen = self._version()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def changed(self, change: Change) -> Iterator[None]:
        """Make a change for the length of a block."""
        self._write(change.rows)
        try:
            yield
        finally:
            if self._version() != self._seen:
                self._restore_all()  # a reader has written: a log that was to be linked
            else:
                self._restore(row for row, _ in change.rows)

    def _version(self) -> int:
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        return int(version)

    def _restore_all(self) -> None:
        for table, rows in self.rows.items():
            self._db.execute(f"DELETE FROM {table}")
            self._restore((table, rowid) for rowid in rows)
        self._seen = self._version()

    def _restore(self, rows: Iterator[Row]) -> None:
        for table, rowid in rows:
            self._db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
            if rowid in self.rows[table]:
                self._insert(table, rowid, self.rows[table][rowid])

    def _write(self, rows: Any) -> None:
        for (table, rowid), values in rows:
            if values is None:
                self._db.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))
            elif rowid not in self.rows[table]:
                self._insert(table, rowid, values)
            else:
                sets = ", ".join(f"{name} = ?" for name in values)
                self._db.execute(
                    f"UPDATE {table} SET {sets} WHERE rowid = ?", (*values.values(), rowid)
                )

    def _insert(self, table: str, rowid: int, values: Values) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._db.execute(
            f"INSERT INTO {table} (rowid, {names}) VALUES (?, {marks})", (rowid, *values.values())
        )

    def find(self, table: str, **values: Any) -> tuple[int, Values]:
        """Return the one row that has some values."""
        found = [
            (rowid, row)
            for rowid, row in self.rows[table].items()
            if all(row[name] == value for name, value in values.items())
        ]
        assert len(found) == 1, f"{table}: {len(found)} rows"
        return found[0]

    # -- kinds of changes, each as (cell, its changes) -----------------------------------

    def flips(self, rng: random.Random) -> Iterator[Change]:
        """One bit: of every header byte and part, and of seeded places of each blob."""
        for table, column, rowid, old in self._cells():
            for new, note in _flipped(table, column, old, rng):
                yield _one("flip", table, rowid, column, new, note)

    def cuts(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """Values that are cut, empty or longer."""
        for table, column, rowid, old in self._cells():
            if not isinstance(old, bytes | str) or not old:
                continue
            empty, more = (b"", b"\0") if isinstance(old, bytes) else ("", "x")
            cut = {
                "empty": empty,
                "half": old[: len(old) // 2],
                "last byte": old[:-1],
                "first byte": old[1:],
                "longer": old + more,  # type: ignore[operator]
            }
            for note, new in cut.items():
                if new != old:
                    yield _one("cut", table, rowid, column, new, note)

    def retypes(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """NULL, and values of another type: SQLite keeps what it is given."""
        for table, column, rowid, old in self._cells():
            others: dict[str, Any] = {"null": None, "text": "x", "number": 7, "real": 0.5}
            others["blob"] = b"x"
            for note, new in others.items():
                if type(new) is not type(old):
                    yield _one("retype", table, rowid, column, new, note)

    def swaps(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """One column exchanged with every sibling row."""
        for table, column, rowid, old in self._cells():
            for other, row in self.rows[table].items():
                if other <= rowid or row[column] == old:
                    continue
                rows = (
                    ((table, rowid), {column: row[column]}),
                    ((table, other), {column: old}),
                )
                yield Change("swap", f"{table}.{column} of rows {rowid} and {other}", rows)

    def shuffles(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """Two columns of one row exchanged, or one written over the other."""
        for table, rows in self.rows.items():
            for rowid, row in rows.items():
                names = self.columns[table]
                for column in names:
                    for other in names:
                        alike = type(row[column]) is type(row[other])
                        if column == other or not alike or row[column] == row[other]:
                            continue
                        what = f"{table} row {rowid}: {other} in {column}"
                        values = {column: row[other]}
                        yield Change("shuffle", what, (((table, rowid), values),))
                        if column < other:
                            values = {column: row[other], other: row[column]}
                            yield Change("shuffle", f"{what} and back", (((table, rowid), values),))

    def transplants(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """The whole content of one row put in another's place."""
        for table, columns in CONTENT.items():
            for a in self.rows[table]:
                for b in self.rows[table]:
                    if a != b:
                        values = {name: self.rows[table][b][name] for name in columns}
                        what = f"{table} row {b} into {a}"
                        yield Change("transplant", what, (((table, a), values),))

    def hides(self, rng: random.Random) -> Iterator[Change]:  # noqa: ARG002
        """Rows that are not there any more."""
        for table, rows in self.rows.items():
            for rowid in rows:
                yield Change("hide", f"{table} row {rowid}", (((table, rowid), None),))

    def older(self, copies: list[Path]) -> Iterator[Change]:
        """Older states: every cell and row of earlier copies, heads, records, revisions."""
        for number, path in enumerate(copies):
            db = sqlite3.connect(path)
            yield from self._from_copy(db, f"copy {number}")
            db.close()
        yield from self._older_heads()
        yield from self._older_records()
        yield from self._older_revisions()

    def _cells(self) -> Iterator[tuple[str, str, int, Any]]:
        for table, rows in self.rows.items():
            for column in self.columns[table]:
                for rowid, row in rows.items():
                    yield table, column, rowid, row[column]

    def _from_copy(self, db: sqlite3.Connection, name: str) -> Iterator[Change]:
        for table, keys in KEYS.items():
            _, before = read_table(db, table)
            was = {tuple(row[key] for key in keys): row for row in before.values()}
            whole: list[tuple[Row, Values | None]] = []
            for rowid, row in self.rows[table].items():
                old = was.get(tuple(row[key] for key in keys))
                changed = {
                    column: old[column] for column in row if old and old[column] != row[column]
                }
                for column, value in changed.items():
                    yield _one("older", table, rowid, column, value, f"as in {name}")
                if len(changed) > 1:
                    yield Change(
                        "older", f"{table} row {rowid} as in {name}", (((table, rowid), changed),)
                    )
                if changed or old is None:
                    whole.append(((table, rowid), changed or None))
            if len(whole) > 1:
                yield Change("older", f"all of {table} as in {name}", tuple(whole))

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
        for at, container in self.rows["containers"].items():
            mine = {
                row["access_rev"]: rowid
                for rowid, row in self.rows[table].items()
                if row["container"] == container["id"]
            }
            for rev in range(container["access_rev"]):
                what = f"access rev {rev} for {container['access_rev']} of container {at}"
                old = self.rows[table][mine[rev]]
                values = {name: old[name] for name in CONTENT[table]}
                newest = (table, mine[container["access_rev"]])
                yield Change("older", what, ((("containers", at), {"access_rev": rev}),))
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


Changes = Callable[[Keeper, random.Random], Iterator[Change]]
KINDS: dict[str, Changes] = {
    "a flipped bit": Keeper.flips,
    "a cut value": Keeper.cuts,
    "a value of another type": Keeper.retypes,
    "values of two rows swapped": Keeper.swaps,
    "values of one row swapped": Keeper.shuffles,
    "the content of another row": Keeper.transplants,
    "a missing row": Keeper.hides,
}


def read_table(db: sqlite3.Connection, table: str) -> tuple[list[str], dict[int, Values]]:
    """Return the columns of a table, and its rows by rowid."""
    cursor = db.execute(f"SELECT rowid, * FROM {table}")
    names = [row[0] for row in cursor.description][1:]
    return names, {row[0]: dict(zip(names, row[1:], strict=True)) for row in cursor}


def _one(kind: str, table: str, rowid: int, column: str, new: Any, note: str) -> Change:
    what = f"{table}.{column} row {rowid}: {note}"
    return Change(kind, what, (((table, rowid), {column: new}),))


def _flipped(table: str, column: str, old: Any, rng: random.Random) -> Iterator[tuple[Any, str]]:
    if isinstance(old, int):
        yield from ((old ^ (1 << bit), f"bit {bit}") for bit in _INTEGER_FLIPS)
        yield from ((new, f"{new}") for new in (-1, old + 1, 2**53) if new != old)
        return
    if isinstance(old, str) and old:
        yield old[:-1] + chr(ord(old[-1]) ^ 1), "its last letter"
        return
    if not isinstance(old, bytes) or not old:
        return
    most = _FEW if column == "account" or table == "audit" else PLACES
    places = set(rng.sample(range(len(old)), min(most, len(old))))
    if (table, column) in _BODIES:
        places |= set(_part_places(old, rng))
    if (table, column) in _ENVELOPES:
        places |= set(range(min(ENVELOPE_HEADER_BYTES, len(old))))
    for place in sorted(places):
        flipped = bytes((old[place] ^ (1 << rng.randrange(8)),))
        yield old[:place] + flipped + old[place + 1 :], f"a bit of byte {place}"


def _part_places(body: bytes, rng: random.Random) -> Iterator[int]:
    """Return one place in every part of a signed body and in its length word."""
    position = 8
    for part in parse_pae(body):
        yield position + rng.randrange(8)
        position += 8
        if part:
            # Integers are little-endian: their low byte changes most.
            yield position if len(part) == 8 else position + rng.randrange(len(part))
        position += len(part)
