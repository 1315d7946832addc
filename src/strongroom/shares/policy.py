"""What an account allows for share links.

Source: the SDK's `ItemShareAccountPolicy`. There is no way to narrow it yet, so
every account has the widest one: links of at most thirty days, for anybody.
"""

from __future__ import annotations

from typing import Final, TypedDict

from strongroom.errors import InputError

_HOUR_MS: Final = 60 * 60 * 1000
_DAY_MS: Final = 24 * _HOUR_MS
# The durations that a link may have, in milliseconds.
DURATIONS_MS: Final = {
    "OneHour": _HOUR_MS,
    "OneDay": _DAY_MS,
    "SevenDays": 7 * _DAY_MS,
    "FourteenDays": 14 * _DAY_MS,
    "ThirtyDays": 30 * _DAY_MS,
}
# Sealed bytes of all files of a link: what one page of a browser can hold and open.
FILES_BYTES_MAX: Final = 64 * 1024 * 1024


class RecipientDict(TypedDict):
    """Who may open a link: a tag, and an address or a domain."""

    type: str
    parameters: dict[str, str]


class ShareDict(TypedDict):
    """A link that was made."""

    link: str


class FilesPolicy(TypedDict):
    """What an account allows for the files of links."""

    allowedTypes: list[str]
    allowedRecipientTypes: list[str]
    maxExpiry: str
    defaultExpiry: str
    allowed: bool
    maxSize: int


class Policy(TypedDict):
    """What an account allows for links, with the SDK's camelCase keys."""

    allowedTypes: list[str]
    allowedRecipientTypes: list[str]
    maxExpiry: str
    defaultExpiry: str
    files: FilesPolicy


def default_policy() -> Policy:
    """Return the policy of an account, with the SDK's camelCase keys."""
    types, recipients = ["Authenticated", "Public"], ["Email", "Domain"]
    longest, default = "ThirtyDays", "SevenDays"
    return {
        "allowedTypes": types,
        "allowedRecipientTypes": recipients,
        "maxExpiry": longest,
        "defaultExpiry": default,
        "files": {
            "allowedTypes": types,
            "allowedRecipientTypes": recipients,
            "maxExpiry": longest,
            "defaultExpiry": default,
            "allowed": True,
            "maxSize": FILES_BYTES_MAX,
        },
    }


def choose_duration(policy: Policy, asked: str | None) -> str:
    """Return how long a link works.

    Args:
        asked: One of `DURATIONS_MS`; `None` for the policy's own default.

    Raises:
        InputError: Longer than the policy allows, or no such duration.
    """
    chosen = asked or policy["defaultExpiry"]
    if chosen not in DURATIONS_MS:
        message = f"a link can work for one of these times: {', '.join(DURATIONS_MS)}"
        raise InputError(message)
    if DURATIONS_MS[chosen] > DURATIONS_MS[policy["maxExpiry"]]:
        message = f"the account allows links of at most {policy['maxExpiry']}"
        raise InputError(message)
    return chosen
