"""`op env ls`: which variables of the environment hold a secret reference.

Nobody sees it in the help: programs that start `op` ask it, among them the action of GitHub
that loads secrets, which then reads each of these variables by `op read`.
"""

from __future__ import annotations

import click

from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.references import SCHEME


@click.group("env", cls=Noun, hidden=True)
def env() -> None:
    """The variables of the environment that hold secret references."""


@env.command("list")
@pass_invocation
def list_names(invocation: Invocation) -> None:
    """Print the names of the variables whose value is a secret reference, one per line.

    A value that only begins like one is named, too: reading it says what is wrong with it.
    """
    for name, value in invocation.environment.items():
        if value.startswith(SCHEME):
            invocation.output.line(name)
