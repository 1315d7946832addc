"""Items: what they hold, how they are made and listed."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import TYPE_CHECKING, Literal, overload

from onepassword._models.base import Content, Model, Time


class ItemCategory(str, Enum):
    """What kind of thing an item describes."""

    LOGIN = "Login"
    SECURENOTE = "SecureNote"
    CREDITCARD = "CreditCard"
    CRYPTOWALLET = "CryptoWallet"
    IDENTITY = "Identity"
    PASSWORD = "Password"  # noqa: S105  (a category)
    DOCUMENT = "Document"
    APICREDENTIALS = "ApiCredentials"
    BANKACCOUNT = "BankAccount"
    DATABASE = "Database"
    DRIVERLICENSE = "DriverLicense"
    EMAIL = "Email"
    MEDICALRECORD = "MedicalRecord"
    MEMBERSHIP = "Membership"
    OUTDOORLICENSE = "OutdoorLicense"
    PASSPORT = "Passport"
    REWARDS = "Rewards"
    ROUTER = "Router"
    SERVER = "Server"
    SSHKEY = "SshKey"
    SOCIALSECURITYNUMBER = "SocialSecurityNumber"
    SOFTWARELICENSE = "SoftwareLicense"
    PERSON = "Person"
    UNSUPPORTED = "Unsupported"


class ItemFieldType(str, Enum):
    """How the text in a field's value is meant."""

    TEXT = "Text"
    CONCEALED = "Concealed"
    CREDITCARDTYPE = "CreditCardType"
    CREDITCARDNUMBER = "CreditCardNumber"
    PHONE = "Phone"
    URL = "Url"
    TOTP = "Totp"
    EMAIL = "Email"
    REFERENCE = "Reference"
    SSHKEY = "SshKey"
    MENU = "Menu"
    MONTHYEAR = "MonthYear"
    ADDRESS = "Address"
    DATE = "Date"
    UNSUPPORTED = "Unsupported"


class ItemFieldDetailsTypes(str, Enum):
    """Tags of the kinds of field details."""

    OTP = "Otp"
    SSH_KEY = "SshKey"
    ADDRESS = "Address"


class ItemState(str, Enum):
    """Whether an item is in use or put away."""

    ACTIVE = "active"
    ARCHIVED = "archived"


class AutofillBehavior(str, Enum):
    """On which pages a browser may fill in an item."""

    ANYWHEREONWEBSITE = "AnywhereOnWebsite"
    EXACTDOMAIN = "ExactDomain"
    NEVER = "Never"


class AddressFieldDetails(Model):
    """A postal address, from which the field's value is made."""

    street: str
    city: str
    country: str
    zip: str
    state: str


class OtpFieldDetails(Model):
    """The current one-time code, or why there is none."""

    code: str | None = None
    error_message: str | None = None


class SshKeyAttributes(Model):
    """What can be said about a private key without showing it."""

    public_key: str
    fingerprint: str
    key_type: str


class ItemFieldDetailsOtp(Model):
    """Details of a `Totp` field; computed when the item is read."""

    type: Literal[ItemFieldDetailsTypes.OTP] = ItemFieldDetailsTypes.OTP
    content: OtpFieldDetails


class ItemFieldDetailsSshKey(Model):
    """Details of an `SshKey` field; `content` must be given and may be `None`."""

    type: Literal[ItemFieldDetailsTypes.SSH_KEY] = ItemFieldDetailsTypes.SSH_KEY
    content: SshKeyAttributes | None


class ItemFieldDetailsAddress(Model):
    """Details of an `Address` field; `content` must be given and may be `None`."""

    type: Literal[ItemFieldDetailsTypes.ADDRESS] = ItemFieldDetailsTypes.ADDRESS
    content: AddressFieldDetails | None


ItemFieldDetails = ItemFieldDetailsOtp | ItemFieldDetailsSshKey | ItemFieldDetailsAddress


