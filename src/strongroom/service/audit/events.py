"""From a change to the words of the audit log: what was there before, and what is there now.

The words are those of the Events API; where it has none, `update` and a word
in `aux_info` say it. Source: specs/formats.md section 20.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

import msgspec

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.ids import PrincipalId
from strongroom.wire.access import AccessRecord, ContainerKind
from strongroom.wire.entries import Entry, EntryState
from strongroom.wire.revisions import Revision, State
from strongroom.wire.roots import RootDocument

PRINCIPAL_TYPES: Final = {
    PrincipalKind.USER: "user",
    PrincipalKind.GROUP: "group",
    PrincipalKind.SERVICE_ACCOUNT: "sa",
}
_CONTAINER_TYPES: Final = {
    ContainerKind.VAULT: "vault",
    ContainerKind.ENVIRONMENT: "env",
    ContainerKind.GROUP: "group",
    ContainerKind.ACCOUNT: "account",
}
_STATE_WORDS: Final = {
    EntryState.ACTIVE: "reactive",
    EntryState.SUSPENDED: "suspend",
    EntryState.REMOVED: "delete",
}
# By the state out of which an object comes back.
_BACK_WORDS: Final[dict[int, str]] = {
    State.ARCHIVED: "unarchive",
    State.DELETED: "recover",
}
# New, changed and dropped rows of a record: in groups people are members.
_MEMBER_WORDS: Final = ("join", "role", "leave")
_ACCESS_WORDS: Final = ("grant", "update", "revoke")


class Event(msgspec.Struct, frozen=True):
    """What happened to one object, in words and ids."""

    action: str
    object_type: str
    object: bytes
    aux: bytes = b""
    aux_info: str = ""


def entry_events(before: Entry | None, after: Entry) -> Iterator[Event]:
    """Tell what a new or changed entry means; a new group is told by its record."""
    kind = PRINCIPAL_TYPES[PrincipalKind(after.kind)]
    who = after.principal
    if before is None:
        if after.kind == PrincipalKind.USER:
            yield Event("join", kind, who)
        elif after.kind == PrincipalKind.SERVICE_ACCOUNT:
            yield Event("create", kind, who)
        return
    if after.state != before.state:
        yield Event(_STATE_WORDS[EntryState(after.state)], kind, who)
    if after.keysets != before.keysets:
        yield Event("changekeys", kind, who, aux_info=str(after.current.number))
    if after.flags != before.flags:
        yield Event("update", kind, who, aux_info="flags")
    if after.expires_ms != before.expires_ms:
        yield Event("update", kind, who, aux_info="expiry")


def root_events(before: RootDocument, after: RootDocument) -> Iterator[Event]:
    """Tell whose role a root document changes, and what else."""
    old, new = _roles(before), _roles(after)
    for who in sorted(old.keys() | new.keys()):
        if old.get(who) != new.get(who):
            yield Event("role", "user", who, aux_info=new.get(who, "member"))
    if after.generation != before.generation:
        yield Event("update", "account", after.account, aux_info="restore")
    if after.policy != before.policy:
        yield Event("update", "account", after.account, aux_info="policy")


def _roles(root: RootDocument) -> dict[PrincipalId, str]:
    administrators = {row.principal: "administrator" for row in root.administrators}
    return administrators | {row.principal: "owner" for row in root.owners}


def record_events(before: AccessRecord | None, after: AccessRecord) -> list[Event]:
    """Tell what a new access record means; there is always something to tell."""
    kind = _CONTAINER_TYPES[ContainerKind(after.kind)]
    events = list(_row_events(before, after))
    if before is None:
        # The account itself is told when it is made.
        if after.kind != ContainerKind.ACCOUNT:
            events.insert(0, Event("create", kind, after.container))
        return events
    if after.epoch != before.epoch:
        events.append(Event("changekeys", kind, after.container, aux_info=str(after.epoch)))
    return events or [Event("update", kind, after.container, aux_info="access")]


def _row_events(before: AccessRecord | None, after: AccessRecord) -> Iterator[Event]:
    # Whoever makes a container has it: the first record's own row says nothing new.
    new = _bits(after)
    old = {who: new[who] for who in new if who == after.signer}
    if before is not None:
        old = _bits(before)
    for who in chain(new, (one for one in old if one not in new)):
        kind, bits = new.get(who) or old[who]
        if old.get(who) == new.get(who):
            continue
        words = _MEMBER_WORDS if after.kind == ContainerKind.GROUP else _ACCESS_WORDS
        action = words[0] if who not in old else words[2] if who not in new else words[1]
        info = str(bits) if who in new else ""
        yield Event(action, _row_type(after, kind), after.container, aux=who, aux_info=info)


def _bits(record: AccessRecord) -> dict[PrincipalId, tuple[int, int]]:
    """Return kind and bits of every accessor; one with two keysets has two rows."""
    found: dict[PrincipalId, tuple[int, int]] = {}
    for row in record.accessors:
        bits = found.get(row.principal, (0, 0))[1] | row.permissions
        found[row.principal] = (row.kind, bits)
    return found


def _row_type(record: AccessRecord, kind: int) -> str:
    if record.kind == ContainerKind.GROUP:
        return "gm"
    return "gva" if kind == PrincipalKind.GROUP else "uva"


def revision_event(revision: Revision, state_before: int, profile_of: str) -> Event:
    """Tell what a stored revision means.

    Args:
        state_before: The object's state before, 0 if it is new.
        profile_of: The type of the principal that a profile describes.
    """
    action, info = _state_words(revision, state_before)
    if revision.is_container_object:
        kind = _CONTAINER_TYPES[ContainerKind(revision.kind)]
        return Event(action, kind, revision.container, aux_info=info)
    if revision.kind == ContainerKind.ACCOUNT:
        return Event("update", profile_of, revision.object, aux_info="profile")
    return Event(action, "item", revision.object, aux=revision.container, aux_info=info)


def _state_words(revision: Revision, before: int) -> tuple[str, str]:
    if revision.version == 1:
        return "create", ""
    if revision.state == State.DELETED:
        return "delete", ""
    if revision.state == State.ARCHIVED:
        return "update", "archive" if before == State.ACTIVE else ""
    return "update", _BACK_WORDS.get(before, "")
