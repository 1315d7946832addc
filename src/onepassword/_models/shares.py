"""Share links: policy, recipients, options."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import TYPE_CHECKING, Literal, overload

from onepassword._models.base import Model


class ItemShareDuration(str, Enum):
    """How long a link works."""

    ONEHOUR = "OneHour"
    ONEDAY = "OneDay"
    SEVENDAYS = "SevenDays"
    FOURTEENDAYS = "FourteenDays"
    THIRTYDAYS = "ThirtyDays"


class AllowedType(str, Enum):
    """Whether recipients must prove who they are."""

    AUTHENTICATED = "Authenticated"
    PUBLIC = "Public"


class AllowedRecipientType(str, Enum):
    """How recipients may be named."""

    EMAIL = "Email"
    DOMAIN = "Domain"


class ValidRecipientTypes(str, Enum):
    """Tags of the kinds of recipients."""

    EMAIL = "Email"
    DOMAIN = "Domain"


class ItemShareFiles(Model):
    """What the policy says about items with files; `max_size` counts sealed bytes."""

    allowed: bool
    max_size: int
    allowed_types: list[AllowedType] | None = None
    allowed_recipient_types: list[AllowedRecipientType] | None = None
    max_expiry: ItemShareDuration | None = None
    default_expiry: ItemShareDuration | None = None
    max_views: int | None = None


class ItemShareAccountPolicy(Model):
    """What the account allows; `max_views=None` means no limit."""

    max_expiry: ItemShareDuration
    default_expiry: ItemShareDuration
    max_views: int | None = None
    allowed_types: list[AllowedType]
    allowed_recipient_types: list[AllowedRecipientType]
    files: ItemShareFiles


class ValidRecipientEmailInner(Model):
    """One e-mail address."""

    email: str


class ValidRecipientDomainInner(Model):
    """All addresses of one mail domain."""

    domain: str


class ValidRecipientEmail(Model):
    """A recipient named by e-mail address."""

    type: Literal[ValidRecipientTypes.EMAIL] = ValidRecipientTypes.EMAIL
    parameters: ValidRecipientEmailInner


class ValidRecipientDomain(Model):
    """Recipients named by mail domain."""

    type: Literal[ValidRecipientTypes.DOMAIN] = ValidRecipientTypes.DOMAIN
    parameters: ValidRecipientDomainInner


ValidRecipient = ValidRecipientEmail | ValidRecipientDomain


class ItemShareParams(Model):
    """How to share; no recipients means everybody who has the link."""

    recipients: list[ValidRecipient] | None = None
    expire_after: ItemShareDuration | None = None
    one_time_only: bool

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            *,
            recipients: list[ValidRecipient] | None = None,
            expire_after: ItemShareDuration | None = None,
            one_time_only: bool,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            recipients: list[ValidRecipient] | None = None,
            expireAfter: ItemShareDuration | None = None,
            oneTimeOnly: bool,
        ) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...
