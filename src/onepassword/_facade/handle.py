"""The one owner of an engine, shared by a client and its parts.

The engine is released when the last of them is gone, when the client is
closed, or at the end of the program, whichever comes first. The parts hold
the handle and not the client: `vaults = (await Client.authenticate(…)).vaults`
keeps working, and there is no cycle that would delay the release.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from strongroom.errors import SignedOutError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class EngineHandle:
    """Lends an engine until it is closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._release = weakref.finalize(self, engine.close)

    @property
    def engine(self) -> Engine:
        """The engine.

        Raises:
            SignedOutError: The client was closed.
        """
        if not self._release.alive:
            message = "the client is closed"
            raise SignedOutError(message, hint="authenticate again")
        return self._engine

    def close(self) -> None:
        """Release the engine; a second time does nothing."""
        self._release()
