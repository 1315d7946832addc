"""`op group …`; its members stand in `group_user`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from strongroom.cli.people.group_user import user
from strongroom.cli.people.members import groups_of, named_group
from strongroom.cli.people.shapes import show_time, time_of
from strongroom.cli.program.dues import write_dues
from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group, find_user, find_vault
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_edited, take_names
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.change.dues import Due
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict

_KEYS: Final = ("id", "name", "description", "state", "created_at")
# Every person may make vaults; other groups give rights in vaults only.
_TEAM_PERMISSIONS: Final = ("CREATE_VAULTS",)


@click.group("group", cls=Noun)
def group() -> None:
    """Groups of people."""


group.add_command(user)


@group.command("list")
@click.option("--user", "member", metavar="USER", help="Only groups that the user is in.")
@click.option("--vault", metavar="VAULT", help="Only groups with rights in the vault.")
@pass_invocation
def list_groups(invocation: Invocation, *, member: str | None, vault: str | None) -> None:
    """List the groups.

    Unless you are an owner or administrator, --user shows only groups that you are
    in yourself.
    """
    with invocation.engine() as engine:
        if member is None:
            groups = drive(engine.groups.list())
        else:
            groups = groups_of(engine, find_user(engine, member)["id"])
        if vault is not None:
            access = drive(engine.access.list(find_vault(engine, vault)["id"]))
            inside = {row["id"] for row in access}
            groups = [one for one in groups if one["id"] in inside]
    write_groups(invocation, [group_json(one) for one in groups])


def write_groups(invocation: Invocation, groups: list[dict[str, Any]]) -> None:
    """Write a list of groups, with their rights where they have such."""
    output, style = invocation.output, invocation.time_style
    if output.wants_json:
        output.json(groups)
        return
    rights = any("permissions" in one for one in groups)
    rows = [
        (
            *(one[key] for key in _KEYS[:-1]),
            show_time(style, one["created_at"]),
            *([", ".join(one["permissions"])] if rights else []),
        )
        for one in groups
    ]
    header = ("ID", "NAME", "DESCRIPTION", "STATE", "CREATED")
    output.table((*header, *(["PERMISSIONS"] if rights else [])), rows)


def group_json(group: GroupDict) -> dict[str, Any]:
    """Return what lists say of a group."""
    return {
        "id": group["id"],
        "name": group["name"],
        "description": group["description"],
        "state": group["state"],
        "created_at": time_of(group["createdAt"]),
    }


@group.command("get")
@click.argument("name", required=False)
@pass_invocation
def get(invocation: Invocation, *, name: str | None) -> None:
    """Show groups: one by name or ID, or those that standard input names."""
    with invocation.engine() as engine:
        for one in take_names(invocation.input, name, what="the group"):
            _write_group(invocation, find_group(engine, one))


def _write_group(invocation: Invocation, group: GroupDict) -> None:
    output, style = invocation.output, invocation.time_style
    shown = {
        **group_json(group),
        "updated_at": time_of(group["updatedAt"]),
        "permissions": [] if group["type"] == "USER_DEFINED" else [*_TEAM_PERMISSIONS],
        "type": group["type"],
    }
    if output.wants_json:
        output.json(shown)
        return
    output.block(
        {
            "ID": shown["id"],
            "Name": shown["name"],
            "Description": shown["description"],
            "State": shown["state"],
            "Type": shown["type"],
            "Created": show_time(style, shown["created_at"]),
            "Updated": show_time(style, shown["updated_at"]),
        }
    )


@group.command("create")
@click.argument("name")
@click.option("--description", default="", metavar="TEXT", help="What the group is for.")
@pass_invocation
def create(invocation: Invocation, *, name: str, description: str) -> None:
    """Create a group; you are its first member and manager."""
    action = f'create the group "{printable(name)}"'
    with invocation.engine() as engine, permission_to(engine, action):
        made = drive(engine.groups.create(name, description=description))
    _write_group(invocation, made)


@group.command("edit")
@click.argument("name", required=False)
@click.option("--name", "new_name", metavar="NAME", help="Rename the group.")
@click.option("--description", metavar="TEXT", help="Replace the description.")
@pass_invocation
def edit(
    invocation: Invocation, *, name: str | None, new_name: str | None, description: str | None
) -> None:
    """Change a group's name or description; prints nothing.

    Several groups that standard input names can get one description.
    """
    if new_name is None and description is None:
        message = "say what to change: add --name or --description"
        raise click.UsageError(message)
    with invocation.engine() as engine:
        names = take_edited(invocation.input, name, what="the group", new_name=new_name)
        for group in _found_first(engine, names):
            with permission_to(engine, f"change {named_group(group)}"):
                drive(engine.groups.edit(group["id"], name=new_name, description=description))


@group.command("delete")
@click.argument("name", required=False)
@pass_invocation
def delete(invocation: Invocation, *, name: str | None) -> None:
    """Delete groups; what they could open gets new keys.

    Prints only the vaults that keep their old key because somebody else manages
    them.
    """
    with invocation.engine() as engine:
        dues: dict[str, Due] = {}
        names = take_names(invocation.input, name, what="the group")
        for group in _found_first(engine, names):
            with permission_to(engine, f"delete {named_group(group)}"):
                dues |= {due.container: due for due in drive(engine.groups.delete(group["id"]))}
        write_dues(invocation, engine, list(dues.values()))


def _found_first(engine: Engine, names: list[str]) -> list[GroupDict]:
    """Find all groups before the first is changed: a typing error costs nothing."""
    return [find_group(engine, one) for one in names]
