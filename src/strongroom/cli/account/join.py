"""`strongroom account join`: answering an invite."""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from strongroom.cli.account.create import account_json, check_local_name
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_new_password, new_prompt, type_twice
from strongroom.cli.program.stdin import NAMES, Input
from strongroom.cli.program.ui import printable
from strongroom.crypto.invites import parse_invite_link
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import InvalidPasswordError, LocalFileError
from strongroom.home.device import Device, check_free_name, store_device
from strongroom.home.files import check_folder
from strongroom.home.kit import check_kit_path, create_kit
from strongroom.home.listing import publish_accounts
from strongroom.ids import format_id
from strongroom.secret import Secret
from strongroom.wiring.accounts import join_account

if TYPE_CHECKING:
    from strongroom.client.account.joining import Joined


@click.command("join", cls=Command)
@click.argument("link", required=False)
@click.option("--name", metavar="NAME", help="What to call the account on this computer.")
@flag("--password-stdin", help="Read the new password from standard input, after the link.")
@click.option(
    "--kit",
    metavar="FILE",
    help="Where to write the Emergency Kit; by default a new file in the current folder.",
)
@pass_invocation
def join(
    invocation: Invocation,
    *,
    link: str | None,
    name: str | None,
    password_stdin: bool,
    kit: str | None,
) -> None:
    """Answer an invite: create your keys, your Emergency Kit and this computer's device file.

    The link is a secret, and other processes on this computer can see a link on the
    command line. Without LINK, or with -, you are asked for it on a terminal;
    otherwise it is the first line of standard input. Afterwards an owner or
    administrator must confirm you: read them your fingerprint.
    """
    if name is not None:
        check_local_name(name)
    path = None if kit is None else absolute(kit)
    _check_places(invocation, path)
    answer = _Answer(invocation.input, link, from_stdin=password_stdin)
    url = parse_invite_link(answer.link.expose()).url
    name = name or PurePosixPath(unquote(url)).stem
    check_free_name(invocation.home, name)
    # Exposed to be read, here and above; nobody keeps it.
    joined = join_account(answer.link.expose(), answer.password, clock=invocation.clock)
    device = _device(joined, url=url, name=name)
    path = path or _own_place(joined)
    _keep(invocation, device, path)
    _write_joined(invocation, joined, device, path)


class _Answer:
    """Where link and new password come from."""

    def __init__(self, source: Input, link: str | None, *, from_stdin: bool) -> None:
        """Read what has to be read at once; a password is asked for when the link is good."""
        self._source = source
        self._given: str | None = None
        self._link_piped = False
        if link is not None and link not in NAMES:
            self.link = Secret(link)
            if from_stdin:
                self._given = source.take_text("the password", line=True)
        elif source.is_terminal and not from_stdin:
            self.link = _typed_link()
        elif from_stdin:
            text, self._given = source.take_lines("the link and the password", count=2)
            self.link = Secret(text.strip())
        else:
            self._link_piped = True
            self.link = Secret(source.take_text("the invite link", line=True).strip())

    def password(self, email: str) -> Secret[str]:
        """Return the new password."""
        if self._given is None:
            prompt = new_prompt(f" for {printable(email)}")
            # The pipe brought the link; a person may still sit at the terminal.
            if self._link_piped and _has_terminal():
                return type_twice(prompt)
            return ask_new_password(self._source, prompt=prompt)
        if not self._given:
            message = "expected the password on stdin but none found"
            raise InvalidPasswordError(
                message, hint="write the link on the first line and the password on the second"
            )
        return Secret(self._given)


def _typed_link() -> Secret[str]:
    import getpass

    return Secret(getpass.getpass("Enter the invite link: ").strip())


def _has_terminal() -> bool:
    with suppress(OSError), closing(Path("/dev/tty").open("rb", buffering=0)):
        return True
    return False


def _check_places(invocation: Invocation, kit: Path | None) -> None:
    """Refuse places that cannot hold what they are to hold, before the invite is used up."""
    if kit is None:
        check_folder(absolute(""))
    else:
        check_kit_path(kit)
    invocation.home.names()  # refuses a folder that is open to others


def _device(joined: Joined, *, url: str, name: str) -> Device:
    return Device(
        url=url,
        account_name=name,
        email=joined.email,
        account_id=joined.account,
        user_id=joined.user,
        pin=joined.pin,
        kdf=joined.kdf,
        secret_key=joined.secret_key,
    )


def _own_place(joined: Joined) -> Path:
    """Return a name for the Kit; another person of the account may keep one in this folder."""
    account, user = format_id(joined.account)[:6], format_id(joined.user)[:6]
    return absolute(f"strongroom-emergency-kit-{account}-{user}.txt")


def _keep(invocation: Invocation, device: Device, path: Path) -> None:
    """Write the device file, then the Kit: the first holds the Secret Key already."""
    try:
        store_device(invocation.home, device)
    except LocalFileError as error:
        message = f"the invite was answered, but the new keys could not be stored: {error.message}"
        raise LocalFileError(message, hint="ask for a new invite") from None
    publish_accounts(invocation.access.places)
    try:
        create_kit(path, device)
    except LocalFileError as error:
        message = f"the invite was answered, but there is no Emergency Kit: {error.message}"
        hint = "write it now: strongroom account kit FILE"
        raise LocalFileError(message, hint=hint) from None


def _write_joined(invocation: Invocation, joined: Joined, device: Device, path: Path) -> None:
    fingerprint = Keyset(joined.seed).fingerprint(joined.user, PrincipalKind.USER).hex()
    output = invocation.output
    if output.wants_json:
        row = {"name": device.account_name, "kit": os.fspath(path), "fingerprint": fingerprint}
        output.json({**account_json(device), **row, "state": "PENDING"})
        return
    output.block(
        {
            "Account": device.account_name,
            "Address": device.url,
            "Email": device.email,
            "Account ID": format_id(device.account_id),
            "User ID": format_id(device.user_id),
            "Fingerprint": fingerprint,
            "Emergency Kit": os.fspath(path),
        }
    )
    output.line("Keep the Emergency Kit offline, in a safe place: without it and the password")
    output.line("nobody can open this account on another computer.")
    output.line("An owner or administrator must confirm you before you can sign in. Read them the")
    output.line("fingerprint, over a different channel from the one the link came by.")
