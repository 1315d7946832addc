"""Service accounts: made by an owner or administrator, shown once as a token.

Source: specs/formats.md sections 4 and 11. Entry, head, access records and
profile are one change: either the token works everywhere or nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import msgspec

from strongroom.client.containers import Container
from strongroom.client.names import need_id
from strongroom.client.objects import Draft, seal_revision
from strongroom.client.records import Recipient, add_accessors
from strongroom.client.session import ATTEMPTS_MAX, Session
from strongroom.client.view import kept_changing
from strongroom.crypto.hashes import sha256
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.tokens import Token, format_token
from strongroom.errors import ConflictError, ForbiddenError, InputError, StrongroomError
from strongroom.limits import INTEGER_MAX
from strongroom.permissions import (
    CREATE_ITEMS,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    check_permissions,
)
from strongroom.secret import Secret, veil
from strongroom.trust.merkle import append_leaf, hash_leaf
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import MAY_CREATE_VAULTS, Entry, EntryKeyset, EntryState
from strongroom.wire.heads import Head
from strongroom.wire.messages import (
    CommitRequest,
    DirectoryChange,
    EntryWrite,
    PrincipalsAnswer,
    PrincipalsRequest,
)
from strongroom.wire.signed import SignedBody

NAME_CHARACTERS_MAX = 512  # as for titles: the profile stays one small overview


class _New(msgspec.Struct, frozen=True):
    """A service account in the making: its keys and its entry."""

    keyset: Keyset
    entry: Entry
    head: Head

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "_New([secret])"


class ServiceAccounts:
    """Credentials for machines."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self,
        name: str,
        vaults: Mapping[str, int],
        *,
        can_create_vaults: bool = False,
        expires_ms: int | None = None,
    ) -> Secret[str]:
        """Make a service account and return its token, which nobody can show again.

        Args:
            vaults: Permission bits by vault id.
            expires_ms: End of the token in Unix milliseconds, or `None`.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                a vault cannot be given.
            InputError: No name, or permissions that lack what they need.
        """
        if not name.strip(" ") or len(name) > NAME_CHARACTERS_MAX:
            message = f"a service account's name has 1 to {NAME_CHARACTERS_MAX} characters"
            raise InputError(message)
        session = self._session
        _check_end(expires_ms, now=session.clock())
        masks = {need_id(key, what="vault"): check_permissions(m) for key, m in vaults.items()}
        for attempts in range(ATTEMPTS_MAX):
            await session.sync()
            self._check_may_create()
            try:
                new = await self._prepare(
                    can_create_vaults=can_create_vaults, expires_ms=expires_ms
                )
                work = partial(self._request, name, new, masks, can_create_vaults=can_create_vaults)
                request = await session.runtime.call(work)
                await session.transport.call("commit", request)
            except ConflictError:
                await session.back_off(attempts)
                continue
            # The account is stored, and only the token opens it: what follows must not fail.
            token = self._token(new)
            with suppress(StrongroomError):
                await session.sync()
            return token
        raise kept_changing()

    async def _prepare(self, *, can_create_vaults: bool, expires_ms: int | None) -> _New:
        """Make keys and entry for the place behind the directory's last entry."""
        session = self._session
        answer: PrincipalsAnswer = await session.transport.call("principals", PrincipalsRequest())
        last = session.directory.add_entry(answer.last) if self._is_current(answer) else None
        if last is None or last.index != session.directory.head.count - 1:
            message = "the directory was changed at the same time"
            raise ConflictError(message, hint="try again")
        return self._make(answer, can_create_vaults=can_create_vaults, expires_ms=expires_ms)

    def _is_current(self, answer: PrincipalsAnswer) -> bool:
        return self._session.directory.is_at(answer.head)

    def _check_may_create(self) -> None:
        if self._session.directory.root.signer(self._session.principal) is None:
            message = "only owners and administrators make service accounts"
            raise ForbiddenError(message)

    def _make(
        self, answer: PrincipalsAnswer, *, can_create_vaults: bool, expires_ms: int | None
    ) -> _New:
        session = self._session
        before = session.directory.head
        keyset = Keyset.make()
        kind = PrincipalKind.SERVICE_ACCOUNT
        enc_hash = sha256(keyset.enc_pk)
        principal = derive_principal_id(session.account, kind, enc_hash, keyset.sign_pk)
        rev = before.rev + 1
        fp = keyset.fingerprint(principal, kind)
        entry = Entry(
            account=session.account,
            index=before.count,
            principal=principal,
            kind=kind,
            entry_rev=rev,
            state=EntryState.ACTIVE,
            state_rev=rev,
            flags=MAY_CREATE_VAULTS if can_create_vaults else 0,
            creator=session.principal,
            expires_ms=expires_ms or 0,
            keysets=(EntryKeyset(1, fp, enc_hash, keyset.sign_pk, rev, 0),),
        )
        head = msgspec.structs.replace(
            before,
            rev=rev,
            previous=sha256(before.encode()),
            count=before.count + 1,
            # From a verified path only (section 4).
            tree_root=append_leaf(
                hash_leaf(answer.last.body),
                count=before.count,
                path=answer.last.path,
                leaf=hash_leaf(entry.encode()),
            ),
            created_ms=session.clock(),
            signer=session.principal,
        )
        return _New(keyset, entry, head)

    def _request(
        self, name: str, new: _New, masks: Mapping[bytes, int], *, can_create_vaults: bool
    ) -> CommitRequest:
        session = self._session
        head_body = new.head.encode()
        directory = DirectoryChange(
            entries=(EntryWrite(body=new.entry.encode(), enc_pk=new.keyset.enc_pk),),
            head=SignedBody(head_body, session.keyset.sign(head_body)),
        )
        # Records and profile are signed under the head that this very change makes.
        place = msgspec.structs.replace(session.place(), directory_rev=new.head.rev)
        records = [
            add_accessors(session, place, self._grantable(vault), [_recipient(new, mask)])
            for vault, mask in masks.items()
        ]
        names = self._account_container()
        if can_create_vaults:
            # It must be able to name groups, hence to read the account's names (section 7).
            bits = READ_ITEMS | REVEAL_ITEM_PASSWORD
            change = add_accessors(session, place, names, [_recipient(new, bits)])
            records.append(change)
            state = msgspec.structs.replace(names.state, record=change.record)
            names = Container.with_key(state, names.key())
        draft = Draft(
            object=new.entry.principal, overview={"name": name, "description": ""}, details={}
        )
        acting = session.act(names, CREATE_ITEMS)
        profile = seal_revision(place, names, acting, draft, session.keyset)
        return CommitRequest(directory=directory, records=tuple(records), revisions=(profile,))

    def _grantable(self, vault: bytes) -> Container:
        container = self._session.need_container(vault)
        if container.record.is_personal:
            message = "a personal vault cannot be given to a service account"
            raise ForbiddenError(message)
        return container

    def _account_container(self) -> Container:
        """Return the container of the account's names: the founder's, and the only one."""
        root = self._session.directory.roots()[0]
        found = [
            row
            for row in self._session.containers.values()
            if row.record.kind == ContainerKind.ACCOUNT and root.owner(row.record.creator)
        ]
        if len(found) != 1:
            message = "the account's names cannot be read"
            raise ForbiddenError(message)
        names = self._session.need_container(found[0].id, ContainerKind.ACCOUNT)
        self._session.directory.access.check_writable(names.record)
        return names

    def _token(self, new: _New) -> Secret[str]:
        session = self._session
        pin = session.marks.pin
        token = Token(
            url=session.transport.url,
            srv=b"",
            account=session.account,
            principal=new.entry.principal,
            seed=new.keyset.expose_seed(),  # the token is where the seed lives from now on
            root_version=pin.version,
            root_hash=pin.hash,
            generation=new.head.generation,
            rev=new.head.rev,
            expires_ms=new.entry.expires_ms or None,
        )
        return Secret(format_token(token))


def _check_end(expires_ms: int | None, *, now: int) -> None:
    if expires_ms is not None and not now < expires_ms <= INTEGER_MAX:
        message = "the end of a service account lies in the future"
        raise InputError(message)


def _recipient(new: _New, permissions: int) -> Recipient:
    entry = new.entry
    return Recipient(entry.principal, entry.kind, entry.current.fp, new.keyset.enc_pk, permissions)
