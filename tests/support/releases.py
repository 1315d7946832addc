"""The next release, in this process: what a file of today is to a later Strongroom.

It has one table more. Everything that brings an older file up to date is the
genuine code, which reads the statements and the number that stand here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import chain
from typing import Any

from strongroom.store import schema
from strongroom.store.sqlite import connections
from strongroom.store.sqlite import files as sqlite_files
from strongroom.store.sqlite import schema as sqlite_schema

NEXT_STATEMENTS = (
    """CREATE TABLE later (
        account BLOB NOT NULL,
        note BLOB NOT NULL,
        PRIMARY KEY (account, note)
    )""",
    "CREATE INDEX later_by_note ON later (note)",
    "INSERT INTO later SELECT id, id FROM accounts",
)
NEXT_VERSION = schema.SCHEMA_VERSION + 1


def _next_digest() -> str:
    with closing(sqlite3.connect(":memory:")) as model:
        for statement in (*chain.from_iterable(schema.MIGRATIONS), *NEXT_STATEMENTS):
            model.execute(statement)
        return sqlite_schema.digest_schema(sqlite_schema.read_schema(model))


def become_next(
    statements: tuple[str, ...] = NEXT_STATEMENTS, put: Callable[[Any, str, Any], None] = setattr
) -> None:
    """Make this process the next release.

    Args:
        put: How a name is changed; `monkeypatch.setattr` undoes it.
    """
    migrations = (*schema.MIGRATIONS, statements)
    put(sqlite_schema, "MIGRATIONS", migrations)
    put(sqlite_schema, "SCHEMA_DIGESTS", (*schema.SCHEMA_DIGESTS, _next_digest()))
    for module in (connections, sqlite_files, sqlite_schema):
        put(module, "SCHEMA_VERSION", NEXT_VERSION)
