"""`op account add`: an account that exists already, set up on this computer.

What identifies it comes from its Emergency Kit, or from address, e-mail address and Secret Key,
as `op` takes them. In the latter case the file says which ids these are. It is not believed:
password and Secret Key open the sealed keys under the right ids only, and the root pin is
sealed with them (specs/formats.md section 2).
"""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

import click
import msgspec

from strongroom.cli.account.addresses import parse_address
from strongroom.cli.account.create import account_json, check_local_name
from strongroom.cli.account.signin import begin_session, write_session
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_password, ask_value, unlock_prompt
from strongroom.crypto.secret_keys import HINT_CHARACTERS, parse_secret_key
from strongroom.errors import ForkError, InputError, NotFoundError
from strongroom.home.device import Device, check_free_name, load_device, store_device
from strongroom.home.files import Folder
from strongroom.home.kit import KitFacts, load_kit
from strongroom.home.listing import publish_accounts
from strongroom.ids import format_id
from strongroom.secret import Secret
from strongroom.wiring.accounts import find_user, unlock

_KEY_VARIABLE: Final = "OP_SECRET_KEY"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says of the account; `None` where it says nothing."""

    kit: str | None
    address: str | None
    email: str | None
    secret_key: Secret[str] | None


@click.command("add", cls=Command)
@click.option("--kit", metavar="FILE", help="The account's Emergency Kit.")
@click.option("--address", metavar="URL", help="Without a Kit: file:///absolute/path/vault.db")
@click.option("--email", metavar="EMAIL", help="Without a Kit: your e-mail address in the account.")
@click.option(
    "--secret-key",
    metavar="KEY",
    help="Without a Kit: your Secret Key; safer in OP_SECRET_KEY, or asked for.",
)
@click.option(
    *("--name", "--shorthand", "name"),
    metavar="NAME",
    help="What to call the account on this computer.",
)
@flag("--signin", help="Sign in to the account at once.")
@flag("--raw", help="With --signin, print only the session token.")
@pass_invocation
def add(
    invocation: Invocation,
    *,
    kit: str | None,
    address: str | None,
    email: str | None,
    secret_key: str | None,
    name: str | None,
    signin: bool,
    raw: bool,
) -> None:
    """Set up an existing account on this computer.

    It is described by its Emergency Kit, or by address, e-mail address and Secret
    Key. The Secret Key is that of --secret-key, which other processes on this
    computer can see, or of OP_SECRET_KEY; on a terminal it is asked for.

    Without --name it has the name that the Kit gives it, or that of the database
    file. On a terminal you are asked for the password; otherwise it is read from
    standard input.
    """
    key = None if secret_key is None else Secret(secret_key)
    wanted = Wanted(kit=kit, address=address, email=email, secret_key=key)
    facts = _describe(invocation, wanted)
    facts = msgspec.structs.replace(facts, account_name=_local_name(invocation.home, facts, name))
    check_free_name(invocation.home, facts.account_name, user=facts.user_id)
    prompt = unlock_prompt(email=facts.email, url=facts.url)
    password = ask_password(invocation.input, prompt=prompt)
    # The device file may be there already, with costs to remember or a change under way.
    with invocation.home.locked():
        # Again: the name may have been given meanwhile.
        check_free_name(invocation.home, facts.account_name, user=facts.user_id)
        device = _unlock(invocation.home, facts, password)
        store_device(invocation.home, device)
    publish_accounts(invocation.access.places)
    if signin:
        write = partial(write_session, invocation.output, device, raw=raw, plain=raw)
        begin_session(invocation.access, device, password, write)
    elif invocation.output.wants_json:
        invocation.output.json(account_json(device))


def _describe(invocation: Invocation, wanted: Wanted) -> KitFacts:
    """Return what identifies the account.

    Raises:
        InputError: Something is missing, or does not fit the Kit.
        NotFoundError: The file has no such account.
    """
    if wanted.kit is not None:
        return _check_kit(load_kit(absolute(wanted.kit)), wanted)
    if wanted.address is None or wanted.email is None:
        message = "an account is set up from its Emergency Kit, or from address and e-mail address"
        hint = "add --kit FILE, or --address, --email and --secret-key (or OP_SECRET_KEY)"
        raise InputError(message, hint=hint)
    parse_address(wanted.address)
    # Exposed to be parsed.
    hint, key = parse_secret_key(_secret_key(invocation, wanted).expose())
    found = find_user(wanted.address, email=wanted.email, hint=hint)
    if found is None:
        message = f"{wanted.address} has no account of {wanted.email} with that Secret Key"
        raise NotFoundError(message, hint="compare all three with the Emergency Kit")
    account, user = found
    return KitFacts(
        url=wanted.address,
        account_name=PurePosixPath(unquote(wanted.address)).stem,
        email=wanted.email,
        account_id=account,
        user_id=user,
        pin=None,
        secret_key=Secret(key),
    )


def _secret_key(invocation: Invocation, wanted: Wanted) -> Secret[str]:
    if wanted.secret_key is not None:
        return wanted.secret_key
    key = invocation.environment.get(_KEY_VARIABLE)
    if key:
        return Secret(key)
    if invocation.input.is_terminal:
        return Secret(ask_value(invocation.input, "the Secret Key"))
    message = "the Secret Key is missing"
    raise InputError(message, hint=f"set {_KEY_VARIABLE} to it, or use the Emergency Kit: --kit")


def _check_kit(facts: KitFacts, wanted: Wanted) -> KitFacts:
    """Refuse a Kit of another account than the command line speaks of.

    Raises:
        InputError: They differ; the Secret Key is not repeated.
    """
    message = "the Emergency Kit is not of the account that the command line describes: "
    if wanted.address not in (None, facts.url):
        raise InputError(f"{message}its address is {facts.url}")
    if wanted.email is not None and wanted.email.casefold() != facts.email.casefold():
        raise InputError(f"{message}its e-mail address is {facts.email}")
    # Exposed to be parsed and compared.
    key = None if wanted.secret_key is None else parse_secret_key(wanted.secret_key.expose())
    if key is not None and key != (_hint(facts), facts.secret_key.expose()):
        raise InputError(f"{message}it has another Secret Key")
    return facts


def _hint(facts: KitFacts) -> str:
    return format_id(facts.account_id)[:HINT_CHARACTERS].upper()


def _local_name(folder: Folder, facts: KitFacts, wanted: str | None) -> str:
    """Return what to call an account here: as wanted, as it is called already, or as described."""
    if wanted is not None:
        return check_local_name(wanted)
    known = load_device(folder, account=facts.account_id, user=facts.user_id)
    return check_local_name(facts.account_name) if known is None else known.account_name


def _unlock(folder: Folder, facts: KitFacts, password: Secret[str]) -> Device:
    """Unlock with the Secret Key that is at hand; return what the computer is to keep.

    Raises:
        ForkError: The account is not the one of the Kit, or not the one that is known here.
    """
    known = load_device(folder, account=facts.account_id, user=facts.user_id)
    remembered = None if known is None else known.kdf
    unlocked = unlock(msgspec.structs.replace(facts, kdf=remembered), password)
    pin = facts.pin or (unlocked.pin if known is None else known.pin)
    if unlocked.pin.version == pin.version and unlocked.pin.hash != pin.hash:
        whose = "the one in the Emergency Kit" if facts.pin else "the one that this computer knows"
        message = f"the account at that address is not {whose}"
        raise ForkError(message)
    return Device(
        url=facts.url,
        account_name=facts.account_name,
        email=facts.email,
        account_id=facts.account_id,
        user_id=facts.user_id,
        pin=pin,
        kdf=unlocked.kdf,
        secret_key=facts.secret_key,
    )
