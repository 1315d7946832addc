"""The seam beneath the SQLite driver: its connections, whose statements fail as SQLite's do.

Every connection that is opened while the seam is in place is behind the gate.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from support.anomalies.gate import (
    BROKEN,
    BUSY,
    CANARY,
    FULL,
    GATE,
    Errors,
    Failure,
    is_injected,
)

_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "CREATE", "ALTER")
# Sources: https://www.sqlite.org/rescode.html, and for what ends a transaction by itself
# https://www.sqlite.org/lang_transaction.html section 3.
_CODES = {
    FULL: (sqlite3.SQLITE_FULL, "SQLITE_FULL"),
    BROKEN: (sqlite3.SQLITE_IOERR | 4 << 8, "SQLITE_IOERR_FSYNC"),
    BUSY: (sqlite3.SQLITE_BUSY, "SQLITE_BUSY"),
}
COMMIT = "COMMIT"


def _error(kind: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(CANARY)
    error.sqlite_errorcode, error.sqlite_errorname = _CODES[kind]
    return error


class _Connection(sqlite3.Connection):
    """A connection behind the gate."""

    _writes = False

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        first = sql.split(None, 1)[0].upper()
        genuine = super().execute
        if first == "ROLLBACK":
            # It always ends the transaction, whatever it says.
            ended = genuine(sql)
            return GATE.call(first, _broken, lambda: ended)
        name = sql if first == "BEGIN" else first
        if first == "BEGIN":
            self._writes = sql != first
        elif first == COMMIT and not self._writes:
            name = first = "COMMIT of a read"
        try:
            return GATE.call(name, _errors(first), lambda: genuine(sql, parameters))
        except sqlite3.OperationalError as error:
            if is_injected(error) and GATE.undoes and self.in_transaction:
                self.rollback()
            raise

    def backup(self, target: sqlite3.Connection, **options: Any) -> None:
        genuine = super().backup
        GATE.call("backup", lambda how: _error(how.kind), lambda: genuine(target, **options))


def _errors(first: str) -> Errors:
    """Return how a statement can fail, by its first word."""

    def errors(how: Failure) -> Exception | None:
        if how.kind == FULL and first not in (*_WRITES, COMMIT):
            return None
        if how.kind == BUSY and first in _WRITES:
            return None  # the lock is held from BEGIN on
        return _error(how.kind)

    return errors


def _broken(how: Failure) -> Exception | None:
    return _error(how.kind) if how.kind == BROKEN else None


def put_gate_before_sqlite(patch: pytest.MonkeyPatch) -> None:
    """Put the seam in place."""
    genuine = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        return GATE.call("connect", _broken, lambda: genuine(*args, factory=_Connection, **options))

    patch.setattr(sqlite3, "connect", connect)
