"""People and groups, as far as they go beyond the 1Password SDK."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum

from onepassword._models.base import Model, Time


class UserState(str, Enum):
    """Whether a user may do anything."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class UserRole(str, Enum):
    """What a user may do in the account as a whole."""

    MEMBER = "member"
    ADMINISTRATOR = "administrator"
    OWNER = "owner"


class User(Model):
    """A person with an account of their own."""

    id: str
    name: str
    email: str
    state: UserState
    role: UserRole
    created_at: Time
    updated_at: Time


class GroupMemberRole(str, Enum):
    """What a member may do in a group."""

    MEMBER = "member"
    MANAGER = "manager"


class GroupMember(Model):
    """A user's membership in a group."""

    user_id: str
    role: GroupMemberRole


class GroupCreateParams(Model):
    """A group to make."""

    title: str
    description: str | None = None


class GroupUpdateParams(Model):
    """New attributes of a group; `None` leaves one as it is."""

    title: str | None = None
    description: str | None = None
