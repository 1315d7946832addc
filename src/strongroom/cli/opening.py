"""From the credential in the environment to an open engine.

Order: OP_SERVICE_ACCOUNT_TOKEN; then a session (`--session`,
OP_SESSION_<user id>, OP_SESSION) of the account that `--account`, OP_ACCOUNT
or the most recent sign-in names. A user's engine starts from the state file
and is merged into it afterwards; a token has no local file, unless
STRONGROOM_STATE names a folder for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from strongroom.addresses import STATE_VARIABLE, URL_VARIABLE
from strongroom.clock import Clock
from strongroom.errors import SignedOutError
from strongroom.secret import Secret

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.home.device import Device
    from strongroom.home.files import Folder

TOKEN_VARIABLE: Final = "OP_SERVICE_ACCOUNT_TOKEN"  # noqa: S105  (a name)
SESSION_VARIABLE: Final = "OP_SESSION"
ACCOUNT_VARIABLE: Final = "OP_ACCOUNT"


class CredentialSource:
    """Everything that decides as whom a command acts."""

    def __init__(
        self,
        environment: Mapping[str, str],
        clock: Clock,
        *,
        account: str | None = None,
        session: Secret[str] | None = None,
    ) -> None:
        self.environment = environment
        self.clock = clock
        self.account = account or environment.get(ACCOUNT_VARIABLE) or None
        # Exposed to be trimmed.
        self.session = None if session is None else _trimmed(session.expose())

    def token(self) -> str | None:
        """Return the service account's token, if one is set; white space around it is no part.

        White space alone is a token that was damaged, not one that is missing: it must not let
        a command act as somebody else.
        """
        token = self.environment.get(TOKEN_VARIABLE)
        return token.strip() if token else None

    def state_folder(self) -> Folder | None:
        """Return the folder in which a token's programs remember, if one is given."""
        chosen = self.environment.get(STATE_VARIABLE)
        if not chosen:
            return None
        from strongroom.home.paths import state_folder  # few tokens have one

        return state_folder(chosen)

    def device(self) -> Device | None:
        """Return the account that is meant, or `None` if this computer knows none."""
        from strongroom.home.device import select_device  # tokens need none
        from strongroom.home.paths import home_folder

        folder = home_folder(self.environment)
        if self.account is None:
            held = self._device_of_session(folder)
            if held is not None:
                return held
        return select_device(folder, self.account)

    def session_of(self, device: Device) -> Secret[str] | None:
        """Return the session token that the caller holds for an account, unchecked."""
        return self.session or self._own_session(device) or self._secret(SESSION_VARIABLE)

    def _device_of_session(self, folder: Folder) -> Device | None:
        """Without a named account, a session says whose it is."""
        from strongroom.home.device import load_devices
        from strongroom.home.session import session_owner

        devices = load_devices(folder)
        plain = self.session or self._secret(SESSION_VARIABLE)
        if plain is not None:
            owner = session_owner(folder, plain)
            held = [device for device in devices if (device.account_id, device.user_id) == owner]
        else:
            held = [device for device in devices if self._own_session(device) is not None]
        return held[0] if len(held) == 1 else None

    def _own_session(self, device: Device) -> Secret[str] | None:
        from strongroom.ids import format_id

        user = format_id(device.user_id)
        names = (f"{SESSION_VARIABLE}_{user}", f"{SESSION_VARIABLE}_{user.upper()}")
        return self._secret(names[0]) or self._secret(names[1])

    def _secret(self, name: str) -> Secret[str] | None:
        value = self.environment.get(name)
        return _trimmed(value) if value else None


def _trimmed(session: str) -> Secret[str]:
    """Cut off the line end that a session brings along which was read from a file."""
    return Secret(session.strip())


@contextmanager
def open_engine(access: CredentialSource) -> Iterator[Engine]:
    """Open the engine for the credential at hand; close it afterwards.

    Raises:
        SignedOutError: There is none, or it has ended.
    """
    token = access.token()
    if token is not None:
        with _open_token(access, token) as engine:
            yield engine
        return
    device = access.device()
    session = access.session_of(device) if device is not None else None
    if device is None or session is None:
        raise signed_out()
    with _open_account(access, device, session) as engine:
        yield engine


def signed_out() -> SignedOutError:
    """Return the error that clients know by its text."""
    message = "You are not currently signed in. Please run `op signin --help` for instructions"
    return SignedOutError(message)


@contextmanager
def _open_token(access: CredentialSource, token: str) -> Iterator[Engine]:
    from strongroom import wiring  # heavy; refusals before it are quick
    from strongroom.client.runtime import InlineRuntime, drive
    from strongroom.client.token_clock import token_clock

    engine = drive(
        wiring.open_token(
            token,
            runtime=InlineRuntime(),
            clock=token_clock(token, access.environment, access.clock),
            url_override=access.environment.get(URL_VARIABLE) or None,
            state_folder=access.state_folder(),
        )
    )
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def _open_account(
    access: CredentialSource, device: Device, session: Secret[str]
) -> Iterator[Engine]:
    from strongroom.home.paths import home_folder
    from strongroom.home.session import open_session

    opened = open_session(home_folder(access.environment), session, clock=access.clock)
    if (opened.account, opened.user) != (device.account_id, device.user_id):
        raise signed_out()
    with open_unlocked(access, device, opened.seed) as engine:
        yield engine


@contextmanager
def open_unlocked(access: CredentialSource, device: Device, seed: bytes) -> Iterator[Engine]:
    """Open the engine of a user whose seed is at hand; close it afterwards."""
    from strongroom import wiring
    from strongroom.client.runtime import InlineRuntime, drive
    from strongroom.client.view.marks import Marks
    from strongroom.home.paths import home_folder
    from strongroom.home.state import StateFile
    from strongroom.trust.directory import HeadMark

    state = StateFile(home_folder(access.environment), device.account_id, device.user_id)
    marks = state.open(seed, Marks(pin=device.pin, head=HeadMark(0, 0)))
    engine = drive(
        wiring.open_account(
            url=device.url,
            account=device.account_id,
            user=device.user_id,
            seed=seed,
            marks=marks,
            runtime=InlineRuntime(),
            clock=access.clock,
        )
    )
    try:
        yield engine
    finally:
        # Also after a failure: what was verified on the way stays verified.
        state.merge(engine.marks, seed=seed)
        engine.close()
