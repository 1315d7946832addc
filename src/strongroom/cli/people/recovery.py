"""`op user recovery`, which there is not: nobody here has a copy of anybody's keys."""

from __future__ import annotations

from typing import Final

import click

from strongroom.cli.program.framework import Noun
from strongroom.errors import NotAvailableError

_MESSAGE: Final = "nobody can recover the account of somebody else: no copy of their keys is kept"
_HINT: Final = (
    "with the Emergency Kit and the password they run `strongroom account add --kit FILE`; "
    "without, run `op user delete` and invite them again"
)


@click.group("recovery", cls=Noun)
def recovery() -> None:
    """Not offered: who lost the password or the Emergency Kit is invited again."""


@recovery.command("begin")
@click.argument("name", metavar="[USER]", required=False)
def begin(*, name: str | None) -> None:
    """Say that there is no recovery, and what to do; standard input is not read."""
    del name
    raise NotAvailableError(_MESSAGE, hint=_HINT)
