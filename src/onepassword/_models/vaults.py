"""Vaults, groups, who may do what in them, and environments."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import TYPE_CHECKING, overload

from onepassword._models.base import Model, Time


class VaultType(str, Enum):
    """How a vault came to be and who sees it."""

    PERSONAL = "personal"
    EVERYONE = "everyone"
    TRANSFER = "transfer"
    USERCREATED = "userCreated"
    UNSUPPORTED = "unsupported"


class VaultAccessorType(str, Enum):
    """What kind of principal has access to a vault."""

    USER = "user"
    GROUP = "group"
    BROKER = "broker"


class VaultAccess(Model):
    """What one principal may do in one vault; `permissions` is a bit mask."""

    vault_uuid: str
    accessor_type: VaultAccessorType
    accessor_uuid: str
    permissions: int


class Vault(Model):
    """A vault; `access` is filled when it was asked for."""

    id: str
    title: str
    description: str
    vault_type: VaultType
    active_item_count: int
    content_version: int
    attribute_version: int
    access: list[VaultAccess] | None = None


class VaultOverview(Model):
    """What a list shows of a vault."""

    id: str
    title: str
    description: str
    vault_type: VaultType
    active_item_count: int
    content_version: int
    attribute_version: int
    created_at: Time
    updated_at: Time


class VaultCreateParams(Model):
    """A vault to make."""

    title: str
    description: str | None = None
    allow_admins_access: bool | None = None

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            *,
            title: str,
            description: str | None = None,
            allow_admins_access: bool | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            title: str,
            description: str | None = None,
            allowAdminsAccess: bool | None = None,
        ) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class VaultGetParams(Model):
    """What to tell about a vault beside its attributes."""

    accessors: bool | None = None


class VaultListParams(Model):
    """How to list vaults; titles are always opened here."""

    decrypt_details: bool | None = None

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, decrypt_details: bool | None = None) -> None: ...
        @overload
        def __init__(self, *, decryptDetails: bool | None = None) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class VaultUpdateParams(Model):
    """New attributes of a vault; `None` leaves one as it is."""

    title: str | None = None
    description: str | None = None


class GroupType(str, Enum):
    """How a group came to be."""

    OWNERS = "owners"
    ADMINISTRATORS = "administrators"
    RECOVERY = "recovery"
    EXTERNALACCOUNTMANAGERS = "externalAccountManagers"
    TEAMMEMBERS = "teamMembers"
    USERDEFINED = "userDefined"
    UNSUPPORTED = "unsupported"


class GroupState(str, Enum):
    """Whether a group is in use."""

    ACTIVE = "active"
    DELETED = "deleted"
    UNSUPPORTED = "unsupported"


class Group(Model):
    """A group; `vault_access` is filled when it was asked for."""

    id: str
    title: str
    description: str
    group_type: GroupType
    state: GroupState
    vault_access: list[VaultAccess] | None = None


class GroupGetParams(Model):
    """What to tell about a group beside its attributes."""

    vault_permissions: bool | None = None

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, vault_permissions: bool | None = None) -> None: ...
        @overload
        def __init__(self, *, vaultPermissions: bool | None = None) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class GroupAccess(Model):
    """What a group is to be allowed in the vault at hand."""

    group_id: str
    permissions: int

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, group_id: str, permissions: int) -> None: ...
        @overload
        def __init__(self, *, groupId: str, permissions: int) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class GroupVaultAccess(Model):
    """What a group is to be allowed in a named vault."""

    vault_id: str
    group_id: str
    permissions: int

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, vault_id: str, group_id: str, permissions: int) -> None: ...
        @overload
        def __init__(self, *, vaultId: str, groupId: str, permissions: int) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class EnvironmentVariable(Model):
    """A variable; `masked` asks programs not to show its value."""

    name: str
    value: str
    masked: bool


class GetVariablesResponse(Model):
    """All variables of an environment."""

    variables: list[EnvironmentVariable]
