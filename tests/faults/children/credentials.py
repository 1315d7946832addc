"""A process that changes a password or a Secret Key by the command line, to be killed meanwhile.

It reads one JSON line of orders from standard input, prints `{"ready": …}`,
waits for a line and runs the command; what follows on standard input is for
the command. Every step is counted, and with `stop_at` it stays at one.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strongroom.cli.main import main as run_command
from strongroom.client.account import credentials
from strongroom.home import files, pending
from strongroom.service.people import credentials as service
from strongroom.store.sqlite import store as sqlite

_phases: list[str] = []
_stop_at: list[int | str] = []


def say(**event: Any) -> None:
    """Print one event; the line is whole and on its way when this returns."""
    os.write(3, (json.dumps(event) + "\n").encode())


def is_stop(phase: str) -> bool:
    """Tell whether the next step is the one to stay at: by its number, or by its name."""
    return len(_phases) + 1 in _stop_at or phase in _stop_at


def step(phase: str) -> None:
    """Count a step; stay at the one that was ordered."""
    stop = is_stop(phase)
    _phases.append(phase)
    if stop:
        say(stopped=phase)
        threading.Event().wait()


def watch() -> None:
    """Make every step of a change one that can be stopped at."""
    watch_derivations()
    watch_files()
    watch_transactions()


def watch_derivations() -> None:
    genuine_open, genuine_seal = credentials.open_seed, credentials.seal_user_row

    def open_seed(*parts: Any, **named: Any) -> Any:
        opened = genuine_open(*parts, **named)
        step("verified")
        return opened

    def seal(*parts: Any, **named: Any) -> Any:
        sealed = genuine_seal(*parts, **named)
        step("sealed")
        return sealed

    credentials.open_seed, credentials.seal_user_row = open_seed, seal


def watch_files() -> None:
    genuine_write, genuine_replace = files._write, os.replace
    genuine_parts = files.write_parts

    def write(name: str, data: bytes, *, mode: int, folder: int) -> None:
        kind = name.strip(".").split("-")[0]
        if is_stop(f"{kind} half written"):
            genuine_write(name, data[: len(data) // 2], mode=mode, folder=folder)
        step(f"{kind} half written")
        genuine_write(name, data, mode=mode, folder=folder)
        step(f"{kind} written")

    @contextmanager
    def write_parts(path: Path, **options: Any) -> Iterator[Any]:
        with genuine_parts(path, **options) as write_part:

            def watched(data: bytes) -> None:
                write_part(data[: len(data) // 2])
                step("Kit half written")
                write_part(data[len(data) // 2 :])

            yield watched
            step("Kit without its name")
        step("Kit written")

    def replace(source: str, target: str, **folders: Any) -> None:
        genuine_replace(source, target, **folders)
        step(f"{target.partition('-')[0]} replaced")

    files._write, files.write_parts, os.replace = write, write_parts, replace


def watch_transactions() -> None:
    genuine_run, genuine = sqlite.SqliteTransaction.run, sqlite._transaction

    async def run(self: Any, sql: str, **parameters: Any) -> int:
        step(" ".join(sql.split()[:2]))
        return await genuine_run(self, sql, **parameters)

    @contextmanager
    def transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        with genuine(connection, begin):
            if begin != "BEGIN":
                step("begun")
            yield
            if begin != "BEGIN":
                step("about to commit")
        if begin != "BEGIN":
            step("committed")

    sqlite.SqliteTransaction.run = run
    sqlite._transaction = transaction


# -- mutants -------------------------------------------------------------------------


def no_pending() -> None:
    """MUTANT: the new Secret Key comes into the device file after the commit, not before."""
    genuine = pending.replace_device

    def replace_device(folder: Any, device: Any) -> None:
        if device.pending_secret_key is None:
            genuine(folder, device)

    pending.replace_device = replace_device


def two_transactions() -> None:
    """MUTANT: salt and sealed seed are replaced one after the other."""
    genuine_run, genuine = sqlite.SqliteTransaction.run, sqlite._transaction
    where = " WHERE account = :account AND id = :caller"
    salt = f"UPDATE users SET salt = :salt{where}"
    rest = f"UPDATE users SET seed = :seed, auth_pk = :auth_pk{where}"

    async def run(self: Any, sql: str, **parameters: Any) -> int:
        if sql != service._SWAP:
            return await genuine_run(self, sql, **parameters)
        await genuine_run(self, salt, **parameters)
        step("half changed")
        return await genuine_run(self, rest, **parameters)

    @contextmanager
    def bare(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        if begin == "BEGIN":
            with genuine(connection, begin):
                yield
            return
        yield

    sqlite.SqliteTransaction.run = run
    sqlite._transaction = bare


CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change for change in (no_pending, two_transactions)
}


def main() -> None:
    # The command prints for itself; events have the stream that was standard output.
    os.dup2(1, 3)
    os.dup2(2, 1)
    # Unbuffered, so that what follows the orders is left for the command.
    orders = json.loads(sys.stdin.buffer.readline())
    watch()
    for name in orders["changes"]:
        CHANGES[name]()
    if "stop_at" in orders:
        _stop_at.append(orders["stop_at"])
    say(ready=True)
    sys.stdin.buffer.readline()
    code = run_command(orders["arguments"])
    say(done=code)


if __name__ == "__main__":
    main()
