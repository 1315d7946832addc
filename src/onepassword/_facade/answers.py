"""How the SDK's batch outcomes become models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, get_args

from onepassword.types import (
    Item,
    ItemsGetAllError,
    ItemUpdateFailureReason,
    ResolvedReference,
    ResolveReferenceError,
    Response,
)

if TYPE_CHECKING:
    from strongroom.sdk.outcomes import FailureDict, ItemOutcome, ResolveOutcome

ResolveAnswer = Response[ResolvedReference, ResolveReferenceError]
GetAnswer = Response[Item, ItemsGetAllError]
UpdateAnswer = Response[Item, ItemUpdateFailureReason]
DeleteAnswer = Response[None, ItemUpdateFailureReason]


def answer_resolve(outcome: ResolveOutcome) -> ResolveAnswer:
    """Answer for one reference of `resolve_all`."""
    found, error = outcome["content"], outcome["error"]
    return ResolveAnswer(
        content=None if found is None else ResolvedReference.model_validate(found),
        error=_RESOLVE_ERRORS.read(error),
    )


def answer_get(outcome: ItemOutcome) -> GetAnswer:
    """Answer for one item of `get_all`."""
    found, error = outcome["content"], outcome["error"]
    return GetAnswer(
        content=None if found is None else Item.model_validate(found),
        error=_GET_ERRORS.read(error),
    )


def answer_update(outcome: ItemOutcome) -> UpdateAnswer:
    """Answer for one item of `create_all`."""
    made, error = outcome["content"], outcome["error"]
    return UpdateAnswer(
        content=None if made is None else Item.model_validate(made),
        error=_UPDATE_ERRORS.read(error),
    )


def answer_delete(outcome: ItemOutcome) -> DeleteAnswer:
    """Answer for one item of `delete_all`."""
    return DeleteAnswer(error=_UPDATE_ERRORS.read(outcome["error"]))


class _Errors:
    """The variants of one union of errors, found by tag: faster than to try each of them."""

    def __init__(self, union: object) -> None:
        self._variants = {
            variant.model_fields["type"].default.value: variant for variant in get_args(union)
        }

    def read(self, failure: FailureDict | None) -> Any:
        """Return the variant for a failure, if there is one."""
        if failure is None:
            return None
        return self._variants[failure["type"]].model_validate(failure)


_RESOLVE_ERRORS: Final = _Errors(ResolveReferenceError)
_GET_ERRORS: Final = _Errors(ItemsGetAllError)
_UPDATE_ERRORS: Final = _Errors(ItemUpdateFailureReason)
