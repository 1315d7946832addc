"""Telling of containers whose keys had to be renewed because somebody left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strongroom.cli.program.invocation import Invocation
from strongroom.client.change.dues import UNMANAGED
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.change.dues import Due, Dues
    from strongroom.client.engine import Engine

_WAITING = (
    "These still have their old keys, because somebody else manages them. Their managers renew\n"
    "the keys with: strongroom doctor --fix"
)


_UNMANAGED = "Nobody is left who may manage these, so they keep their old keys:"

_LEFT_OUT = (
    "These have new keys that could not be given to everybody who had rights. The last column\n"
    "names those who have lost them:"
)


def write_left_out(invocation: Invocation, engine: Engine, dues: Dues) -> None:
    """Write who lost rights because nothing can be sealed to its key; mostly nothing.

    JSON has no place for it beside what a command gives out: `strongroom doctor` tells it too.
    """
    told = _left_out(dues)
    if told and not invocation.output.wants_json:
        _write_table(invocation, _LEFT_OUT, told, container_names(engine))


def _left_out(dues: Dues) -> Dues:
    return [due for due in dues if due.done and due.hint]


def _write_table(invocation: Invocation, text: str, dues: Dues, names: dict[str, str]) -> None:
    invocation.output.line(text)
    rows = [(one.container, one.kind, names.get(one.container, ""), one.hint) for one in dues]
    invocation.output.table(("ID", "KIND", "NAME", "WHY"), rows)


def write_dues(invocation: Invocation, engine: Engine, dues: Dues) -> None:
    """Write what was rotated (JSON), or what still waits and who was left out (human output)."""
    output = invocation.output
    names = container_names(engine) if dues else {}
    if output.wants_json:
        output.json([due_json(due, names) for due in dues])
        return
    waiting = [due for due in dues if not due.done]
    for text, part in (
        (_WAITING, [due for due in waiting if due.hint != UNMANAGED]),
        (_UNMANAGED, [due for due in waiting if due.hint == UNMANAGED]),
    ):
        if part:
            _write_table(invocation, text, part, names)
    told = _left_out(dues)
    if told:
        _write_table(invocation, _LEFT_OUT, told, names)


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
