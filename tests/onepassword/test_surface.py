"""The surface: names, modules, signatures, annotations."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from importlib import import_module

import pytest

import onepassword
from onepassword import build_number, core
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.secrets import Secrets
from onepassword.vaults import Vaults

PARTS = [Secrets, Items, ItemsShares, ItemsFiles, Vaults, Groups, Environments]

METHODS: dict[type, dict[str, str]] = {
    Secrets: {
        "resolve": "secret_reference",
        "resolve_all": "secret_references",
        "validate_secret_reference": "secret_reference",
        "generate_password": "recipe",
    },
    Items: {
        "create": "params",
        "create_all": "vault_id params",
        "get": "vault_id item_id",
        "get_all": "vault_id item_ids",
        "put": "item",
        "delete": "vault_id item_id",
        "delete_all": "vault_id item_ids",
        "archive": "vault_id item_id",
        "list": "vault_id filters",
    },
    ItemsShares: {
        "get_account_policy": "vault_id item_id",
        "validate_recipients": "policy recipients",
        "create": "item policy params",
    },
    ItemsFiles: {
        "attach": "item file_params",
        "read": "vault_id item_id attr",
        "delete": "item section_id field_id",
        "replace_document": "item doc_params",
    },
    Vaults: {
        "create": "params",
        "list": "params",
        "get_overview": "vault_id",
        "get": "vault_id vault_params",
        "update": "vault_id params",
        "delete": "vault_id",
        "grant_group_permissions": "vault_id group_permissions_list",
        "update_group_permissions": "group_permissions_list",
        "revoke_group_permissions": "vault_id group_id",
    },
    Groups: {"get": "group_id group_params"},
    Environments: {"get_variables": "environment_id"},
}

# In the SDK, a star import leaves these out; they are attributes all the same.
ATTRIBUTES_ONLY = [
    "PasswordRecipe",
    "ValidRecipient",
    "ItemFieldDetails",
    "ErrorMessage",
    "ResolveReferenceError",
    "ItemUpdateFailureReason",
    "ItemsGetAllError",
]

SUBMODULES = {
    "build_number": "SDK_BUILD_NUMBER",
    "client": "Client DesktopAuth new_default_config Secrets Items Vaults Groups Environments",
    "core": "MESSAGE_LIMIT",
    "defaults": (
        "DesktopAuth new_default_config SDK_LANGUAGE SDK_VERSION DEFAULT_INTEGRATION_NAME "
        "DEFAULT_INTEGRATION_VERSION DEFAULT_REQUEST_LIBRARY DEFAULT_REQUEST_LIBRARY_VERSION "
        "DEFAULT_OS_VERSION"
    ),
    "environments": "Environments",
    "errors": "DesktopSessionExpiredException RateLimitExceededException raise_typed_exception",
    "groups": "Groups",
    "items": "Items",
    "items_files": "ItemsFiles",
    "items_shares": "ItemsShares",
    "secrets": "Secrets",
    "types": "Item serialize_binary_data deserialize_binary_data parse_rfc3339",
    "vaults": "Vaults",
}

PERMISSIONS = {
    "NO_ACCESS": 0,
    "RECOVER_VAULT": 1,
    "MANAGE_VAULT": 2,
    "REVEAL_ITEM_PASSWORD": 16,
    "READ_ITEMS": 32,
    "UPDATE_ITEMS": 64,
    "CREATE_ITEMS": 128,
    "ARCHIVE_ITEMS": 256,
    "DELETE_ITEMS": 512,
    "UPDATE_ITEM_HISTORY": 1024,
    "SEND_ITEMS": 1048576,
    "IMPORT_ITEMS": 2097152,
    "EXPORT_ITEMS": 4194304,
    "PRINT_ITEMS": 8388608,
}


def test_star_import() -> None:
    """A star import brings the SDK's 122 names, and they are what the modules hold."""
    namespace: dict[str, object] = {}
    exec("from onepassword import *", namespace)
    del namespace["__builtins__"]

    assert len(onepassword.__all__) == 122
    assert set(namespace) == set(onepassword.__all__)
    assert namespace["Item"] is onepassword.types.Item


