"""Performs calls of the SDK: a line of JSON for each, and a line for what became of it.

With a command as arguments, that starts our core, which then stands beneath the package. Else the
package works as it is installed. Nothing else in here depends on whose package it is.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import os
import sys
from typing import Any

if sys.argv[1:]:
    from core_adapter import install

    install(sys.argv[1:])

import onepassword
from onepassword.client import Client

PARTS = {
    "secrets": onepassword.Secrets,
    "items": onepassword.Items,
    "items.shares": onepassword.items_shares.ItemsShares,
    "items.files": onepassword.items_files.ItemsFiles,
    "vaults": onepassword.Vaults,
    "groups": onepassword.Groups,
    "environments": onepassword.Environments,
}


def methods() -> list[str]:
    """Return the path of every public method."""
    return sorted(
        f"{part}.{name}"
        for part, owner in PARTS.items()
        for name in vars(owner)
        if not name.startswith("_") and callable(getattr(owner, name))
    )


def build(value: Any) -> Any:
    """Return an argument: models and bytes stand in objects of their own."""
    if isinstance(value, list):
        return [build(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$model" in value:
        return getattr(onepassword, value["$model"])(**build(value["keys"]))
    return {key: build(one) for key, one in value.items()}


def show(value: Any) -> Any:
    """Return a result as JSON has it."""
    if isinstance(value, list):
        return [show(one) for one in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if hasattr(value, "model_dump"):
        return value.model_dump(by_alias=True, mode="json")
    return value


async def perform(client: Client, step: dict[str, Any]) -> dict[str, Any]:
    """Do one call."""
    try:
        place: Any = client
        for name in step["method"].split("."):
            place = getattr(place, name)
        result = place(*build(step["args"]))
        if inspect.isawaitable(result):
            result = await result
    except Exception as error:
        classes = [one.__name__ for one in type(error).__mro__]
        return {"error": str(error), "classes": classes}
    return {"result": show(result), "kind": type(result).__name__}


async def main() -> None:
    token = os.environ["OP_SERVICE_ACCOUNT_TOKEN"]
    client = await Client.authenticate(token, "interop", "1.0")
    sys.stdout.write(json.dumps(methods()) + "\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        steps = json.loads(line)
        done = await asyncio.gather(*(perform(client, step) for step in steps))
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()


asyncio.run(main())
