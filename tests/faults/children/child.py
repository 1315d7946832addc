"""A process of its own for concurrency and kill tests.

It reads one JSON line of orders from standard input, prints `{"ready": …}`,
waits for a line, does its work and prints one JSON line per event. Tokens
come through standard input, never through argv.
"""

from __future__ import annotations

import ctypes
import itertools
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from strongroom.client.engine import Engine
from strongroom.client.items.work import ItemWork
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.errors import ConflictError, StrongroomError
from strongroom.ids import parse_id
from strongroom.service.objects import revisions
from strongroom.store.sqlite import connections
from strongroom.store.sqlite import store as sqlite
from strongroom.wiring.engines import open_token

Orders = dict[str, Any]
_printing = threading.Lock()


def say(**event: Any) -> None:
    """Print one event; the line is whole and on its way when this returns."""
    with _printing:
        os.write(sys.stdout.fileno(), (json.dumps(event) + "\n").encode())


def wait_for_go() -> str:
    return sys.stdin.readline()


def open_engine(token: str) -> Engine:
    return drive(open_token(token, runtime=InlineRuntime()))


def make_item(title: str, value: str) -> dict[str, Any]:
    field = {"id": "value", "title": "value", "fieldType": "Concealed", "value": value}
    return {"title": title, "category": "Login", "fields": [field]}


# -- work ------------------------------------------------------------------------


