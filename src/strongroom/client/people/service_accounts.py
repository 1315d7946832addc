"""Service accounts: made by an owner or administrator, shown once as a token.

Source: specs/formats.md sections 4 and 11. Entry, head, access records and
profile are one change: either the token works everywhere or nothing happened.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from strongroom.client.change.authority import choose_authority
from strongroom.client.change.change import Change, commit
from strongroom.client.change.dues import Dues
from strongroom.client.change.owners import need_listed
from strongroom.client.change.rotation import settle
from strongroom.client.people.profiles import (
    Listed,
    check_name,
    current_keys,
    edit_profile,
    find_principal,
    list_principals,
    names_container,
    new_profile,
)
from strongroom.client.view.containers import Container
from strongroom.client.view.names import need_id, own_title
from strongroom.client.view.session import Session
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.digests import Fingerprint
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.tokens import Token, format_token
from strongroom.errors import ForbiddenError, InputError, NotFoundError
from strongroom.ids import ContainerId, PrincipalId, format_id
from strongroom.limits import INTEGER_MAX
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD, check_permissions
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import MAY_CREATE_VAULTS, Entry, EntryState
from strongroom.wire.messages import KeysetEnd

if TYPE_CHECKING:
    from strongroom.client.people.models import GrantDict, KeysDict, ServiceAccountDict

_KIND = PrincipalKind.SERVICE_ACCOUNT


Ids = list[str]
Grants = list["GrantDict"]
_GRANTED = (ContainerKind.VAULT, ContainerKind.ENVIRONMENT)


class ServiceAccounts:
    """Credentials for machines."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(
        self,
        name: str,
        vaults: Mapping[str, int],
        *,
        environments: Mapping[str, int] | None = None,
        can_create_vaults: bool = False,
        expires_ms: int | None = None,
    ) -> Secret[str]:
        """Make a service account and return its token, which nobody can show again.

        Args:
            vaults: Permission bits by vault id.
            environments: Permission bits by environment id.
            expires_ms: End of the token in Unix milliseconds, or `None`.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                a container cannot be given.
            InputError: No name, or permissions that lack what they need.
        """
        check_name(name)
        session = self._session
        _check_end(expires_ms, now=session.clock())
        masks = _masks(vaults, "vault") | _masks(environments or {}, "environment")
        keyset = Keyset.make()
        await session.ready()

        async def build() -> Change:
            need_listed(session)
            names = names_container(session)
            containers = {need_granted(session, key): bits for key, bits in masks.items()}
            change = await Change.begin(session, containers=[*containers, names])
            flags = MAY_CREATE_VAULTS if can_create_vaults else 0
            entry = change.ledger.add_keyset(_KIND, keyset, flags=flags, expires_ms=expires_ms or 0)
            for container, bits in containers.items():
                change.set_rights(
                    container, change.active_rights(container) | {entry.principal: bits}
                )
            if can_create_vaults:
                # It must be able to name groups, hence to read the account's names (section 7).
                bits = READ_ITEMS | REVEAL_ITEM_PASSWORD
                change.set_rights(names, change.active_rights(names) | {entry.principal: bits})
            change.keep_current(names)
            change.write(names.id, new_profile(entry.principal, name))
            return change

        await commit(session, build)
        principal = _principal(session, keyset)
        return self._token(session.directory.entry(principal), principal, keyset, expires_ms or 0)

    async def list(self, *, deleted: bool = False) -> list[ServiceAccountDict]:
        """Return every service account: id, name, state, times, and what it may do."""
        rows = await list_principals(self._session, _KIND)
        return [_as_dict(row) for row in rows if deleted or row.entry.state != EntryState.REMOVED]

    async def find(self, text: str) -> ServiceAccountDict:
        """Return the one service account with an id or name.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        return _as_dict(await find_principal(self._session, text, _KIND))

    async def keys(self, text: str) -> KeysDict:
        """Return the current keys of a service account, as `Users.keys` does."""
        listed = await find_principal(self._session, text, _KIND)
        return await current_keys(self._session, listed.entry.principal)

    async def grants(self, text: str) -> Grants:
        """Return the vaults and environments that a service account may use.

        Only those that the caller sees: id, kind, title and permission bits of each.

        Raises:
            NotFoundError: There is no such service account.
        """
        listed = await find_principal(self._session, text, _KIND)
        session, principal = self._session, listed.entry.principal
        return [
            {
                "id": format_id(room.id),
                "kind": ContainerKind(room.record.kind).name.lower(),
                "title": own_title(session, room) or "",
                "permissions": room.record.permissions(principal),
            }
            for room in _rooms(session, principal)
            if room.record.kind in _GRANTED
        ]

    async def edit(self, text: str, *, name: str) -> ServiceAccountDict:
        """Rename a service account.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        listed = await find_principal(self._session, text, _KIND)
        await edit_profile(self._session, listed.entry.principal, name=name)
        return await self.find(format_id(listed.entry.principal))

    async def rotate(self, text: str, *, old_ends_ms: int | None = None) -> Secret[str]:
        """Give a service account new keys; return its new token.

        Args:
            old_ends_ms: Until when the old token works too (Unix milliseconds);
                `None` ends it now, and its containers get new keys.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator, or
                may not manage a container that it sees the service account in.
            InputError: An end in the past.
        """
        session = self._session
        _check_end(old_ends_ms, now=session.clock())
        listed = await find_principal(self._session, text, _KIND)
        principal, keyset = listed.entry.principal, Keyset.make()
        if not listed.entry.is_active:
            message = f"service account {format_id(principal)} was revoked"
            raise ForbiddenError(message)

        async def build() -> Change:
            need_listed(session)
            rooms = _rooms(session, principal)
            change = await Change.begin(session, principals=[principal], containers=rooms)
            before = change.entry(principal)
            change.ledger.replace_keys(principal, keyset, overlap=old_ends_ms is not None)
            for container in rooms:
                _need_managed(session, container)
                change.set_rights(container, change.active_rights(container))
            if old_ends_ms is not None:
                change.ends = tuple(
                    KeysetEnd(principal, old.fp, old_ends_ms)
                    for old in before.keysets
                    if not old.until
                )
            return change

        await commit(session, build)
        entry = session.directory.entry(principal)
        return self._token(entry, principal, keyset, listed.entry.expires_ms)

    async def finish_rotations(self) -> Ids:
        """End the keys of old tokens whose agreed time has come; return their accounts' ids.

        Their containers are rotation due afterwards.
        """
        session = self._session
        now = session.clock()
        rows = await list_principals(session, _KIND)
        done = {row.entry.principal: fps for row in rows if (fps := _ended_keys(row, now))}

        async def build() -> Change:
            need_listed(session)
            change = await Change.begin(session, principals=done)
            for principal, fps in done.items():
                change.ledger.end_older_keys(principal, fps)
            return change

        if done:
            await commit(session, build)
        return [format_id(principal) for principal in done]

    async def revoke(self, text: str) -> Dues:
        """Revoke a service account at once and for good; its containers get new keys.

        Returns:
            The containers that were rotated, and those that wait for somebody who may.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        listed = await find_principal(self._session, text, _KIND)
        session, principal = self._session, listed.entry.principal

        async def build() -> Change:
            need_listed(session)
            change = await Change.begin(session, principals=[principal])
            change.ledger.set_state(principal, EntryState.REMOVED)
            return change

        if listed.entry.state != EntryState.REMOVED:
            await commit(session, build)
        return await settle(session)

    def _token(
        self, entry: Entry | None, principal: PrincipalId, keyset: Keyset, expires_ms: int
    ) -> Secret[str]:
        """Return a token. It names a head under which its keys are in the directory."""
        session = self._session
        pin, head = session.marks.pin, session.directory.head
        rev = max(head.rev, entry.entry_rev if entry else head.rev)
        token = Token(
            url=session.transport.url,
            srv=b"",
            account=session.account,
            principal=principal,
            seed=keyset.expose_seed(),  # the token is where the seed lives from now on
            root_version=pin.version,
            root_hash=pin.hash,
            generation=head.generation,
            rev=rev,
            expires_ms=expires_ms or None,
        )
        return Secret(format_token(token))


def need_granted(session: Session, container_id: ContainerId) -> Container:
    """Return a vault or environment that can be given to somebody.

    Raises:
        NotFoundError: None that the caller may see.
        ForbiddenError: It is a personal vault.
    """
    held = session.containers.get(container_id)
    kind = held.record.kind if held else ContainerKind.VAULT
    if held is not None and kind not in _GRANTED:
        message = f"there is no vault or environment {format_id(container_id)} that you may use"
        raise NotFoundError(message)
    container = session.need_container(container_id, kind)
    if container.record.is_personal:
        message = "a personal vault cannot be given to a service account"
        raise ForbiddenError(message)
    return container


def _masks(grants: Mapping[str, int], label: str) -> dict[ContainerId, int]:
    return {
        need_id(key, ContainerId, label=label): check_permissions(bits)
        for key, bits in grants.items()
    }


def _principal(session: Session, keyset: Keyset) -> PrincipalId:
    enc_hash = sha256(keyset.enc_pk)
    return derive_principal_id(session.account, _KIND, enc_hash, keyset.sign_pk)


def _rooms(session: Session, principal: PrincipalId) -> list[Container]:
    """Return the containers in which a principal has a row, as far as the caller sees them."""
    return [
        session.need_container(row.id, row.record.kind)
        for row in session.containers.values()
        if row.record.row(principal) is not None
    ]


def _ended_keys(listed: Listed, now: int) -> set[Fingerprint]:
    """Return the older keysets of an active account that are open, though their time has come."""
    older = {keyset.fp for keyset in listed.entry.keysets[:-1] if not keyset.until}
    ended = {fp for fp, ends in listed.ends.items() if ends <= now}
    return older & ended if listed.entry.is_active else set()


def _need_managed(session: Session, container: Container) -> None:
    """Refuse a rotation that would leave a container closed to the new token."""
    try:
        choose_authority(session, session.place(), container, session.view.groups)
    except ForbiddenError:
        message = f"the service account also uses {container.name}, which you may not manage"
        hint = "ask somebody who manages it to rotate the token; revoking it needs no such right"
        raise ForbiddenError(message, hint=hint) from None


def _check_end(expires_ms: int | None, *, now: int) -> None:
    if expires_ms is not None and not now < expires_ms <= INTEGER_MAX:
        message = "the end of a service account must be in the future"
        raise InputError(message)


def _as_dict(listed: Listed) -> ServiceAccountDict:
    entry = listed.entry
    overlaps = [ends for fp, ends in listed.ends.items() if _is_open(entry, fp)]
    return {
        "id": format_id(entry.principal),
        "name": listed.name,
        "state": listed.state,
        "canCreateVaults": bool(entry.flags & MAY_CREATE_VAULTS),
        "createdAt": listed.created_ms,
        "expiresAt": entry.expires_ms or None,
        "creatorId": format_id(entry.creator),
        "oldTokenEndsAt": max(overlaps) if overlaps else None,
    }


def _is_open(entry: Entry, fp: Fingerprint) -> bool:
    keyset = entry.keyset(fp)
    return keyset is not None and not keyset.until
