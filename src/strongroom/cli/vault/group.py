"""`op vault group …`: rights of groups in a vault."""

from __future__ import annotations

from typing import Any

import click

from strongroom.cli.people.group import group_json, write_groups
from strongroom.cli.people.members import named_group
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group, find_vault, named_vault
from strongroom.cli.program.refusals import ASK_TO_MANAGE, permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.vault.rights import give, rights_in, take, write_rights
from strongroom.client.runtime import drive
from strongroom.permissions import permission_names


@click.group("group", cls=Noun)
def group() -> None:
    """Rights of groups in vaults."""


@group.command("grant")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option("--group", "name", required=True, metavar="GROUP", help="Which group gets rights.")
@click.option("--permissions", required=True, metavar="LIST", help="Permissions, with commas.")
@flag("--no-input", help="Never ask; refuse permissions that lack what they need.")
@pass_invocation
def grant(
    invocation: Invocation, *, vault: str, name: str, permissions: str, no_input: bool
) -> None:
    """Give a group rights in a vault, beside those that are there; see `op vault user grant`."""
    with invocation.engine() as engine:
        inside, one = find_vault(engine, vault), find_group(engine, name)
        action = f"give {named_group(one)} rights in {named_vault(inside)}"
        with permission_to(action, hint=ASK_TO_MANAGE):
            mask = give(invocation, engine, inside, one["id"], words=permissions, asks=not no_input)
    write_rights(invocation, inside, _pairs(one), mask)


@group.command("revoke")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option("--group", "name", required=True, metavar="GROUP", help="Which group loses rights.")
@click.option("--permissions", metavar="LIST", help="Which; all if not said.")
@flag("--no-input", help="Never ask; refuse permissions that others need.")
@pass_invocation
def revoke(
    invocation: Invocation, *, vault: str, name: str, permissions: str | None, no_input: bool
) -> None:
    """Take rights in a vault from a group; with the last one goes the key, and it is renewed."""
    with invocation.engine() as engine:
        inside, one = find_vault(engine, vault), find_group(engine, name)
        action = f"take rights in {named_vault(inside)} from {named_group(one)}"
        with permission_to(action, hint=ASK_TO_MANAGE):
            mask = take(invocation, engine, inside, one, words=permissions, asks=not no_input)
    write_rights(invocation, inside, _pairs(one), mask)


@group.command("list")
@click.argument("vault", required=False)
@pass_invocation
def list_groups(invocation: Invocation, *, vault: str | None) -> None:
    """List the groups with rights in a vault: one by name or ID, or those of standard input."""
    groups: list[dict[str, Any]] = []
    with invocation.engine() as engine:
        for name in take_names(invocation.input, vault, "the vault"):
            rights = rights_in(engine, find_vault(engine, name))
            groups += [
                group_json(one) | {"permissions": permission_names(rights[one["id"]])}
                for one in drive(engine.groups.list(deleted=True))
                if one["id"] in rights
            ]
    write_groups(invocation, groups)


def _pairs(one: dict[str, str]) -> dict[str, str]:
    return {"group_id": one["id"], "group_name": one["name"]}
