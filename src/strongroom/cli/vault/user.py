"""`op vault user …`: rights of single users in a vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from strongroom.cli.people.shapes import person_json, write_people
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_user, find_vault, named_vault
from strongroom.cli.program.refusals import ASK_TO_MANAGE, permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.ui import printable
from strongroom.cli.vault.rights import give, rights_in, take, write_rights
from strongroom.client.runtime import drive
from strongroom.permissions import permission_names

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


@click.group("user", cls=Noun)
def user() -> None:
    """Rights of users in vaults."""


@user.command("grant")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option("--user", "name", required=True, metavar="USER", help="Who gets rights.")
@click.option("--permissions", required=True, metavar="LIST", help="Permissions, with commas.")
@flag("--no-input", help="Never ask; refuse permissions that lack what they need.")
@pass_invocation
def grant(
    invocation: Invocation, *, vault: str, name: str, permissions: str, no_input: bool
) -> None:
    """Give a user rights in a vault, beside those that are there.

    Permissions: allow_viewing, allow_editing, allow_managing, or the single ones
    such as view_items and edit_items. On a terminal it asks whether to add what
    they need; elsewhere all have to be named.
    """
    with invocation.engine() as engine:
        inside, one = find_vault(engine, vault), find_user(engine, name)
        action = f'give "{printable(one["name"])}" rights in {named_vault(inside)}'
        with permission_to(action, hint=ASK_TO_MANAGE):
            mask = give(invocation, engine, inside, one["id"], words=permissions, asks=not no_input)
    write_rights(invocation, inside, _pairs(one), mask)


@user.command("revoke")
@click.option("--vault", required=True, metavar="VAULT", help="The vault.")
@click.option("--user", "name", required=True, metavar="USER", help="Who loses rights.")
@click.option("--permissions", metavar="LIST", help="Which; all if not said.")
@flag("--no-input", help="Never ask; refuse permissions that others need.")
@pass_invocation
def revoke(
    invocation: Invocation, *, vault: str, name: str, permissions: str | None, no_input: bool
) -> None:
    """Take rights in a vault from a user; with the last one goes the key, and it is renewed.

    What the user has through a group stays.
    """
    with invocation.engine() as engine:
        inside, one = find_vault(engine, vault), find_user(engine, name)
        action = f'take rights in {named_vault(inside)} from "{printable(one["name"])}"'
        with permission_to(action, hint=ASK_TO_MANAGE):
            mask = take(invocation, engine, inside, one, words=permissions, asks=not no_input)
    write_rights(invocation, inside, _pairs(one), mask)


@user.command("list")
@click.argument("vault", required=False)
@pass_invocation
def list_users(invocation: Invocation, *, vault: str | None) -> None:
    """List who has rights of their own in a vault: users and service accounts."""
    now = invocation.clock()
    people: list[dict[str, Any]] = []
    with invocation.engine() as engine:
        for one in take_names(invocation.input, vault, "the vault"):
            rights = rights_in(engine, find_vault(engine, one))
            people += [
                person_json(row, now_ms=now) | {"permissions": permission_names(rights[row["id"]])}
                for row in _holders(engine)
                if row["id"] in rights
            ]
    write_people(invocation, people, "permissions")


def _holders(engine: Engine) -> list[dict[str, Any]]:
    users = drive(engine.users.list(deleted=True))
    accounts = drive(engine.service_accounts.list(deleted=True))
    extra = {"email": "", "type": "SERVICE_ACCOUNT"}
    return users + [
        {"id": one["id"], "name": one["name"], "state": one["state"]} | extra for one in accounts
    ]


def _pairs(one: dict[str, str]) -> dict[str, str]:
    return {"user_id": one["id"], "user_email": one["email"]}
