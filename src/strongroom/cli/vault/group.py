"""`op vault group …`: rights of groups in a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.people.group import group_json, write_groups
from strongroom.cli.people.members import named_group
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group
from strongroom.cli.vault.rights import HolderNoun, grant_rights, list_holders, revoke_rights
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict

_GROUPS: Final = HolderNoun(
    find=find_group,
    named=named_group,
    columns=lambda group: {"group_id": group["id"], "group_name": group["name"]},
)


def _list_all(engine: Engine) -> list[GroupDict]:
    return drive(engine.groups.list(deleted=True))


@click.group("group", cls=Noun)
def group() -> None:
    """Rights of groups in vaults."""


@group.command("grant")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option(
    "--group", "name", required=True, metavar="GROUP", help="The group that gets the rights."
)
@click.option(
    "--permissions", required=True, metavar="LIST", help="Permissions, separated by commas."
)
@flag("--no-input", help="Never ask; refuse permissions if others that they need are missing.")
@pass_invocation
def grant(
    invocation: Invocation, *, vault: str, name: str, permissions: str, no_input: bool
) -> None:
    """Give a group more rights in a vault; see `op vault user grant`."""
    grant_rights(invocation, _GROUPS, vault=vault, name=name, words=permissions, asks=not no_input)


@group.command("revoke")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option(
    "--group", "name", required=True, metavar="GROUP", help="The group that loses the rights."
)
@click.option(
    "--permissions", metavar="LIST", help="Permissions, separated by commas; all by default."
)
@flag("--no-input", help="Never ask; refuse permissions that other permissions need.")
@pass_invocation
def revoke(
    invocation: Invocation, *, vault: str, name: str, permissions: str | None, no_input: bool
) -> None:
    """Take rights in a vault from a group; if none is left, the vault gets a new key."""
    revoke_rights(invocation, _GROUPS, vault=vault, name=name, words=permissions, asks=not no_input)


@group.command("list")
@click.argument("vault", required=False)
@pass_invocation
def list_groups(invocation: Invocation, *, vault: str | None) -> None:
    """List the groups with rights in a vault, or in the vaults that standard input names."""
    write_groups(invocation, list_holders(invocation, vault, _list_all, group_json))
