"""Permission bits: their values, names and what each needs beside it.

Source: specs/formats.md section 6; the values are those of the 1Password SDKs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from strongroom.errors import InputError

# What an invite makes of a person (section 11).
ROLES: Final = ("member", "administrator", "owner")

RECOVER_VAULT: Final = 1
MANAGE_VAULT: Final = 2
REVEAL_ITEM_PASSWORD: Final = 16
READ_ITEMS: Final = 32
UPDATE_ITEMS: Final = 64
CREATE_ITEMS: Final = 128
ARCHIVE_ITEMS: Final = 256
DELETE_ITEMS: Final = 512
UPDATE_ITEM_HISTORY: Final = 1024
SEND_ITEMS: Final = 1 << 20
IMPORT_ITEMS: Final = 1 << 21
EXPORT_ITEMS: Final = 1 << 22
PRINT_ITEMS: Final = 1 << 23

_READ_REVEAL: Final = READ_ITEMS | REVEAL_ITEM_PASSWORD
_READ_HISTORY: Final = _READ_REVEAL | UPDATE_ITEM_HISTORY

# bit → (name in the command line, bits that it needs)
_BITS: Final = {
    MANAGE_VAULT: ("manage_vault", 0),
    REVEAL_ITEM_PASSWORD: ("view_and_copy_passwords", READ_ITEMS),
    READ_ITEMS: ("view_items", 0),
    UPDATE_ITEMS: ("edit_items", _READ_REVEAL),
    CREATE_ITEMS: ("create_items", READ_ITEMS),
    ARCHIVE_ITEMS: ("archive_items", _READ_REVEAL | UPDATE_ITEMS),
    DELETE_ITEMS: ("delete_items", _READ_REVEAL | UPDATE_ITEMS),
    UPDATE_ITEM_HISTORY: ("view_item_history", _READ_REVEAL),
    SEND_ITEMS: ("copy_and_share_items", _READ_HISTORY),
    IMPORT_ITEMS: ("import_items", READ_ITEMS | CREATE_ITEMS),
    EXPORT_ITEMS: ("export_items", _READ_HISTORY),
    PRINT_ITEMS: ("print_items", _READ_HISTORY),
}
ALL_BITS: Final = sum(_BITS)

# The three words with which a service account's rights are given.
SERVICE_ACCOUNT_WORDS: Final = {
    "read_items": _READ_HISTORY,
    "write_items": _READ_HISTORY | CREATE_ITEMS | UPDATE_ITEMS | ARCHIVE_ITEMS | DELETE_ITEMS,
    "share_items": _READ_HISTORY | SEND_ITEMS,
}

# The three broad words with which people's and groups' rights are given.
BROAD_WORDS: Final = {
    "allow_viewing": _READ_HISTORY,
    "allow_editing": CREATE_ITEMS
    | UPDATE_ITEMS
    | ARCHIVE_ITEMS
    | DELETE_ITEMS
    | IMPORT_ITEMS
    | EXPORT_ITEMS
    | SEND_ITEMS
    | PRINT_ITEMS,
    "allow_managing": MANAGE_VAULT,
}

# The SDK's own example grants this mask without REVEAL; it is stored with it.
_EXAMPLE_MASK: Final = READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS


def check_permissions(mask: int) -> int:
    """Return the mask to store.

    Raises:
        InputError: Unknown bits, or a bit whose needs are missing; the
            message lists them.
    """
    if mask == _EXAMPLE_MASK:
        return mask | REVEAL_ITEM_PASSWORD
    if mask & ~ALL_BITS:
        message = f"permission mask {mask} holds unknown bits"
        raise InputError(message)
    missing = missing_permissions(mask)
    if missing:
        message = f"these permissions are needed too: {', '.join(permission_names(missing))}"
        raise InputError(message, hint="grant them together")
    return mask


def permission_names(mask: int) -> list[str]:
    """Return the command-line names of the bits in a mask."""
    return [name for bit, (name, _) in _BITS.items() if mask & bit]


def missing_permissions(mask: int) -> int:
    """Return the bits that those of a mask need and that it lacks."""
    needed = 0
    for bit, (_, needs) in _BITS.items():
        if mask & bit:
            needed |= needs
    return needed & ~mask


def dependent_permissions(*, held: int, taken: int) -> int:
    """Return the bits of `held` that cannot stay when `taken` go."""
    rest = held & ~taken
    dependent = 0
    for bit, (_, needs) in _BITS.items():
        # The needs in the table are complete, so one look at each bit finds all.
        if rest & bit and needs & ~rest:
            dependent |= bit
    return dependent


def parse_permissions(words: Iterable[str]) -> int:
    """Return the bits of permission names and broad words.

    Raises:
        InputError: An unknown word, or none.
    """
    names = {name: bit for bit, (name, _) in _BITS.items()} | BROAD_WORDS
    mask = 0
    for word in words:
        if word not in names:
            message = f'"{word}" isn\'t a permission'
            raise InputError(
                message, hint=f"use {', '.join((*BROAD_WORDS, *permission_names(-1)))}"
            )
        mask |= names[word]
    if not mask:
        message = "no permission is named"
        raise InputError(message, hint=f"use {', '.join((*BROAD_WORDS, *permission_names(-1)))}")
    return mask


def permission_words(mask: int, *, broad: bool) -> list[str]:
    """Return names for bits: broad words where all of one are there, if those are wanted."""
    words: list[str] = []
    for word, bits in BROAD_WORDS.items() if broad else ():
        if mask & bits == bits:
            words.append(word)
            mask &= ~bits
    return words + permission_names(mask)
