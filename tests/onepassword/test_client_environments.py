"""Environments through the clients of programs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from onepassword import Client, EnvironmentVariable, GetVariablesResponse
from strongroom.environments.models import VariableEdit
from strongroom.errors import ForbiddenError, InputError, NotFoundError
from strongroom.permissions import READ_ITEMS, SERVICE_ACCOUNT_WORDS
from strongroom.sync import SyncClient
from support.homes import Home

ROWS = [
    {"name": "DATABASE_URL", "value": "postgres://db.example.org/app?x=1", "masked": True},
    {"name": "MODE", "value": "", "masked": False},
    {"name": "CERTIFICATE", "value": "-----BEGIN\n  'quotes' \"and\" $x\n", "masked": False},
]


@pytest.fixture(scope="module")
def environment_id(home: Home) -> str:
    """The id of an environment with variables."""
    made = home.run(home.owner().environments.create("prod", variables=ROWS))
    return str(made["id"])


def token_of(home: Home, environment_id: str, mask: int) -> str:
    create = home.owner().service_accounts.create("env", {}, environments={environment_id: mask})
    return home.run(create).expose()


@pytest.fixture(scope="module")
def reading(home: Home, environment_id: str) -> str:
    """The token of a service account that may read it."""
    return token_of(home, environment_id, SERVICE_ACCOUNT_WORDS["read_items"])


@pytest.fixture
def client_of_env(reading: str) -> Iterator[SyncClient]:
    """A client of that service account, without an event loop."""
    with SyncClient.authenticate(reading, "tests", "1.0") as opened:
        yield opened


def expected() -> GetVariablesResponse:
    return GetVariablesResponse(variables=[EnvironmentVariable(**row) for row in ROWS])


def test_variables(client_of_env: SyncClient, environment_id: str) -> None:
    """Variables come in order, with their values exactly as they were set."""
    assert client_of_env.environments.get_variables(environment_id) == expected()


def test_variables_in_a_loop(reading: str, environment_id: str) -> None:
    """The async client gives the same."""

    async def program() -> GetVariablesResponse:
        async with await Client.authenticate(reading, "tests", "1.0") as client:
            return await client.environments.get_variables(environment_id)

    assert asyncio.run(program()) == expected()


def test_variables_that_change(client_of_env: SyncClient, home: Home) -> None:
    """A client that stays open sees what somebody else changed."""
    owner = home.owner()
    made = home.run(owner.environments.create("changing", variables=ROWS[:1]))["id"]
    token = token_of(home, made, SERVICE_ACCOUNT_WORDS["read_items"])
    with SyncClient.authenticate(token, "tests", "1.0") as client:
        assert len(client.environments.get_variables(made).variables) == 1
        home.run(owner.environments.edit(made, [VariableEdit("MODE", "on")]))
        found = client.environments.get_variables(made).variables
        assert [(row.name, row.value) for row in found][1:] == [("MODE", "on")]
    with pytest.raises(NotFoundError):
        client_of_env.environments.get_variables(made)


@pytest.mark.parametrize("wrong", ["", "prod", "a" * 26])
def test_unknown(client_of_env: SyncClient, wrong: str) -> None:
    """Environments are named by id; nothing else is found."""
    with pytest.raises(NotFoundError, match="environment not found"):
        client_of_env.environments.get_variables(wrong)


def test_not_a_text(client_of_env: SyncClient) -> None:
    """An id of another type is an input error."""
    with pytest.raises(InputError):
        client_of_env.environments.get_variables(7)  # type: ignore[arg-type]


def test_without_the_right(client: SyncClient, home: Home, environment_id: str) -> None:
    """Without the environment it is not found; without REVEAL its values are refused."""
    with pytest.raises(NotFoundError):
        client.environments.get_variables(environment_id)
    token = token_of(home, environment_id, READ_ITEMS)
    with (
        SyncClient.authenticate(token, "tests", "1.0") as blind,
        pytest.raises(ForbiddenError),
    ):
        blind.environments.get_variables(environment_id)
