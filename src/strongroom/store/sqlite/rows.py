"""Statements on one SQLite connection, and the check of what they return.

A column of SQLite holds a value of any kind, whatever the schema says, and the
file may be written by somebody who wishes us harm. So every value is compared
with its column's kind before anybody computes with it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from itertools import chain
from typing import Final

from strongroom.errors import IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.store.protocol import Row
from strongroom.store.schema import MIGRATIONS

_PYTHON_KINDS: Final[dict[str, type]] = {"BLOB": bytes, "INTEGER": int, "TEXT": str}
_COLUMN: Final = re.compile(r"(\w+) (BLOB|INTEGER|TEXT) NOT NULL")


def _column_kinds(statements: Iterable[str]) -> dict[str, type]:
    """Return the Python type of every column by its name, which means one thing everywhere."""
    kinds: dict[str, type] = {}
    for statement in statements:
        for name, kind in _COLUMN.findall(statement):
            if kinds.setdefault(name, _PYTHON_KINDS[kind]) is not _PYTHON_KINDS[kind]:
                message = f"column {name} has two kinds"
                raise AssertionError(message)
    return kinds


_KIND_BY_NAME: Final = _column_kinds(chain.from_iterable(MIGRATIONS))


class _Shape:
    """What the rows of one statement look like."""

    __slots__ = ("kinds", "may_be_null", "names")

    def __init__(self, sql: str, cursor: sqlite3.Cursor) -> None:
        self.names = [column[0] for column in cursor.description]
        # What is no column of the schema is counted or computed: an integer.
        self.kinds = [_KIND_BY_NAME.get(name, int) for name in self.names]
        self.may_be_null = "LEFT JOIN" in sql


# Statements are constants of the program, so there are only so many.
_shapes: dict[str, _Shape] = {}


class SqliteTransaction:
    """Statements on one connection. Its coroutines never suspend."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def all(self, sql: str, **parameters: object) -> list[Row]:
        """Return every row.

        Raises:
            IntegrityError: A value is of another kind than its column.
        """
        cursor = self._connection.execute(sql, parameters)
        rows: list[Row] = cursor.fetchall()
        shape = _shape(sql, cursor)
        for row in rows:
            _check_row(shape, row)
        return rows

    async def one(self, sql: str, **parameters: object) -> Row | None:
        """Return the first row, or `None`.

        Raises:
            IntegrityError: A value is of another kind than its column.
        """
        cursor = self._connection.execute(sql, parameters)
        row: Row | None = cursor.fetchone()
        if row is not None:
            _check_row(_shape(sql, cursor), row)
        return row

    async def run(self, sql: str, **parameters: object) -> int:
        """Change rows; return how many."""
        return self._connection.execute(sql, parameters).rowcount


def _shape(sql: str, cursor: sqlite3.Cursor) -> _Shape:
    shape = _shapes.get(sql)
    if shape is None:
        shape = _shapes[sql] = _Shape(sql, cursor)
    return shape


def _check_row(shape: _Shape, row: Row) -> None:
    for position, kind in enumerate(shape.kinds):
        value = row[position]
        fits = type(value) is kind
        if kind is int:
            fits = fits and 0 <= value <= INTEGER_MAX
        if not fits and (value is not None or not shape.may_be_null):
            name = shape.names[position]
            message = f"the database holds a value of the wrong type in column {name}"
            raise IntegrityError(message)
