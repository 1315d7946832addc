"""Programs read through a server what they read from the file."""

import asyncio

import pytest

from onepassword.client import Client
from server.conftest import CONTENT
from strongroom import SyncClient
from strongroom.errors import NotAvailableError, UnauthorizedError
from strongroom.permissions import SERVICE_ACCOUNT_WORDS

REFERENCE = "op://dev/db/password"


@pytest.fixture
def client(served, monkeypatch):
    """A client of the SDK, by a token that was made on the file."""
    monkeypatch.setenv("STRONGROOM_URL", served.url)
    with SyncClient.authenticate(
        auth=served.token, integration_name="t", integration_version="1"
    ) as client:
        yield client


def test_resolve(client):
    """References resolve, one and many, and what is missing is told as ever."""
    assert client.secrets.resolve(REFERENCE) == "hunter"
    many = client.secrets.resolve_all([REFERENCE, "op://dev/i7/password", "op://dev/none/x"])
    assert many.individual_responses["op://dev/i7/password"].content.secret == "7"
    assert many.individual_responses["op://dev/none/x"].error is not None


def test_items(client, served):
    """Vaults and items are listed and opened."""
    (vault,) = client.vaults.list()
    assert (vault.id, vault.title) == (served.vault, "dev")
    assert len(client.items.list(vault.id)) == 42
    assert client.items.get(vault.id, served.item["id"]).title == "db"


def test_files(client, served):
    """A file of several chunks comes whole."""
    item = client.items.get(served.vault, served.document)
    assert client.items.files.read(served.vault, item.id, item.document) == CONTENT


def test_changes_are_seen(client, served):
    """What the owner writes into the file is there at the next call."""
    engine = served.home.owner()
    made = served.home.run(engine.items.create(served.vault, {"title": "new", "category": "Login"}))
    assert client.items.get(served.vault, made["id"]).title == "new"
    served.home.run(engine.items.delete(served.vault, made["id"]))
    with pytest.raises(Exception, match="there is no item"):
        client.items.get(served.vault, made["id"])


def test_async_client(served, monkeypatch):
    """The async client resolves side by side, while the loop goes on."""
    monkeypatch.setenv("STRONGROOM_URL", served.url)

    async def main():
        client = await Client.authenticate(
            auth=served.token, integration_name="t", integration_version="1"
        )
        names = [f"op://dev/i{number}/password" for number in range(20)]
        return await asyncio.gather(*(client.secrets.resolve(name) for name in names))

    assert asyncio.run(main()) == [str(number) for number in range(20)]


def test_writes_are_refused(served, monkeypatch):
    """A change is refused before anything is sent, and nothing happened."""
    monkeypatch.setenv("STRONGROOM_URL", served.url)
    with SyncClient.authenticate(
        auth=served.writer, integration_name="t", integration_version="1"
    ) as client:
        with pytest.raises(NotAvailableError, match="through a server are not offered"):
            client.items.delete(served.vault, served.item["id"])
        assert client.items.get(served.vault, served.item["id"]).title == "db"


def test_revoked(served, monkeypatch):
    """A token that was revoked reads nothing from the next call on."""
    monkeypatch.setenv("STRONGROOM_URL", served.url)
    token = served.make_token(SERVICE_ACCOUNT_WORDS["read_items"])
    with SyncClient.authenticate(
        auth=token, integration_name="t", integration_version="1"
    ) as client:
        assert client.secrets.resolve(REFERENCE) == "hunter"
        accounts = served.home.owner().service_accounts
        newest = served.home.run(accounts.list())[-1]["id"]
        served.home.run(accounts.revoke(newest))
        with pytest.raises(UnauthorizedError, match="not valid here"):
            client.secrets.resolve(REFERENCE)
