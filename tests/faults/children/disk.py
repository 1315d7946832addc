"""A process whose disk refuses (failing.c is preloaded): one order per line, one answer per line.

The first line says whose file it works on; each further one names a work, and
at which of its calls of the operating system the disk refuses. Seeds come
through standard input, never through argv.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from child import bare_statements, make_item, say

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.errors import StrongroomError
from strongroom.home.files import Folder
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.store.sqlite import connections
from strongroom.store.sqlite import store as sqlite
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring.accounts import create_account
from strongroom.wiring.engines import open_account

Orders = dict[str, Any]
BATCH = 6


class Worker:
    """One owner's engine on one file, opened when first needed."""

    def __init__(self, who: Orders) -> None:
        self.who = who
        self.folder = Path(who["folder"])
        self.engine: Engine | None = None

    def opened(self) -> Engine:
        if self.engine is None:
            who = self.who
            pin = Pin(who["pin"][0], bytes.fromhex(who["pin"][1]))
            self.engine = drive(
                open_account(
                    url=who["url"],
                    account=parse_id(who["account"]),
                    user=parse_id(who["user"]),
                    seed=bytes.fromhex(who["seed"]),
                    marks=Marks(pin=pin, head=HeadMark(0, 1)),
                    runtime=InlineRuntime(),
                )
            )
        return self.engine

    def close(self) -> None:
        held, self.engine = self.engine, None
        if held is not None:
            held.close()

    # -- what can be ordered ---------------------------------------------------------

    def item(self, title: str) -> None:
        drive(self.opened().items.create(self.who["vault"], make_item(title, f"v-{title}")))

    def batch(self, title: str) -> None:
        rows = [make_item(f"{title}-{turn}", f"v-{title}-{turn}") for turn in range(BATCH)]
        for outcome in drive(self.opened().items.create_all(self.who["vault"], rows)):
            if isinstance(outcome, StrongroomError):
                raise outcome

    def vault(self, title: str) -> None:
        drive(self.opened().vaults.create(title))

    def cold(self, title: str) -> None:
        """Open the file, write, and close it, which empties and removes the WAL."""
        self.close()
        try:
            self.item(title)
        finally:
            self.close()

    def account(self, title: str) -> None:
        path = self.folder / f"{title}.db"
        made = create_account(
            url=f"file://{path}",
            name="Ana",
            email="ana@example.org",
            password=Secret("correct horse battery"),
        )
        assert made.seed

    def local(self, title: str) -> None:
        """Replace a private file, as the device, session and state files are."""
        Folder(self.folder / "private").store("file", title.encode() * 1000)

    def listed(self) -> list[str]:
        engine = self.opened()
        vaults = [row["title"] for row in drive(engine.vaults.list())]
        return vaults + [row["title"] for row in drive(engine.items.list(self.who["vault"]))]


def told(work: Callable[[], Any]) -> dict[str, Any]:
    """Do something; return its value, or what kind of error it was."""
    try:
        return {"value": work()}
    except StrongroomError as error:
        return {"error": [kind.__name__ for kind in type(error).__mro__], "text": str(error)}
    except Exception as error:  # noqa: BLE001  (that it has no type of ours is what is told)
        return {"error": [type(error).__name__], "text": str(error)}


def do(worker: Worker, order: Orders) -> dict[str, Any]:
    """Work on a disk that refuses, look while it still does, and once it does not any more."""
    work = getattr(worker, order["work"])
    if order["work"] not in ("cold", "account", "local"):
        worker.opened()  # so that opening is not part of what is walked
        worker.listed()
    with refusing(worker.folder, order) as count:
        outcome = told(lambda: work(order["title"]))
        counted = count()
        meanwhile = told(worker.listed) if order["work"] not in ("account", "local") else {}
    return {"outcome": outcome, "full": meanwhile, **counted}


@contextmanager
def refusing(folder: Path, order: Orders) -> Iterator[Callable[[], dict[str, Any]]]:
    """Let the disk refuse as ordered; what is given tells how often it did."""
    if "limit" in order:
        # The kernel's own refusal; Python ignores the signal that comes with it.
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["limit"], most))
        yield lambda: {"seen": 0, "hit": 0, "refused": f"limit {order['limit']}"}
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        return
    if "nth" not in order:
        yield lambda: {"seen": 0, "hit": 0, "refused": ""}
        return
    disk = ctypes.CDLL(None)
    disk.faults_refused.restype = ctypes.c_char_p
    disk.faults_arm(str(folder).encode(), order["nth"], order["error"], order["how"])
    yield lambda: {
        "seen": disk.faults_seen(),
        "hit": disk.faults_hit(),
        "refused": disk.faults_refused().decode(),
    }
    disk.faults_disarm()


def look(worker: Worker, _order: Orders) -> dict[str, Any]:
    return told(worker.listed)


def close(worker: Worker, _order: Orders) -> dict[str, Any]:
    return told(worker.close)


# -- changes and mutants ---------------------------------------------------------------


def checkpoint_always() -> None:
    """Move every commit from the WAL into the file at once, so that a walk meets that too."""
    genuine = connections.raw_connection

    def eager(*args: Any, **keywords: Any) -> sqlite3.Connection:
        connection = genuine(*args, **keywords)
        connection.execute("PRAGMA wal_autocheckpoint=1")
        return connection

    connections.raw_connection = sqlite.raw_connection = eager


def commit_errors_ignored() -> None:
    """MUTANT: a commit that failed is taken for one that did not."""
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

    sqlite._transaction = careless


def untranslated() -> None:
    """MUTANT: errors of the driver come out as they are."""
    sqlite.translated = lambda _path: nullcontext()


def in_place() -> None:
    """MUTANT: a private file is overwritten where it stands."""

    def store(self: Folder, name: str, data: bytes) -> None:
        with self._opened(make=True) as folder:
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, dir_fd=folder)
            with suppress(OSError):
                os.write(descriptor, data)
            os.close(descriptor)

    Folder.store = store


CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        checkpoint_always,
        commit_errors_ignored,
        untranslated,
        in_place,
        bare_statements,
    )
}
ORDERS = {"do": do, "look": look, "close": close}


def main() -> None:
    who = json.loads(sys.stdin.readline())
    for name in who["changes"]:
        CHANGES[name]()
    worker = Worker(who)
    say(ready=True)
    for line in sys.stdin:
        order = json.loads(line)
        say(**ORDERS[order["order"]](worker, order))


if __name__ == "__main__":
    main()
