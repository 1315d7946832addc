"""Methods that are imported when they are first looked up.

`secrets.resolve` must not pay for pydantic, and its class also has methods
that take and return models. Those stand in a module of their own, whose
annotations are real; this descriptor puts them into the class on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Deferred:
    """Stands for a method of the same name in a class of another module."""

    def __init__(self, module: str, holder: str) -> None:
        self._module = module
        self._holder = holder

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Replace this descriptor by the method, and return the method bound."""
        holder = getattr(import_module(self._module), self._holder)
        method = vars(holder)[self._name]
        setattr(self._owner, self._name, method)
        return method.__get__(instance, owner)
