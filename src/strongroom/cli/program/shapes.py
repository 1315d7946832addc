"""The one table between the SDK's words and those of the command line.

Sources: the SDK's enums (`ItemCategory`, `ItemFieldType`, `VaultType`) and the
JSON and assignment words of `op`. Conversions of single values stand here too;
whole items are converted in `cli.item.output` and `cli.item.input`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from strongroom.errors import InputError
from strongroom.items.attributes import FIELD_TYPE_WORDS
from strongroom.items.templates import templates
from strongroom.items.values import is_month

# SDK → JSON. The SDK's crypto wallet is `CUSTOM` there; unknown kinds are `UNKNOWN`.
CATEGORIES: Final = {
    "Login": "LOGIN",
    "SecureNote": "SECURE_NOTE",
    "CreditCard": "CREDIT_CARD",
    "CryptoWallet": "CUSTOM",
    "Identity": "IDENTITY",
    "Password": "PASSWORD",
    "Document": "DOCUMENT",
    "ApiCredentials": "API_CREDENTIAL",
    "BankAccount": "BANK_ACCOUNT",
    "Database": "DATABASE",
    "DriverLicense": "DRIVER_LICENSE",
    "Email": "EMAIL_ACCOUNT",
    "MedicalRecord": "MEDICAL_RECORD",
    "Membership": "MEMBERSHIP",
    "OutdoorLicense": "OUTDOOR_LICENSE",
    "Passport": "PASSPORT",
    "Rewards": "REWARD_PROGRAM",
    "Router": "WIRELESS_ROUTER",
    "Server": "SERVER",
    "SshKey": "SSH_KEY",
    "SocialSecurityNumber": "SOCIAL_SECURITY_NUMBER",
    "SoftwareLicense": "SOFTWARE_LICENSE",
    "Person": "PERSON",
    "Unsupported": "UNKNOWN",
}

# Word in an assignment (`field[word]=…`), in lower case → SDK.
ASSIGNMENT_TYPES: Final = {
    "password": "Concealed",
    "concealed": "Concealed",
    "text": "Text",
    "string": "Text",
    "email": "Email",
    "url": "Url",
    "phone": "Phone",
    "date": "Date",
    "monthyear": "MonthYear",
    "otp": "Totp",
    "address": "Address",
}

# Word in `--fields type=…`, in lower case → SDK, where it is not the JSON word.
QUERY_TYPES: Final = {
    "cctype": "CreditCardType",
    "ccnum": "CreditCardNumber",
    "monthyear": "MonthYear",
    "password": "Concealed",
    "text": "Text",
}

VAULT_TYPES: Final = {
    "personal": "PERSONAL",
    "everyone": "EVERYONE",
    "userCreated": "USER_CREATED",
    "transfer": "TRANSFER",
}

_UNIT: Final = 1024
_UNITS: Final = ("KB", "MB", "GB")

# What hides in human output until `--reveal`.
CONCEALED_TYPES: Final = frozenset({"Concealed", "SshKey", "Totp"})

_SDK_BY_JSON_TYPE: Final = {json: sdk for sdk, json in FIELD_TYPE_WORDS.items()}
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECONDS: Final = re.compile(r"-?\d{1,12}")
# `op` keeps a date as the second 12:01 UTC of its day.
_NOON: Final = "T12:01:00+00:00"


def _key(text: str) -> str:
    """Reduce a spelling: case, blanks, dashes and underscores do not count."""
    return re.sub(r"[\s_-]", "", text).casefold()


_SDK_BY_CATEGORY_KEY: Final = {
    **{_key(json): sdk for sdk, json in CATEGORIES.items()},
    **{_key(sdk): sdk for sdk in CATEGORIES},
    "ssh": "SshKey",
}


def parse_category(text: str) -> str:
    """Return the SDK's name of a category, however it is spelled.

    Raises:
        InputError: No such category, or one that only old items have.
    """
    category = _SDK_BY_CATEGORY_KEY.get(_key(text))
    if category is None or category == "Unsupported":
        message = f'"{text}" isn\'t an item category'
        known = ", ".join(one.name for one in templates().values())
        raise InputError(message, hint=f"use one of: {known}")
    return category


def parse_json_type(text: str) -> str:
    """Return the SDK's field type of a JSON template's word.

    Raises:
        InputError: No such type.
    """
    if text == "GENDER":
        return "Menu"
    if text not in _SDK_BY_JSON_TYPE:
        message = f'"{text}" isn\'t a field type'
        raise InputError(message, hint=f"use one of: {', '.join(_SDK_BY_JSON_TYPE)}")
    return _SDK_BY_JSON_TYPE[text]


def parse_query_type(text: str) -> str:
    """Return the SDK's field type of `--fields type=…`.

    Raises:
        InputError: No such type.
    """
    word = text.lower()
    return QUERY_TYPES.get(word) or parse_json_type(word.upper())


def to_json_value(*, field_type: str, value: str) -> str:
    """Write a field's value as `op`'s JSON has it."""
    if field_type == "MonthYear" and re.fullmatch(r"\d{2}/\d{4}", value):
        return value[3:] + value[:2]
    if field_type == "Date" and _ISO_DATE.fullmatch(value):
        try:
            return str(int(datetime.fromisoformat(value + _NOON).timestamp()))
        except ValueError:
            return value
    return value


def to_sdk_value(*, field_type: str, value: str, what: str, seconds: bool = True) -> str:
    """Read a value as people or templates write it.

    Args:
        what: Whose value it is, for errors.
        seconds: Whether a date may be a number of seconds since 1970, as in JSON. Where people
            write it, `2030` and `20300131` are rather meant as a year and a day.

    Raises:
        InputError: Not a date, not a month; the value is not repeated.
    """
    if value == "":
        return value
    if field_type == "MonthYear":
        return _parse_month(value, what=what)
    if field_type == "Date":
        return _parse_date(value, what=what, seconds=seconds)
    return value


def _parse_month(value: str, *, what: str) -> str:
    for pattern in (r"(?P<year>\d{4})/?(?P<month>\d{2})", r"(?P<month>\d{2})/(?P<year>\d{4})"):
        found = re.fullmatch(pattern, value)
        month = f"{found['month']}/{found['year']}" if found else ""
        if is_month(month):
            return month
    message = f"{what} needs a month"
    raise InputError(message, hint="write it as YYYYMM")


def _parse_date(value: str, *, what: str, seconds: bool) -> str:
    try:
        if _ISO_DATE.fullmatch(value):
            return datetime.fromisoformat(value + _NOON).date().isoformat()
        if seconds and _SECONDS.fullmatch(value):
            return datetime.fromtimestamp(int(value), UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        pass
    message = f"{what} needs a date"
    raise InputError(message, hint="write it as YYYY-MM-DD")


def size_text(size: int) -> str:
    """Write a number of bytes for people, as `op` does: `12 bytes`, `3.4 KB`."""
    if size < _UNIT:
        return f"{size} bytes"
    power = min(len(_UNITS), (size.bit_length() - 1) // 10)
    return f"{size / _UNIT**power:.1f} {_UNITS[power - 1]}"
