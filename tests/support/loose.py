"""A file whose rows break its own constraints, as whoever holds it can write them.

The schema says what it always said, so the store has nothing against it. Only
this one connection believes in tables without NOT NULL, keys and uniqueness;
the trees of the indexes stay, and it keeps them. SQLite reads a schema once and
then compares a number, which is not counted up here.
"""

from __future__ import annotations

import re
import sqlite3

_KEYS = re.compile(r",?\s*(PRIMARY KEY|UNIQUE) \([^)]*\)| NOT NULL| PRIMARY KEY")
_READ = "SELECT rowid, type, name, tbl_name, sql FROM sqlite_schema"
_WRITE = "UPDATE sqlite_schema SET sql = ? WHERE rowid = ?"


def loosen(db: sqlite3.Connection) -> None:
    """Let a connection in autocommit break every constraint of its file from now on."""
    before = db.execute(_READ).fetchall()
    loose = [
        (_loose(db, kind, name, table, sql), rowid) for rowid, kind, name, table, sql in before
    ]
    db.execute("PRAGMA writable_schema=ON")
    db.executemany(_WRITE, loose)
    db.execute("PRAGMA writable_schema=RESET")
    db.execute("SELECT 1 FROM sqlite_schema").fetchone()  # now it is read
    db.execute("PRAGMA writable_schema=ON")
    db.executemany(_WRITE, [(sql, rowid) for rowid, *_, sql in before])
    db.execute("PRAGMA writable_schema=OFF")


def _loose(db: sqlite3.Connection, kind: str, name: str, table: str, sql: str | None) -> str:
    if sql is None:  # the index of a key
        columns = ", ".join(row[2] for row in db.execute(f"PRAGMA index_info({name})"))
        return f"CREATE INDEX {name} ON {table} ({columns})"
    return sql.replace("UNIQUE INDEX", "INDEX") if kind == "index" else _KEYS.sub("", sql)
