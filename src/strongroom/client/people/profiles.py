"""Names of principals: profiles in the account's names, and finding somebody by name.

Source: specs/formats.md sections 7, 8 and 9. A name or address decides whom a
key is sealed to, so the profile that has it is verified like any object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from strongroom.base64url import encode_base64url
from strongroom.client.change.holders import fetch_holders
from strongroom.client.change.owners import need_listed
from strongroom.client.view.containers import Container
from strongroom.client.view.entries import list_entries
from strongroom.client.view.names import only_one, try_id
from strongroom.client.view.objects import (
    Draft,
    Opened,
    OpenedOverview,
    need_details,
    open_listed,
)
from strongroom.client.view.session import Session
from strongroom.crypto.public.digests import Fingerprint
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.documents import text_of
from strongroom.errors import (
    ForbiddenError,
    InputError,
    LocalFileError,
    NotFoundError,
    StrongroomError,
)
from strongroom.ids import PrincipalId, format_id, profile_object
from strongroom.limits import EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from strongroom.secret import veil
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import Entry, EntryState
from strongroom.wire.messages import ListRequest
from strongroom.wire.people import PrincipalRow
from strongroom.wire.revisions import State

if TYPE_CHECKING:
    from strongroom.client.people.models import KeysDict

DESCRIPTION_CHARACTERS_MAX = 4_096  # a paragraph; the profile stays one small overview

# How errors call a principal.
_LABELS = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_ACCOUNT: "service account",
}

_STATES = {
    EntryState.ACTIVE: "ACTIVE",
    EntryState.SUSPENDED: "SUSPENDED",
    EntryState.REMOVED: "DELETED",
}


class Listed(msgspec.Struct, frozen=True):
    """One principal of the directory, with its profile where the caller may read it.

    The name is as lists show it (T21); `email` is the profile's, or the
    keeper's word where the profile has none.
    """

    entry: Entry
    name: str
    description: str
    email: str
    created_ms: int
    updated_ms: int
    ends: dict[Fingerprint, int]

    __rich_repr__ = veil

    @property
    def state(self) -> str:
        """The state as people and programs are told it: ACTIVE, SUSPENDED or DELETED."""
        return _STATES[EntryState(self.entry.state)]

    def __repr__(self) -> str:
        return f"Listed({format_id(self.entry.principal)!r})"


def names_container(session: Session) -> Container:
    """Return the container of the account's names, whose id follows from root document 0.

    Raises:
        ForbiddenError: The caller has no rights in it.
        IntegrityError: And its kinds: its record is not to be trusted.
    """
    container = session.directory.names_container()
    if container not in session.containers:
        message = "the account's names cannot be read"
        raise ForbiddenError(message)
    return session.need_container(container, ContainerKind.ACCOUNT)


async def list_principals(session: Session, kind: int | None = None) -> list[Listed]:
    """Return every principal of the directory, of one kind if asked.

    Raises:
        ConflictError: The directory changed at every attempt.
        IntegrityError: An entry is missing, or not to be trusted.
    """
    rows = await list_entries(session)
    profiles = await _profiles(session)
    return [
        _join(entry, profiles.get(entry.principal), row)
        for entry, row in rows
        if kind in (None, entry.kind)
    ]


def _join(entry: Entry, profile: OpenedOverview | None, row: PrincipalRow) -> Listed:
    overview: dict[str, Any] = profile.overview if profile else {}
    return Listed(
        entry,
        name=text_of(overview, "name"),
        description=text_of(overview, "description"),
        email=text_of(overview, "email") or row.email,
        created_ms=profile.revision.created_ms if profile else 0,
        updated_ms=profile.revision.updated_ms if profile else 0,
        ends={end.fp: end.ends_ms for end in row.ends},
    )


async def _profiles(session: Session) -> dict[PrincipalId, OpenedOverview]:
    """Return all profiles that the caller may read, none where it may not read the names."""
    try:
        names = names_container(session)
    except ForbiddenError:
        return {}
    profiles: dict[PrincipalId, OpenedOverview] = {}
    after = b""
    while True:
        request = ListRequest(container=names.id, states=(State.ACTIVE,), after=after)
        answer = await session.transport.call(request)
        for stored in answer.revisions:
            try:
                opened = open_listed(names, stored, session.marks)
            except LocalFileError:
                raise
            except StrongroomError:
                continue  # one damaged profile must not hide the others
            profiles[PrincipalId(opened.revision.object)] = opened
        if answer.next <= after:
            return profiles
        after = answer.next


async def find_principal(session: Session, text: str, kind: PrincipalKind) -> Listed:
    """Return the one principal of a kind with an id, name or e-mail address.

    Raises:
        NotFoundError: None.
        AmbiguousError: Several; `candidates` are their ids.
        IntegrityError: The profile that has the name is not to be trusted.
    """
    label, rows = _LABELS[kind], await list_principals(session, kind)
    wanted, folded = try_id(text, PrincipalId), text.strip(" ").casefold()
    matching = [row for row in rows if row.entry.principal == wanted]
    if not matching and folded:
        by_email = [row for row in rows if row.email.casefold() == folded]
        matching = by_email or [row for row in rows if row.name.casefold() == folded]
    alive = [row for row in matching if row.entry.state != EntryState.REMOVED] or matching
    message = f"no {label} has that ID, name or e-mail address"
    chosen = only_one(alive, id_of=lambda row: row.entry.principal, label=label, nothing=message)
    if chosen.entry.principal != wanted:
        await _check_profile(session, chosen, folded=folded, label=label)
    return chosen


async def current_keys(session: Session, principal: PrincipalId) -> KeysDict:
    """Return the current keys of a principal, verified.

    Raises:
        NotFoundError: There is no such principal.
        IntegrityError: Its key is forged or missing.
    """
    holder = (await fetch_holders(session, [principal])).need(principal)
    return {
        "fingerprint": holder.entry.current.fp.hex(),
        "publicKey": encode_base64url(holder.enc_pk),
    }


async def _check_profile(session: Session, listed: Listed, *, folded: str, label: str) -> None:
    """Verify the profile that led to a principal before anything is sealed to it (T4)."""
    opened = await open_profile(session, listed.entry.principal)
    texts = (text_of(opened.overview, "email"), text_of(opened.overview, "name"))
    if folded not in (text.casefold() for text in texts):
        message = (
            f"no {label} with that name could be verified; the list shows one that is not verified"
        )
        raise NotFoundError(message, tag=f"{label}NotFound", hint=f"name the {label} by its ID")


async def open_profile(session: Session, principal: PrincipalId) -> Opened:
    """Return a verified profile, opened.

    Raises:
        NotFoundError: There is none.
    """
    return await session.fresh(lambda: _fetch(session, principal))


async def _fetch(session: Session, principal: PrincipalId) -> Opened:
    return await session.fetch(
        names_container(session).id, profile_object(principal), kind=ContainerKind.ACCOUNT
    )


def new_profile(
    principal: PrincipalId, name: str, *, description: str = "", email: str = ""
) -> Draft:
    """Return the first profile of a principal."""
    overview = {"name": check_name(name), "description": check_description(description)}
    return Draft(
        object=profile_object(principal),
        overview=overview | ({"email": email} if email else {}),
        details={},
    )


async def edit_profile(
    session: Session, principal: PrincipalId, *, name: str | None, description: str | None = None
) -> None:
    """Write a profile's next version; `None` leaves a part as it is.

    Raises:
        ForbiddenError: The caller is neither owner nor administrator.
        InputError: A name or description that a principal cannot have.
    """
    await session.ready()
    need_listed(session)
    before = await open_profile(session, principal)
    overview = dict(before.overview)
    if name is not None:
        overview["name"] = check_name(name)
    if description is not None:
        overview["description"] = check_description(description)
    draft = Draft(
        object=profile_object(principal),
        overview=overview,
        details=need_details(before),
        before=before,
    )
    await session.write(names_container(session).id, [draft], kind=ContainerKind.ACCOUNT)


def check_name(name: str) -> str:
    """Return a name that a principal may have.

    Raises:
        InputError: Empty, longer than 254 characters, or not printable.
    """
    stripped = name.strip(" ")
    if not 1 <= len(stripped) <= NAME_CHARACTERS_MAX or not name.isprintable():
        message = f"a name must have 1 to {NAME_CHARACTERS_MAX} printable characters"
        raise InputError(message)
    return stripped


def check_email(email: str) -> str:
    """Return an e-mail address that a user may have.

    Raises:
        InputError: No @ inside, blanks, or more than 254 characters.
    """
    # Nothing is ever mailed, so only what would break a line or a lookup is refused.
    plain = email.isprintable() and " " not in email and "@" in email[1:-1]
    if not plain or len(email) > EMAIL_CHARACTERS_MAX:
        message = f"an e-mail address must have an @ and at most {EMAIL_CHARACTERS_MAX} characters"
        raise InputError(message)
    return email


def check_description(description: str) -> str:
    """Return a description that a principal may have.

    Raises:
        InputError: Longer than 4,096 characters.
    """
    if len(description) > DESCRIPTION_CHARACTERS_MAX:
        message = f"a description has at most {DESCRIPTION_CHARACTERS_MAX} characters"
        raise InputError(message)
    return description
