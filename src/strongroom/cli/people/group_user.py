"""`op group user …`: who is in a group."""

from __future__ import annotations

import click

from strongroom.cli.people.members import members_of, named_group
from strongroom.cli.people.shapes import person_json, write_people
from strongroom.cli.program.dues import write_dues
from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group, find_user
from strongroom.cli.program.refusals import ASK_TO_ADMINISTER, permission_to
from strongroom.cli.program.stdin import NAMES, take_specifiers
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import ForbiddenError, NotFoundError

_ROLES = ("member", "manager")


@click.group("user", cls=Noun)
def user() -> None:
    """Members of groups."""


@user.command("grant")
@click.option("--group", required=True, metavar="GROUP", help="The group.")
@click.option(
    "--user", "name", required=True, metavar="USER", help="The user to put into the group."
)
@click.option("--role", type=click.Choice(_ROLES), default=_ROLES[0], help="member by default.")
@pass_invocation
def grant(invocation: Invocation, *, group: str, name: str, role: str) -> None:
    """Put a user into a group, or change the user's role in it; prints nothing.

    When a manager becomes a plain member, what the group can open gets new keys, as
    with `revoke`. In the groups Owners and Administrators this gives the role in
    the account; only an owner can do that.
    """
    with invocation.engine() as engine:
        inside, member = find_group(engine, group), find_user(engine, name)
        action = f'put "{printable(member["name"])}" into {named_group(inside)}'
        with permission_to(action, hint=ASK_TO_ADMINISTER):
            try:
                dues = drive(engine.groups.add(inside["id"], member["id"], role=role))
            except NotFoundError:  # both were found above: its key is closed to who asks
                message = "only its managers, owners and administrators can do this"
                raise ForbiddenError(message) from None
        if dues:
            write_dues(invocation, engine, dues)


@user.command("revoke")
@click.option("--group", required=True, metavar="GROUP", help="The group.")
@click.option(
    "--user", "name", required=True, metavar="USER", help="The user to take out of the group."
)
@pass_invocation
def revoke(invocation: Invocation, *, group: str, name: str) -> None:
    """Take a user out of a group; what the group can open gets new keys.

    Prints only the vaults that keep their old key because somebody else manages
    them.
    """
    with invocation.engine() as engine:
        inside, member = find_group(engine, group), find_user(engine, name)
        if member["id"] not in members_of(engine, inside):
            message = f'"{printable(member["name"])}" is not in {named_group(inside)}'
            raise NotFoundError(message)
        action = f'take "{printable(member["name"])}" out of {named_group(inside)}'
        with permission_to(action, hint=ASK_TO_ADMINISTER):
            dues = drive(engine.groups.remove(inside["id"], member["id"]))
        write_dues(invocation, engine, dues)


@user.command("list")
@click.argument("group", required=False)
@pass_invocation
def list_members(invocation: Invocation, *, group: str | None) -> None:
    """List the members of a group, with their role: MEMBER or MANAGER."""
    if group is None or group in NAMES:
        [group, *rest] = take_specifiers(invocation.input, "the group")
        if rest:
            message = "the members of only one group at a time can be listed"
            raise click.UsageError(message)
    now = invocation.clock()
    with invocation.engine() as engine:
        roles = members_of(engine, find_group(engine, group))
        people = [person_json(one, now_ms=now) for one in drive(engine.users.list())]
    members = [one | {"role": roles[one["id"]]} for one in people if one["id"] in roles]
    write_people(invocation, members, "role")
