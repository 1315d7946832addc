"""A process that backs up, restores or upgrades a file, to be killed on the way.

It reads one JSON line of orders, prints `{"ready": …}`, waits for a line, does
its work and prints one JSON line when it is done. With `stop_at` it prints the
step at which it stopped and stays there.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strongroom.store.sqlite import backup as sqlite_backup
from strongroom.store.sqlite import copies as sqlite_copies
from strongroom.store.sqlite import schema as sqlite_schema
from strongroom.store.sqlite import store as sqlite

sys.path.insert(0, str(Path(__file__).parents[2]))
from support.releases import become_next

Orders = dict[str, Any]
_phases: list[str] = []
_stop_at: list[int] = []


def say(**event: Any) -> None:
    """Print one event; the line is whole and on its way when this returns."""
    os.write(sys.stdout.fileno(), (json.dumps(event) + "\n").encode())


def step(phase: str) -> None:
    """Count a step; stay at the one that was ordered."""
    _phases.append(phase)
    if len(_phases) in _stop_at:
        say(stopped=phase)
        threading.Event().wait()


# -- work ------------------------------------------------------------------------


def restore(orders: Orders) -> None:
    sqlite_backup.restore(Path(orders["source"]), Path(orders["target"]), force=True)


def backup(orders: Orders) -> None:
    sqlite_backup.backup(Path(orders["source"]), Path(orders["target"]), replace=True)


def upgrade(orders: Orders) -> None:
    sqlite.SqliteStore.open(Path(orders["target"])).close()


# -- phases ----------------------------------------------------------------------


def stop_inside() -> None:
    """Tell the steps of the work; pages are copied one by one."""
    for module, name in (
        (sqlite_backup, "_prepare"),
        (sqlite_backup, "_match_pages"),
        (sqlite_backup, "publish"),
        (sqlite_copies, "_claim"),
        (sqlite_copies, "_sync"),
    ):
        _announce(module, name)
    sqlite_backup._transfer = by_pages
    genuine = sqlite_schema.transaction

    @contextmanager
    def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        with genuine(connection, begin):
            step("begun")
            yield
            step("about to commit")
        step("committed")

    sqlite_schema.transaction = transaction
    sqlite_schema.MIGRATIONS = tuple(map(Announced, sqlite_schema.MIGRATIONS))


def next_release() -> None:
    """Be the release after this one, to which a file of today is an older one."""
    become_next()


def _announce(module: Any, name: str) -> None:
    genuine = getattr(module, name)

    def announced(*args: Any, **options: Any) -> Any:
        step(f"before {name}")
        done = genuine(*args, **options)
        step(f"after {name}")
        return done

    setattr(module, name, announced)


def by_pages(source: sqlite3.Connection, target: sqlite3.Connection, _name: Path) -> None:
    # A small cache makes SQLite write pages into the WAL long before the commit.
    target.execute("PRAGMA cache_size=4")
    source.backup(target, pages=1, progress=lambda *_: step("page"))
    step("all pages")


class Announced:
    """The statements of a migration, each a step."""

    def __init__(self, statements: Iterable[str]) -> None:
        self._statements = statements

    def __iter__(self) -> Iterator[str]:
        for statement in self._statements:
            yield statement
            step(" ".join(statement.split()[:3]))


# -- mutants ---------------------------------------------------------------------


def plain_copy() -> None:
    """MUTANT: the file is overwritten from its beginning, whoever has it open."""

    def overwrite(copy: Path, target: Path) -> None:
        with target.open("r+b") as file:
            raw = copy.read_bytes()
            for start in range(0, len(raw), 16_384):
                file.write(raw[start : start + 16_384])
                file.flush()
                step("page")
            file.truncate()

    sqlite_backup._overwrite = overwrite


def early_acknowledgement() -> None:
    """MUTANT: the work is acknowledged before the transaction ends."""
    genuine = sqlite_backup._transfer

    def early(source: Any, target: Any, name: Path) -> None:
        if not name.name.startswith("copy"):
            say(done=True)
        genuine(source, target, name)

    sqlite_backup._transfer = early


def bare_statements() -> None:
    """MUTANT: an upgrade without a transaction."""

    @contextmanager
    def bare(_connection: sqlite3.Connection, _begin: str) -> Iterator[None]:
        yield

    sqlite_schema.transaction = bare


def final_name_first() -> None:
    """MUTANT: a backup grows under its final name."""

    @contextmanager
    def staged(target: Path) -> Iterator[Path]:
        target.unlink(missing_ok=True)
        target.touch()
        yield target

    sqlite_backup.staged = staged


WORK: dict[str, Callable[[Orders], None]] = {
    work.__name__: work for work in (restore, backup, upgrade)
}
CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        next_release,
        stop_inside,
        plain_copy,
        early_acknowledgement,
        bare_statements,
        final_name_first,
    )
}


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    for name in orders.get("changes", ()):
        CHANGES[name]()
    _stop_at.extend([orders["stop_at"]] if "stop_at" in orders else [])
    say(ready=True)
    sys.stdin.readline()
    WORK[orders["work"]](orders)
    say(done=True, phases=_phases)
    sys.stdin.readline()


if __name__ == "__main__":
    main()
