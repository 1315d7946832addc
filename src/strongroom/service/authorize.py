"""Who may do what: the function that the dispatcher asks, and the one that use cases ask.

Deny by default: no row in the container, no entry, not active or expired are
all the same `not found` or `unauthorized`, so that nothing is learned.
Source: specs/formats.md sections 6 and 11.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Final

import msgspec

from strongroom.crypto.public.digests import NO_FINGERPRINT, Fingerprint
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    MissingPermissionError,
    NotFoundError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.ids import AccountId, ContainerId, PrincipalId, format_id
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD, permission_names
from strongroom.store.protocol import Transaction
from strongroom.wire.entries import MAY_CREATE_VAULTS, Entry, parse_entry
from strongroom.wire.roots import RootDocument

# A caller acts for itself and for every group in which it has a row. Kind 3 is a group. The order
# of a CROSS JOIN is kept: the other way round this would go through every vault of the caller.
ACTING_PRINCIPALS: Final = """(SELECT :caller UNION ALL
    SELECT k.id FROM containers k CROSS JOIN accessors g
        WHERE k.account = :account AND k.kind = 3 AND k.deleted_ms = 0
            AND g.account = :account AND g.principal = :caller AND g.container = k.id)"""
_ROWS: Final = f"""SELECT principal, permissions FROM accessors
    WHERE account = :account AND container = :container AND principal IN {ACTING_PRINCIPALS}"""
_CONTAINER = """SELECT kind, access_rev, epoch, deleted_ms FROM containers
    WHERE account = :account AND id = :container"""
_END = """SELECT ends_ms FROM keyset_ends
    WHERE account = :account AND principal = :caller AND fp = :fp"""
_ENTRY = "SELECT body FROM entries WHERE account = :account AND principal = :principal"


class Caller(msgspec.Struct, frozen=True):
    """Who asks, when (milliseconds), and with which keyset.

    Attributes:
        fp: The keyset of a service account; people ask with keys of their own.
        key_kind: What signed the request (section 13), 0 in the process.
        entry: The caller's entry, once it is authenticated: as it is in the directory that
            a commit has changed so far.
    """

    account: AccountId
    principal: PrincipalId
    now: int
    fp: Fingerprint = NO_FINGERPRINT
    key_kind: int = 0
    entry: Entry | None = None

    @property
    def is_user(self) -> bool:
        """Whether a person was authenticated."""
        return self.entry is not None and self.entry.kind == PrincipalKind.USER


class Standing(msgspec.Struct, frozen=True):
    """A caller's standing in a container: the bits of each row it may act under."""

    container: ContainerId
    kind: int
    access_rev: int
    epoch: int
    rows: dict[PrincipalId, int]

    @property
    def permissions(self) -> int:
        """All bits of all rows."""
        return sum_permissions(self.rows.values())

    @property
    def may_reveal(self) -> bool:
        """Whether details may leave the service."""
        return bool(self.permissions & REVEAL_ITEM_PASSWORD)


def sum_permissions(rows: Iterable[int]) -> int:
    """Return every bit that some row has."""
    return reduce(or_, rows, 0)


async def find_entry(
    transaction: Transaction, account: AccountId, principal: PrincipalId
) -> Entry | None:
    """Return the entry of a principal."""
    row = await transaction.one(_ENTRY, account=account, principal=principal)
    return parse_entry(row[0]) if row else None


async def authenticate(transaction: Transaction, caller: Caller) -> Entry:
    """Return the caller's entry.

    Raises:
        UnauthorizedError: Unknown, suspended, removed or a group; never said
            which. Of a service account also: with no keyset that is open.
        TokenExpiredError: A service account past its end.
    """
    entry = need_active(await find_entry(transaction, caller.account, caller.principal))
    if entry.kind == PrincipalKind.SERVICE_ACCOUNT and 0 < entry.expires_ms <= caller.now:
        message = "the service account token has expired"
        raise TokenExpiredError(message, hint="create a new service account")
    if entry.kind == PrincipalKind.SERVICE_ACCOUNT:
        await _check_keyset(transaction, caller, entry)
    return entry


def need_active(entry: Entry | None) -> Entry:
    """Return the entry of somebody who may act.

    Raises:
        UnauthorizedError: Unknown, suspended, removed or a group; never said which.
    """
    if entry is None or not entry.is_active or entry.kind == PrincipalKind.GROUP:
        message = "this account or token is not valid here"
        raise UnauthorizedError(message, hint="it may have been removed; ask an administrator")
    return entry


def may_create_vaults(entry: Entry, root: RootDocument) -> bool:
    """Return whether a principal may make vaults and environments (section 7)."""
    if entry.flags & MAY_CREATE_VAULTS:
        return True
    listed = root.signer(entry.principal) is not None
    return entry.kind == PrincipalKind.USER and (listed or root.members_create_vaults)


async def _check_keyset(transaction: Transaction, caller: Caller, entry: Entry) -> None:
    """Refuse a token that was replaced by a newer one, from the agreed time on."""
    keyset = entry.keyset(caller.fp)
    where = {"account": caller.account, "caller": caller.principal}
    end = await transaction.one(_END, **where, fp=caller.fp)
    if keyset is None or keyset.until or (end is not None and end[0] <= caller.now):
        message = "this token was replaced by a newer one"
        raise UnauthorizedError(message, hint="use the new token, or ask an administrator")


async def authorize(
    transaction: Transaction, caller: Caller, container: ContainerId, *, needed: int = READ_ITEMS
) -> Standing:
    """Return the caller's standing in a container that is not deleted.

    Args:
        needed: Bits of which each must be held in some row.

    Raises:
        NotFoundError: No such container, or none that the caller may see.
        ForbiddenError: A needed bit is missing.
    """
    found = await transaction.one(_CONTAINER, account=caller.account, container=container)
    rows = await transaction.all(
        _ROWS,
        account=caller.account,
        container=container,
        caller=caller.principal,
    )
    if found is None or found[3] or not rows:
        message = f"there is no container {format_id(container)} that you may use"
        raise NotFoundError(message)
    kind, access_rev, epoch, _ = found
    merged: dict[PrincipalId, int] = {}
    for principal, bits in rows:
        merged[principal] = merged.get(principal, 0) | bits
    access = Standing(container, kind, access_rev, epoch, merged)
    missing = needed & ~access.permissions
    if missing:
        message = f"you lack {', '.join(permission_names(missing))} in {format_id(container)}"
        raise MissingPermissionError(message)
    return access
