"""Refusals for want of a permission: which action, on what, and whom to ask.

The engine knows ids and permission bits; the command knows what was to be done
and by which names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from strongroom.errors import ForbiddenError, MissingPermissionError

ASK_TO_READ: Final = "ask a manager of the vault, or create a service account with read_items"
ASK_TO_WRITE: Final = "ask a manager of the vault, or create a service account with write_items"
ASK_TO_SHARE: Final = "ask a manager of the vault, or create a service account with share_items"
ASK_TO_MANAGE: Final = "ask a manager of the vault"
ASK_TO_MAKE_VAULTS: Final = (
    "ask an administrator, or create a service account with --can-create-vaults"
)
ASK_TO_ADMINISTER: Final = "ask an owner or administrator of the account"
ASK_FOR_TOKENS: Final = "ask an owner or administrator of the account"
# Three ways lead to an account on this computer.
NO_ACCOUNT_HINT: Final = (
    "run `strongroom account create`; with an invite, `strongroom account join`; "
    "with an Emergency Kit, `strongroom account add --kit FILE`"
)


@contextmanager
def permission_to(action: str, *, hint: str) -> Iterator[None]:
    """Say of a refusal what was refused.

    Args:
        action: As in `you may not …`.
        hint: Whom to ask, unless the refusal has another reason.

    Raises:
        ForbiddenError: The refusal, named.
    """
    try:
        yield
    except ForbiddenError as error:
        bare = isinstance(error, MissingPermissionError)
        message = f"you may not {action}" + ("" if bare else f": {error.message}")
        raise ForbiddenError(message, hint=error.hint or hint, tag=error.tag) from None
