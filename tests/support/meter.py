"""A transport that counts what goes over it: trips, and bytes of requests and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from strongroom.client.change.change import Change, commit
from strongroom.client.change.records import Identity
from strongroom.client.engine import Engine
from strongroom.client.vaults import _add_vault
from strongroom.coroutines import drive
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.transport.protocol import Transport
from strongroom.wire.access import ContainerKind, Subtype
from strongroom.wire.operations import Answer, Request
from strongroom.wiring.backups import back_up

from .homes import login

_READ = SERVICE_ACCOUNT_WORDS["read_items"]

# So many containers of a test are made by one change.
_BATCH = 500


class Meter:
    """Counts calls and bytes on their way through another transport.

    Bytes are those of the fields in MessagePack, which writes bytes as they
    are: what a network adds does not depend on the number of containers.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.calls: list[tuple[str, int]] = []
        self.answers: list[Any] = []

    @property
    def url(self) -> str:
        return self._inner.url

    async def call(self, request: Request[Answer]) -> Answer:
        answer = await self._inner.call(request)
        size = len(msgspec.msgpack.encode(request)) + len(msgspec.msgpack.encode(answer))
        self.calls.append((request.operation, size))
        self.answers.append(answer)
        return answer

    def change_token(self) -> object | None:
        """Return nothing, as a transport with a network does: only asking tells."""

    def close(self) -> None:
        self._inner.close()

    def measured(self, use_case: Callable[[], Awaitable[Any]]) -> tuple[list[str], int]:
        """Run a use case; return its operations in order, and all bytes."""
        self.calls.clear()
        drive(use_case())  # type: ignore[arg-type]
        return [name for name, _ in self.calls], sum(size for _, size in self.calls)


def metered(engine: Engine) -> Meter:
    """Put a meter between an engine and its transport."""
    meter = Meter(engine.session.transport)
    engine.session.transport = meter
    return meter


def make_vaults(engine: Engine, count: int) -> None:
    """Give an engine's user so many more vaults, some hundred by one change."""
    session = engine.session
    for start in range(0, count, _BATCH):
        titles = [f"vault {number}" for number in range(start, min(start + _BATCH, count))]

        async def build(titles: list[str] = titles) -> Change:
            change = await Change.begin(session, principals=[session.principal])
            for title in titles:
                identity = Identity.make(
                    ContainerKind.VAULT,
                    session.principal,
                    subtype=Subtype.WITHOUT_ADMINISTRATORS,
                )
                _add_vault(
                    change, identity, {"title": title, "description": ""}, [session.principal]
                )
            return change

        drive(commit(session, build))


def use_cases(home: Any, engine: Engine) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return ten things that an engine of the owner does, in their order.

    The home has a vault, an item in it, and a member Ben.
    """
    vault, item, ben = home.vault, home.item["id"], home.ben.id

    async def edit() -> None:
        await engine.items.put(await engine.items.get(vault, item) | {"title": "uno"})

    return {
        "resolve": lambda: engine.secrets.resolve(f"op://{vault}/{item}/password"),
        "list vaults": engine.vaults.list,
        "list items": lambda: engine.items.list(vault),
        "get an item": lambda: engine.items.get(vault, item),
        "create an item": lambda: engine.items.create(vault, login("two", password="x")),
        "edit an item": edit,
        "create a vault": lambda: engine.vaults.create("New"),
        "rename a vault": lambda: engine.vaults.update(vault, title="Common"),
        "grant": lambda: engine.access.grant(vault, {ben: _READ}),
        "revoke": lambda: engine.access.revoke(vault, ben),
    }


def measure(home: Any) -> dict[str, tuple[list[str], int]]:
    """Return operations and bytes of each use case, by a new engine that has synced."""
    engine = home.owner()
    meter = metered(engine)
    return {name: meter.measured(run) for name, run in use_cases(home, engine).items()}


def copy_home(home: Any, path: Path) -> Any:
    """Return a home on a copy of the file as it is now."""
    back_up(home.url, path)
    copied = replace(home, path=path, opened=home.opened)
    vars(copied).update(vault=home.vault, item=home.item, ben=home.ben)
    return copied
