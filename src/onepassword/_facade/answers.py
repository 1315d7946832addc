"""How the engine's batch results become the SDK's answers.

An error's `tag` is the SDK's own where the engine has set one; otherwise the
error's class decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

from onepassword.types import (
    Item,
    ItemsGetAllError,
    ItemUpdateFailureReason,
    ResolvedReference,
    ResolveReferenceError,
    Response,
)
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

ResolveAnswer = Response[ResolvedReference, ResolveReferenceError]
GetAnswer = Response[Item, ItemsGetAllError]
UpdateAnswer = Response[Item, ItemUpdateFailureReason]
DeleteAnswer = Response[None, ItemUpdateFailureReason]


def answer_resolve(result: Resolved | StrongroomError) -> ResolveAnswer:
    """Answer for one reference of `resolve_all`."""
    if isinstance(result, StrongroomError):
        return ResolveAnswer(error=_RESOLVE_ERRORS.read(result))
    found = ResolvedReference(
        secret=result.secret, item_id=result.item_id, vault_id=result.vault_id
    )
    return ResolveAnswer(content=found)


def answer_get(result: ItemDict | StrongroomError) -> GetAnswer:
    """Answer for one item of `get_all`."""
    if isinstance(result, StrongroomError):
        return GetAnswer(error=_GET_ERRORS.read(result))
    return GetAnswer(content=Item.model_validate(result))


def answer_update(result: ItemDict | StrongroomError) -> UpdateAnswer:
    """Answer for one item of `create_all`."""
    if isinstance(result, StrongroomError):
        return UpdateAnswer(error=_UPDATE_ERRORS.read(result))
    return UpdateAnswer(content=Item.model_validate(result))


def answer_delete(result: StrongroomError | None) -> DeleteAnswer:
    """Answer for one item of `delete_all`."""
    return DeleteAnswer(error=None if result is None else _UPDATE_ERRORS.read(result))


class _Errors:
    """The variants of one union of errors, found by tag."""

    def __init__(
        self, union: object, tags: Mapping[type[StrongroomError], str], *, otherwise: str
    ) -> None:
        self._variants = {
            variant.model_fields["type"].default.value: variant for variant in get_args(union)
        }
        self._tags = tags
        self._otherwise = otherwise

    def read(self, error: StrongroomError) -> Any:
        """Return the variant for an error, with its message where the variant has one."""
        variant = self._variants[self._find_tag(error)]
        if "message" in variant.model_fields:
            return variant(message=error.message)
        return variant()

    def _find_tag(self, error: StrongroomError) -> str:
        if error.tag is not None and error.tag in self._variants:
            return error.tag
        tags = (tag for kind, tag in self._tags.items() if isinstance(error, kind))
        return next(tags, self._otherwise)


_RESOLVE_ERRORS: Final = _Errors(
    ResolveReferenceError, {InvalidReferenceError: "parsing"}, otherwise="other"
)
_GET_ERRORS: Final = _Errors(
    ItemsGetAllError, {NotFoundError: "itemNotFound"}, otherwise="internal"
)
# In this order: a thing that is too large is also a wrong input.
_UPDATE_ERRORS: Final = _Errors(
    ItemUpdateFailureReason,
    {
        TooLargeError: "itemStatusTooBig",
        InputError: "itemValidationError",
        ForbiddenError: "itemStatusPermissionError",
        NotFoundError: "itemNotFound",
        ConflictError: "itemStatusIncorrectItemVersion",
    },
    otherwise="internal",
)
