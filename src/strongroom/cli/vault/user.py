"""`op vault user …`: rights of single users in a vault."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.people.shapes import Person, machine_person, person_json, write_people
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_user
from strongroom.cli.program.ui import printable
from strongroom.cli.vault.rights import HolderNoun, grant_rights, list_holders, revoke_rights
from strongroom.client.runtime import drive

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import UserDict


def _list_all(engine: Engine) -> list[Person]:
    users = drive(engine.users.list(deleted=True))
    accounts = drive(engine.service_accounts.list(deleted=True))
    return [*users, *map(machine_person, accounts)]


def _quoted_name(user: UserDict) -> str:
    return f'"{printable(user["name"])}"'


_USERS: Final = HolderNoun(
    find=find_user,
    named=_quoted_name,
    columns=lambda user: {"user_id": user["id"], "user_email": user["email"]},
)


@click.group("user", cls=Noun)
def user() -> None:
    """Rights of users in vaults."""


@user.command("grant")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option("--user", "name", required=True, metavar="USER", help="The user who gets the rights.")
@click.option(
    "--permissions", required=True, metavar="LIST", help="Permissions, separated by commas."
)
@flag("--no-input", help="Never ask; refuse permissions if others that they need are missing.")
@pass_invocation
def grant(
    invocation: Invocation, *, vault: str, name: str, permissions: str, no_input: bool
) -> None:
    """Give a user more rights in a vault.

    Permissions: allow_viewing, allow_editing, allow_managing, or single ones such
    as view_items and edit_items. On a terminal it asks whether to add others that
    they need; without a terminal you must name them all.
    """
    grant_rights(invocation, _USERS, vault=vault, name=name, words=permissions, asks=not no_input)


@user.command("revoke")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option(
    "--user", "name", required=True, metavar="USER", help="The user who loses the rights."
)
@click.option(
    "--permissions", metavar="LIST", help="Permissions, separated by commas; all by default."
)
@flag("--no-input", help="Never ask; refuse permissions that other permissions need.")
@pass_invocation
def revoke(
    invocation: Invocation, *, vault: str, name: str, permissions: str | None, no_input: bool
) -> None:
    """Take rights in a vault from a user; if none is left, the vault gets a new key.

    Rights through a group stay.
    """
    revoke_rights(invocation, _USERS, vault=vault, name=name, words=permissions, asks=not no_input)


@user.command("list")
@click.argument("vault", required=False)
@pass_invocation
def list_users(invocation: Invocation, *, vault: str | None) -> None:
    """List who has rights of their own in a vault: users and service accounts."""
    now = invocation.clock()
    people = list_holders(invocation, vault, _list_all, partial(person_json, now_ms=now))
    write_people(invocation, people, "permissions")
