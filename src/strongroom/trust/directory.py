"""The directory: root documents from the pin, the head, entries by path.

Rules, in the order in which they refuse (specs/formats.md section 4):

1. Root documents form a chain from the pin; each is signed by an owner of the
   one before; generations never fall.
2. The head names the newest of them, is signed by somebody listed there, and
   never goes back.
3. An entry has a path to the head, the id that its first keyset gives, and,
   where the root document lists it, the keyset named there.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from strongroom.crypto.public.digests import NO_FINGERPRINT, NO_HASH, Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.crypto.public.signatures import is_small_order, verify
from strongroom.errors import ForbiddenError, ForkError, IntegrityError, RollbackError
from strongroom.errors.refusals import RESTORED_HINT
from strongroom.ids import AccountId, format_id
from strongroom.trust.merkle import fold_path, hash_leaf
from strongroom.trust.signers import check_numbers
from strongroom.trust.states import follows
from strongroom.wire.entries import Entry, EntryKeyset, parse_entry
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.roots import RootDocument, parse_root
from strongroom.wire.signed import SignedRoot


class Pin(msgspec.Struct, frozen=True):
    """The root document that a client trusts: version and hash."""

    version: int
    hash: Hash


class HeadMark(msgspec.Struct, frozen=True):
    """The newest head that a client has seen; `hash` is empty where only numbers are known."""

    generation: int
    rev: int
    hash: Hash = NO_HASH


def verify_root_chain(
    account: AccountId, pin: Pin, documents: Sequence[SignedRoot]
) -> list[RootDocument]:
    """Walk the chain of root documents; return them all, the newest last.

    Args:
        documents: Ascending by version. Those below the pin are proven by
            hashes alone, the pinned one by its hash, later ones by signature.

    Raises:
        RollbackError: None is as new as the pin.
        ForkError: The pinned version has another hash.
        IntegrityError: Wrong shape, account, chain or signature.
        ForbiddenError: Signed by somebody who was not an owner.
    """
    roots = [parse_root(document.body) for document in documents]
    if any(root.account != account for root in roots):
        message = "a root document belongs to another account"
        raise IntegrityError(message, layer="context")
    for root in roots:
        check_numbers("a root document", root.version, root.generation, root.from_rev)
    if not roots or roots[-1].version < pin.version:
        message = "the account's root document is older than the one this client trusts"
        raise RollbackError(message, layer="pin", hint=RESTORED_HINT)
    for root, document in zip(roots, documents, strict=True):
        if root.version == pin.version and sha256(document.body) != pin.hash:
            message = "the account's root document is not the one this client trusts"
            raise ForkError(message, layer="pin")
    if roots[0].version > pin.version:
        raise _broken_chain()
    for before, after in zip(range(len(roots)), range(1, len(roots)), strict=False):
        _check_link(roots[before], documents[before], roots[after])
        if roots[after].version > pin.version:
            _check_owner_signature(roots[before], documents[after])
    return roots


def _check_link(before: RootDocument, signed: SignedRoot, after: RootDocument) -> None:
    if after.version != before.version + 1 or after.previous != sha256(signed.body):
        raise _broken_chain()
    if after.generation < before.generation or after.from_rev <= before.from_rev:
        raise _broken_chain()


def _check_owner_signature(before: RootDocument, document: SignedRoot) -> None:
    for signer, signature in document.signatures:
        row = before.owner(signer)
        if row is not None:
            verify(row.sign_pk, signature, document.body, what="a root document")
            return
    message = "a root document is not signed by an owner"
    raise ForbiddenError(message, layer="signer")


def _broken_chain() -> IntegrityError:
    return IntegrityError("the chain of root documents is broken", layer="chain")


def verify_head(
    account: AccountId,
    roots: Sequence[RootDocument],
    root_hash: Hash,
    *,
    body: bytes,
    signature: bytes,
    mark: HeadMark | None,
) -> Head:
    """Check a head against the newest accepted root document.

    Args:
        root_hash: Hash of the body of `roots[-1]`.
        mark: The newest head that the client has seen.

    Raises:
        IntegrityError: Wrong shape, account, root document or signature.
        ForbiddenError: Signed by somebody who is not listed.
        RollbackError: Older than the mark.
        ForkError: The rev of the mark with another hash.
    """
    head = parse_head(body)
    if head.account != account:
        message = "a directory head belongs to another account"
        raise IntegrityError(message, layer="context")
    check_numbers("the directory head", head.generation, head.rev, head.root_version)
    root = roots[-1]
    named = (head.root_version, head.root_hash, head.generation)
    if named != (root.version, root_hash, root.generation) or head.rev < root.from_rev:
        message = "the directory head does not belong to the newest root document"
        raise IntegrityError(message, layer="root")
    signer = root.signer(head.signer)
    if signer is None:
        message = "the directory head is not signed by an owner or administrator"
        raise ForbiddenError(message, layer="signer")
    verify(signer.sign_pk, signature, body, what="the directory head")
    check_head_mark(head, sha256(body), mark)
    return head


def check_head_mark(head: Head, head_hash: Hash, mark: HeadMark | None) -> None:
    """Refuse a head that is older than, or another than, the one already seen."""
    if mark is None:
        return
    position = (head.generation, head.rev)
    if position < (mark.generation, mark.rev):
        message = "the directory is older than this client has already seen"
        raise RollbackError(message, layer="mark", hint=RESTORED_HINT)
    if position == (mark.generation, mark.rev) and mark.hash and mark.hash != head_hash:
        message = "there are two directories with the same rev"
        raise ForkError(message, layer="mark")


def verify_entry(head: Head, root: RootDocument, body: bytes, path: Sequence[Hash]) -> Entry:
    """Check an entry against a verified head.

    Raises:
        IntegrityError: Not in the tree, wrong shape, account or id, or a
            listed principal that is not active under the listed keyset.
    """
    entry = parse_entry(body)
    if fold_path(hash_leaf(body), index=entry.index, count=head.count, path=path) != head.tree_root:
        message = "a directory entry is not part of the directory"
        raise IntegrityError(message, layer="path")
    check_entry(head, root, entry)
    return entry


def check_entry(head: Head, root: RootDocument, entry: Entry) -> None:
    """Check what an entry says of itself: account, revs, id, and its keyset if it is listed.

    Args:
        head: The head under which it is in the directory.
    """
    account, name = head.account, format_id(entry.principal)
    if entry.account != account:
        message = f"principal {name} belongs to another account"
        raise IntegrityError(message, layer="context")
    if entry.entry_rev > head.rev or max(_revs(entry)) > entry.entry_rev:
        message = f"principal {name} has an entry from a directory that does not exist yet"
        raise IntegrityError(message, layer="context")
    if any(is_small_order(keyset.sign_pk) for keyset in entry.keysets):
        message = f"principal {name} has a signing key with which anybody can sign"
        raise IntegrityError(message, layer="form")
    first = entry.keysets[0]
    if entry.kind != PrincipalKind.GROUP and (
        first.number != 1
        or entry.principal
        != derive_principal_id(account, entry.kind, first.enc_pk_hash, first.sign_pk)
    ):
        message = f"principal {name} does not have the keys that its ID stands for"
        raise IntegrityError(message, layer="principal-id")
    listed = root.listed(entry.principal)
    if listed and not (entry.is_active and listed == {entry.current.fp}):
        message = f"principal {name} is listed as owner or administrator with other keys"
        raise IntegrityError(message, layer="listed")


def check_entry_follows(before: Entry, after: Entry) -> None:
    """Refuse an entry that rewrites what a client has already seen of a principal.

    Raises:
        IntegrityError: Another id, index or kind, an earlier keyset changed in
            more than its end or left out (groups drop the oldest), an end
            moved, or a past or forbidden move of state (layer `entry`).
    """
    same = (before.principal, before.index, before.kind)
    moved = same != (after.principal, after.index, after.kind)
    twice = before.entry_rev == after.entry_rev and before != after
    if moved or twice or not follows(before, after) or not _keeps_keysets(before, after):
        message = f"principal {format_id(after.principal)} changed something that cannot change"
        raise IntegrityError(message, layer="entry")


def _keeps_keysets(before: Entry, after: Entry) -> bool:
    """Tell whether an entry has the keysets of an earlier one, then newer ones.

    An end is set once, after what was seen: a reopened keyset of a group would
    make the records of its former members count again.
    """
    held = {row.number: row for row in before.keysets}
    later = {row.number: row for row in after.keysets}
    dropped = [number for number in held if number not in later]
    may_drop = after.kind == PrincipalKind.GROUP and max(dropped, default=0) < min(later)
    if dropped and not may_drop:
        return False
    return all(
        _same_keyset(held[number], row, seen=before.entry_rev)
        if number in held
        else number > before.current.number
        for number, row in later.items()
    )


def _same_keyset(before: EntryKeyset, after: EntryKeyset, *, seen: int) -> bool:
    ended = before.until == 0 and after.until > seen
    return after == before or (ended and msgspec.structs.replace(after, until=0) == before)


def _revs(entry: Entry) -> list[int]:
    keysets = [rev for row in entry.keysets for rev in (row.since, row.until)]
    return [entry.state_rev, *keysets, *(gap.until for gap in entry.gaps)]


def check_encryption_key(entry: Entry, enc_pk: bytes, fp: Fingerprint = NO_FINGERPRINT) -> None:
    """Check an encryption key, fetched beside its entry, before anything is sealed to it.

    Args:
        fp: Fingerprint of an open keyset; empty: of the current one.

    Raises:
        IntegrityError: Not the key of that keyset (layer `key-hash`).
    """
    keyset = entry.keyset(fp) if fp else entry.current
    if (
        keyset is None
        or keyset.until
        or sha256(enc_pk) != keyset.enc_pk_hash
        or derive_fingerprint(entry.principal, entry.kind, enc_pk=enc_pk, sign_pk=keyset.sign_pk)
        != keyset.fp
    ):
        message = f"the encryption key of principal {format_id(entry.principal)} is forged"
        raise IntegrityError(message, layer="key-hash")
