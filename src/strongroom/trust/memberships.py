"""Whether a group's record shows who acts through the group.

Source: specs/formats.md section 6, "A group's record is dated by the group's
entry". Such a record travels as evidence, by its hash: whoever is no member
sees neither the group's container nor what was in it before.
"""

from __future__ import annotations

from typing import Protocol

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import PrincipalId
from strongroom.permissions import MANAGE_VAULT
from strongroom.trust.signers import Dated, only_by_root, signer_by_root
from strongroom.wire.access import AccessRecord, Authority, ContainerKind
from strongroom.wire.entries import Entry
from strongroom.wire.roots import RootDocument


class ThroughGroup(Dated, Protocol):
    """A record or revision that may be signed through a group."""

    @property
    def via(self) -> PrincipalId:
        """The row under which its signer acts: its own id, or a group's."""

    @property
    def group_hash(self) -> Hash:
        """Hash of the group's record that lists the signer, or empty."""


def acts_for_group(entry: Entry | None, record: AccessRecord, dated: Dated) -> bool:
    """Tell whether a group's record can be named by what is signed through the group.

    A group's epochs are its keysets, so its verified entry dates its records:
    an older record under today's directory is a past membership (section 6).

    Args:
        entry: The verified entry of the group.
        record: The group's record.
        dated: What names it.
    """
    rev = dated.directory_rev
    if entry is None or entry.kind != PrincipalKind.GROUP or record.directory_rev > rev:
        return False
    return entry.was_active_at(rev) and _epoch_held(entry, epoch=record.epoch, rev=rev)


def _epoch_held(entry: Entry, *, epoch: int, rev: int) -> bool:
    oldest = entry.keysets[0]
    if epoch < oldest.number:
        return rev < oldest.since
    return any(row.number == epoch and row.holds_at(rev) for row in entry.keysets)


def reaches(earlier: AccessRecord, record: AccessRecord) -> bool:
    """Tell whether MANAGE in an earlier record of a container may still be named in a later one.

    In a group it ends with the epoch, so that nobody who managed it once does
    so for ever. In other containers managers rotate, and carry on (section 6).
    """
    return record.kind != ContainerKind.GROUP or earlier.epoch == record.epoch


def managers(root: RootDocument, record: AccessRecord) -> set[PrincipalId]:
    """Return who may sign a group's records by a row in it: nobody in the role groups."""
    if record.kind != ContainerKind.GROUP or only_by_root(root, record):
        return set()
    return {row.principal for row in record.accessors if row.permissions & MANAGE_VAULT}


def could_sign_at(
    record: AccessRecord, entry: Entry | None, root: RootDocument | None, rev: int
) -> bool:
    """Tell whether the signer of a group's record could sign it at a later rev as well.

    A record that somebody signed "as of" a time when it still had a role shows
    no membership of today. For a manager this is half of the rule: the record
    that gives MANAGE must fulfil it as well.

    Args:
        entry: The verified entry of the record's signer.
        root: The root document in force at `rev`.
    """
    keyset = entry.keyset(record.signer_fp) if entry is not None else None
    if entry is None or keyset is None:
        return False
    if not entry.was_active_at(rev) or not keyset.holds_at(rev):
        return False
    if record.authority == Authority.MANAGER:
        return True
    row = signer_by_root(root, record, record.signer) if root is not None else None
    return row is not None and row.fp == record.signer_fp
