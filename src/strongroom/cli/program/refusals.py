"""Refusals for want of a permission: which action, on what, and what to do about it.

The engine knows ids and permission bits, and says whom to ask where a role is missing; the
command knows what was to be done and by which names. What helps depends on who is refused: a
manager is not told to ask a manager, nor a person to make a service account.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from strongroom.errors import ForbiddenError, MissingPermissionError, StrongroomError
from strongroom.errors.refusals import CREATE_ANOTHER

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class Advice(msgspec.Struct, frozen=True):
    """What to do about a missing permission, by who lacks it."""

    person: str
    service_account: str

    def for_caller(self, engine: Engine, error: StrongroomError) -> str | None:
        """Return what to do about an error; nothing if it is not for want of a permission."""
        if error.hint is not None or not isinstance(error, MissingPermissionError):
            return error.hint
        is_person = engine.identity()["userType"] == "USER"
        return self.person if is_person else self.service_account


def by_manager(what: str, *, word: str = "") -> Advice:
    """Return the advice for what a manager of a vault or environment may allow.

    Args:
        what: "vault" or "environment"; its noun has the command that gives rights.
        word: What a service account has to be created with, if that helps.
    """
    command = {"vault": "op vault user grant", "environment": "op environment grant"}[what]
    machine = f"only people who manage the {what} can do this"
    if word:
        machine = CREATE_ANOTHER.format(need=f"{word} for the {what}")
    return Advice(f"a manager of the {what} can allow it: {command}", machine)


TO_READ: Final = by_manager("vault", word="read_items")
TO_WRITE: Final = by_manager("vault", word="write_items")
TO_SHARE: Final = by_manager("vault", word="share_items")
TO_MANAGE: Final = by_manager("vault")
TO_MANAGE_GROUP: Final = Advice(
    "a manager of the group can do it: op group user list shows who that is",
    "only people who manage the group can do this",
)
# Three ways lead to an account on this computer.
NO_ACCOUNT_HINT: Final = (
    "run `strongroom account create`; with an invite, `strongroom account join`; "
    "with an Emergency Kit, `strongroom account add --kit FILE`"
)


@contextmanager
def permission_to(engine: Engine, action: str, advice: Advice | None = None) -> Iterator[None]:
    """Say of a refusal what was refused.

    Args:
        engine: As whom the command acts.
        action: As in `you may not …`.
        advice: What to do where a permission is missing.

    Raises:
        ForbiddenError: The refusal, named.
    """
    try:
        yield
    except ForbiddenError as error:
        bare = isinstance(error, MissingPermissionError)
        message = f"you may not {action}" + ("" if bare else f": {error.message}")
        hint = error.hint if advice is None else advice.for_caller(engine, error)
        raise ForbiddenError(message, hint=hint, tag=error.tag) from None
