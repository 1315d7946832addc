"""`op vault …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.people.travel import TRAVEL_MODE
from strongroom.cli.program.framework import Noun, pass_invocation, true_or_false
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import Vault, find_vault, named_vault
from strongroom.cli.program.refusals import TO_MANAGE, permission_to
from strongroom.cli.program.shapes import VAULT_TYPES
from strongroom.cli.program.stdin import take_edited, take_names
from strongroom.cli.program.times import json_time
from strongroom.cli.program.ui import printable
from strongroom.cli.vault.group import group as group_rights
from strongroom.cli.vault.rights import find_holders, with_rights
from strongroom.cli.vault.user import user as user_rights
from strongroom.client.runtime import drive
from strongroom.vaults.icons import ICONS

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


@click.group("vault", cls=Noun)
def vault() -> None:
    """Vaults."""


vault.add_command(user_rights)
vault.add_command(group_rights)


_ICON: Final = click.option(
    "--icon", type=click.Choice(ICONS), metavar="KEY", help="The vault's icon, such as gears."
)


@vault.command("create")
@click.argument("name")
@click.option("--description", default="", metavar="TEXT", help="What the vault is for.")
@_ICON
@click.option(
    "--allow-admins-to-manage",
    callback=true_or_false,
    default=None,
    metavar="true|false",
    help="Whether administrators may open and manage it (true by default).",
)
@pass_invocation
def create(
    invocation: Invocation,
    *,
    name: str,
    description: str,
    icon: str | None,
    allow_admins_to_manage: bool | None,
) -> None:
    """Create a vault.

    With --allow-admins-to-manage=false, losing the password means losing the vault:
    nobody else has its key.
    """
    action = f'create the vault "{printable(name)}"'
    with invocation.engine() as engine, permission_to(engine, action):
        made = drive(
            engine.vaults.create(
                name,
                description=description,
                icon=icon,
                allow_admins_access=allow_admins_to_manage,
            )
        )
    _write_vault(invocation, made)
    if allow_admins_to_manage is False and not invocation.output.wants_json:
        invocation.output.line("Only you hold this vault's key: a lost password loses the vault.")


@vault.command("list")
@click.option("--user", "name", metavar="USER", help="Only vaults in which the user has rights.")
@click.option("--group", metavar="GROUP", help="Only vaults in which the group has rights.")
@click.option(
    "--permission", metavar="LIST", help="Only vaults in which these permissions are held."
)
@pass_invocation
def list_vaults(
    invocation: Invocation, *, name: str | None, group: str | None, permission: str | None
) -> None:
    """List the vaults that you can open.

    --user includes what the user has through groups whose members you may see.
    --permission is about that user or group, or about you if none is given.
    """
    with invocation.engine() as engine:
        vaults = drive(engine.vaults.list())
        if (name, group, permission) != (None, None, None):
            holders = find_holders(engine, user=name, group=group)
            vaults = with_rights(engine, vaults, holders, permission)
    output = invocation.output
    if output.wants_json:
        output.json([_list_json(one) for one in vaults])
    else:
        output.table(("ID", "NAME"), [(one["id"], one["title"]) for one in vaults])


@vault.command("get")
@click.argument("name", required=False)
@pass_invocation
def get(invocation: Invocation, name: str | None) -> None:
    """Show vaults: one by name or ID, or those that standard input names."""
    with invocation.engine() as engine:
        for one in take_names(invocation.input, name, what="the vault"):
            _write_vault(invocation, _whole(engine, one))


@vault.command("edit")
@click.argument("name", required=False)
@click.option("--name", "new_name", metavar="NAME", help="Rename the vault.")
@click.option("--description", metavar="TEXT", help="Replace the description.")
@_ICON
@TRAVEL_MODE
@pass_invocation
def edit(
    invocation: Invocation,
    *,
    name: str | None,
    new_name: str | None,
    description: str | None,
    icon: str | None,
    travel_mode: str | None,
) -> None:
    """Change a vault's name, description or icon; prints nothing.

    Several vaults that standard input names can get one description and icon.
    """
    if (new_name, description, icon, travel_mode) == (None, None, None, None):
        message = "say what to change: add --name, --description or --icon"
        raise click.UsageError(message)
    with invocation.engine() as engine:
        names = take_edited(invocation.input, name, what="the vault", new_name=new_name)
        vaults = _found_first(engine, names)
        if (new_name, description, icon) == (None, None, None):
            return  # travel mode is off as it is
        for vault in vaults:
            with permission_to(engine, f"change {named_vault(vault)}", TO_MANAGE):
                drive(
                    engine.vaults.update(
                        vault["id"], title=new_name, description=description, icon=icon
                    )
                )


@vault.command("delete")
@click.argument("name", required=False)
@pass_invocation
def delete(invocation: Invocation, name: str | None) -> None:
    """Delete vaults: one by name or ID, or those that standard input names; prints nothing."""
    with invocation.engine() as engine:
        names = take_names(invocation.input, name, what="the vault")
        for vault in _found_first(engine, names):
            with permission_to(engine, f"delete {named_vault(vault)}", TO_MANAGE):
                drive(engine.vaults.delete(vault["id"]))


def _found_first(engine: Engine, names: list[str]) -> list[Vault]:
    """Find all vaults before the first is changed: a typing error costs nothing."""
    return [find_vault(engine, one) for one in names]


def _whole(engine: Engine, name: str) -> Vault:
    return drive(engine.vaults.get(find_vault(engine, name)["id"]))


def _write_vault(invocation: Invocation, vault: Vault) -> None:
    output = invocation.output
    if output.wants_json:
        output.json(vault_json(vault))
        return
    style = invocation.time_style
    output.block(
        {
            "ID": vault["id"],
            "Name": vault["title"],
            **({"Description": vault["description"]} if vault.get("description") else {}),
            **({"Icon": vault["icon"]} if "icon" in vault else {}),
            "Type": VAULT_TYPES.get(vault["vaultType"], "UNKNOWN"),
            "Attribute version": str(vault["attributeVersion"]),
            "Content version": str(vault["contentVersion"]),
            "Items": str(vault["activeItemCount"]),
            "Created": style.show(vault["createdAt"]),
            "Updated": style.show(vault["updatedAt"]),
        }
    )


def vault_json(vault: Vault) -> dict[str, object]:
    """Return the JSON of one vault."""
    row = {
        "id": vault["id"],
        "name": vault["title"],
        "content_version": vault["contentVersion"],
        "description": vault.get("description") or None,
        "icon": vault.get("icon"),
        "attribute_version": vault["attributeVersion"],
        "items": vault["activeItemCount"],
        "type": VAULT_TYPES.get(vault["vaultType"], "UNKNOWN"),
        "created_at": json_time(vault["createdAt"]),
        "updated_at": json_time(vault["updatedAt"]),
    }
    return {key: value for key, value in row.items() if value is not None}


def _list_json(vault: Vault) -> dict[str, object]:
    keys = ("id", "name", "content_version", "created_at", "updated_at", "items")
    return {key: value for key, value in vault_json(vault).items() if key in keys}
