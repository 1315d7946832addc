"""The kept versions of an item or environment, as a table or as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.times import json_time

if TYPE_CHECKING:
    from strongroom.items.shown import ItemVersionDict


def write_versions(invocation: Invocation, rows: Iterable[ItemVersionDict]) -> None:
    """Write versions, newest first as they came: state, time and author, no content."""
    output = invocation.output
    if output.wants_json:
        output.json([_as_json(row) for row in rows])
        return
    style = invocation.time_style
    output.table(
        ("VERSION", "STATE", "EDITED", "AUTHOR"),
        [
            (str(row["version"]), row["state"], style.show(row["updatedAt"]), row["author"])
            for row in rows
        ],
    )


def _as_json(row: ItemVersionDict) -> dict[str, object]:
    return {
        "version": row["version"],
        "state": row["state"].upper(),
        "updated_at": json_time(row["updatedAt"]),
        "author": row["author"],
    }
