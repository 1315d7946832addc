"""The engine of a user of this computer: unlocking, sessions, signing in.

An engine starts from what the state file remembers and is merged into it
afterwards. Nobody is asked anything here: programs ask, and bring the password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.errors import SignedOutError, StrongroomError, UnauthorizedError
from strongroom.errors.places import signed_out
from strongroom.home.pending import unlock_device
from strongroom.home.session import open_session, start_session
from strongroom.home.state import StateFile, merge_marks
from strongroom.opening.credentials import CredentialSource, remembering
from strongroom.trust.directory import HeadMark
from strongroom.wiring.engines import open_account

if TYPE_CHECKING:
    from strongroom.client.account.unlocking import Unlocked
    from strongroom.client.engine import Engine
    from strongroom.home.device import Device
    from strongroom.home.files import Folder
    from strongroom.secret import Secret


@contextmanager
def open_session_engine(
    source: CredentialSource, device: Device, token: Secret[str]
) -> Iterator[Engine]:
    """Open the engine of a user who has a session; close it afterwards.

    Raises:
        SignedOutError: The session has ended, or is another user's.
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    session = open_session(source.home, token, clock=source.clock)
    if (session.account, session.user) != (device.account_id, device.user_id):
        raise signed_out()
    with open_unlocked(source, device, session.seed) as engine:
        yield engine


@contextmanager
def open_unlocked(source: CredentialSource, device: Device, seed: bytes) -> Iterator[Engine]:
    """Open the engine of a user whose seed is at hand; close it afterwards.

    Raises:
        LocalFileError: What was seen could not be kept; what was done is done.
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    state = StateFile(source.home, device.account_id, device.user_id)
    engine = drive(
        open_account(
            url=device.url,
            account=device.account_id,
            user=device.user_id,
            seed=seed,
            marks=state.open(seed, Marks(pin=device.pin, head=HeadMark(0, 0))),
            runtime=InlineRuntime(),
            clock=source.clock,
            tell=source.tell,
        )
    )
    with closing(engine), remembering(lambda: state.merge(engine.marks, seed=seed)):
        yield engine


def live_session(source: CredentialSource, device: Device) -> Secret[str] | None:
    """Return the session that the caller holds for an account, if it is still good."""
    token = source.session_of(device)
    if token is None:
        return None
    try:
        session = open_session(source.home, token, clock=source.clock)
    except SignedOutError:
        return None
    return token if session.user == device.user_id else None


def sign_in(source: CredentialSource, device: Device, password: Secret[str]) -> Secret[str]:
    """Unlock an account of this computer with its password; start a session, return its token.

    Blocks for one key derivation.

    Raises:
        UnauthorizedError: A wrong password, or the account does not know this user (yet).
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    unlocked = unlock_here(source.home, device, password)
    _check_confirmed(source, device, unlocked.seed)
    return start_session(
        source.home,
        account=device.account_id,
        user=device.user_id,
        seed=unlocked.seed,
        clock=source.clock,
    )


def unlock_here(home: Folder, device: Device, password: Secret[str]) -> Unlocked:
    """Unlock an account of this computer, and remember what that proves.

    Blocks for one key derivation.

    Raises:
        UnauthorizedError: A wrong password.
        StrongroomError: The home was not reached, or is not to be trusted.
    """
    from strongroom.wiring.accounts import unlock  # an open session needs no password

    unlocked = unlock_device(home, device, lambda facts: unlock(facts, password))
    known = Marks(pin=device.pin, head=HeadMark(0, 0))
    marks = merge_marks(known, Marks(pin=unlocked.pin, head=unlocked.head))
    StateFile(home, device.account_id, device.user_id).merge(marks, seed=unlocked.seed)
    return unlocked


def _check_confirmed(source: CredentialSource, device: Device, seed: bytes) -> None:
    """Refuse who answered an invite and is not confirmed yet: every command would be refused.

    Raises:
        UnauthorizedError: The account does not know this user.
    """
    known = StateFile(source.home, device.account_id, device.user_id).load(seed)
    if known is not None and known.containers:
        return  # who has opened something was confirmed; commands say what became of it
    try:
        with open_unlocked(source, device, seed):
            pass
    except UnauthorizedError:
        message = f"{device.email} is not confirmed in this account yet, or was suspended"
        hint = (
            f"an owner or administrator runs: op user confirm {device.email}, "
            "or after a suspension: op user reactivate"
        )
        raise UnauthorizedError(message, hint=hint) from None
    except StrongroomError:
        return  # commands say what it is, and one of them may be the one that helps
