"""A person at work in a process of its own, for concurrency and kill tests of people.

It reads one JSON line of orders, opens its engine, prints `{"ready": …}`, waits
for a line and does its work: a list of commands once, or one over and over. It
prints one JSON line per event. Seeds and links come through standard input.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from child import CHANGES as STORE_CHANGES
from child import make_item, open_engine, say, step, stop_at, wait_for_go

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view import view
from strongroom.client.view.marks import Marks
from strongroom.errors import ConflictError, StrongroomError
from strongroom.service.objects import records
from strongroom.store.sqlite import store as sqlite
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring.engines import open_account

Orders = dict[str, Any]


def open_person(orders: Orders) -> Engine:
    """Open the engine of whom the orders name."""
    if "token" in orders:
        return open_engine(orders["token"])
    version, root_hash = orders["pin"]
    pin = Pin(version, bytes.fromhex(root_hash))
    opening = open_account(
        url=orders["url"],
        account=bytes.fromhex(orders["account"]),
        user=bytes.fromhex(orders["user"]),
        seed=bytes.fromhex(orders["seed"]),
        marks=Marks(pin=pin, head=HeadMark(0, 1)),
        runtime=InlineRuntime(),
    )
    return drive(opening)


# -- commands -----------------------------------------------------------------------


async def confirm(engine: Engine, email: str) -> None:
    await engine.invites.confirm(await engine.invites.find(email))


async def role(engine: Engine, user: str, group: str, verb: str) -> None:
    await getattr(engine.groups, verb)(group, user)


async def create(engine: Engine, vault: str, title: str) -> None:
    made = await engine.items.create(vault, make_item(title, f"v-{title}"))
    say(created=made["id"], title=title, vault=vault)


COMMANDS: dict[str, Callable[..., Awaitable[Any]]] = {
    "add": lambda engine, group, user: engine.groups.add(group, user),
    "take": lambda engine, group, user: engine.groups.remove(group, user),
    "grant": lambda engine, vault, who, bits: engine.access.grant(vault, {who: bits}),
    "revoke": lambda engine, vault, who: engine.access.revoke(vault, who),
    "remove": lambda engine, user: engine.users.remove(user),
    "settle": lambda engine: engine.access.settle(),
    "role": role,
    "confirm": confirm,
    "create": create,
}


def attempt(engine: Engine, name: str, *arguments: Any) -> bool:
    """Do one command; return whether others were faster at every attempt of the engine's."""
    try:
        drive(COMMANDS[name](engine, *arguments))
        say(done=[name, *arguments])
    except ConflictError:
        return True
    except StrongroomError as error:
        say(error=f"{name}: {type(error).__name__}: {error}", kind=type(error).__name__)
    except Exception as error:  # noqa: BLE001  (the parent judges)
        say(error=f"{name}: {error!r}", kind="crash")
    return False


def do(orders: Orders) -> None:
    """Do each command once, in as many threads as there are lists of commands."""
    lists = orders["commands"]
    engines = [open_person(orders) for _ in lists]
    say(ready=True)
    wait_for_go()

    def work(engine: Engine, commands: list[list[Any]]) -> None:
        for command in commands:
            # A caller who is told "try again" does so; how often that was is told too.
            while attempt(engine, *command):
                say(outrun=command)

    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(engines, lists, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for engine in engines:
        engine.close()
    say(finished=True)
    if orders.get("stays"):
        wait_for_go()


def write(orders: Orders) -> None:
    """Write into some vaults until told to stop or refused for good."""
    engine = open_person(orders)
    stop = threading.Event()
    say(ready=True)
    wait_for_go()
    threading.Thread(target=lambda: (wait_for_go(), stop.set()), daemon=True).start()
    turn = 0
    while not stop.is_set():
        turn += 1
        vault = orders["vaults"][turn % len(orders["vaults"])]
        try:
            drive(create(engine, vault, f"{orders['name']}-{turn}"))
        except StrongroomError as error:
            say(error=f"{type(error).__name__}: {error}", kind=type(error).__name__, turn=turn)
            if orders.get("until_refused"):
                break
        except Exception as error:  # noqa: BLE001  (the parent judges)
            say(error=repr(error), kind="crash", turn=turn)
            break
    engine.close()
    say(finished=True)


# -- phases and mutants --------------------------------------------------------------


def stop_between() -> None:
    """Announce the requests too: between two of them a work is half done and nothing runs."""
    STORE_CHANGES["stop_inside"]()
    genuine = EmbeddedTransport.call

    async def call(self: Any, request: Any) -> Any:
        if request.operation == "commit":
            step("before a commit")
        answer = await genuine(self, request)
        if request.operation == "commit":
            step("after a commit")
        return answer

    EmbeddedTransport.call = call


def gives_up() -> None:
    """MUTANT: whoever was outrun gives up at once."""
    view.ATTEMPTS_MAX = 1


def last_record_wins() -> None:
    """MUTANT: a record is signed over whatever stands there, and the service takes it."""
    records._follows = lambda *_, **__: True
    records._PUT_RECORD = records._PUT_RECORD.replace("INSERT", "INSERT OR REPLACE")
    genuine = sqlite._transaction

    @contextmanager
    def slow(connection: Any, begin: str) -> Iterator[None]:
        if begin != "BEGIN":
            time.sleep(0.01)  # the other one has read the same state by then
        with genuine(connection, begin):
            yield

    sqlite._transaction = slow


WORK: dict[str, Callable[[Orders], None]] = {"do": do, "write": write}
CHANGES = STORE_CHANGES | {one.__name__: one for one in (stop_between, gives_up, last_record_wins)}


def main() -> None:
    orders = json.loads(sys.stdin.readline())
    for name in orders.get("changes", ()):
        CHANGES[name]()
    stop_at(orders)
    WORK[orders["work"]](orders)


if __name__ == "__main__":
    main()
