"""How a client begins: checks that need neither a file nor a network, then the engine.

Source of rules and texts: the 1Password SDKs (0.4.2). All problems of one
configuration are told at once: token, then name, then version; within the latter two
the length first, then every character that is not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Final

from strongroom.errors import (
    DesktopAppNotFoundError,
    ForeignTokenError,
    InputError,
    InvalidTokenError,
    TokenExpiredError,
)
from strongroom.sdk.failures import refuse_token
from strongroom.sdk.texts import DESKTOP_TEXT, INPUT_PREFIX

if TYPE_CHECKING:
    from os import PathLike

    from strongroom.client.engine import Engine
    from strongroom.runtime import Runtime

_ALLOWED: Final = frozenset(ascii_letters + digits + " -._")
_TOKEN_PREFIX: Final = "ops_"  # noqa: S105
# The texts say "chars"; what is counted is bytes of UTF-8.
_NAME_BYTES_MAX: Final = 40
_VERSION_BYTES_MAX: Final = 20


def check_credentials(
    token: str | None, *, integration_name: str, integration_version: str
) -> None:
    """Check what a program says about itself.

    Args:
        token: `None` if it asks the person at this computer instead.

    Raises:
        InputError: The message lists everything that is wrong.
    """
    faults = [
        *(_find_token_faults(token) if token is not None else ()),
        *_find_faults("name", value=integration_name, bytes_max=_NAME_BYTES_MAX),
        *_find_faults("version", value=integration_version, bytes_max=_VERSION_BYTES_MAX),
    ]
    if faults:
        raise InputError(INPUT_PREFIX + "; ".join(faults))


async def open_client(
    token: str | None,
    *,
    environment: Mapping[str, str],
    runtime: Runtime,
    state_folder: str | PathLike[str] | None = None,
) -> Engine:
    """Return the engine of a token, connected.

    Args:
        token: `None` to ask the person at this computer.
        environment: As `open_token_engine` reads it.
        state_folder: Where is kept what was seen; goes before the one of the environment.

    Raises:
        DesktopAppNotFoundError: There is no desktop agent to ask.
        InvalidTokenError: A token that cannot be read, in the SDK's words where it has some.
        StrongroomError: The home that the token names cannot be used.
    """
    if token is None:
        raise DesktopAppNotFoundError(
            DESKTOP_TEXT,
            hint="this release has no desktop agent yet; use a service account token",
        )
    await runtime.load("strongroom.opening.tokens")
    from strongroom.opening.tokens import open_token_engine

    try:
        return await open_token_engine(
            token, environment=environment, runtime=runtime, state_folder=state_folder
        )
    except (ForeignTokenError, TokenExpiredError):
        # These say more than the SDK's text for a token that cannot be read.
        raise
    except InvalidTokenError as error:
        raise refuse_token(error) from None


def _find_token_faults(token: str) -> list[str]:
    if not token:
        return ["service account token was not specified"]
    if not token.strip().startswith(_TOKEN_PREFIX):
        return ["service account token had invalid format"]
    return []


def _find_faults(name: str, *, value: str, bytes_max: int) -> list[str]:
    if not value:
        return [f"integration {name} was not specified"]
    faults = [
        f"integration {name} contained unallowed char: '{_show(character)}'"
        for character in value
        if character not in _ALLOWED
    ]
    if len(value.encode(errors="surrogatepass")) > bytes_max:
        faults.insert(0, f"integration {name} was too long. Max allowed: {bytes_max} chars")
    return faults


def _show(character: str) -> str:
    """Return a character as it is, or escaped when no terminal could print it."""
    return character.encode(errors="backslashreplace").decode()