class ItemField(Model):
    """One value of an item. Fields beyond the built-in ones name their section."""

    id: str
    title: str
    section_id: str | None = None
    field_type: ItemFieldType
    value: str
    details: ItemFieldDetails | None = None

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            *,
            id: str,
            title: str,
            section_id: str | None = None,
            field_type: ItemFieldType,
            value: str,
            details: ItemFieldDetails | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            id: str,
            title: str,
            sectionId: str | None = None,
            fieldType: ItemFieldType,
            value: str,
            details: ItemFieldDetails | None = None,
        ) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class ItemSection(Model):
    """A titled group of fields and files."""

    id: str
    title: str


class Website(Model):
    """An address at which a login or password is used."""

    url: str
    label: str
    autofill_behavior: AutofillBehavior

    if TYPE_CHECKING:

        @overload
        def __init__(
            self, *, url: str, label: str, autofill_behavior: AutofillBehavior
        ) -> None: ...
        @overload
        def __init__(self, *, url: str, label: str, autofillBehavior: AutofillBehavior) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class FileAttributes(Model):
    """Name, id and size in bytes of a stored file."""

    name: str
    id: str
    size: int


class ItemFile(Model):
    """A file attached to an item, and where it is shown."""

    attributes: FileAttributes
    section_id: str
    field_id: str


class FileCreateParams(Model):
    """A file to attach to an item."""

    name: str
    content: Content
    section_id: str
    field_id: str

    if TYPE_CHECKING:

        @overload
        def __init__(
            self, *, name: str, content: bytes, section_id: str, field_id: str
        ) -> None: ...
        @overload
        def __init__(self, *, name: str, content: bytes, sectionId: str, fieldId: str) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class DocumentCreateParams(Model):
    """The file of a document item."""

    name: str
    content: Content


class Item(Model):
    """One version of an item, opened."""

    id: str
    title: str
    category: ItemCategory
    vault_id: str
    fields: list[ItemField]
    sections: list[ItemSection]
    notes: str
    tags: list[str]
    websites: list[Website]
    version: int
    files: list[ItemFile]
    document: FileAttributes | None = None
    created_at: Time
    updated_at: Time


class ItemOverview(Model):
    """What a list shows of an item."""

    id: str
    title: str
    category: ItemCategory
    vault_id: str
    websites: list[Website]
    tags: list[str]
    created_at: Time
    updated_at: Time
    state: ItemState


class ItemCreateParams(Model):
    """An item to make; everything but category, vault and title is optional."""

    category: ItemCategory
    vault_id: str
    title: str
    fields: list[ItemField] | None = None
    sections: list[ItemSection] | None = None
    notes: str | None = None
    tags: list[str] | None = None
    websites: list[Website] | None = None
    files: list[FileCreateParams] | None = None
    document: DocumentCreateParams | None = None

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            *,
            category: ItemCategory,
            vault_id: str,
            title: str,
            fields: list[ItemField] | None = None,
            sections: list[ItemSection] | None = None,
            notes: str | None = None,
            tags: list[str] | None = None,
            websites: list[Website] | None = None,
            files: list[FileCreateParams] | None = None,
            document: DocumentCreateParams | None = None,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            category: ItemCategory,
            vaultId: str,
            title: str,
            fields: list[ItemField] | None = None,
            sections: list[ItemSection] | None = None,
            notes: str | None = None,
            tags: list[str] | None = None,
            websites: list[Website] | None = None,
            files: list[FileCreateParams] | None = None,
            document: DocumentCreateParams | None = None,
        ) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class ItemListFilterTypes(str, Enum):
    """Tags of the kinds of list filters."""

    BY_STATE = "ByState"


class ItemListFilterByStateInner(Model):
    """Which states a list shows."""

    active: bool
    archived: bool


class ItemListFilterByState(Model):
    """List items by their state."""

    type: Literal[ItemListFilterTypes.BY_STATE] = ItemListFilterTypes.BY_STATE
    content: ItemListFilterByStateInner


# So far the only kind of filter.
ItemListFilter = ItemListFilterByState
