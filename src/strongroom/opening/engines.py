"""From the credential at hand to an open engine, for programs without an event loop.

What opens is loaded after the refusals: who is signed out is told so at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from strongroom.opening.credentials import CredentialSource, remembering, signed_out

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


@contextmanager
def open_engine(source: CredentialSource) -> Iterator[Engine]:
    """Open the engine for the credential at hand; close it afterwards.

    Raises:
        SignedOutError: There is none, or it has ended.
        LocalFileError: What was seen could not be kept; what was done is done.
        StrongroomError: The home was not reached, or refuses the credential.
    """
    token = source.token()
    if token is not None:
        with _open_token(source, token) as engine:
            yield engine
        return
    device = source.device()
    session = source.session_of(device) if device is not None else None
    if device is None or session is None:
        raise signed_out()
    from strongroom.opening.users import open_session_engine

    with open_session_engine(source, device, session) as engine:
        yield engine


@contextmanager
def _open_token(source: CredentialSource, token: str) -> Iterator[Engine]:
    from strongroom.client.runtime import InlineRuntime, drive
    from strongroom.opening.tokens import open_token_engine

    engine = drive(
        open_token_engine(
            token, environment=source.environment, runtime=InlineRuntime(), clock=source.clock
        )
    )
    with remembering(engine.close):
        yield engine
