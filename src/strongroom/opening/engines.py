"""From the credential at hand to an open engine, for programs without an event loop.

What opens is loaded after the refusals: who is signed out is told so at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from strongroom.errors import ForbiddenError, StrongroomError, UnauthorizedError
from strongroom.errors.places import signed_out
from strongroom.opening.credentials import TOKEN_VARIABLE, CredentialSource, remembering

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.home.device import Device

_NO_ACCOUNT_HINT: Final = (
    "no account is set up on this computer: run `strongroom account create`, "
    f"or set {TOKEN_VARIABLE} to the token of a service account"
)
_REFUSALS: Final = (ForbiddenError, UnauthorizedError)
# Who finds one of these missing may be looking into another account than was meant, or by a token
# that sees no service account but its own.
_MISSING: Final = frozenset({"vaultNotFound", "serviceAccountNotFound"})


@contextmanager
def open_engine(source: CredentialSource) -> Iterator[Engine]:
    """Open the engine for the credential at hand; close it afterwards.

    Whatever is refused to it meanwhile says as whom that was, and by which credential.

    Raises:
        SignedOutError: There is none, or it has ended.
        LocalFileError: What was seen could not be kept; what was done is done.
        StrongroomError: The home was not reached, or refuses the credential.
    """
    token = source.token()
    device = source.device() if token is None else None
    try:
        with _opened(source, token, device) as engine:
            yield engine
    except StrongroomError as error:
        if isinstance(error, _REFUSALS) or error.tag in _MISSING:
            error.acting = _acting(source, token, device)
        raise


@contextmanager
def _opened(source: CredentialSource, token: str | None, device: Device | None) -> Iterator[Engine]:
    if token is not None:
        with _open_token(source, token) as engine:
            yield engine
        return
    if device is None:
        raise signed_out(_NO_ACCOUNT_HINT)
    session = source.session_of(device)
    if session is None:
        raise signed_out()
    from strongroom.opening.users import open_session_engine

    with open_session_engine(source, device, session) as engine:
        yield engine


def _acting(source: CredentialSource, token: str | None, device: Device | None) -> str:
    """Name the principal, and the variable or flag that made the command act as it."""
    if token is not None:
        from strongroom.crypto.tokens import parse_token  # only refusals are explained
        from strongroom.ids import format_id

        service_account = format_id(parse_token(token).principal)
        return f"service account {service_account}, because {TOKEN_VARIABLE} is set"
    assert device is not None, "what was refused to nobody"
    account = f'{device.email} in the account "{device.account_name}" ({device.url})'
    return f"{account}, by the session in {source.session_origin(device)}"


@contextmanager
def _open_token(source: CredentialSource, token: str) -> Iterator[Engine]:
    from strongroom.client.runtime import InlineRuntime, drive
    from strongroom.opening.tokens import open_token_engine

    engine = drive(
        open_token_engine(
            token,
            environment=source.environment,
            runtime=InlineRuntime(),
            clock=source.clock,
            tell=source.tell,
        )
    )
    with remembering(engine.close):
        yield engine
