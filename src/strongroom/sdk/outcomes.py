"""How the engine's batch results become the SDK's: `content`, or an `error` with a tag.

An error's `tag` is the SDK's own where the engine has set one; otherwise the
error's class decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict

from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidReferenceError,
    NotFoundError,
    StrongroomError,
    TooLargeError,
)

if TYPE_CHECKING:
    from strongroom.client.secrets import Resolved
    from strongroom.items.shown import ItemDict


class FailureDict(TypedDict):
    """Why one thing of a batch failed; tags for which a text says more have a message."""

    type: str
    message: NotRequired[str]


class ResolvedDict(TypedDict):
    """A secret and where it was found."""

    secret: str
    itemId: str
    vaultId: str


class ResolveOutcome(TypedDict):
    """What became of one reference."""

    content: ResolvedDict | None
    error: FailureDict | None


class ItemOutcome(TypedDict):
    """What became of one item; one that was deleted has neither."""

    content: ItemDict | None
    error: FailureDict | None


def tell_resolved(result: Resolved | StrongroomError) -> ResolveOutcome:
    """Tell about one reference of a batch."""
    if isinstance(result, StrongroomError):
        return {"content": None, "error": _RESOLVE_FAILURES.read(result)}
    found: ResolvedDict = {
        "secret": result.secret,
        "itemId": result.item_id,
        "vaultId": result.vault_id,
    }
    return {"content": found, "error": None}


def tell_read(result: ItemDict | StrongroomError) -> ItemOutcome:
    """Tell about one item that was asked for."""
    if isinstance(result, StrongroomError):
        return {"content": None, "error": _READ_FAILURES.read(result)}
    return {"content": result, "error": None}


def tell_written(result: ItemDict | StrongroomError | None) -> ItemOutcome:
    """Tell about one item that was to be made or deleted."""
    if isinstance(result, StrongroomError):
        return {"content": None, "error": _WRITE_FAILURES.read(result)}
    return {"content": result, "error": None}


class _Failures:
    """The tags of one kind of batch.

    Attributes:
        tags: Every tag, and whether it has a message.
    """

    def __init__(
        self,
        tags: Mapping[str, bool],
        by_class: Mapping[type[StrongroomError], str],
        *,
        otherwise: str,
    ) -> None:
        self.tags = tags
        self._by_class = by_class
        self._otherwise = otherwise

    def read(self, error: StrongroomError) -> FailureDict:
        """Return tag and message for an error."""
        tag = self._find_tag(error)
        if self.tags[tag]:
            return {"type": tag, "message": error.message}
        return {"type": tag}

    def _find_tag(self, error: StrongroomError) -> str:
        if error.tag is not None and error.tag in self.tags:
            return error.tag
        tags = (tag for kind, tag in self._by_class.items() if isinstance(error, kind))
        return next(tags, self._otherwise)


_RESOLVE_FAILURES: Final = _Failures(
    {
        "parsing": True,
        "fieldNotFound": False,
        "vaultNotFound": False,
        "tooManyVaults": False,
        "itemNotFound": False,
        "tooManyItems": False,
        "tooManyMatchingFields": False,
        "noMatchingSections": False,
        "incompatibleTOTPQueryParameterField": False,
        "unableToGenerateTotpCode": True,
        "sSHKeyMetadataNotFound": False,
        "unsupportedFileFormat": False,
        "incompatibleSshKeyQueryParameterField": False,
        "unableToParsePrivateKey": False,
        "unableToFormatPrivateKeyToOpenSsh": False,
        "other": False,
    },
    {InvalidReferenceError: "parsing"},
    otherwise="other",
)
_READ_FAILURES: Final = _Failures(
    {"itemNotFound": False, "internal": True},
    {NotFoundError: "itemNotFound"},
    otherwise="internal",
)
# In this order: a thing that is too large is also a wrong input.
_WRITE_FAILURES: Final = _Failures(
    {
        "itemValidationError": True,
        "itemStatusPermissionError": False,
        "itemStatusIncorrectItemVersion": False,
        "itemStatusFileNotFound": False,
        "itemStatusTooBig": False,
        "itemNotFound": False,
        "internal": True,
    },
    {
        TooLargeError: "itemStatusTooBig",
        InputError: "itemValidationError",
        ForbiddenError: "itemStatusPermissionError",
        NotFoundError: "itemNotFound",
        ConflictError: "itemStatusIncorrectItemVersion",
    },
    otherwise="internal",
)
