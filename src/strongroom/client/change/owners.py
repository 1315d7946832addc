"""Who may act for the whole account: owners and administrators, as the root document lists them.

The service asks the same; here it is asked first, so that nothing is made that would be refused.
"""

from __future__ import annotations

from strongroom.client.view.session import Session
from strongroom.errors import ForbiddenError
from strongroom.errors.refusals import ASK_AN_OWNER, ASK_LISTED


def need_owner(session: Session) -> None:
    """Refuse whoever is not an owner.

    Raises:
        ForbiddenError: The caller is not an owner.
    """
    if session.directory.root.owner(session.principal) is None:
        raise not_an_owner()


def not_an_owner() -> ForbiddenError:
    """Return the error for whoever is not an owner."""
    return ForbiddenError("only an owner can do this", hint=ASK_AN_OWNER)


def need_listed(session: Session) -> None:
    """Refuse whoever is neither owner nor administrator.

    Raises:
        ForbiddenError: The caller is neither.
    """
    if session.directory.root.signer(session.principal) is None:
        message = "only owners and administrators can do this"
        raise ForbiddenError(message, hint=ASK_LISTED)