@pytest.mark.parametrize("name", ATTRIBUTES_ONLY)
def test_attributes_only(name: str) -> None:
    """Unions and aliases are attributes of the package, outside the star import."""
    assert hasattr(onepassword, name)
    assert name not in onepassword.__all__


def test_types_are_all_exported() -> None:
    """Every class and bit in `types` is also a name of the package."""
    assert {name for name in onepassword.types.__all__ if not hasattr(onepassword, name)} == set()


def test_dir_lists_what_is_not_loaded() -> None:
    """Completion shows names before they are loaded."""
    assert {*onepassword.__all__, *ATTRIBUTES_ONLY, *SUBMODULES} <= set(dir(onepassword))


def test_unknown_name() -> None:
    """A name that does not exist is an AttributeError, as with any module."""
    with pytest.raises(AttributeError, match="nothing"):
        _ = onepassword.nothing  # type: ignore[attr-defined]


@pytest.mark.parametrize(("module", "names"), SUBMODULES.items(), ids=SUBMODULES.keys())
def test_submodules(module: str, names: str) -> None:
    """Each submodule of the SDK can be imported and holds its names."""
    loaded = import_module(f"onepassword.{module}")

    assert [name for name in names.split() if not hasattr(loaded, name)] == []


@pytest.mark.parametrize("module", SUBMODULES)
def test_submodule_as_attribute(module: str) -> None:
    """`import onepassword` alone is enough to reach each submodule."""
    code = f"import onepassword; print(onepassword.{module}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == f"onepassword.{module}\n"


@pytest.mark.parametrize(("name", "bit"), PERMISSIONS.items())
def test_permission_bits(name: str, bit: int) -> None:
    """Permission bits have the SDK's values."""
    assert getattr(onepassword, name) == bit


@pytest.mark.parametrize("part", PARTS)
def test_methods(part: type) -> None:
    """Methods and their parameters are the SDK's, and everything public is documented."""
    methods = {
        name: " ".join(parameter for parameter in inspect.signature(method).parameters)
        for name, method in inspect.getmembers(part, inspect.isfunction)
        if not name.startswith("_")
    }

    expected = METHODS[part]
    assert {name: text.removeprefix("self ") for name, text in methods.items()} == expected
    assert all(getattr(part, name).__doc__ for name in expected)


@pytest.mark.parametrize("part", [*PARTS, onepassword.Client])
def test_annotations_are_real(part: type) -> None:
    """Annotations of public methods name things that exist."""
    for name, method in inspect.getmembers(part, callable):
        if not name.startswith("_"):
            assert "return" in typing.get_type_hints(method), name


def test_static_methods_need_no_client() -> None:
    """Checking a reference and making a password are plain functions."""
    assert not inspect.iscoroutinefunction(Secrets.validate_secret_reference)
    assert not inspect.iscoroutinefunction(Secrets.generate_password)


def test_constants() -> None:
    """Constants have the SDK's values."""
    assert build_number.SDK_BUILD_NUMBER == "0040201"
    assert core.MESSAGE_LIMIT == 52_428_800
    assert onepassword.DEFAULT_INTEGRATION_NAME == "Unknown"
    assert onepassword.DEFAULT_INTEGRATION_VERSION == "Unknown"


def test_default_config() -> None:
    """The configuration record holds the token only where there is one."""
    with_token = onepassword.defaults.new_default_config("ops_example", "name", "1")
    desktop = onepassword.defaults.new_default_config(onepassword.DesktopAuth("me"), "name", "1")

    assert with_token.pop("serviceAccountToken") == "ops_example"
    assert with_token == desktop
    assert set(desktop) == {
        *("programmingLanguage", "sdkVersion", "integrationName", "integrationVersion"),
        *("requestLibraryName", "requestLibraryVersion", "os", "osVersion", "architecture"),
    }
