"""Answers to calls on many items, and why one of them failed."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import Literal

from onepassword._models.base import Model
from onepassword._models.items import Item
from onepassword._models.responses import Response


class ItemUpdateFailureReasonTypes(str, Enum):
    """Tags of the reasons for which one item of a batch was not changed."""

    ITEM_VALIDATION_ERROR = "itemValidationError"
    ITEM_STATUS_PERMISSION_ERROR = "itemStatusPermissionError"
    ITEM_STATUS_INCORRECT_ITEM_VERSION = "itemStatusIncorrectItemVersion"
    ITEM_STATUS_FILE_NOT_FOUND = "itemStatusFileNotFound"
    ITEM_STATUS_TOO_BIG = "itemStatusTooBig"
    ITEM_NOT_FOUND = "itemNotFound"
    INTERNAL = "internal"


class ItemUpdateFailureReasonItemValidationError(Model):
    """The item contradicts itself; `message` says how."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_VALIDATION_ERROR] = (
        ItemUpdateFailureReasonTypes.ITEM_VALIDATION_ERROR
    )
    message: str


class ItemUpdateFailureReasonItemStatusPermissionError(Model):
    """The caller lacks the right for this change."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_PERMISSION_ERROR] = (
        ItemUpdateFailureReasonTypes.ITEM_STATUS_PERMISSION_ERROR
    )


class ItemUpdateFailureReasonItemStatusIncorrectItemVersion(Model):
    """Somebody else changed the item first."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_INCORRECT_ITEM_VERSION] = (
        ItemUpdateFailureReasonTypes.ITEM_STATUS_INCORRECT_ITEM_VERSION
    )


class ItemUpdateFailureReasonItemStatusFileNotFound(Model):
    """The item names a file that is not stored."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_FILE_NOT_FOUND] = (
        ItemUpdateFailureReasonTypes.ITEM_STATUS_FILE_NOT_FOUND
    )


class ItemUpdateFailureReasonItemStatusTooBig(Model):
    """The item is over a limit."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_TOO_BIG] = (
        ItemUpdateFailureReasonTypes.ITEM_STATUS_TOO_BIG
    )


class ItemUpdateFailureReasonItemNotFound(Model):
    """No such item, or none that the caller may see."""

    type: Literal[ItemUpdateFailureReasonTypes.ITEM_NOT_FOUND] = (
        ItemUpdateFailureReasonTypes.ITEM_NOT_FOUND
    )


class ItemUpdateFailureReasonInternal(Model):
    """Anything else; `message` says what."""

    type: Literal[ItemUpdateFailureReasonTypes.INTERNAL] = ItemUpdateFailureReasonTypes.INTERNAL
    message: str


ItemUpdateFailureReason = (
    ItemUpdateFailureReasonItemValidationError
    | ItemUpdateFailureReasonItemStatusPermissionError
    | ItemUpdateFailureReasonItemStatusIncorrectItemVersion
    | ItemUpdateFailureReasonItemStatusFileNotFound
    | ItemUpdateFailureReasonItemStatusTooBig
    | ItemUpdateFailureReasonItemNotFound
    | ItemUpdateFailureReasonInternal
)


class ItemsGetAllErrorTypes(str, Enum):
    """Tags of the reasons for which one item of a batch was not read."""

    ITEM_NOT_FOUND = "itemNotFound"
    INTERNAL = "internal"


class ItemsGetAllErrorItemNotFound(Model):
    """No such item, or none that the caller may see."""

    type: Literal[ItemsGetAllErrorTypes.ITEM_NOT_FOUND] = ItemsGetAllErrorTypes.ITEM_NOT_FOUND


class ItemsGetAllErrorInternal(Model):
    """Anything else; `message` says what."""

    type: Literal[ItemsGetAllErrorTypes.INTERNAL] = ItemsGetAllErrorTypes.INTERNAL
    message: str


ItemsGetAllError = ItemsGetAllErrorItemNotFound | ItemsGetAllErrorInternal


class ItemsGetAllResponse(Model):
    """One answer for each item asked, in the order asked."""

    individual_responses: list[Response[Item, ItemsGetAllError]]


class ItemsUpdateAllResponse(Model):
    """One answer for each item sent, in the order sent."""

    individual_responses: list[Response[Item, ItemUpdateFailureReason]]


class ItemsDeleteAllResponse(Model):
    """One answer for each item id; success has neither content nor error."""

    individual_responses: dict[str, Response[None, ItemUpdateFailureReason]]
