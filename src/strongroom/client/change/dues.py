"""What is due: containers that need a new record, and why.

Source: specs/formats.md section 6, "Changing permissions, rotation, writers".
"""

from __future__ import annotations

from typing import Final

import msgspec

GONE: Final = (
    "somebody who had its key has left or has new keys, or a restored database was accepted"
)
UNSIGNED: Final = "its record was signed by somebody who had lost the right"
UNSEALABLE: Final = (
    "nothing can be sealed to that key (remove the user and invite the person again, or replace "
    "the token)"
)
NOT_A_MEMBER: Final = (
    "to settle it, an administrator who is a member must make a member an administrator, or "
    "delete it (op group delete)"
)
UNMANAGED: Final = (
    "nobody is left who may manage it: move its content to a new one, or, unless it is private, "
    "let an owner or administrator who can open it give somebody that right"
)
FIRST_LOOK: Final = (
    "this computer has not seen that record before: check who is in the group "
    "(op group user list), then run strongroom doctor --fix"
)


class Due(msgspec.Struct, frozen=True):
    """A container that needs a new record, why, and whether the caller could sign it."""

    container: str
    kind: str
    reason: str
    done: bool = False
    hint: str = ""


Dues = list[Due]
