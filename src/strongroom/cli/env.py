"""`op env ls`: which variables are references; a job asks before it resolves each of them."""

from __future__ import annotations

import click

from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.errors import InvalidReferenceError
from strongroom.references import parse_reference, split_attribute


@click.group("env", cls=Noun)
def env() -> None:
    """Variables of this shell or job."""


@env.command("list")
@pass_invocation
def list_variables(invocation: Invocation) -> None:
    """List the names of the variables whose value is a secret reference; opens nothing."""
    names = [name for name, value in invocation.environment.items() if _is_reference(value)]
    output = invocation.output
    if output.wants_json:
        output.json(names)
        return
    for name in names:
        output.line(name)


def _is_reference(value: str) -> bool:
    try:
        parse_reference(split_attribute(value)[0])
    except InvalidReferenceError:
        return False
    return True
