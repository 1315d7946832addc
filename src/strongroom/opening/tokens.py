"""The engine of a service-account token, with what the environment says about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from strongroom.addresses import URL_VARIABLE
from strongroom.clock import Clock, system_clock
from strongroom.opening.credentials import find_state_folder
from strongroom.opening.token_clock import token_clock
from strongroom.wiring.engines import open_token

if TYPE_CHECKING:
    from os import PathLike

    from strongroom.client.engine import Engine
    from strongroom.runtime import Runtime


async def open_token_engine(
    token: str,
    *,
    environment: Mapping[str, str],
    runtime: Runtime,
    clock: Clock = system_clock,
    state_folder: str | PathLike[str] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Engine:
    """Return the engine of a token, connected.

    Args:
        token: White space around it is no part of it: one that was read from a
            file brings its line end along.
        environment: STRONGROOM_URL, STRONGROOM_STATE and STRONGROOM_TEST_CLOCK are read from it.
        state_folder: Absolute path of a private folder in which is kept what was
            seen; goes before the one of the environment.
        tell: Gets a line about each call of the service.

    Raises:
        InvalidTokenError: And its kinds; nothing was opened or sent.
        LocalFileError: The state folder is not private, or what is in it is damaged.
        StrongroomError: The home was not reached, or refuses the token.
    """
    token = token.strip()
    return await open_token(
        token,
        runtime=runtime,
        clock=token_clock(token, environment, clock),
        url_override=environment.get(URL_VARIABLE) or None,
        state_folder=find_state_folder(environment, state_folder),
        tell=tell,
    )
