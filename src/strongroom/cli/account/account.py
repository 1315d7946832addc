"""`strongroom account …`: accounts on this computer. Making one stands in `account_create`."""

from __future__ import annotations

import click
import msgspec

from strongroom.cli.account.create import account_json, check_local_name, create
from strongroom.cli.account.credentials import change_password, known_device, renew_secret_key
from strongroom.cli.account.join import join
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_password, unlock_prompt
from strongroom.crypto.tokens import parse_token
from strongroom.errors import ForkError, LocalFileError
from strongroom.home.device import (
    Device,
    check_free_name,
    load_device,
    load_devices,
    select_device,
    store_device,
)
from strongroom.home.files import Folder
from strongroom.home.forgetting import forget_device
from strongroom.home.kit import KitFacts, create_kit, load_kit
from strongroom.home.state import StateFile, token_state
from strongroom.ids import format_id
from strongroom.secret import Secret
from strongroom.wiring.accounts import unlock


@click.group("account", cls=Noun)
def account() -> None:
    """Accounts on this computer."""


account.add_command(create)
account.add_command(join)
account.add_command(change_password)
account.add_command(renew_secret_key)


@account.command("add")
@click.option("--kit", required=True, metavar="FILE", help="The account's Emergency Kit.")
@click.option("--name", metavar="NAME", help="What to call the account on this computer.")
@pass_invocation
def add(invocation: Invocation, *, kit: str, name: str | None) -> None:
    """Set up an existing account on this computer, from its Emergency Kit.

    Without --name it has the name that the Kit gives it. On a terminal you are
    asked for the password; otherwise it is read from standard input.
    """
    facts = load_kit(absolute(kit))
    facts = msgspec.structs.replace(facts, account_name=_local_name(invocation.home, facts, name))
    check_free_name(invocation.home, facts.account_name, user=facts.user_id)
    prompt = unlock_prompt(email=facts.email, url=facts.url)
    password = ask_password(invocation.input, prompt=prompt)
    # The device file may be there already, with costs to remember or a change under way.
    with invocation.home.locked():
        device = _unlock_kit(invocation.home, facts, password)
        store_device(invocation.home, device)
    if invocation.output.wants_json:
        invocation.output.json(account_json(device))


def _local_name(folder: Folder, facts: KitFacts, wanted: str | None) -> str:
    """Return what to call an account here: as wanted, as it is called already, or as in the Kit."""
    if wanted is not None:
        return check_local_name(wanted)
    known = load_device(folder, account=facts.account_id, user=facts.user_id)
    return facts.account_name if known is None else known.account_name


def _unlock_kit(folder: Folder, facts: KitFacts, password: Secret[str]) -> Device:
    """Unlock with the Secret Key of a Kit; return what the computer is to keep."""
    known = load_device(folder, account=facts.account_id, user=facts.user_id)
    remembered = None if known is None else known.kdf
    unlocked = unlock(msgspec.structs.replace(facts, kdf=remembered), password)
    if unlocked.pin.version == facts.pin.version and unlocked.pin.hash != facts.pin.hash:
        message = "the account at that address is not the one in the Emergency Kit"
        raise ForkError(message)
    return Device(
        url=facts.url,
        account_name=facts.account_name,
        email=facts.email,
        account_id=facts.account_id,
        user_id=facts.user_id,
        pin=facts.pin,
        kdf=unlocked.kdf,
        secret_key=facts.secret_key,
    )


@account.command("list")
@pass_invocation
def list_accounts(invocation: Invocation) -> None:
    """List the accounts on this computer; without any, people get nothing and programs `[]`."""
    devices = load_devices(invocation.home)
    output = invocation.output
    if output.wants_json:
        output.json([account_json(device) for device in devices])
        return
    if not devices:
        return
    rows = [(one.url, one.email, format_id(one.user_id), one.account_name) for one in devices]
    output.table(("URL", "EMAIL", "USER ID", "NAME"), rows)


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
@click.argument("name")
@pass_invocation
def forget(invocation: Invocation, *, name: str) -> None:
    """Remove an account from this computer, Secret Key included.

    Only its Emergency Kit brings it back, so make sure that you have it.
    """
    device = select_device(invocation.home, name)
    assert device is not None, "a filter that fits nothing raises"
    forget_device(invocation.home, device)


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
