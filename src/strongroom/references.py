"""Secret references: the `op://` address of one value.

A reference is parsed once, here, and travels as a `Reference` afterwards;
nothing else in the code base splits an `op://` text. The rules and texts are
those of the 1Password SDKs (0.4.2):

1. The text begins with exactly `op://`.
2. With exactly one `?`, what follows it is the query; more than one make the
   whole rest a path, where `?` is refused like any other character.
3. The query is one `key=value` of letters, digits, `_`, `.`, `-` and blanks.
4. The only queries with a meaning are `attribute=otp`, `attribute=totp` and
   `ssh-format=openssh`.
5. The path holds the same characters, and three or four parts. Empty parts
   pass here and are not found later, as in the SDKs.

One expression accepts everything that is right; only a refused text walks
through the rules one by one to find out which of them it breaks. Messages
never quote the text, because people paste secrets into the wrong place.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, NoReturn

from strongroom.errors import InvalidReferenceError

SCHEME: Final = "op://"
# What `op read` tells of a file.
FILE_ATTRIBUTES: Final = frozenset({"content", "type", "size", "id", "name"})

Attribute = Literal["otp", "totp"]
SshFormat = Literal["openssh"]

_VALUES_BY_KEY: Final = {"attribute": ("otp", "totp"), "ssh-format": ("openssh",)}

# Possessive repeats: a refusal of a million characters stays linear.
_PART: Final = r"([A-Za-z0-9_. -]*+)"
_REFERENCE: Final = re.compile(
    rf"op://{_PART}/{_PART}/(?:{_PART}/)?+{_PART}"
    r"(?:\?(?:attribute=(t?otp)|ssh-format=(openssh)))?+"
)
_QUERY: Final = re.compile(r"([A-Za-z0-9_. -]*+)=([A-Za-z0-9_. -]*+)")
_PATH: Final = re.compile(r"[A-Za-z0-9_. /-]*+")

_E_PREFIX: Final = 'secret reference is not prefixed with "op://"'
_E_FORMAT: Final = (
    "secret reference has invalid format - must be "
    '"op://<vault>/<item>/[section/]field[?attribute=<attribute-value>]"'
)
_E_CHARACTER: Final = (
    "invalid character in secret reference: "
    "secret references must only contain alphanumeric, _, . or - characters"
)
_E_KEY: Final = "secret reference has invalid query parameter key"
# The stray brace is part of the SDKs' text.
_E_VALUE: Final = "secret reference has invalid query parameter value}"


class Reference(NamedTuple):
    """Vault, item, optional section and field: names or ids, not yet looked up.

    Attributes:
        vault: Name or id of the vault; may be empty, then nothing is found.
        item: Name or id of the item.
        section: Name or id of the section, or `None` when the reference has
            three parts.
        field: Name or id of the field, or name of a file.
        attribute: `otp` or `totp`, which mean the same, when the current
            one-time code is asked instead of the stored value.
        ssh_format: `openssh` when a private key is asked in that form.
    """

    vault: str
    item: str
    section: str | None
    field: str
    attribute: Attribute | None = None
    ssh_format: SshFormat | None = None

    def __str__(self) -> str:
        parts = [self.vault, self.item, self.section, self.field]
        path = SCHEME + "/".join(part for part in parts if part is not None)
        if self.attribute is not None:
            return f"{path}?attribute={self.attribute}"
        if self.ssh_format is not None:
            return f"{path}?ssh-format={self.ssh_format}"
        return path


def parse_reference(text: str) -> Reference:
    """Read `op://<vault>/<item>/[<section>/]<field>[?<attribute>]`.

    `str(parse_reference(text)) == text` for every text that is accepted.
    There is no limit on the length.

    Raises:
        InvalidReferenceError: The text breaks a rule; the message is the
            SDKs' text for that rule and quotes nothing.
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        _refuse(text)
    return Reference._make(match.groups())


def split_attribute(text: str) -> tuple[str, str]:
    """Spell a reference as the SDKs do, and take an attribute off that only files have.

    `op` takes more than the SDKs: `attr` is short for `attribute`, `value` is the default, and
    the attributes of files are `content`, `type`, `size`, `id` and `name`.

    Returns:
        The reference, and the attribute or an empty text.
    """
    path, mark, query = text.partition("?")
    if query.startswith("attr="):
        query = f"attribute={query.removeprefix('attr=')}"
    if query == "attribute=value":
        return path, ""
    key, _, word = query.partition("=")
    if key == "attribute" and word in FILE_ATTRIBUTES:
        return path, word
    return path + mark + query, ""


def check_reference(text: str) -> None:
    """Check the form of a reference without building its value.

    Raises:
        InvalidReferenceError: As for `parse_reference`.
    """
    if _REFERENCE.fullmatch(text) is None:
        _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise InvalidReferenceError(
        _find_fault(text), hint="write it as op://<vault>/<item>/[<section>/]<field>"
    )


def _find_fault(text: str) -> str:
    """Return the text of the first rule that a refused reference breaks."""
    if not text.startswith(SCHEME):
        return _E_PREFIX
    path, mark, query = text.removeprefix(SCHEME).partition("?")
    if mark and "?" not in query:
        fault = _find_query_fault(query)
        if fault is not None:
            return fault
    elif mark:
        path = f"{path}?{query}"
    if _PATH.fullmatch(path) is None:
        return _E_CHARACTER
    return _E_FORMAT


def _find_query_fault(query: str) -> str | None:
    match = _QUERY.fullmatch(query)
    if match is None:
        return _E_FORMAT
    key, value = match.groups()
    if key not in _VALUES_BY_KEY:
        return _E_KEY
    return None if value in _VALUES_BY_KEY[key] else _E_VALUE
