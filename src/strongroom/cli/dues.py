"""Telling of containers whose keys had to be renewed because somebody left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strongroom.cli.invocation import Invocation
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.rotation import Due, Dues

_WAITING = (
    "These still have the old key, because somebody else manages them. Whoever may manage one\n"
    "gives it a new key with: strongroom doctor --fix"
)


def write_dues(invocation: Invocation, engine: Engine, dues: Dues) -> None:
    """Write what was rotated (JSON), or only what still waits (human output)."""
    output = invocation.output
    names = container_names(engine) if dues else {}
    if output.wants_json:
        output.json([due_json(due, names) for due in dues])
        return
    waiting = [due for due in dues if not due.done]
    if waiting:
        output.line(_WAITING)
        rows = [
            (one.container, one.kind, names.get(one.container, ""), one.hint) for one in waiting
        ]
        output.table(("ID", "KIND", "NAME", "WHY NOT NOW"), rows)


def due_json(due: Due, names: dict[str, str]) -> dict[str, Any]:
    """Return the JSON of one container."""
    row = {
        "id": due.container,
        "kind": due.kind,
        "name": names.get(due.container, ""),
        "rotated": due.done,
        "reason": due.reason,
    }
    return row | ({"hint": due.hint} if due.hint else {})


def container_names(engine: Engine) -> dict[str, str]:
    """Return the names of the vaults, environments and groups that the caller sees, by id."""
    titled = [*drive(engine.vaults.list()), *drive(engine.environments.list())]
    vaults = {one["id"]: one["title"] for one in titled}
    return vaults | {one["id"]: one["name"] for one in drive(engine.groups.list(deleted=True))}
