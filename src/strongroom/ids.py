"""Ids: 16 raw bytes inside, 26 characters of base32 outside.

Source: specs/formats.md section 1. RFC 4648 base32, lower case, no padding;
the two spare bits of the last character are zero and every other spelling is
refused, so one id has exactly one text.
"""

from __future__ import annotations

import re
from base64 import b32decode, b32encode
from collections.abc import Callable
from typing import Final, NewType, TypeVar, overload

from strongroom.errors import InvalidIdError

# Whose id it is: plain bytes at run time, and to the type checker not to be mistaken for another's.
AccountId = NewType("AccountId", bytes)
# Users, groups and service accounts.
PrincipalId = NewType("PrincipalId", bytes)
# Vaults, environments, groups, and what holds the account's names.
ContainerId = NewType("ContainerId", bytes)
ObjectId = NewType("ObjectId", bytes)
FileId = NewType("FileId", bytes)
InviteId = NewType("InviteId", bytes)
# All of them, for who has to tell ids from other bytes by their types.
ID_TYPES: Final = frozenset({AccountId, PrincipalId, ContainerId, ObjectId, FileId, InviteId})
# What is replaced whenever something in an account changes (`service/stamps.py`).
Stamp = NewType("Stamp", bytes)

# Where a request or a row says that there is none.
NO_ACCOUNT: Final = AccountId(b"")
NO_PRINCIPAL: Final = PrincipalId(b"")
NO_CONTAINER: Final = ContainerId(b"")
NO_OBJECT: Final = ObjectId(b"")
NO_INVITE: Final = InviteId(b"")
NO_STAMP: Final = Stamp(b"")

Id = TypeVar("Id", bound=bytes)

ID_BYTES: Final = 16
ID_CHARACTERS: Final = 26

# What a reference part must look like to be tried as an id first.
ID_PATTERN: Final = re.compile(r"[a-z2-7]{26}")

# How the ids of accounts begin that `strongroom.testing` makes, and of no others: 10 bytes, so
# that no random id ever begins so, and 6 bytes remain.
THROW_AWAY_TEXT: Final = "throwawayaccount"
_THROW_AWAY: Final = b32decode(THROW_AWAY_TEXT.upper())

_PADDING: Final = "======"
# Ids are written for every row of a list. Two characters at a time, looked up by their ten bits,
# take a third of the time of `b32encode`.
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS: Final = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_SPARE_BITS: Final = 2
_SHIFTS: Final = tuple(range(120, -1, -10))


def format_id(value: bytes) -> str:
    """Write the 16 bytes of an id as its 26 characters; other bytes, of damaged files, as well."""
    if len(value) != ID_BYTES:
        return b32encode(value).decode("ascii").rstrip("=").lower()
    bits = int.from_bytes(value, "big") << _SPARE_BITS
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def container_of_group(group: PrincipalId) -> ContainerId:
    """Return the id of the container that a group's members open.

    A group is a principal and a container of one id: who is in it, and what they hold.
    """
    return ContainerId(group)


def principal_of_group(container: ContainerId) -> PrincipalId:
    """Return the id of the principal that a group's container belongs to: the same bytes."""
    return PrincipalId(container)


def profile_object(principal: PrincipalId) -> ObjectId:
    """Return the id of the object that holds a principal's name: the same bytes."""
    return ObjectId(principal)


def own_object(container: ContainerId) -> ObjectId:
    """Return the id of a container's own object, which holds its title: the same bytes."""
    return ObjectId(container)


@overload
def parse_id(text: str) -> bytes: ...
@overload
def parse_id(text: str, kind: Callable[[bytes], Id]) -> Id: ...
def parse_id(text: str, kind: Callable[[bytes], bytes] = bytes) -> bytes:
    """Read the canonical spelling of an id.

    Args:
        kind: Whose id the text is; without it, nobody knows yet.

    Raises:
        InvalidIdError: Wrong length or alphabet (layer `spelling`), or spare
            bits that are not zero (layer `spare-bits`).
    """
    if ID_PATTERN.fullmatch(text) is None:
        message = f"an ID has {ID_CHARACTERS} characters from a-z and 2-7"
        raise InvalidIdError(message, layer="spelling")
    value = b32decode(text.upper() + _PADDING)
    if format_id(value) != text:
        message = "this is a second spelling of another ID: its last character is wrong"
        raise InvalidIdError(message, layer="spare-bits")
    return kind(value)


def throw_away_id(random: bytes) -> AccountId:
    """Return the id of a throw-away account, made of the 16 bytes of a random id."""
    return AccountId(_THROW_AWAY + random[len(_THROW_AWAY) :])


def is_throw_away(account: AccountId) -> bool:
    """Tell whether an account was made by `strongroom.testing`."""
    return account.startswith(_THROW_AWAY)
