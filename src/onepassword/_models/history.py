"""What items were, which is not part of the 1Password SDK."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum

from onepassword._models.base import Model, Time
from onepassword._models.items import ItemCategory, Website


class ItemVersionState(str, Enum):
    """What a version of an item left it as."""

    ACTIVE = "active"
    ARCHIVED = "archived"
    DELETED = "deleted"


class ItemVersion(Model):
    """One kept version of an item, without its content; `author` is the id of who wrote it."""

    version: int
    state: ItemVersionState
    updated_at: Time
    author: str


class DeletedItem(Model):
    """What a deleted item was, while it can be recovered."""

    id: str
    title: str
    category: ItemCategory
    vault_id: str
    websites: list[Website]
    tags: list[str]
    created_at: Time
    updated_at: Time
    deleted_at: Time
