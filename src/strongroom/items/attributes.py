"""What `op` says of a field or file besides its value: type, purpose, title, id, size, name.

The words are those of `op`'s JSON.
"""

from __future__ import annotations

from mimetypes import MimeTypes
from typing import TYPE_CHECKING, Final

from strongroom.errors import ResolveError
from strongroom.items.models import NOTES_ID, FieldView

if TYPE_CHECKING:
    from collections.abc import Callable

    from strongroom.items.files import FileRow
    from strongroom.references import Attribute

# The SDK's word for a type of field → that of `op`.
FIELD_TYPE_WORDS: Final = {
    "Text": "STRING",
    "Concealed": "CONCEALED",
    "CreditCardType": "CREDIT_CARD_TYPE",
    "CreditCardNumber": "CREDIT_CARD_NUMBER",
    "Phone": "PHONE",
    "Url": "URL",
    "Totp": "OTP",
    "Email": "EMAIL",
    "Reference": "REFERENCE",
    "SshKey": "SSHKEY",
    "Menu": "MENU",
    "MonthYear": "MONTH_YEAR",
    "Address": "ADDRESS",
    "Date": "DATE",
    "Unsupported": "UNKNOWN",
}
UNKNOWN_TYPE: Final = "UNKNOWN"
# Categories whose main password `--generate-password` makes.
GENERATES: Final = frozenset({"Login", "Password"})

# What no name tells more of.
_ANY_TYPE: Final = "application/octet-stream"
_FOR_FIELDS: Final = "a field has attribute=value, otp, type, id, purpose and title"
_FOR_FILES: Final = "a file has attribute=content, type, id, size and name"


def field_attribute(field: FieldView, attribute: Attribute, *, category: Callable[[], str]) -> str:
    """Return an attribute of a field as text: `type`, `id`, `title` or `purpose`.

    The purpose of a field that has none is empty.

    Args:
        category: Of its item, in the SDK's words; asked for only if it matters.

    Raises:
        ResolveError: An attribute that only files have.
    """
    if attribute == "type":
        return FIELD_TYPE_WORDS.get(field.field_type, UNKNOWN_TYPE)
    if attribute == "id":
        return field.id
    if attribute == "title":
        return field.title
    if attribute == "purpose":
        found = purpose(category=category(), field_id=field.id, field_type=field.field_type)
        return found or ""
    raise _has_no(attribute, "field", hint=_FOR_FIELDS)


def file_attribute(file: FileRow, attribute: Attribute) -> str:
    """Return an attribute of a file as text: `type`, `id`, `size` or `name`.

    Raises:
        ResolveError: An attribute that only fields have.
    """
    if attribute == "type":
        # The names that Python knows, and not those of the computer at hand.
        return MimeTypes(()).guess_type(file.name)[0] or _ANY_TYPE
    if attribute in {"id", "size", "name"}:
        return str(getattr(file, attribute))
    raise _has_no(attribute, "file", hint=_FOR_FILES)


def _has_no(attribute: Attribute, what: str, *, hint: str) -> ResolveError:
    message = f"the reference names a {what}, which has no {attribute}"
    return ResolveError(message, tag="other", hint=hint)


def purpose(*, category: str, field_id: str, field_type: str) -> str | None:
    """Return the `purpose` of a field: of the two that sign in, and of the notes."""
    if field_id == NOTES_ID:
        return "NOTES"
    if field_id == "username" and category == "Login" and field_type == "Text":
        return "USERNAME"
    if field_id == "password" and category in GENERATES and field_type == "Concealed":
        return "PASSWORD"
    return None
