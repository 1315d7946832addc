"""What the engine asks of any transport."""

from __future__ import annotations

from typing import Protocol

from strongroom.wire.operations import Answer, Request


class Transport(Protocol):
    """A way to the service, for one principal."""

    @property
    def url(self) -> str:
        """The address of the account's home."""

    async def call(self, request: Request[Answer]) -> Answer:
        """Run one operation; return its answer.

        Raises:
            StrongroomError: What the service refused, or why it was not reached.
        """

    def change_token(self) -> object | None:
        """Return what stays equal while nothing changed, or `None` if only asking tells."""

    def close(self) -> None:
        """Release connections."""
