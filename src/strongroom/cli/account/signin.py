"""`op signin`, `op signout`, `op whoami`."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from strongroom.cli.program.asking import tell
from strongroom.cli.program.framework import command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_password, unlock_prompt
from strongroom.cli.program.refusals import NO_ACCOUNT_HINT
from strongroom.cli.program.ui import Output
from strongroom.errors import NotFoundError, SignedOutError, StrongroomError
from strongroom.home.device import load_devices, store_latest
from strongroom.home.listing import publish_accounts
from strongroom.home.session import end_session, end_sessions, session_owner
from strongroom.ids import format_id
from strongroom.opening.credentials import SESSION_VARIABLE, TOKEN_VARIABLE
from strongroom.opening.users import live_session, sign_in
from strongroom.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.client.models import IdentityDict
    from strongroom.home.device import Device
    from strongroom.home.files import Folder
    from strongroom.opening.credentials import CredentialSource

# Neither output stream may have it: one is evaluated, the other is empty on success.
_WARNING: Final = (
    f"Warning: {TOKEN_VARIABLE} is set, so commands act as that service account and not as "
    f"{{email}}. To act as yourself: unset {TOKEN_VARIABLE}"
)


@command("signin")
@flag("--raw", help="Print only the session token.")
@flag("-f", "--force", help="Leave out the lines that explain.")
@pass_invocation
def signin(invocation: Invocation, *, raw: bool, force: bool) -> None:
    """Sign in to an account: `eval $(op signin)`.

    This is the account of --account or OP_ACCOUNT, or else the one that signed in
    or was set up last on this computer. As long as OP_SERVICE_ACCOUNT_TOKEN is set,
    commands act as that service account nevertheless, and you are told so.

    On a terminal you are asked for the password; otherwise it is read from standard
    input.
    """
    source = invocation.access
    device = source.next_device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint=NO_ACCOUNT_HINT)
    warning = None if source.token() is None else _WARNING.format(email=device.email)
    if warning is not None and invocation.input.is_terminal:
        tell(warning)
    # A change of the Secret Key that was interrupted is brought to its end by unlocking.
    settled = device.pending_secret_key is None
    live = live_session(source, device) if settled else None
    write = partial(
        write_session,
        invocation.output,
        device,
        raw=raw,
        plain=raw or force,
        warning=warning,
    )
    if live is not None:
        _note(source, device)
        write(live)
        return
    prompt = unlock_prompt(email=device.email, url=device.url)
    begin_session(source, device, ask_password(invocation.input, prompt=prompt), write)


def begin_session(
    source: CredentialSource,
    device: Device,
    password: Secret[str],
    write: Callable[[Secret[str]], None],
) -> None:
    """Sign in with a password, and hand the session token out; there is none if that fails.

    Raises:
        UnauthorizedError: A wrong password, or the account does not know this user (yet).
        StrongroomError: And its kinds; what `write` raises, too.
    """
    token = sign_in(source, device, password)
    try:
        _note(source, device)
        write(token)
    except BaseException:
        # Nobody was told its token, so nobody could use or end it.
        with suppress(StrongroomError):
            end_session(source.home, token)
        raise


def _note(source: CredentialSource, device: Device) -> None:
    """Remember whose the most recent sign-in is."""
    store_latest(source.home, device)
    publish_accounts(source.places)


def write_session(
    output: Output,
    device: Device,
    token: Secret[str],
    *,
    raw: bool,
    plain: bool,
    warning: str | None = None,
) -> None:
    """Print a session token: alone, or as the line that a shell evaluates.

    Args:
        raw: Only the token.
        plain: Without the lines that explain.
        warning: What is said there besides.
    """
    # Exposed: handing it to the caller's shell is what this command is for.
    text = token.expose()
    if raw:
        output.line(text)
        return
    output.line(f'export {SESSION_VARIABLE}_{format_id(device.user_id)}="{text}"')
    if not plain:
        output.line("# This command is meant to be used with your shell's eval function.")
        output.line("# Run 'eval $(op signin)' to sign in to your account.")
        if warning is not None:
            output.line(f"# {warning}")


@command("signout")
@flag("--all", help="End the sessions of every account.")
@flag("--forget", help="Also remove the account from this computer; with --all, every account.")
@pass_invocation
def signout(invocation: Invocation, *, all: bool, forget: bool) -> None:  # noqa: A002
    """End the session: its file is removed, so the session token no longer opens anything."""
    access = invocation.access
    device = access.device()
    token = None if device is None else access.session_of(device)
    known = load_devices(invocation.home) if all else []
    if all:
        for one in known:
            end_sessions(invocation.home, account=one.account_id, user=one.user_id)
    elif device is not None and token is None:
        end_sessions(invocation.home, account=device.account_id, user=device.user_id)
    elif device is not None and token is not None and not _end(invocation.home, device, token):
        # It may be another terminal's or another account's business: nothing else is ended.
        if forget:
            message = "that session belongs to no account on this computer, or has ended"
            raise NotFoundError(message, hint="name the account: op account forget NAME")
        invocation.output.line("Signed out already: that session is not open on this computer.")
    if forget and device is not None:
        _forget(invocation, known or [device])


def _end(folder: Folder, device: Device, token: Secret[str]) -> bool:
    """End a session of an account; return whether there was such a one."""
    owner = (device.account_id, device.user_id)
    return session_owner(folder, token) == owner and end_session(folder, token)


def _forget(invocation: Invocation, devices: list[Device]) -> None:
    from strongroom.home.forgetting import forget_devices  # the rare flag pays

    forget_devices(invocation.access.places, devices)


@command("whoami")
@pass_invocation
def whoami(invocation: Invocation) -> None:
    """Show the user or service account that commands act as; never asks for anything."""
    try:
        with invocation.engine() as engine:
            identity = engine.identity()
    except SignedOutError as error:
        message = "account is not signed in"
        raise SignedOutError(message, hint=error.hint) from None
    device = invocation.access.device() if invocation.access.token() is None else None
    email = None if device is None else device.email
    output = invocation.output
    if output.wants_json:
        output.json(_identity_json(identity, email))
    else:
        # What `--account` calls it: two accounts in one file differ in nothing else that is read.
        account = {} if device is None else {"Account": device.account_name}
        output.block(_identity_pairs(identity, email) | account)


def _identity_json(identity: IdentityDict, email: str | None) -> dict[str, str]:
    row: dict[str, str | None] = {
        "url": identity["url"],
        "email": email,
        "user_uuid": identity["principalId"],
        "account_uuid": identity["accountId"],
    }
    if identity["userType"] == "SERVICE_ACCOUNT":
        # The second spelling is what older releases of `op` printed.
        kind = identity["userType"]
        row |= {"user_type": kind, "URL": identity["url"], "ServiceAccountType": kind}
    return {key: value for key, value in row.items() if value is not None}


def _identity_pairs(identity: IdentityDict, email: str | None) -> dict[str, str]:
    pairs = {"URL": identity["url"]}
    if email:
        pairs["Email"] = email
    pairs["User ID"] = identity["principalId"]
    if identity["userType"] == "SERVICE_ACCOUNT":
        pairs["User Type"] = identity["userType"]
    return pairs
