"""`op group user …`: who is in a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from strongroom.cli.people.members import members_of, named_group
from strongroom.cli.people.shapes import person_json, write_people
from strongroom.cli.people.voids import telling_voids
from strongroom.cli.program.dues import write_dues
from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group, find_user
from strongroom.cli.program.refusals import TO_MANAGE_GROUP, permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict, UserDict

_ROLES = ("member", "manager")


@click.group("user", cls=Noun)
def user() -> None:
    """Members of groups."""


@user.command("grant")
@click.option("--group", required=True, metavar="GROUP", help="The group.")
@click.option(
    "--user", "name", required=True, metavar="USER", help="The user to put into the group."
)
@click.option(
    "--role",
    type=click.Choice(_ROLES, case_sensitive=False),
    help="The role in the group; member by default, and no change for somebody who is in it.",
)
@pass_invocation
def grant(invocation: Invocation, *, group: str, name: str, role: str | None) -> None:
    """Put a user into a group, or change the user's role in it.

    Prints nothing, unless there is nothing to change. When a manager becomes a
    plain member, what the group can open gets new keys, as with `revoke`. In the
    groups Owners and Administrators this gives the role in the account, and only an
    owner can do that.
    """
    with invocation.engine() as engine:
        inside, member = find_group(engine, group), find_user(engine, name)
        action = f'put "{printable(member["name"])}" into {named_group(inside)}'
        with permission_to(engine, action, TO_MANAGE_GROUP):
            held = _role_in(engine, inside, member["id"])
            dues = drive(engine.groups.add(inside["id"], member["id"], role=role))
        if held is not None and role in (None, held) and not invocation.output.wants_json:
            _write_unchanged(invocation, inside, member, held)
        if dues:
            write_dues(invocation, engine, dues)


def _role_in(engine: Engine, group: GroupDict, user_id: str) -> str | None:
    """Return the role that somebody has in a group; `None` also where the caller may not know."""
    try:
        return members_of(engine, group).get(user_id, "").lower() or None
    except ForbiddenError:
        return None


def _write_unchanged(invocation: Invocation, group: GroupDict, member: UserDict, held: str) -> None:
    """Say that somebody is in a group already; two groups give a role in the account."""
    is_role = group["type"] in ("OWNERS", "ADMINISTRATORS")
    what = f"has the role {member['role']} in the account" if is_role else f"is a {held} of it"
    name = printable(member["name"])
    invocation.output.line(f'"{name}" is in {named_group(group)} already and {what}.')
    if held == "manager" and not is_role:
        invocation.output.line("To make a plain member of a manager, add: --role member")


@user.command("revoke")
@click.option("--group", required=True, metavar="GROUP", help="The group.")
@click.option(
    "--user", "name", required=True, metavar="USER", help="The user to take out of the group."
)
@pass_invocation
def revoke(invocation: Invocation, *, group: str, name: str) -> None:
    """Take a user out of a group; what the group can open gets new keys.

    Prints only the vaults that keep their old key because somebody else manages
    them, and open invites that became void.
    """
    with invocation.engine() as engine:
        inside, member = find_group(engine, group), find_user(engine, name)
        if member["id"] not in members_of(engine, inside):
            message = f'"{printable(member["name"])}" is not in {named_group(inside)}'
            raise NotFoundError(message)
        action = f'take "{printable(member["name"])}" out of {named_group(inside)}'
        with telling_voids(invocation, engine):
            with permission_to(engine, action):
                dues = drive(engine.groups.remove(inside["id"], member["id"]))
            write_dues(invocation, engine, dues)


@user.command("list")
@click.argument("group", required=False)
@pass_invocation
def list_members(invocation: Invocation, *, group: str | None) -> None:
    """List the members of a group, with their role: MEMBER or MANAGER.

    Groups that standard input names are listed one after the other.
    """
    now = invocation.clock()
    with invocation.engine() as engine:
        names = take_names(invocation.input, group, what="the group")
        groups = [members_of(engine, find_group(engine, one)) for one in names]
        people = [person_json(one, now_ms=now) for one in drive(engine.users.list())]
    members = [
        one | {"role": roles[one["id"]]} for roles in groups for one in people if one["id"] in roles
    ]
    write_people(invocation, members, "role")