def create(orders: Orders) -> None:
    """Create items with some threads, each with an engine of its own."""
    engines = [open_engine(orders["token"]) for _ in range(orders["threads"])]
    say(ready=True)
    wait_for_go()

    def work(number: int, engine: Engine) -> None:
        for turn in range(orders["count"]):
            title = f"{orders['name']}-{number}-{turn}"
            with reported(title):
                made = drive(engine.items.create(orders["vault"], make_item(title, f"v-{title}")))
                say(created=made["id"], title=title)

    threads = [
        threading.Thread(target=work, args=(number, engine))
        for number, engine in enumerate(engines)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.close()


def read(orders: Orders) -> None:
    """List and resolve until told to stop."""
    stop = threading.Event()
    say(ready=True)
    wait_for_go()
    threading.Thread(target=lambda: (wait_for_go(), stop.set()), daemon=True).start()
    engine = open_engine(orders["token"])
    rounds = most = 0
    while not stop.is_set():
        with reported("reading"):
            rows = drive(engine.items.list(orders["vault"]))
            if len(rows) < most:
                say(error=f"a list of {len(rows)} after one of {most}")
            most, rounds = len(rows), rounds + 1
            for row in rows[-3:]:
                reference = f"op://{orders['vault']}/{row['title']}/value"
                value = drive(engine.secrets.resolve(reference))
                if value != f"v-{row['title']}":
                    say(error=f"{reference} gave {value}")
    engine.close()
    say(rounds=rounds, most=most)


def put(orders: Orders) -> None:
    """Put one item, round by round, from the version that both children hold."""
    engine = open_engine(orders["token"])
    items, vault, item = engine.items, orders["vault"], orders["item"]
    work = ItemWork(engine.session)
    say(ready=True)
    while wait_for_go().startswith("load"):
        held = drive(items.get(vault, item))
        held["fields"][0]["value"] = value = f"{orders['name']} on {held['version']}"
        before = drive(work.live(parse_id(vault), parse_id(item)))
        draft = work.draft(held, parse_id(item), before, state=1)
        say(loaded=held["version"])
        # Every other round goes past the client's own comparison, to the service's.
        write = (
            items.put(held) if "public" in wait_for_go() else work.write_one(parse_id(vault), draft)
        )
        try:
            say(won=drive(write)["version"], value=value)
        except ConflictError:
            say(lost=held["version"])
        except StrongroomError as error:
            say(error=f"{type(error).__name__}: {error}")
    engine.close()


def hold(orders: Orders) -> None:
    """Hold the write lock of a file for a while."""
    db = sqlite3.connect(orders["path"], isolation_level=None)
    say(ready=True)
    wait_for_go()
    db.execute("BEGIN IMMEDIATE")
    say(locked=True)
    time.sleep(orders["seconds"])
    db.execute("ROLLBACK")
    db.close()


def write(orders: Orders) -> None:
    """Write and acknowledge each write: to be killed."""
    engine = open_engine(orders["token"])
    say(ready=True)
    wait_for_go()
    for turn in range(orders["count"]):
        title = f"{orders['name']}-{turn}"
        made = drive(engine.items.create(orders["vault"], make_item(title, f"v-{title}")))
        say(created=made["id"], title=title)
        if orders["puts"]:
            made["fields"][0]["value"] = f"w-{title}"
            drive(engine.items.put(made))
            say(changed=made["id"], title=title)
    wait_for_go()


def write_batches(orders: Orders) -> None:
    """Write and acknowledge batches, each in one transaction: to be killed."""
    engine = open_engine(orders["token"])
    say(ready=True)
    wait_for_go()
    for turn in range(orders["count"]):
        titles = [f"{orders['name']}-{turn}-{number}" for number in range(orders["size"])]
        batch = [make_item(title, f"v-{title}") for title in titles]
        made = drive(engine.items.create_all(orders["vault"], batch))
        # One line: a batch is acknowledged whole.
        say(batch={row["id"]: row["title"] for row in made}, **counted(engine))
    wait_for_go()


def counted(engine: Engine) -> dict[str, int]:
    """Return how the connections sync, and how often the log was synced (children/synced.c)."""
    held = engine._session.transport._store._connections(0)
    pragmas = [c.execute("PRAGMA synchronous").fetchone()[0] for c in (held.reader, held.writer)]
    try:
        syncs = int(ctypes.CDLL(None).faults_syncs())
    except AttributeError:
        syncs = -1
    return {"synchronous": min(pragmas), "connections": len(pragmas), "syncs": syncs}


@contextmanager
def reported(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001  (the parent judges)
        say(error=f"{what}: {type(error).__name__}: {error}")


# -- mutants and phases ------------------------------------------------------------


def deferred_transactions() -> None:
    """MUTANT: writes take their lock when they write, not when they begin."""
    genuine = sqlite._transaction
    sqlite._transaction = lambda connection, _begin: genuine(connection, "BEGIN")


def last_write_wins() -> None:
    """MUTANT: a revision replaces whatever has its version."""
    revisions._check_follows = lambda *_: None
    revisions._PUT_REVISION = revisions._PUT_REVISION.replace("INSERT", "INSERT OR REPLACE")


def early_acknowledgement() -> None:
    """MUTANT: a write is acknowledged before it is committed; the next one commits it."""
    pending: list[sqlite3.Connection] = []
    genuine_write, genuine = sqlite.SqliteStore.write, sqlite._transaction

    @contextmanager
    def early(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        if begin == "BEGIN":
            with genuine(connection, begin):
                yield
            return
        connection.execute(begin)
        yield
        pending.append(connection)

    def write(self: Any, *args: Any, **keywords: Any) -> Any:
        while pending:
            pending.pop().execute("COMMIT")
        return genuine_write(self, *args, **keywords)

    sqlite._transaction = early
    sqlite.SqliteStore.write = write


def bare_statements() -> None:
    """MUTANT: every statement is its own transaction, so a write can be half there."""
    genuine = sqlite._transaction

    @contextmanager
    def bare(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        if begin == "BEGIN":
            with genuine(connection, begin):
                yield
            return
        yield

    sqlite._transaction = bare


def synchronous_off() -> None:
    """MUTANT: a commit returns before anything is on the disk."""
    genuine = connections.raw_connection

    def careless(*args: Any, **keywords: Any) -> sqlite3.Connection:
        connection = genuine(*args, **keywords)
        connection.execute("PRAGMA synchronous=OFF")
        return connection

    connections.raw_connection = sqlite.raw_connection = careless


_phases: list[str] = []
_stop_at: list[int] = []
_telling: list[bool] = []


def committed_unsynced() -> None:
    """MUTANT: connections say that they sync, and every second commit does not."""
    genuine = sqlite._transaction
    turns = itertools.count()

    @contextmanager
    def careless(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
        odd = begin != "BEGIN" and next(turns) % 2
        if odd:
            connection.execute("PRAGMA synchronous=OFF")
        with genuine(connection, begin):
            yield
        if odd:
            connection.execute("PRAGMA synchronous=FULL")

    sqlite._transaction = careless


def stop_inside() -> None:
    """Stop for good at one step of a write transaction; the parent kills there."""
    genuine_run, genuine = sqlite.SqliteTransaction.run, sqlite._transaction

    async def run(self: Any, sql: str, **parameters: Any) -> int:
        step(" ".join(sql.split()[:3]))
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


def step(phase: str) -> None:
    """Count a step of a write; stay at the one that was ordered."""
    _phases.append(phase)
    if _telling:
        say(phase=phase)
    if len(_phases) in _stop_at:
        say(stopped=phase)
        threading.Event().wait()


def stop_at(orders: Orders) -> None:
    """Note the step at which to stop, if one was ordered."""
    _stop_at.extend([orders["stop_at"]] if "stop_at" in orders else [])
    if "phases" in orders:
        _telling.append(True)


WORK: dict[str, Callable[[Orders], None]] = {
    "create": create,
    "read": read,
    "put": put,
    "hold": hold,
    "write": write,
    "write_batches": write_batches,
}
CHANGES: dict[str, Callable[[], None]] = {
    change.__name__: change
    for change in (
        deferred_transactions,
        last_write_wins,
        early_acknowledgement,
        bare_statements,
        synchronous_off,
        committed_unsynced,
        stop_inside,
    )
}


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    for name in orders.get("changes", ()):
        CHANGES[name]()
    stop_at(orders)
    WORK[orders["work"]](orders)


if __name__ == "__main__":
    main()
