"""What differs between two lists of variables."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from strongroom.environments.models import VariableDict
from strongroom.secret import veil


class Difference(msgspec.Struct, frozen=True):
    """One variable that is not the same in both lists; `None` where it is not there."""

    name: str
    before: VariableDict | None
    after: VariableDict | None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Difference(name={self.name!r})"

    @property
    def change(self) -> str:
        """What happened to it: `added`, `removed` or `changed`."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def parts(self) -> list[str]:
        """What changed of it: `value`, `masked` or both; nothing if it came or went."""
        before, after = self.before, self.after
        if before is None or after is None:
            return []
        parts = {
            "value": before["value"] != after["value"],
            "masked": before["masked"] != after["masked"],
        }
        return [name for name, differs in parts.items() if differs]


def compare_variables(
    before: Iterable[VariableDict], after: Iterable[VariableDict]
) -> list[Difference]:
    """Return what differs: in the order before, then what was added, in its order.

    The order of variables itself is not compared.
    """
    old = {row["name"]: row for row in before}
    new = {row["name"]: row for row in after}
    names = [*old, *(name for name in new if name not in old)]
    rows = [Difference(name, old.get(name), new.get(name)) for name in names]
    return [row for row in rows if row.before is None or row.after is None or row.parts]
