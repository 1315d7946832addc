"""The root of the tree of errors."""

from __future__ import annotations

from typing import ClassVar


class StrongroomError(Exception):
    """Root of all errors; raised itself only for a fault of Strongroom's own.

    Attributes:
        code: Stable name of the situation.
        message: What failed, lower case, without a final period.
        hint: What to do about it, or `None`.
        candidates: Ids among which the caller must choose, for ambiguity.
        reference: The secret reference that was asked, or `None`.
        tag: The SDK's failure tag (`vaultNotFound` …) where it has one: what was
            said when it was raised, or that of its class. The service says none,
            since a network carries code, message and hint alone.
        layer: The check that refused; for the vectors, never shown.
        acting: As whom a command acted when it was refused, and by which credential; set where
            the engine of a command is closed.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    sdk_name: ClassVar[str] = "Internal"
    sdk_tag: ClassVar[str | None] = None
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        candidates: tuple[str, ...] = (),
        reference: str | None = None,
        tag: str | None = None,
        layer: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.candidates = candidates
        self.reference = reference
        self.tag: str | None = tag or self.sdk_tag
        self.layer = layer
        self.acting: str | None = None
