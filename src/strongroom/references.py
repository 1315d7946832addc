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

The command line knows more (`parse_command_reference`): `attr` is short for
`attribute`, whose values are also `value`, which is what a reference without
a query means, and the words of `Attribute`.

One expression accepts everything that is right; only a refused text walks
through the rules one by one to find out which of them it breaks. Messages
never quote the text, because people paste secrets into the wrong place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, NoReturn, get_args

from strongroom.errors import InvalidReferenceError

SCHEME: Final = "op://"

# What can be asked of a field or file besides its value; the SDKs know the first two only.
Attribute = Literal["otp", "totp", "type", "id", "purpose", "title", "content", "size", "name"]
SshFormat = Literal["openssh"]

_Values = Mapping[str, tuple[str, ...]]

_VALUES_BY_KEY: Final[_Values] = {"attribute": ("otp", "totp"), "ssh-format": ("openssh",)}
_DEFAULT: Final = "value"
_ATTRIBUTES: Final = (_DEFAULT, *get_args(Attribute))
_COMMAND_VALUES_BY_KEY: Final[_Values] = {
    "attribute": _ATTRIBUTES,
    "attr": _ATTRIBUTES,
    "ssh-format": ("openssh",),
}

# Possessive repeats: a refusal of a million characters stays linear.
_PART: Final = r"([A-Za-z0-9_. -]*+)"
_ADDRESS: Final = rf"op://{_PART}/{_PART}/(?:{_PART}/)?+{_PART}"
_REFERENCE: Final = re.compile(rf"{_ADDRESS}(?:\?(?:attribute=(t?otp)|ssh-format=(openssh)))?+")
_COMMAND_REFERENCE: Final = re.compile(
    rf"{_ADDRESS}(?:\?(?:attr(?:ibute)?+=({'|'.join(_ATTRIBUTES)})|ssh-format=(openssh)))?+"
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
_E_SLASHES: Final = (
    "too many '/': secret references should match op://<vault>/<item>[/<section>]/<field>"
)
# The slashes of op://vault/item/section/field behind its scheme.
_SLASHES_MAX: Final = 3
FORM_HINT: Final = "write it as op://<vault>/<item>/[<section>/]<field>"
_QUERY_HINT: Final = (
    "use ?attribute=value, otp, type, id, purpose or title; for a file content, size, type, name "
    "or id; for a private key ?ssh-format=openssh"
)


class Reference(NamedTuple):
    """Vault, item, optional section and field: names or ids, not yet looked up.

    Attributes:
        vault: Name or id of the vault; may be empty, then nothing is found.
        item: Name or id of the item.
        section: Name or id of the section, or `None` when the reference has
            three parts.
        field: Name or id of the field, or name of a file.
        attribute: What is asked instead of the stored value: `otp` or `totp`,
            which mean the same, for the current one-time code.
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


def parse_command_reference(text: str) -> Reference:
    """Read a reference as the command line has it, with more attributes than the SDKs know.

    What `parse_reference` accepts means the same here.

    Raises:
        InvalidReferenceError: The text breaks a rule; the message is that of `op`
            and quotes nothing.
    """
    match = _COMMAND_REFERENCE.fullmatch(text)
    if match is None:
        fault, hint = _find_command_fault(text)
        raise InvalidReferenceError(fault, hint=hint)
    *address, attribute, ssh_format = match.groups()
    return Reference._make([*address, None if attribute == _DEFAULT else attribute, ssh_format])


def check_reference(text: str) -> None:
    """Check the form of a reference without building its value.

    Raises:
        InvalidReferenceError: As for `parse_reference`.
    """
    if _REFERENCE.fullmatch(text) is None:
        _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise InvalidReferenceError(_find_fault(text, _VALUES_BY_KEY), hint=FORM_HINT)


def _find_command_fault(text: str) -> tuple[str, str]:
    """Return what is wrong with a reference in the words of `op`, and what to do about it."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    if text.startswith(SCHEME) and path.count("/") > _SLASHES_MAX:
        return _E_SLASHES, "if a name contains a /, write the ID instead"
    # People need not see the brace.
    fault = _find_fault(text, _COMMAND_VALUES_BY_KEY).rstrip("}")
    return fault, _QUERY_HINT if query and "query parameter" in fault else FORM_HINT


def _find_fault(text: str, values: _Values) -> str:
    """Return the text of the first rule that a refused reference breaks."""
    if not text.startswith(SCHEME):
        return _E_PREFIX
    path, mark, query = text.removeprefix(SCHEME).partition("?")
    if mark and "?" not in query:
        fault = _find_query_fault(query, values)
        if fault is not None:
            return fault
    elif mark:
        path = f"{path}?{query}"
    if _PATH.fullmatch(path) is None:
        return _E_CHARACTER
    return _E_FORMAT


def _find_query_fault(query: str, values: _Values) -> str | None:
    match = _QUERY.fullmatch(query)
    if match is None:
        return _E_FORMAT
    key, value = match.groups()
    if key not in values:
        return _E_KEY
    return None if value in values[key] else _E_VALUE
