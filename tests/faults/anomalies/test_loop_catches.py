"""MUTANTS: the loop finds out a store, an engine or a local file without its protection."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from strongroom.cli.account import signin
from strongroom.client.change import change
from strongroom.client.items.moving import ItemMoving
from strongroom.home.files import Folder
from strongroom.store.sqlite import store as sqlite
from support.anomalies.cases import CASES
from support.anomalies.commands import COMMANDS
from support.anomalies.computer import ComputerSubject, make_computer
from support.anomalies.engines import Stage
from support.anomalies.gate import DEAD, DONE_AND_DENIED, NO_ROOM, ONE_ERROR, Failure
from support.anomalies.loop import walk
from support.anomalies.seam_sqlite import COMMIT
from support.anomalies.subjects import SqliteSubject

Patch = pytest.MonkeyPatch


def untranslated(patch: Patch) -> None:
    """Errors of the driver come out as they are."""
    patch.setattr(sqlite, "translated", lambda _path: nullcontext())


def commit_errors_ignored(patch: Patch) -> None:
    """A commit that failed is taken for one that did not."""
    genuine = sqlite._transaction

    @contextmanager
    def careless(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        if begin == "BEGIN":
            with genuine(connection, begin):
                yield
            return
        connection.execute(begin)
        yield
        with suppress(sqlite3.Error):
            connection.execute("COMMIT")
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    patch.setattr(sqlite, "_transaction", careless)


def bare_statements(patch: Patch) -> None:
    """Each statement is its own transaction."""

    @contextmanager
    def bare(_connection: sqlite3.Connection, _begin: str) -> Iterator[None]:
        yield

    patch.setattr(sqlite, "_transaction", bare)


def left_open(patch: Patch) -> None:
    """A transaction that failed is not ended."""

    @contextmanager
    def open_ended(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        connection.execute(begin)
        yield
        connection.execute("COMMIT")

    patch.setattr(sqlite, "_transaction", open_ended)


def blind_moves(patch: Patch) -> None:
    """Whoever cannot delete the old item deletes the copy, without looking."""

    async def never(*_args: object) -> bool:
        return False

    patch.setattr(ItemMoving, "_is_gone", never)


def failing_later(patch: Patch) -> None:
    """What follows a commit may fail."""
    patch.setattr(change, "suppress", lambda _kind: nullcontext())


# The mutant, a use case, what is found, and at which failures of which calls.
Mutant = tuple[Callable[[Patch], None], str, str, Failure, str]
ENGINES: dict[str, Mutant] = {
    "untranslated": (untranslated, "edit an item", "untyped: Operational", ONE_ERROR, "INSERT"),
    "commit errors ignored": (
        commit_errors_ignored,
        "edit an item",
        "RollbackError",
        NO_ROOM,
        COMMIT,
    ),
    "bare statements": (bare_statements, "edit an item", "AssertionError", NO_ROOM, COMMIT),
    "left open": (left_open, "edit an item", "does not go on", NO_ROOM, "INSERT"),
    "blind moves": (blind_moves, "move an item", "in between", DONE_AND_DENIED, COMMIT),
    "failing after it": (failing_later, "create a vault", "was stored, and then", DEAD, "SELECT"),
}


@pytest.mark.parametrize("mutant", ENGINES)
def test_the_loop_catches_an_engine_without_that_protection(
    mutant: str, stage: Stage, tmp_path: Path, monkeypatch: Patch
) -> None:
    """MUTANT: a store or an engine that lacks one protection is found out by one use case."""
    change_it, case, finding, how, call = ENGINES[mutant]
    subject = SqliteSubject(stage, tmp_path, monkeypatch)
    change_it(monkeypatch)
    found = walk(subject, CASES[case], tries=12, only=lambda *one: one == (how, call)).found
    subject.close()
    assert any(finding in one for one in found), found


def in_place(patch: Patch) -> None:
    """A private file is overwritten where it stands."""

    def store(self: Folder, name: str, data: bytes) -> None:
        with self._opened(make=True) as folder:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            with os.fdopen(os.open(name, flags, 0o600, dir_fd=folder), "wb") as file:
                file.write(data)

    patch.setattr(Folder, "store", store)


def session_left(patch: Patch) -> None:
    """A session whose token nobody was told stays."""
    patch.setattr(signin, "end_session", lambda *_: True)


FILES: dict[str, Mutant] = {
    "written in place": (in_place, "change a password", "damaged", NO_ROOM, "write"),
    "a session of nobody": (session_left, "sign in", "was stored, and then", NO_ROOM, "create"),
}


@pytest.mark.parametrize("mutant", FILES)
def test_the_loop_catches_files_without_that_protection(
    mutant: str, tmp_path: Path, monkeypatch: Patch
) -> None:
    """MUTANT: local files that lack one protection are found out by one command."""
    change_it, case, finding, how, call = FILES[mutant]
    for name in ("computer", "copies"):
        (tmp_path / name).mkdir()
    made = make_computer(tmp_path / "computer")
    change_it(monkeypatch)
    subject = ComputerSubject(made, tmp_path / "copies", monkeypatch)
    found = walk(subject, COMMANDS[case], only=lambda *one: one == (how, call)).found
    assert any(finding in one for one in found), found
