"""Fields that every item of a category has: id → (SDK type, label).

An assignment names them by id and without a type (`username=…`). Only those
that are set are stored. Ids as in `op`'s templates.
"""

from __future__ import annotations

from typing import Final

_CREDENTIALS: Final = {"username": ("Text", "username"), "password": ("Concealed", "password")}

BUILT_IN: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Login": _CREDENTIALS,
    "Password": {"password": ("Concealed", "password")},
    "ApiCredentials": {
        "username": ("Text", "username"),
        "credential": ("Concealed", "credential"),
        "type": ("Menu", "type"),
        "filename": ("Text", "filename"),
        "validFrom": ("Date", "valid from"),
        "expires": ("Date", "expires"),
        "hostname": ("Text", "hostname"),
    },
    "Database": {
        "database_type": ("Menu", "type"),
        "hostname": ("Text", "server"),
        "port": ("Text", "port"),
        "database": ("Text", "database"),
        **_CREDENTIALS,
        "sid": ("Text", "SID"),
        "alias": ("Text", "alias"),
        "options": ("Text", "connection options"),
    },
    "Server": {"url": ("Text", "URL"), **_CREDENTIALS},
    "CreditCard": {
        "cardholder": ("Text", "cardholder name"),
        "type": ("CreditCardType", "type"),
        "ccnum": ("CreditCardNumber", "number"),
        "cvv": ("Concealed", "verification number"),
        "expiry": ("MonthYear", "expiry date"),
        "validFrom": ("MonthYear", "valid from"),
    },
    "BankAccount": {
        "bankName": ("Text", "bank name"),
        "owner": ("Text", "name on account"),
        "accountType": ("Menu", "type"),
        "routingNo": ("Text", "routing number"),
        "accountNo": ("Text", "account number"),
        "swift": ("Text", "SWIFT"),
        "iban": ("Text", "IBAN"),
        "telephonePin": ("Concealed", "PIN"),
    },
    "SshKey": {"private_key": ("SshKey", "private key")},
    "SocialSecurityNumber": {"name": ("Text", "name"), "number": ("Concealed", "number")},
    "Membership": {
        "org_name": ("Text", "group"),
        "website": ("Url", "website"),
        "phone": ("Phone", "telephone"),
        "member_name": ("Text", "member name"),
        "membership_no": ("Text", "member ID"),
        "pin": ("Concealed", "PIN"),
    },
    "SoftwareLicense": {
        "product_version": ("Text", "version"),
        "reg_code": ("Text", "license key"),
    },
}

# Categories whose main password `--generate-password` makes.
GENERATES: Final = frozenset({"Login", "Password"})


def purpose(category: str, field_id: str, field_type: str) -> str | None:
    """Return the JSON `purpose` of a field, for the two that sign in."""
    if field_id == "username" and category == "Login" and field_type == "Text":
        return "USERNAME"
    if field_id == "password" and category in GENERATES and field_type == "Concealed":
        return "PASSWORD"
    return None
