"""The next state of the directory in the making: entries, root document, head.

Source: specs/formats.md sections 4, 5 and 11. Everything is computed from
entries and paths that were verified under the head before.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from strongroom.client.change.holders import Holders
from strongroom.client.change.owners import not_an_owner
from strongroom.client.view.place import Place
from strongroom.client.view.session import Session
from strongroom.crypto.grants import try_sealing
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.errors import ForbiddenError, IntegrityError, InvalidKeyError
from strongroom.ids import NO_PRINCIPAL, PrincipalId, format_id
from strongroom.limits import KEYSETS_PER_PRINCIPAL_MAX, RESTORE_REV_STEP
from strongroom.trust.merkle import PartialTree, hash_leaf
from strongroom.trust.states import move_state
from strongroom.wire.entries import Entry, EntryKeyset, EntryState
from strongroom.wire.messages import DirectoryChange, EntryWrite
from strongroom.wire.roots import RootDocument
from strongroom.wire.signed import SignedBody, SignedRoot


class Restored(msgspec.Struct, frozen=True):
    """What an owner knows beside a restored file: the newest rev and root document."""

    rev: int
    root: RootDocument
    root_hash: Hash


class Ledger:
    """Collects changes of the directory; `finish` signs them as one head."""

    def __init__(
        self, session: Session, holders: Holders, *, restored: Restored | None = None
    ) -> None:
        """Start from the verified head of the session's view.

        Args:
            restored: Given, this accepts a restored file: a new generation,
                far ahead of every rev that was ever used (section 15).
        """
        self._session = session
        self._holders = holders
        self._head = session.directory.head
        self._root_changes: dict[str, Any] = {}
        self._writes: dict[PrincipalId, Entry] = {}
        # Of keysets that are new in the directory: encryption key, and auth key of tokens.
        self._keys: dict[PrincipalId, tuple[bytes, bytes]] = {}
        self._added = 0
        self._now = session.clock()
        root = session.directory.root
        self._base, self._base_hash = root, session.directory.root_hash(root.version)
        self.rev = self._head.rev + 1
        if restored is not None:
            self._base, self._base_hash = restored.root, restored.root_hash
            self.rev = max(self._head.rev, restored.rev) + RESTORE_REV_STEP
            self._root_changes["generation"] = restored.root.generation + 1

    @property
    def root(self) -> RootDocument:
        """The root document that will be in force."""
        if not self._root_changes:
            return self._base
        return msgspec.structs.replace(
            self._base,
            version=self._base.version + 1,
            previous=self._base_hash,
            from_rev=self.rev,
            created_ms=self._now,
            **self._root_changes,
        )

    def entry(self, principal: PrincipalId) -> Entry:
        """Return an entry as it will be."""
        if principal in self._writes:
            return self._writes[principal]
        return self._holders.need(principal).entry

    def enc_pk(self, principal: PrincipalId) -> bytes:
        """Return the encryption key that a principal will have."""
        if principal in self._keys:
            return self._keys[principal][0]
        return self._holders.need(principal).enc_pk

    def add_keyset(
        self,
        kind: int,
        keyset: Keyset,
        *,
        flags: int = 0,
        expires_ms: int = 0,
        group: PrincipalId = NO_PRINCIPAL,
    ) -> Entry:
        """Add a principal whose keys are at hand; return its entry.

        Args:
            group: Id of the group whose entry this is; others have that of their keys.
        """
        return self.add(
            kind,
            enc_pk=keyset.enc_pk,
            sign_pk=keyset.sign_pk,
            auth_pk=_auth_pk(kind, keyset),
            flags=flags,
            expires_ms=expires_ms,
            group=group,
        )

    def add(
        self,
        kind: int,
        *,
        enc_pk: bytes,
        sign_pk: bytes,
        auth_pk: bytes = b"",
        flags: int = 0,
        expires_ms: int = 0,
        group: PrincipalId = NO_PRINCIPAL,
    ) -> Entry:
        """Add a principal by its public keys; return its entry.

        Raises:
            InvalidKeyError: Nothing can be sealed to its encryption key.
        """
        enc_hash = sha256(enc_pk)
        principal = group or derive_principal_id(self._session.account, kind, enc_hash, sign_pk)
        entry = Entry(
            account=self._session.account,
            index=self._head.count + self._added,
            principal=principal,
            kind=kind,
            entry_rev=self.rev,
            state=EntryState.ACTIVE,
            state_rev=self.rev,
            flags=flags,
            creator=self._session.principal,
            expires_ms=expires_ms,
            keysets=(
                make_row(
                    number=1,
                    principal=principal,
                    kind=kind,
                    enc_pk=enc_pk,
                    sign_pk=sign_pk,
                    since=self.rev,
                ),
            ),
        )
        self._added += 1
        self._writes[principal] = entry
        self._set_keys(entry, enc_pk=enc_pk, auth_pk=auth_pk)
        return entry

    def set_state(self, principal: PrincipalId, state: int) -> None:
        """Suspend, reactivate or remove a principal.

        Raises:
            ForbiddenError: It is an owner, an administrator or one of their
                groups, was removed, or came back from a suspension too often.
        """
        if self.root.listed(principal):
            message = "take the role of owner or administrator away before that"
            hint = (
                "an owner can: op group user revoke, with --group Owners or --group Administrators"
            )
            raise ForbiddenError(message, hint=hint)
        before = self.entry(principal)
        if before.state != state:
            self._put(move_state(before, state, rev=self.rev))

    def replace_keys(
        self, principal: PrincipalId, keyset: Keyset, *, overlap: bool = False
    ) -> Entry:
        """Give a principal a new current keyset; the one before ends unless both `overlap`."""
        before = self.entry(principal)
        kept = before.keysets if overlap else tuple(_ended(row, self.rev) for row in before.keysets)
        number = before.current.number + 1
        row = make_row(
            number=number,
            principal=principal,
            kind=before.kind,
            enc_pk=keyset.enc_pk,
            sign_pk=keyset.sign_pk,
            since=self.rev,
        )
        keysets = (*kept, row)
        if before.kind == PrincipalKind.GROUP:
            keysets = keysets[-KEYSETS_PER_PRINCIPAL_MAX:]
        elif len(keysets) > KEYSETS_PER_PRINCIPAL_MAX:
            message = f"a principal has at most {KEYSETS_PER_PRINCIPAL_MAX} keysets"
            raise ForbiddenError(message, hint="create a new service account instead")
        entry = msgspec.structs.replace(before, keysets=keysets)
        self._put(entry)
        self._set_keys(entry, enc_pk=keyset.enc_pk, auth_pk=_auth_pk(entry.kind, keyset))
        self._follow_in_root(principal, row.fp)
        return entry

    def end_older_keys(self, principal: PrincipalId, fps: Collection[Fingerprint]) -> None:
        """End keysets of a principal, by fingerprint, but never the current one."""
        before = self.entry(principal)
        older = tuple(
            _ended(row, self.rev) if row.fp in fps else row for row in before.keysets[:-1]
        )
        self._put(msgspec.structs.replace(before, keysets=(*older, before.current)))

    def set_root(self, **changes: Any) -> None:
        """Change the root document; only an owner can sign that.

        Raises:
            ForbiddenError: The caller is not an owner.
        """
        if self._base.owner(self._session.principal) is None:
            raise not_an_owner()
        self._root_changes |= changes

    def finish(self, *, older_roots: tuple[SignedRoot, ...] = ()) -> tuple[DirectoryChange, Place]:
        """Sign everything; return the change and the place under its head."""
        session, root = self._session, self.root
        tree = self._shown_tree()
        for entry in self._writes.values():
            leaf = hash_leaf(entry.encode())
            if entry.index < self._head.count:
                tree.replace(leaf, index=entry.index)
            else:
                tree.append(leaf)
        root_body = root.encode()
        head = msgspec.structs.replace(
            self._head,
            generation=root.generation,
            rev=self.rev,
            previous=sha256(self._head.encode()),
            root_version=root.version,
            root_hash=sha256(root_body),
            count=tree.count,
            tree_root=tree.root(),
            created_ms=self._now,
            signer=session.principal,
        )
        body = head.encode()
        roots = older_roots
        if self._root_changes:
            signature = session.keyset.sign(root_body)
            roots += (SignedRoot(root_body, ((session.principal, signature),)),)
        writes = tuple(
            EntryWrite(entry.encode(), *self._keys.get(principal, ()))
            for principal, entry in self._writes.items()
        )
        change = DirectoryChange(writes, SignedBody(body, session.keyset.sign(body)), roots)
        place = msgspec.structs.replace(
            session.place(),
            generation=root.generation,
            directory_rev=self.rev,
            root=root,
            root_hash=sha256(root_body),
        )
        return change, place

    def _shown_tree(self) -> PartialTree:
        tree = PartialTree(self._head.count)
        last = self._holders.last
        tree.show(hash_leaf(last.body), index=self._head.count - 1, path=last.path)
        for principal in self._writes:
            holder = self._holders.by_id.get(principal)
            if holder is not None:
                leaf = hash_leaf(holder.entry.encode())
                tree.show(leaf, index=holder.entry.index, path=holder.path)
        return tree

    def _set_keys(self, entry: Entry, *, enc_pk: bytes, auth_pk: bytes) -> None:
        try:
            try_sealing(enc_pk)
        except (InvalidKeyError, IntegrityError) as error:
            message = f"nothing can be sealed to the new key of {format_id(entry.principal)}"
            raise InvalidKeyError(message, hint="make new keys", layer=error.layer) from None
        self._keys[entry.principal] = (enc_pk, auth_pk)

    def _put(self, entry: Entry) -> None:
        self._writes[entry.principal] = msgspec.structs.replace(entry, entry_rev=self.rev)

    def _follow_in_root(self, group: PrincipalId, fp: Fingerprint) -> None:
        """Name a role group's new keys in the root document, which lists them."""
        root = self._session.directory.root
        if group == root.owners_group:
            self.set_root(owners_group_fp=fp)
        elif group == root.administrators_group:
            self.set_root(administrators_group_fp=fp)


def make_row(
    *, number: int, principal: PrincipalId, kind: int, enc_pk: bytes, sign_pk: bytes, since: int
) -> EntryKeyset:
    """Return the row of a keyset that is valid from a directory rev on."""
    fp = derive_fingerprint(principal, kind, enc_pk=enc_pk, sign_pk=sign_pk)
    return EntryKeyset(number, fp, sha256(enc_pk), sign_pk, since, 0)


def _auth_pk(kind: int, keyset: Keyset) -> bytes:
    """Return the key under which a service account's requests are verified; others have none."""
    return keyset.auth_pk if kind == PrincipalKind.SERVICE_ACCOUNT else b""


def _ended(row: EntryKeyset, rev: int) -> EntryKeyset:
    return row if row.until else msgspec.structs.replace(row, until=rev)
