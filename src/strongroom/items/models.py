"""What field look-up reads of an item's details; every other key is passed over.

The documents themselves travel as decoded dicts, so that unknown keys survive
a read and a write (specs/formats.md section 9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import msgspec

from strongroom.errors import IntegrityError
from strongroom.secret import veil

if TYPE_CHECKING:
    from strongroom.items.shown import KeyPart

# The field as which `op` and references show an item's notes.
NOTES_ID: Final = "notesPlain"


class PartOfKey(NamedTuple):
    """A field that `op` and references show beside a private SSH key; `key` as in its details."""

    id: str
    title: str
    key: KeyPart


KEY_PARTS: Final = (
    PartOfKey("public_key", "public key", "publicKey"),
    PartOfKey("fingerprint", "fingerprint", "fingerprint"),
    PartOfKey("key_type", "key type", "keyType"),
)


class FieldView(msgspec.Struct, rename="camel"):
    """One field as look-up needs it."""

    id: str = ""
    title: str = ""
    section_id: str | None = None
    field_type: str = "Text"
    # A type that is not known may hold anything; one such field hides no other.
    value: Any = ""

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"FieldView(id={self.id!r})"


class ReservedView(FieldView):
    """A field that every item has, or that is computed: its id means nothing else.

    Attributes:
        part: What is computed from the private key that is the value.
    """

    part: KeyPart | None = None


class SectionView(msgspec.Struct, rename="camel"):
    """One section."""

    id: str = ""
    title: str = ""

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"SectionView(id={self.id!r})"


class DetailsView(msgspec.Struct, rename="camel"):
    """The parts of a details document in which a reference can end."""

    fields: list[FieldView] = []
    sections: list[SectionView] = []
    notes: str = ""

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"DetailsView(fields={len(self.fields)})"


class FieldShape(msgspec.Struct, rename="camel"):
    """The types of one field."""

    id: str
    title: str = ""
    section_id: str | None = None
    field_type: str = "Text"
    value: str = ""
    details: dict[str, Any] | None = None


class SectionShape(msgspec.Struct):
    """The types of one section."""

    id: str
    title: str = ""


class WebsiteShape(msgspec.Struct, rename="camel"):
    """The types of one website."""

    url: str
    label: str = ""
    autofill_behavior: Literal["AnywhereOnWebsite", "ExactDomain", "Never"] = "AnywhereOnWebsite"


class OverviewShape(msgspec.Struct, kw_only=True):
    """The types of what a list shows of an item."""

    title: str
    category: str
    tags: list[str]
    websites: list[WebsiteShape]
    favorite: bool = False


class ItemShape(OverviewShape, kw_only=True):
    """The types of an item's parts, for what is stored and for what was read."""

    fields: list[FieldShape]
    sections: list[SectionShape]
    notes: str
    files: list[dict[str, Any]]
    document: dict[str, Any] | None = None


_details_decoder = msgspec.json.Decoder(DetailsView)
# msgspec reads the annotations of a struct at its first use, and two threads that do so at once
# crash the process. Building a decoder does it here, once, under the import's lock.
_item_decoder = msgspec.json.Decoder(ItemShape)
_overview_decoder = msgspec.json.Decoder(OverviewShape)

CATEGORIES: Final = frozenset(
    [
        "Login",
        "SecureNote",
        "CreditCard",
        "CryptoWallet",
        "Identity",
        "Password",
        "Document",
        "ApiCredentials",
        "BankAccount",
        "Database",
        "DriverLicense",
        "Email",
        "MedicalRecord",
        "Membership",
        "OutdoorLicense",
        "Passport",
        "Rewards",
        "Router",
        "Server",
        "SshKey",
        "SocialSecurityNumber",
        "SoftwareLicense",
        "Person",
    ]
)

# What a client shows for a category or a type of field that it does not know; never stored by one.
UNSUPPORTED: Final = "Unsupported"

FIELD_TYPES: Final = frozenset(
    [
        "Text",
        "Concealed",
        "CreditCardType",
        "CreditCardNumber",
        "Phone",
        "Url",
        "Totp",
        "Email",
        "Reference",
        "SshKey",
        "Menu",
        "MonthYear",
        "Address",
        "Date",
    ]
)

# Sections that stand for "no section": the SDK's own, and the one that apps make.
DEFAULT_SECTIONS: Final = frozenset({None, "", "add more"})


def read_details(raw: bytes, *, what: str) -> DetailsView:
    """Read what look-up needs from the JSON of a details document.

    Raises:
        IntegrityError: Its author sealed something that is not one. The error has no cause, since
            that would hold the document.
    """
    try:
        return _details_decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    message = f"{what} does not hold an item's details"
    raise IntegrityError(message, layer="document")
