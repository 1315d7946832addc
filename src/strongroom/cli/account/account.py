"""`strongroom account …`: accounts on this computer. Making one stands in `account_create`."""

from __future__ import annotations

from contextlib import suppress

import click

from strongroom.cli.account.add import add
from strongroom.cli.account.create import account_json, create
from strongroom.cli.account.credentials import change_password, known_device, renew_secret_key
from strongroom.cli.account.join import join
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.crypto.tokens import parse_token
from strongroom.errors import InputError, LocalFileError
from strongroom.home.device import load_devices, select_device
from strongroom.home.forgetting import forget_devices
from strongroom.home.kit import create_kit
from strongroom.home.listing import has_listing
from strongroom.home.state import StateFile, token_state
from strongroom.ids import format_id


@click.group("account", cls=Noun)
def account() -> None:
    """Accounts on this computer."""


account.add_command(add)
account.add_command(create)
account.add_command(join)
account.add_command(change_password)
account.add_command(renew_secret_key)


@account.command("list")
@pass_invocation
def list_accounts(invocation: Invocation) -> None:
    """List the accounts on this computer; without any, people get nothing and programs `[]`."""
    devices = load_devices(invocation.home)
    output = invocation.output
    if output.wants_json:
        # Programs take the name for a sign that there is a listing, and read it.
        listed = _is_listed(invocation)
        names = ({"shorthand": one.account_name} if listed else {} for one in devices)
        output.json([account_json(one) | name for one, name in zip(devices, names, strict=True)])
        return
    if not devices:
        return
    rows = [(one.url, one.email, format_id(one.user_id), one.account_name) for one in devices]
    output.table(("URL", "EMAIL", "USER ID", "NAME"), rows)


def _is_listed(invocation: Invocation) -> bool:
    places = invocation.access.places
    with suppress(LocalFileError):
        return places.is_looked_at and has_listing(places.listing) is True
    return False


@account.command("get")
@pass_invocation
def get(invocation: Invocation) -> None:
    """Show the account; fails unless you are signed in."""
    with invocation.engine() as engine:
        identity = engine.identity()
    device = None if invocation.access.token() is not None else invocation.access.device()
    # Whether an account is a family's or a company's is nothing that we know.
    row = {
        "id": identity["accountId"],
        "name": "" if device is None else device.account_name,
        "domain": identity["url"],
        "type": "UNKNOWN",
        "state": "ACTIVE",
    }
    output = invocation.output
    if output.wants_json:
        output.json(row)
    else:
        pairs = {"ID": row["id"], "Name": row["name"], "Address": row["domain"]}
        output.block({key: value for key, value in pairs.items() if value})


@account.command("kit")
@click.argument("file")
@pass_invocation
def kit(invocation: Invocation, file: str) -> None:
    """Write the Emergency Kit of an account on this computer again, into a new file."""
    path = absolute(file)
    device = known_device(invocation)
    if device.pending_secret_key is not None:
        message = (
            "a change of the Secret Key was interrupted, so it is not known which one is in force"
        )
        raise LocalFileError(message, hint="run `op signin` first, which finds out")
    create_kit(path, device)
    invocation.output.line(str(path))


@account.command("forget")
@click.argument("name", required=False)
@flag("--all", help="Remove every account from this computer.")
@pass_invocation
def forget(invocation: Invocation, *, name: str | None, all: bool) -> None:  # noqa: A002
    """Remove an account from this computer, Secret Key included.

    Only its Emergency Kit brings it back, so make sure that you have it. Without
    NAME it is the account of --account or OP_ACCOUNT; none is removed unnamed.
    """
    if all and name is not None:
        message = "name an account, or use --all for every account"
        raise InputError(message)
    if all:
        forget_devices(invocation.access.places, load_devices(invocation.home))
        return
    wanted = name or invocation.access.account
    if wanted is None:
        message = "say which account to forget"
        raise InputError(message, hint="op account forget NAME, or --all for every account")
    device = select_device(invocation.home, wanted)
    assert device is not None, "a filter that fits nothing raises"
    forget_devices(invocation.access.places, [device])


@account.command("reset-state")
@pass_invocation
def reset_state(invocation: Invocation) -> None:
    """Forget what this computer has seen of an account, after a state or objects file was damaged.

    With a token and STRONGROOM_STATE, forget what the programs with this token have
    seen. Until the next command, an older state of the account that is put in its
    place goes unnoticed.
    """
    token, folder = invocation.access.token(), invocation.access.state_folder()
    if token is not None and folder is not None:
        parsed = parse_token(token)  # its end does not matter here
        token_state(
            folder, account=parsed.account, principal=parsed.principal, seed=parsed.seed
        ).remove()
        return
    device = known_device(invocation)
    StateFile(invocation.home, device.account_id, device.user_id).remove()
