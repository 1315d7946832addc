"""Inviting people, and confirming whoever answered an invite.

Source: specs/formats.md section 11. What is believed comes out of the sealed
terms and the MAC under the link's secret, never out of the keeper's row.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from strongroom.base64url import encode_base64url
from strongroom.client.change.change import Change, commit
from strongroom.client.change.owners import need_listed, need_owner
from strongroom.client.change.roles import MEMBER, plan_role, role_containers
from strongroom.client.people.profiles import check_email, check_name, names_container, new_profile
from strongroom.client.view.session import Session
from strongroom.crypto.invites import (
    InviteKeys,
    InviteTerms,
    check_invite_expiry,
    check_join_mac,
    derive_invite_id,
    format_invite_link,
    make_invite_secret,
    open_invite,
    parse_invite_link,
    seal_invite,
)
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import (
    PrincipalKind,
    derive_fingerprint,
    derive_principal_id,
)
from strongroom.errors import (
    AmbiguousError,
    InputError,
    IntegrityError,
    NotFoundError,
    StrongroomError,
)
from strongroom.ids import container_of_group, format_id
from strongroom.limits import INVITE_LIFETIME_MS
from strongroom.permissions import ROLES
from strongroom.secret import Secret, veil
from strongroom.wire.access import ContainerKind
from strongroom.wire.people import (
    InviteCreateRequest,
    InviteDeleteRequest,
    InviteRow,
    InvitesRequest,
)

if TYPE_CHECKING:
    from strongroom.client.people.models import InviteDict, KeysDict


class Invite(msgspec.Struct, frozen=True):
    """An open invite.

    `terms` is `None` where it does not open, because new keys voided it or
    because it is for the owners alone (`is_closed`); what is told of it then is
    the keeper's word.
    """

    row: InviteRow
    terms: InviteTerms | None
    is_closed: bool = False

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"Invite({format_id(self.row.id)!r})"

    @property
    def joiner(self) -> str:
        """The id of who answered, empty while nobody has."""
        return format_id(self.row.joiner) if self.row.joiner else ""

    def keys(self) -> KeysDict | None:
        """Return the keys of who answered, as `Users.keys` does; `None` while nobody has.

        They are what the keeper says until `Invites.confirm` checks them.
        """
        row = self.row
        if not row.joiner:
            return None
        fp = derive_fingerprint(
            row.joiner, PrincipalKind.USER, enc_pk=row.enc_pk, sign_pk=row.sign_pk
        )
        return {"fingerprint": fp.hex(), "publicKey": encode_base64url(row.enc_pk)}

    def check_role(self, role: str) -> None:
        """Refuse another role than the invite is for; nothing where the terms do not open.

        Raises:
            InputError: It is for another one.
        """
        if self.terms is not None:
            _check_role(self.terms, role)

    def as_dict(self) -> InviteDict:
        """Return what a list shows."""
        return {
            "id": format_id(self.row.id),
            "email": self.terms.email if self.terms else self.row.email,
            "name": self.terms.name if self.terms else "",
            "role": self.terms.role if self.terms else self.row.role,
            "expiresAt": self.terms.expires_ms if self.terms else self.row.expires_ms,
            "createdAt": self.row.created_ms,
            "userId": self.joiner,
            "state": _state(self),
        }


def _state(invite: Invite) -> str:
    if invite.terms is None and not invite.is_closed:
        return "VOID"
    return "PENDING" if invite.row.joiner else "INVITED"


class Invites:
    """Invites of an account, for its owners and administrators."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def create(self, email: str, *, name: str = "", role: str = "member") -> Secret[str]:
        """Make an invite; return the link, which nobody can show again.

        Args:
            role: member, administrator or owner; only owners give the last two.

        Raises:
            ForbiddenError: The caller may not invite, or not to that role.
            ConflictError: Somebody has that e-mail address.
            InputError: An address, name or role that cannot be one.
        """
        check_email(email)
        if role not in ROLES:
            message = f"a role must be one of {', '.join(ROLES)}"
            raise InputError(message)
        session = self._session
        await session.ready()
        await session.sync()
        need_listed(session)
        if role != ROLES[0]:
            need_owner(session)
        secret = make_invite_secret()
        invite = derive_invite_id(secret)
        expires_ms = session.clock() + INVITE_LIFETIME_MS
        clean = check_name(name) if name else ""
        terms = InviteTerms(secret, email, role, expires_ms, clean)
        sealed = seal_invite(self._invite_keys(), session.account, invite, terms)
        row = InviteRow(id=invite, email=email, role=role, expires_ms=expires_ms, sealed=sealed)
        await session.transport.call(InviteCreateRequest(row))
        url, pin = session.transport.url, session.marks.pin
        return Secret(format_invite_link(url, secret, pin.hash))

    async def list(self) -> list[Invite]:
        """Return every open invite, with its terms where they open.

        Raises:
            ForbiddenError: The caller is neither owner nor administrator.
        """
        await self._session.ready()
        await self._session.sync_fresh()
        answer = await self._session.transport.call(InvitesRequest())
        return [self._open_terms(row) for row in answer.invites]

    async def of_link(self, link: Secret[str]) -> Invite:
        """Return the open invite behind a link."""
        # Exposed to find out which invite it is, here and nowhere else.
        secret = parse_invite_link(link.expose()).secret
        return await self.find(format_id(derive_invite_id(secret)))

    async def delete(self, text: str) -> None:
        """Withdraw an invite, by its id, e-mail address or the id of who answered."""
        invite = await self.find(text)
        await self._session.transport.call(InviteDeleteRequest(invite.row.id))

    async def find(self, text: str, *, answered: bool = False) -> Invite:
        """Return the one invite with an id, e-mail address, name or joiner.

        Args:
            answered: If several fit, look only at those that somebody has answered.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several.
        """
        folded = text.strip(" ").casefold()
        matching = [row for row in await self.list() if folded in _texts(row)]
        if not matching:
            message = "there is no open invite with that ID, name or e-mail address"
            raise NotFoundError(message, tag="userNotFound")
        if answered and len(matching) > 1:
            matching = [row for row in matching if row.row.joiner] or matching
        if len(matching) > 1:
            message = "more than one open invite matches"
            ids = tuple(format_id(row.row.id) for row in matching)
            raise AmbiguousError(message, candidates=ids, hint="name the invite by its ID")
        return matching[0]

    async def confirm(self, invite: Invite, *, role: str = ROLES[0]) -> str:
        """Take in whoever answered an invite; return the new user's id.

        Args:
            role: What the caller means to give; the invite must say the same.

        Raises:
            ExpiredError: The invite has expired, by its sealed terms.
            IntegrityError: The keys were not made by who holds the link, or
                the invite does not open, or was not made for the role that
                the service says.
            ForbiddenError: The caller may not give the role.
            InputError: The invite is for another role than was named.
        """
        await commit(self._session, partial(self._plan, invite, role))
        return format_id(invite.row.joiner)

    def _checked(self, invite: Invite) -> InviteTerms:
        session, row = self._session, invite.row
        if not row.joiner:
            message = f"nobody has answered the invite of {invite.as_dict()['email']} yet"
            raise NotFoundError(message, hint="the invited person runs: strongroom account join")
        # Asked again under every view: a rotation that is stored meanwhile voids the invite.
        terms = open_invite(self._invite_keys(), session.account, row.id, row.sealed, role=row.role)
        check_invite_expiry(terms, now=session.clock())
        check_join_mac(
            terms.secret,
            account=session.account,
            user=row.joiner,
            email=terms.email,
            enc_pk=row.enc_pk,
            sign_pk=row.sign_pk,
            mac=row.mac,
        )
        return terms

    async def _plan(self, invite: Invite, role: str) -> Change:
        session, row = self._session, invite.row
        need_listed(session)
        await self.find(format_id(row.id))  # another administrator may have been faster
        terms = self._checked(invite)
        _check_role(terms, role)
        root, names = session.directory.root, names_container(session)
        team = session.need_container(
            container_of_group(root.team_members_group), ContainerKind.GROUP
        )
        change = await Change.begin(session, containers=[team, names, *role_containers(session)])
        kind = PrincipalKind.USER
        user = derive_principal_id(session.account, kind, sha256(row.enc_pk), row.sign_pk)
        if user != row.joiner:
            message = f"the keys that answered the invite are not those of {invite.joiner}"
            raise IntegrityError(message, hint="invite the person again")
        change.ledger.add(kind, enc_pk=row.enc_pk, sign_pk=row.sign_pk)
        change.set_rights(team, change.active_rights(team) | {user: MEMBER})
        if terms.role != ROLES[0]:
            plan_role(change, user, terms.role)
        name = terms.name or terms.email
        change.keep_current(names)
        change.write(names.id, new_profile(user, name, email=terms.email))
        change.invite = row.id
        return change

    def _open_terms(self, row: InviteRow) -> Invite:
        session = self._session
        try:
            terms = open_invite(
                self._invite_keys(), session.account, row.id, row.sealed, role=row.role
            )
        except StrongroomError:
            is_owner = session.directory.root.owner(session.principal) is not None
            return Invite(row, None, is_closed=row.role in ROLES[1:] and not is_owner)
        return Invite(row, terms)

    def _invite_keys(self) -> InviteKeys:
        """Return the current keys of the groups that seal terms, as far as they are held."""
        session, root = self._session, self._session.directory.root
        administrators = session.need_container(
            container_of_group(root.administrators_group), ContainerKind.GROUP
        )
        if root.owner(session.principal) is None:
            return InviteKeys(administrators.key())
        owners = session.need_container(container_of_group(root.owners_group), ContainerKind.GROUP)
        return InviteKeys(administrators.key(), owners.key())


def _check_role(terms: InviteTerms, role: str) -> None:
    if terms.role != role:
        message = f"the invite of {terms.email} is for the role of {terms.role}, not {role}"
        raise InputError(message, hint=f"name the role to give: --role {terms.role}")


def _texts(invite: Invite) -> set[str]:
    shown = invite.as_dict()
    texts = {shown["id"], shown["email"].casefold(), shown["name"].casefold(), invite.joiner}
    return texts - {""}
