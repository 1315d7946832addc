"""A state folder for programs that use the SDK: an environment variable, or `SyncClient`'s word."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from onepassword import Client
from strongroom.errors import LocalFileError, ResolveError, RollbackError
from strongroom.sync import SyncClient
from support.homes import Home, login, make_home

REFERENCE = "op://vault/item/password"
VARIABLE = "STRONGROOM_STATE"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """An account of its own, since its file is put back."""
    made = make_home(tmp_path)
    vault = made.run(made.owner().vaults.create("vault"))["id"]
    made.run(made.owner().items.create(vault, login("item", password="one")))
    yield made
    made.close()


@pytest.fixture
def token(home: Home) -> str:
    """A token that reads the item."""
    vault = home.run(home.owner().vaults.list())
    (found,) = [row["id"] for row in vault if row["title"] == "vault"]
    return home.token(found)


def put_back(home: Home) -> Path:
    """Change the item; return the database as it was before."""
    home.close()
    home.opened.clear()
    kept = home.path.with_name("kept.db")
    shutil.copy(home.path, kept)
    owner = home.owner()
    found = home.run(owner.items.find("item"))
    item = home.run(owner.items.get(found["vaultId"], found["id"]))
    item["fields"][0]["value"] = "two"
    home.run(owner.items.put(item))
    home.close()
    home.opened.clear()
    return kept


def by_async(token: str) -> str:
    """Resolve in a program with an event loop."""

    async def program() -> str:
        async with await Client.authenticate(token, "tests", "1.0") as client:
            return await client.secrets.resolve(REFERENCE)

    return asyncio.run(program())


def by_sync(token: str, folder: Path | str | None) -> str:
    """Resolve in a program without one."""
    with SyncClient.authenticate(token, "tests", "1.0", state_folder=folder) as client:
        return client.secrets.resolve(REFERENCE)


def test_variable(home: Home, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the variable names a folder, every later program refuses what is older."""
    kept = put_back(home)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "state"))
    assert by_async(token) == "two"
    shutil.copy(kept, home.path)
    for program in (by_async, lambda text: by_sync(text, None)):
        with pytest.raises((RollbackError, ResolveError), match="older"):
            program(token)
    monkeypatch.delenv(VARIABLE)
    assert by_async(token) == by_sync(token, None) == "one"


def test_keyword(home: Home, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SyncClient` takes the folder as a keyword, which goes before the variable."""
    kept = put_back(home)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "another"))
    assert by_sync(token, tmp_path / "state") == "two"
    assert not (tmp_path / "another").exists()
    shutil.copy(kept, home.path)
    with pytest.raises((RollbackError, ResolveError), match="older"):
        by_sync(token, str(tmp_path / "state"))
    assert by_async(token) == "one"


def test_relative(token: str) -> None:
    """A folder that depends on where a program starts is refused."""
    with pytest.raises(LocalFileError, match="absolute"):
        by_sync(token, "state")
