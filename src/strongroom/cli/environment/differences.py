"""`op environment diff`: what changed between two versions of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.environment.find import open_environment
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.environments.differences import Difference, compare_variables

if TYPE_CHECKING:
    from strongroom.environments.models import VariableDict

_VERSION = click.IntRange(min=1)


@click.command("diff", cls=Command)
@click.argument("name")
@click.argument("since", type=_VERSION)
@click.argument("until", type=_VERSION, required=False)
@flag("--reveal", help="Show the values before and after.")
@pass_invocation
def diff(invocation: Invocation, *, name: str, since: int, until: int | None, reveal: bool) -> None:
    """Show what changed since a version, or between two of them.

    It names the variables; values only with --reveal. Nothing is printed if all are the same.
    """
    with invocation.engine() as engine:
        before = open_environment(engine, name, version=since)["variables"]
        after = open_environment(engine, name, version=until)["variables"]
    rows = compare_variables(before, after)
    output = invocation.output
    if output.wants_json:
        output.json([_difference_json(row, reveal=reveal) for row in rows])
        return
    header = ("CHANGE", "NAME", "WHAT", *(("BEFORE", "AFTER") if reveal else ()))
    output.table(
        header,
        [
            (
                row.change,
                row.name,
                ", ".join(row.parts),
                *((_value(row.before) or "", _value(row.after) or "") if reveal else ()),
            )
            for row in rows
        ],
    )


def _difference_json(row: Difference, *, reveal: bool) -> dict[str, object]:
    made: dict[str, object] = {"name": row.name, "change": row.change}
    if row.parts:
        made["parts"] = row.parts
    values = {"before": _value(row.before), "after": _value(row.after)} if reveal else {}
    return made | {key: value for key, value in values.items() if value is not None}


def _value(variable: VariableDict | None) -> str | None:
    return None if variable is None else variable["value"]
