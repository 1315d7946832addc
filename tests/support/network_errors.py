"""Errors of the service as a network would carry them: code, message and hint, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from strongroom.errors import ERRORS_BY_CODE, StrongroomError
from strongroom.transport.embedded import EmbeddedTransport


def carry_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every error of the service come out of its transport as it would over a network."""
    genuine = EmbeddedTransport.call

    async def call(self: EmbeddedTransport, request: Any) -> Any:
        try:
            return await genuine(self, request)
        except StrongroomError as error:
            raise carried(error) from None

    monkeypatch.setattr(EmbeddedTransport, "call", call)


def carried(error: StrongroomError) -> StrongroomError:
    """Return what the other end makes of an error."""
    return ERRORS_BY_CODE[error.code](error.message, hint=error.hint)
