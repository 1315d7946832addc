"""Which credential a program acts with.

Order: OP_SERVICE_ACCOUNT_TOKEN; then a session (`--session`,
OP_SESSION_<user id>, OP_SESSION) of the account that `--account` or OP_ACCOUNT
names. Without a name it is the account of the session at hand; where several
are at hand, or none, that of the most recent sign-in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import fspath
from typing import TYPE_CHECKING, Final

from strongroom.addresses import STATE_VARIABLE
from strongroom.clock import Clock
from strongroom.errors import LocalFileError
from strongroom.secret import Secret

if TYPE_CHECKING:
    from os import PathLike

    from strongroom.home.device import Device
    from strongroom.home.files import Folder
    from strongroom.home.paths import Places

TOKEN_VARIABLE: Final = "OP_SERVICE_ACCOUNT_TOKEN"  # noqa: S105  (a name)
SESSION_VARIABLE: Final = "OP_SESSION"
ACCOUNT_VARIABLE: Final = "OP_ACCOUNT"


class CredentialSource:
    """Everything that decides as whom a program acts."""

    def __init__(
        self,
        environment: Mapping[str, str],
        clock: Clock,
        *,
        account: str | None = None,
        session: Secret[str] | None = None,
        config: str | None = None,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        """Take what was asked for.

        Args:
            config: The folder that `--config` names.
            tell: Gets a line about each call of the service.
        """
        self.environment = environment
        self.clock = clock
        self.config = config
        self.tell = tell
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
        return find_state_folder(self.environment)

    @property
    def places(self) -> Places:
        """Where local files stand."""
        from strongroom.home.paths import find_places  # tokens need none

        return find_places(self.environment, config=self.config)

    @property
    def home(self) -> Folder:
        """The folder of local files."""
        return self.places.home

    def device(self) -> Device | None:
        """Return the account that is meant, or `None` if this computer knows none."""
        from strongroom.home.device import select_device  # tokens need none

        folder = self.home
        if self.account is None:
            held = self._device_of_session(folder)
            if held is not None:
                return held
        return select_device(folder, self.account)

    def next_device(self) -> Device | None:
        """Return the account to sign in to: the named one, else the newest on this computer.

        A session in a variable does not count: it may be an older account's.
        """
        from strongroom.home.device import select_device  # tokens need none

        if self.session is not None:
            return self.device()
        return select_device(self.home, self.account)

    def session_of(self, device: Device) -> Secret[str] | None:
        """Return the session token that the caller holds for an account, unchecked."""
        return self._origin_and_session(device)[1]

    def session_origin(self, device: Device) -> str:
        """Return which flag or variable holds the session of an account, empty if none does."""
        return self._origin_and_session(device)[0]

    def _origin_and_session(self, device: Device) -> tuple[str, Secret[str] | None]:
        if self.session is not None:
            return "--session", self.session
        for name in (*_own_variables(device), SESSION_VARIABLE):
            session = self._secret(name)
            if session is not None:
                return name, session
        return "", None

    def _device_of_session(self, folder: Folder) -> Device | None:
        """Without a named account, a session says whose it is.

        Of several at hand that of the most recent sign-in counts: an older one may have stayed
        in a variable.
        """
        from strongroom.home.device import load_devices, load_latest

        devices = load_devices(folder)
        held = [device for device in devices if self._holds_session(folder, device)]
        latest = load_latest(folder, held)
        return held[0] if len(held) == 1 else latest

    def _holds_session(self, folder: Folder, device: Device) -> bool:
        from strongroom.home.session import session_owner

        if self.session is None and any(map(self._secret, _own_variables(device))):
            return True
        plain = self.session or self._secret(SESSION_VARIABLE)
        owner = (device.account_id, device.user_id)
        return plain is not None and session_owner(folder, plain) == owner

    def _secret(self, name: str) -> Secret[str] | None:
        value = self.environment.get(name)
        return _trimmed(value) if value else None


def _own_variables(device: Device) -> tuple[str, str]:
    """Return the names of the variables for the session of one account."""
    from strongroom.ids import format_id

    user = format_id(device.user_id)
    return f"{SESSION_VARIABLE}_{user}", f"{SESSION_VARIABLE}_{user.upper()}"


def _trimmed(session: str) -> Secret[str]:
    r"""Cut off the line end that a session brings along which was read from a file.

    Kamal hands it on in its quoted form: a backslash and an `n`, which no session ends with.
    """
    return Secret(session.strip().removesuffix("\\n"))


def find_state_folder(
    environment: Mapping[str, str], chosen: str | PathLike[str] | None = None
) -> Folder | None:
    """Return the folder in which a token's programs remember: the chosen one, or STRONGROOM_STATE.

    Raises:
        LocalFileError: Not an absolute path.
    """
    path = fspath(chosen or environment.get(STATE_VARIABLE, ""))
    if not path:
        return None
    from strongroom.home.paths import state_folder  # few programs have one

    return state_folder(path)


@contextmanager
def remembering(remember: Callable[[], object]) -> Iterator[None]:
    """Let something be done in an account, then keep what was seen on the way.

    Raises:
        LocalFileError: As `remember_done`.
        StrongroomError: What was raised inside, or by `remember`.
    """
    try:
        yield
    except BaseException:
        # What was verified on the way stays verified; why it failed says more than why that did.
        with suppress(LocalFileError):
            remember()
        raise
    remember_done(remember)


def remember_done(remember: Callable[[], object]) -> None:
    """Keep something here after an account has done what was asked.

    Raises:
        LocalFileError: It could not be kept; the message says both.
    """
    try:
        remember()
    except LocalFileError as error:
        message = (
            "the account did what was asked, but this computer could not remember it: "
            f"{error.message}"
        )
        hint = f"do not repeat a change; {error.hint}" if error.hint else "do not repeat a change"
        raise LocalFileError(message, hint=hint) from None
