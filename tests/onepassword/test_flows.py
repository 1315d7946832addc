"""What the SDK's documentation does with each method, step by step, with our own examples.

A flow is a program: it takes a client and does what the documentation shows. Whatever it gets is
compared with what another engine, which shares nothing with the client but the file, reads from
the account. A public method that no flow calls fails `test_every_method_has_a_flow`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import support.flows_people  # noqa: F401  (it adds its flows)
from onepassword import Client, Secrets
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.users import Users
from onepassword.vaults import Vaults
from strongroom.ids import format_id
from support.flows import FLOWS, Account, Flow, owner
from support.flows_files import keep_documents, keep_files, keep_large_files
from support.flows_items import (
    live_with_an_item,
    resolve_a_secret,
    resolve_many_secrets,
    work_in_batches,
)
from support.homes import make_home

PARTS: dict[str, type] = {
    "secrets": Secrets,
    "items": Items,
    "items.shares": ItemsShares,
    "items.files": ItemsFiles,
    "vaults": Vaults,
    "groups": Groups,
    "users": Users,
    "environments": Environments,
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account of its own."""
    home = make_home(tmp_path_factory.mktemp("flows"))
    vault = home.run(home.owner().vaults.create("Team", description="for flows"))
    ben = home.invite("ben@example.org", name="Ben")
    yield Account(home, str(vault["id"]), format_id(ben.user))
    home.close()


# -- the tests -----------------------------------------------------------------------------


@pytest.mark.parametrize("work", FLOWS.values(), ids=FLOWS.keys())
def test_flow(account: Account, work: Flow) -> None:
    """A program that follows the documentation gets what another engine reads."""

    async def program() -> None:
        async with owner(account) as client:
            await work(client, account)

    asyncio.run(program())


ROBOTS = [
    *(resolve_a_secret, resolve_many_secrets, live_with_an_item, work_in_batches),
    *(keep_files, keep_documents, keep_large_files),
]


@pytest.mark.parametrize("work", ROBOTS, ids=lambda work: work.__name__)
def test_flow_of_a_service_account(account: Account, work: Flow) -> None:
    """The flows that need no right beyond one vault are the same with a token."""

    async def program() -> None:
        home = make_home(folder)
        vault = home.run(home.owner().vaults.create("Team"))
        token = home.token(vault["id"], "write_items")
        async with await Client.authenticate(token, "flows", "1.0") as client:
            await work(client, Account(home, vault["id"], ""))
        home.close()

    folder = Path(account.home.path.parent, work.__name__)
    folder.mkdir()
    asyncio.run(program())


def called() -> set[str]:
    """Return the methods that the flows call, as `items.files.read`."""
    calls = {
        ast.unparse(node.func)
        for work in FLOWS.values()
        for node in ast.walk(ast.parse(inspect.getsource(work)))
        if isinstance(node, ast.Call)
    }
    return {call.removeprefix("client.") for call in calls if call.startswith("client.")}


def test_every_method_has_a_flow() -> None:
    """Each public method of each part of a client is called by a flow."""
    methods = {
        f"{place}.{name}"
        for place, part in PARTS.items()
        for name, _method in inspect.getmembers(part, inspect.isfunction)
        if not name.startswith("_")
    }

    assert called() == methods
