"""The surface beyond what `differential/test_surface.py` compares: loading, documentation."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from importlib import import_module
from pkgutil import iter_modules

import pytest
from pydantic import BaseModel

import onepassword
from onepassword.environments import Environments
from onepassword.groups import Groups
from onepassword.items import Items
from onepassword.items_files import ItemsFiles
from onepassword.items_shares import ItemsShares
from onepassword.secrets import Secrets
from onepassword.users import Users
from onepassword.vaults import Vaults

PARTS = [Secrets, Items, ItemsShares, ItemsFiles, Vaults, Groups, Users, Environments]
SUBMODULES = [
    row.name for row in iter_modules(onepassword.__path__) if not row.name.startswith("_")
]

# A star import leaves these out; they are attributes all the same.
ATTRIBUTES_ONLY = sorted({*onepassword.types.__all__} - {*onepassword.__all__})


def test_star_import() -> None:
    """What a star import brings is what the modules hold."""
    namespace: dict[str, object] = {}
    exec("from onepassword import *", namespace)

    assert namespace["Item"] is onepassword.types.Item
    assert {"PasswordRecipe", "GroupMember"} <= set(ATTRIBUTES_ONLY)
    assert namespace.keys().isdisjoint(ATTRIBUTES_ONLY)


def test_types_are_all_exported() -> None:
    """Every class and bit in `types` is also a name of the package."""
    assert {name for name in onepassword.types.__all__ if not hasattr(onepassword, name)} == set()


def test_types_of_arguments_and_results() -> None:
    """Every model that a method takes or returns is a public type."""
    models = {
        kind.__name__
        for part in PARTS
        for name, method in inspect.getmembers(part, callable)
        if not name.startswith("_")
        for hint in typing.get_type_hints(method).values()
        for kind in (hint, *typing.get_args(hint))
        if isinstance(kind, type) and issubclass(kind, BaseModel)
    }

    assert models
    assert models <= {*onepassword.types.__all__}


def test_dir_lists_what_is_not_loaded() -> None:
    """Completion shows names before they are loaded."""
    assert {*onepassword.__all__, *ATTRIBUTES_ONLY, *SUBMODULES} <= set(dir(onepassword))
    assert {"Secrets", "Items", "Users"} <= set(dir(onepassword.client))
    assert "PasswordRecipe" in dir(onepassword.secrets)


@pytest.mark.parametrize("module", ["", ".client", ".secrets"])
def test_unknown_name(module: str) -> None:
    """A name that does not exist is an AttributeError, as with any module."""
    with pytest.raises(AttributeError, match="nothing"):
        _ = import_module(f"onepassword{module}").nothing


@pytest.mark.parametrize("module", SUBMODULES)
def test_submodule_as_attribute(module: str) -> None:
    """`import onepassword` alone is enough to reach each submodule."""
    code = f"import onepassword; print(onepassword.{module}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == f"onepassword.{module}\n"


@pytest.mark.parametrize("part", [*PARTS, onepassword.Client])
def test_documented(part: type) -> None:
    """Every public method says what it does."""
    methods = inspect.getmembers(part, callable)

    assert [name for name, one in methods if not name.startswith("_") and not one.__doc__] == []


@pytest.mark.parametrize("part", [*PARTS, onepassword.Client])
def test_annotations_are_real(part: type) -> None:
    """Annotations of public methods name things that exist."""
    for name, method in inspect.getmembers(part, callable):
        if not name.startswith("_"):
            assert "return" in typing.get_type_hints(method), name


def test_signature_of_a_model() -> None:
    """Arguments of a model are shown though its validator was never needed."""
    code = "import inspect, onepassword; print(inspect.signature(onepassword.ItemSection))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "(*, id: str, title: str) -> None\n"


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
