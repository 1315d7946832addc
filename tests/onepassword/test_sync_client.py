"""`SyncClient`: the same names as the async client."""

from __future__ import annotations

import inspect

import pytest

from onepassword import Client
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.secrets import Secrets
from onepassword.users import Users
from onepassword.vaults import Vaults
from strongroom import SyncClient
from strongroom import sync_types as _sync_types

PARTS = [Secrets, Items, ItemsShares, ItemsFiles, Vaults, Groups, Users, Environments]


def public(owner: object) -> set[str]:
    """Return the public names of an object."""
    return {name for name in dir(owner) if not name.startswith("_")}


def test_same_parts() -> None:
    """Both clients have the same parts and methods."""
    assert public(SyncClient) == public(Client)


@pytest.mark.parametrize("part", PARTS)
def test_typed_names(part: type) -> None:
    """Type checkers see a method for each async method, and no other."""
    typed = getattr(_sync_types, f"Sync{part.__name__}")

    assert public(typed) == public(part)


def test_signatures(token: str) -> None:
    """Methods keep signature and documentation, and return results instead of awaitables."""
    with SyncClient.authenticate(
        auth=token, integration_name="tests", integration_version="1"
    ) as client:
        resolve = client.secrets.resolve
        value = resolve(secret_reference="op://vault/item/field")
        shares = client.items.shares

        assert value == "fixture-value"
        assert not inspect.iscoroutinefunction(resolve)
        assert list(inspect.signature(resolve).parameters) == ["secret_reference"]
        assert resolve.__doc__ == Secrets.resolve.__doc__
        assert client.secrets.resolve is resolve
        assert public(client.items) == public(Items) | {"shares", "files"}
        assert public(shares) == public(ItemsShares)
        with pytest.raises(AttributeError):
            _ = client.secrets.nothing  # type: ignore[attr-defined]


def test_static_methods(token: str) -> None:
    """Plain functions stay plain functions."""
    with SyncClient.authenticate(token, "tests", "1") as client:
        assert client.secrets.validate_secret_reference("op://v/i/f") is None
