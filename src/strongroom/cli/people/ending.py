"""`op user suspend`, `reactivate` and `delete`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.people.shapes import Person, find_leaver
from strongroom.cli.people.voids import telling_voids
from strongroom.cli.program.dues import write_dues
from strongroom.cli.program.framework import Command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_user
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.times import parse_duration
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.change.dues import Dues
    from strongroom.client.engine import Engine

_AFTER = "--deauthorize-devices-after"
_AT_ONCE = f"{_AFTER} has no effect on an account in a file: access ends at once."


@click.command("suspend", cls=Command)
@click.argument("name", required=False)
@click.option(
    _AFTER,
    "after",
    metavar="DURATION",
    help="Accepted for compatibility, but has no effect: access ends at once.",
)
@pass_invocation
def suspend(invocation: Invocation, *, name: str | None, after: str | None) -> None:
    """Suspend users until `op user reactivate`.

    What they could open gets new keys, so what is written from now on stays closed
    to them; they may have kept what they could read before. Prints only the vaults
    and groups that keep their old key, because somebody else or nobody manages them,
    and open invites that became void.
    """
    if after is not None:
        parse_duration(after, flag=_AFTER)
    with invocation.engine() as engine:
        users = [
            find_user(engine, one) for one in take_names(invocation.input, name, what="the user")
        ]
        dues: Dues = []
        with telling_voids(invocation, engine):
            for user in users:
                with permission_to(engine, f"suspend {_named_user(user)}"):
                    dues = _merged(dues, drive(engine.users.suspend(user["id"])))
            write_dues(invocation, engine, dues)
    if after is not None and not invocation.output.wants_json:
        invocation.output.line(_AT_ONCE)


@click.command("reactivate", cls=Command)
@click.argument("name", required=False)
@pass_invocation
def reactivate(invocation: Invocation, *, name: str | None) -> None:
    """Let suspended users in again, as members of the team; prints nothing.

    Rights in vaults and groups that got new keys in the meantime must be given
    again.
    """
    with invocation.engine() as engine:
        users = [
            find_user(engine, one) for one in take_names(invocation.input, name, what="the user")
        ]
        for user in users:
            with permission_to(engine, f"reactivate {_named_user(user)}"):
                drive(engine.users.reactivate(user["id"]))


@click.command("delete", cls=Command)
@click.argument("name", required=False)
@pass_invocation
def delete(invocation: Invocation, *, name: str | None) -> None:
    """Remove users for good, or withdraw their open invites.

    What they could open gets new keys. Their personal vault is closed for ever:
    nobody else has its key. A private vault that only they could manage stays as it
    is, so let them give somebody else that right first. Prints the same as `op user
    suspend`.
    """
    with invocation.engine() as engine:
        # All are found before the first is removed: a typing error costs nothing.
        people = [
            find_leaver(engine, one) for one in take_names(invocation.input, name, what="the user")
        ]
        dues: Dues = []
        with telling_voids(invocation, engine):
            for person, invite in people:
                with permission_to(engine, f"delete {_named_user(person)}"):
                    if invite is None:
                        dues = _merged(dues, _remove(engine, person))
                    else:
                        drive(engine.invites.delete(person["id"]))
            write_dues(invocation, engine, dues)


def _remove(engine: Engine, person: Person) -> Dues:
    return drive(engine.users.remove(person["id"]))


def _merged(before: Dues, after: Dues) -> Dues:
    """Join two reports; of one container the later word counts."""
    latest = {due.container: due for due in [*before, *after]}
    return list(latest.values())


def _named_user(person: Person) -> str:
    return f'the user "{printable(person["name"] or person["email"])}"'
