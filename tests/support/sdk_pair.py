"""Two programs that do the same on two copies of one account, and what became of both."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from support.performers import Performer

ID = re.compile(r"\b[a-z2-7]{26}\b")
# Lists whose order follows ids, which are random: by title they are the same.
UNORDERED = {"items.list", "vaults.list"}

# Makes the arguments of a call of what the side has got back so far.
Build = Callable[[dict[str, Any]], list[Any]]


class Names:
    """Names for ids, by their first appearance: two sides that do the same give the same ones."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def read(self, value: object) -> Any:
        """Return a result with names in the place of ids."""
        text = json.dumps(value, sort_keys=False)
        return json.loads(ID.sub(lambda found: self._name(found[0]), text))

    def _name(self, one: str) -> str:
        return self._names.setdefault(one, f"#{len(self._names)}")


class Side:
    """One package on one copy of the account."""

    def __init__(self, performer: Performer) -> None:
        self.performer = performer
        self.names = Names()
        self.held: dict[str, Any] = {}

    def do(self, method: str, build: Build, keep: str) -> dict[str, Any]:
        """Perform a call; keep its result under a name; return what can be compared."""
        (done,) = self.performer.all((method, build(self.held)))
        result = done.get("result")
        if method in UNORDERED and isinstance(result, list):
            result.sort(key=lambda row: row["title"])
        if "error" not in done:
            self.held[keep] = result
        classes = done.pop("classes", [])
        named = self.names.read(done)
        # All vaults of a group have names by now; their ids decide the order.
        if method == "groups.get" and not classes:
            named["result"]["vaultAccess"].sort(key=lambda row: row["vaultUuid"])
        return {**named, "classes": classes}


class Pair:
    """The official wrapper on our core, and our own package."""

    def __init__(self, official: Performer, ours: Performer) -> None:
        self.official = Side(official)
        self.ours = Side(ours)
        self.told: list[str] = []

    def do(self, method: str, build: Build, *, keep: str = "") -> bool:
        """Perform the same on both; return whether it succeeded.

        Results, their types, and texts of errors are equal; the class that the official package
        raises is among the parents of ours.
        """
        first, second = (side.do(method, build, keep) for side in (self.official, self.ours))
        raised, parents = first.pop("classes")[:1], second.pop("classes")
        self.told.append(f"{method}: {'refused' if raised else 'done'}")
        assert first == second, method
        assert set(raised) <= set(parents), method
        return not raised


def read_state(engine: Engine) -> list[Any]:
    """Return all that an account holds, in an order that does not follow ids."""
    state = []
    for vault in sorted(drive(engine.vaults.list()), key=lambda row: row["title"]):
        listed = drive(engine.items.list(vault["id"], active=True, archived=True))
        items = [drive(engine.items.get(vault["id"], row["id"])) for row in listed]
        deleted = drive(engine.items.list_deleted(vault["id"]))
        access = drive(engine.vaults.get(vault["id"], accessors=True))
        state.append([access, by_title(items), by_title(deleted)])
    return state


def by_title(rows: Any) -> list[Any]:
    """Sort items by title; titles of a sequence are used once."""
    return sorted(rows, key=lambda row: str(row["title"]))
