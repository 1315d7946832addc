"""`strongroom account password` and `strongroom account new-secret-key`."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.account.create import account_json
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import (
    ask_new_password,
    ask_password,
    check_terminal,
    new_prompt,
    read_passwords,
    unlock_prompt,
)
from strongroom.cli.program.refusals import NO_ACCOUNT_HINT
from strongroom.errors import NotFoundError
from strongroom.home.device import Device, load_device
from strongroom.home.kit import check_kit_path
from strongroom.home.pending import change_secret_key, remember_costs
from strongroom.ids import format_id
from strongroom.opening.credentials import remember_done
from strongroom.opening.users import open_unlocked, unlock_here

if TYPE_CHECKING:
    from strongroom.client.account.credentials import Held
    from strongroom.client.account.unlocking import Unlocked
    from strongroom.secret import Secret


@click.command("password", cls=Command)
@flag(
    "--password-stdin",
    help="Read the current and the new password from standard input, one per line.",
)
@pass_invocation
def change_password(invocation: Invocation, *, password_stdin: bool) -> None:
    """Change the password of an account on this computer.

    This changes the password here and on all your other computers, which ask for
    the new one at their next sign-in.

    It does not change the Secret Key or the Emergency Kit, and open sessions go on
    until they end (`op signout --all` ends those on this computer). It does not
    help against somebody who already took your keys, or who has an old copy of the
    database, the old password and the Secret Key.

    You are asked for the current password, then twice for the new one, which needs
    at least 10 characters.
    """
    device = known_device(invocation)
    source = invocation.input
    if password_stdin:
        present, new = read_passwords(source)
        device, unlocked = _unlock(invocation, device, present)
    else:
        check_terminal(source)
        present = ask_password(source, prompt=unlock_prompt(email=device.email, url=device.url))
        device, unlocked = _unlock(invocation, device, present)
        new = ask_new_password(source, prompt=new_prompt())
    from strongroom.client.runtime import drive

    with open_unlocked(invocation.access, device, unlocked.seed) as engine:
        kdf = drive(engine.credentials.change_password(_held(device, present), new))
    remember_done(lambda: remember_costs(invocation.home, device, kdf))
    if invocation.output.wants_json:
        invocation.output.json(account_json(device))
    else:
        invocation.output.line("The password was changed.")


@click.command("new-secret-key", cls=Command)
@click.option(
    "--kit",
    metavar="FILE",
    help="Where to write the new Emergency Kit; by default a new file in the current folder.",
)
@pass_invocation
def renew_secret_key(invocation: Invocation, *, kit: str | None) -> None:
    """Replace the Secret Key of an account, and write a new Emergency Kit.

    This changes the Secret Key, so the old Emergency Kit no longer opens the
    account. Set up your other computers with the new one: `strongroom account add
    --kit FILE`.

    It does not change the password, and open sessions go on until they end. It does
    not help against somebody who already took your keys, or who has an old copy of
    the database, the password and the old Secret Key.

    On a terminal you are asked for the password; otherwise it is read from standard
    input. The Secret Key is written to the Emergency Kit and to this computer's
    device file, and is never shown.
    """
    device = known_device(invocation)
    path = _free_place(device) if kit is None else absolute(kit)
    check_kit_path(path)
    password = ask_password(
        invocation.input, prompt=unlock_prompt(email=device.email, url=device.url)
    )
    device, unlocked = _unlock(invocation, device, password)
    from strongroom.client.runtime import drive

    with open_unlocked(invocation.access, device, unlocked.seed) as engine:
        prepared = drive(engine.credentials.prepare(_held(device, password)))
        change_secret_key(
            invocation.home,
            device,
            prepared.secret_key,
            prepared.kdf,
            kit=path,
            commit=lambda: drive(engine.credentials.store(prepared)),
        )
    _write_renewed(invocation, device, path)


def known_device(invocation: Invocation) -> Device:
    """Return the account on this computer that is meant.

    Raises:
        NotFoundError: There is none.
    """
    device = invocation.access.device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint=NO_ACCOUNT_HINT)
    return device


def _unlock(
    invocation: Invocation, device: Device, password: Secret[str]
) -> tuple[Device, Unlocked]:
    """Verify a password; return the device as that left it: with one Secret Key, the right one."""
    unlocked = unlock_here(invocation.home, device, password)
    newest = load_device(invocation.home, account=device.account_id, user=device.user_id)
    return newest or device, unlocked


def _held(device: Device, password: Secret[str]) -> Held:
    from strongroom.client.account.credentials import Held

    return Held(password, device.secret_key, device.kdf)


def _free_place(device: Device) -> Path:
    """Return a name that no Kit has yet: the first one of an account has no number."""
    account = format_id(device.account_id)[:6]
    names = (absolute(f"strongroom-emergency-kit-{account}-{number}.txt") for number in count(2))
    return next(name for name in names if not (name.exists() or name.is_symlink()))


def _write_renewed(invocation: Invocation, device: Device, kit: Path) -> None:
    output = invocation.output
    if output.wants_json:
        output.json({**account_json(device), "kit": str(kit)})
        return
    output.block({"Email": device.email, "Emergency Kit": str(kit)})
    output.line("Keep the new Emergency Kit offline, in a safe place: the old one opens only")
    output.line("old copies of the database. On other computers: strongroom account add --kit FILE")
