"""Performs calls of pyonepassword: a line of JSON for each batch, and a line for what became of it.

A call is `{"method": …, "args": […]}`; `OP` makes the object on which the others are called. In
arguments, `{"$new": CLASS, "args": […]}` is an object of the package, and its last argument may be
keywords: `{"$keys": {…}}`.
"""

from __future__ import annotations

import base64
import inspect
import json
import sys
from typing import Any

from pyonepassword import OP
from pyonepassword.api import authentication, object_types


class Caller:
    """Has the one object that stands for a sign-in."""

    def __init__(self) -> None:
        self.op: Any = None

    def sign_in(self, *, must: bool = True, **keys: Any) -> None:
        """Use the sign-in that is there, or if there must be none, sign in."""
        if must:
            keys["existing_auth"] = authentication.EXISTING_AUTH_REQD
        self.op = OP(**keys)

    def perform(self, method: str, given: list[Any]) -> dict[str, Any]:
        """Perform one call."""
        place = self.sign_in if method == "OP" else getattr(self.op or OP, method)
        args = [build(one) for one in given]
        keys = args.pop() if args and isinstance(given[-1], dict) and "$keys" in given[-1] else {}
        try:
            return {"result": show(place(*args, **keys) if callable(place) else place)}
        except Exception as error:
            names = [one.__name__ for one in type(error).__mro__]
            return {"error": getattr(error, "err_output", "") or str(error), "classes": names}


def build(value: Any) -> Any:
    """Return an argument."""
    if isinstance(value, dict):
        if "$keys" in value:
            return {key: build(one) for key, one in value["$keys"].items()}
        if "$new" in value:
            return getattr(object_types, value["$new"])(**build({"$keys": value["keys"]}))
        if "$bytes" in value:
            return base64.b64decode(value["$bytes"])
    return value


def show(value: Any) -> Any:
    """Return a result as JSON has it; items, users and the like are dictionaries and lists."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, list | tuple):
        return [show(one) for one in value]
    return value


def methods() -> list[str]:
    """Return the names of the package's public methods and properties."""
    return sorted(
        name
        for name, one in inspect.getmembers(OP)
        if not name.startswith("_") and (callable(one) or isinstance(one, property))
    )


def main() -> None:
    """Serve calls until there are no more."""
    caller = Caller()
    print(json.dumps(methods()), flush=True)
    for line in sys.stdin:
        done = [caller.perform(step["method"], step["args"]) for step in json.loads(line)]
        print(json.dumps(done), flush=True)


main()
