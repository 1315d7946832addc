"""What the value of a field may be, by its type. An empty value is always possible.

Only values that somebody sets are judged: what is stored already stays, so that
an item with an old fault in it can still be changed elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from strongroom.errors import InputError, InvalidSshKeyError
from strongroom.ids import ID_PATTERN
from strongroom.items.models import FIELD_TYPES
from strongroom.items.otp import check_otp
from strongroom.items.rows import ADDRESS, ADDRESS_PARTS

Row = dict[str, Any]

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# As in dates, the years begin with 1.
_MONTH: Final = re.compile(r"(?:0[1-9]|1[0-2])/(?!0000)[0-9]{4}")


def is_date(value: str) -> bool:
    """Return whether a text is a day of the calendar, as `YYYY-MM-DD`."""
    if _DATE.fullmatch(value) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_month(value: str) -> bool:
    """Return whether a text is a month of a year, as `MM/YYYY`."""
    return _MONTH.fullmatch(value) is not None


def find_value_fault(field: Row) -> str | None:
    """Return why a field's value does not fit its type; names the field, never the value."""
    kind, value = field.get("fieldType", "Text"), field.get("value", "")
    name = f"field '{field['id']}'"
    if kind not in FIELD_TYPES:
        return f"{name} has an unknown type"
    if kind == ADDRESS:
        return _find_address_fault(field, name)
    if isinstance(field.get("details"), dict) and field["details"].get("type") == ADDRESS:
        return f"{name} has the details of an address, but is not one"
    rule = _RULES.get(kind)
    fault = rule(value) if rule is not None and value else None
    return None if fault is None else f"{name} {fault}"


def _find_address_fault(field: Row, name: str) -> str | None:
    details = field.get("details")
    if details is None or details.get("content") is None:
        return f"{name} is an address, but has no details" if field.get("value") else None
    content = details["content"]
    if details.get("type") != ADDRESS or not isinstance(content, dict):
        return f"{name} is an address, but has the details of something else"
    missing = [part for part in sorted(ADDRESS_PARTS) if not isinstance(content.get(part), str)]
    return f"{name} is an address without {', '.join(missing)}" if missing else None


def _find_date_fault(value: str) -> str | None:
    return None if is_date(value) else "does not hold a date: write it as YYYY-MM-DD"


def _find_month_fault(value: str) -> str | None:
    return None if is_month(value) else "does not hold a month: write it as MM/YYYY"


def _find_reference_fault(value: str) -> str | None:
    is_id = ID_PATTERN.fullmatch(value) is not None
    return None if is_id else "does not refer to an item: write the item's 26-character ID"


def _find_seed_fault(value: str) -> str | None:
    try:
        check_otp(value)
    except InputError as error:
        return f"does not hold a one-time password: {error.message}"
    return None


def _find_key_fault(value: str) -> str | None:
    from strongroom.crypto.ssh_keys import parse_private_key  # only items that hold keys pay for it

    try:
        parse_private_key(value)
    except InvalidSshKeyError as error:
        advice = "" if error.hint is None else f" ({error.hint})"
        return f"does not hold a usable SSH key: {error.message}{advice}"
    return None


# Text, Concealed, Phone, Email, Url, Menu and both of credit cards are free text.
_RULES: Final[dict[str, Callable[[str], str | None]]] = {
    "Date": _find_date_fault,
    "MonthYear": _find_month_fault,
    "Reference": _find_reference_fault,
    "SshKey": _find_key_fault,
    "Totp": _find_seed_fault,
}
