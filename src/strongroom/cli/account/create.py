"""`strongroom account create`: a new account, after what can be checked before is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.account.addresses import check_database, parse_address
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_new_password, new_prompt, read_password
from strongroom.errors import InputError, LocalFileError
from strongroom.home.device import Device, check_free_name, store_device
from strongroom.home.files import check_folder
from strongroom.home.kit import check_kit_path, create_kit
from strongroom.home.listing import publish_accounts
from strongroom.ids import AccountId, PrincipalId, format_id, parse_id
from strongroom.wiring.accounts import create_account
from strongroom.wiring.backups import holds_account

if TYPE_CHECKING:
    from strongroom.wiring.accounts import NewAccount


@click.command("create", cls=Command)
@click.option("--url", required=True, metavar="URL", help="file:///absolute/path/vault.db")
@click.option("--name", required=True, metavar="NAME", help="Name of the account.")
@click.option("--email", required=True, metavar="EMAIL", help="Your e-mail address.")
@click.option(
    "--user-name",
    metavar="NAME",
    help="Your own name; by default the part of the e-mail address before the @.",
)
@flag("--password-stdin", help="Read the new password from standard input.")
@click.option(
    "--kit",
    metavar="FILE",
    help="Where to write the Emergency Kit; by default a new file in the current folder.",
)
@flag("--add", help="Make another account in a file that holds one already.")
@pass_invocation
def create(
    invocation: Invocation,
    *,
    url: str,
    name: str,
    email: str,
    user_name: str | None,
    password_stdin: bool,
    kit: str | None,
    add: bool,
) -> None:
    """Create an account, its Emergency Kit and this computer's device file.

    Keep the Emergency Kit: without it and the password nobody can open the
    account on another computer.
    """
    path = None if kit is None else absolute(kit)
    database = parse_address(url)
    _check_places(invocation, database=database, kit=path)
    check_free_name(invocation.home, name)
    if not add:
        _check_holds_none(database)
    source = invocation.input
    password = (
        read_password(source) if password_stdin else ask_new_password(source, prompt=new_prompt())
    )
    made = create_account(
        url=url,
        name=name,
        email=email,
        user_name=user_name,
        password=password,
        clock=invocation.clock,
    )
    device = _device(made)
    # The device file first: it holds the Secret Key, so a Kit that fails can be written again.
    store_device(invocation.home, device)
    publish_accounts(invocation.access.places)
    path = path or absolute(f"strongroom-emergency-kit-{made.account_id[:6]}.txt")
    _create_first_kit(path, device)
    _write_created(invocation, device, path)


def _check_places(invocation: Invocation, *, database: Path, kit: Path | None) -> None:
    """Refuse places that cannot hold what they are to hold, before anything is made or asked."""
    check_database(database)
    if kit == database:
        message = "the Emergency Kit cannot be the database"
        raise InputError(message, hint="choose another name for the Emergency Kit")
    if kit is None:
        check_folder(absolute(""))
    else:
        check_kit_path(kit)
    # A folder that is open to others is refused only later, when the Secret Key would be lost.
    invocation.home.names()


def _check_holds_none(database: Path) -> None:
    """Refuse a file that holds an account: a second one there is mostly a command run twice."""
    if holds_account(database):
        message = f"{database} holds an account already"
        hint = (
            "choose another address, or add --add to make a second account in that file; "
            "to set up the one that is there: strongroom account add --kit FILE"
        )
        raise InputError(message, hint=hint)


def _create_first_kit(path: Path, device: Device) -> None:
    try:
        create_kit(path, device)
    except LocalFileError as error:
        message = f"the account was made, but not its Emergency Kit: {error.message}"
        hint = "write it now: strongroom account kit FILE"
        raise LocalFileError(message, hint=hint) from None


def _device(made: NewAccount) -> Device:
    return Device(
        url=made.url,
        account_name=made.account_name,
        email=made.email,
        account_id=parse_id(made.account_id, AccountId),
        user_id=parse_id(made.user_id, PrincipalId),
        pin=made.pin,
        kdf=made.kdf,
        secret_key=made.secret_key,
    )


def _write_created(invocation: Invocation, device: Device, kit_path: Path) -> None:
    output = invocation.output
    if output.wants_json:
        output.json({**account_json(device), "name": device.account_name, "kit": str(kit_path)})
        return
    output.block(
        {
            "Account": device.account_name,
            "Address": device.url,
            "Email": device.email,
            "Account ID": format_id(device.account_id),
            "User ID": format_id(device.user_id),
            "Emergency Kit": str(kit_path),
        }
    )
    output.line("Keep the Emergency Kit offline, in a safe place: without it and the password")
    output.line("nobody can open this account on another computer.")


def check_local_name(name: str) -> str:
    """Return what to call an account on this computer.

    Raises:
        InputError: It is empty.
    """
    if not name.strip():
        message = "an account's name on this computer cannot be empty"
        raise InputError(message)
    return name


def account_json(device: Device) -> dict[str, str]:
    """Return what JSON says of an account on this computer."""
    return {
        "url": device.url,
        "email": device.email,
        "user_uuid": format_id(device.user_id),
        "account_uuid": format_id(device.account_id),
    }
