"""`op user …`: the people of the account. Inviting and shutting out stand in files beside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from strongroom.cli.people.ending import delete, reactivate, suspend
from strongroom.cli.people.inviting import confirm, provision
from strongroom.cli.people.members import members_of
from strongroom.cli.people.recovery import recovery
from strongroom.cli.people.shapes import (
    Person,
    find_person,
    machine_person,
    person_json,
    show_time,
    user_json,
    write_people,
)
from strongroom.cli.people.travel import TRAVEL_MODE
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import any_case, find_group, find_user, find_vault
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_edited, take_names
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import InviteDict, KeysDict, UserDict


@click.group("user", cls=Noun)
def user() -> None:
    """People of the account."""


user.add_command(provision)
user.add_command(confirm)
user.add_command(suspend)
user.add_command(reactivate)
user.add_command(delete)
user.add_command(recovery)


@user.command("list")
@click.option("--group", metavar="GROUP", help="Only members of the group, with their role in it.")
@click.option("--vault", metavar="VAULT", help="Only users with rights of their own in the vault.")
@pass_invocation
def list_users(invocation: Invocation, *, group: str | None, vault: str | None) -> None:
    """List the users and, if you are an owner or administrator, the open invites.

    States: ACTIVE; SUSPENDED; TEAM_REGISTRATION_INITIATED for an invite that nobody
    has answered; PENDING for one that was answered and waits for `op user confirm`;
    UNKNOWN for one that can no longer be used. The role is that in the account, and
    with --group that in the group.
    """
    # In JSON the word is the role in the group, which `op` has there, and nothing else.
    shows_roles = group is None and not invocation.output.wants_json
    row = partial(_row, now_ms=invocation.clock(), with_role=shows_roles)
    with invocation.engine() as engine:
        people = [row(one) for one in drive(engine.users.list())]
        if vault is not None:
            access = drive(engine.access.list(find_vault(engine, vault)["id"]))
            inside = {row["id"] for row in access}
            people = [one for one in people if one["id"] in inside]
        if group is not None:
            roles = members_of(engine, find_group(engine, group))
            people = [one | {"role": roles[one["id"]]} for one in people if one["id"] in roles]
        if group is None and vault is None:
            people += [row(one) for one in _open_invites(engine)]
    write_people(invocation, people, *(["role"] if group is not None or shows_roles else []))


def _row(person: UserDict | InviteDict, *, now_ms: int, with_role: bool) -> dict[str, str]:
    role = {"role": person["role"].upper()} if with_role else {}
    return person_json(person, now_ms=now_ms) | role


def _open_invites(engine: Engine) -> list[InviteDict]:
    try:
        return [one.as_dict() for one in drive(engine.invites.list())]
    except ForbiddenError:
        return []


@user.command("get")
@click.argument("name", required=False)
@flag("--me", help="The user as whom commands act.")
@flag("--fingerprint", help="Print only the fingerprint of the user's keys.")
@flag("--public-key", "--publickey", help="Print only the user's public encryption key.")
@pass_invocation
def get(
    invocation: Invocation, *, name: str | None, me: bool, fingerprint: bool, public_key: bool
) -> None:
    """Show users: one by ID, e-mail address or name, or those that standard input names."""
    if me and name is not None:
        message = "--me and the name of a user cannot be used together"
        raise click.UsageError(message)
    if fingerprint and public_key:
        message = "--fingerprint and --public-key cannot be used together"
        raise click.UsageError(message)
    with invocation.engine() as engine:
        names = (
            [engine.identity()["principalId"]]
            if me
            else take_names(invocation.input, name, what="the user")
        )
        for one in names:
            if fingerprint or public_key:
                keys = _keys_of(engine, one)
                text = keys["fingerprint"] if fingerprint else keys["publicKey"]
                invocation.output.line(text)
            else:
                _write_person(invocation, _find_shown(engine, one))


def _keys_of(engine: Engine, name: str) -> KeysDict:
    machine = _own_machine(engine, name)
    if machine is not None:
        return drive(engine.service_accounts.keys(machine))
    person, invite = find_person(engine, name)
    keys = drive(engine.users.keys(person["id"])) if invite is None else invite.keys()
    if keys is None:
        message = f'"{printable(name)}" has not answered the invite yet, so there are no keys'
        raise NotFoundError(message)
    return keys


def _find_shown(engine: Engine, name: str) -> Person:
    machine = _own_machine(engine, name)
    if machine is not None:
        return machine_person(drive(engine.service_accounts.find(machine)))
    return find_person(engine, name)[0]


def _own_machine(engine: Engine, name: str) -> str | None:
    """Return the ID of the service account as which the command acts, if that is what is named."""
    identity = engine.identity()
    own = identity["principalId"]
    return own if identity["userType"] == "SERVICE_ACCOUNT" and any_case(name) == own else None


def _write_person(invocation: Invocation, person: Person) -> None:
    output, style = invocation.output, invocation.time_style
    shown = user_json(person, now_ms=invocation.clock())
    if output.wants_json:
        output.json(shown)
        return
    output.block(
        {
            "ID": shown["id"],
            "Name": shown["name"],
            "Email": shown["email"],
            "State": shown["state"],
            "Type": shown["type"],
            "Created": show_time(style, shown["created_at"]),
            "Updated": show_time(style, shown["updated_at"]),
            "Last Authentication": show_time(style, shown["last_auth_at"]),
        }
    )


@user.command("edit")
@click.argument("name", required=False)
@click.option("--name", "new_name", metavar="NAME", help="The user's new name.")
@TRAVEL_MODE
@pass_invocation
def edit(
    invocation: Invocation, *, name: str | None, new_name: str | None, travel_mode: str | None
) -> None:
    """Rename a user; prints nothing."""
    if new_name is None and travel_mode is None:
        message = "say what to change: add --name"
        raise click.UsageError(message)
    with invocation.engine() as engine:
        names = take_edited(invocation.input, name, what="the user", new_name=new_name)
        people = [find_user(engine, one) for one in names]
        if new_name is None:
            return  # travel mode is off as it is
        for person in people:
            action = f'rename the user "{printable(person["name"])}"'
            with permission_to(engine, action):
                drive(engine.users.edit(person["id"], name=new_name))
