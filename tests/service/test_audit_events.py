"""What a change means in the words of the audit log: one case per kind of change."""

import msgspec
import pytest

from strongroom.permissions import ALL_BITS, READ_ITEMS
from strongroom.service.audit.events import (
    Event,
    entry_events,
    record_events,
    revision_event,
    root_events,
)
from strongroom.wire.access import Accessor, AccessRecord
from strongroom.wire.entries import Entry, EntryKeyset
from strongroom.wire.roots import RootDocument, RootSigner
from support.bodies import REVISION

ACCOUNT, ANA, BEN, BOX, TEAM = (name * 16 for name in (b"a", b"p", b"q", b"c", b"t"))
replace = msgspec.structs.replace


# -- entries -----------------------------------------------------------------------


def keyset(number):
    return EntryKeyset(number, bytes([number]) * 32, bytes(32), bytes(32), 1, 0)


def entry(kind=1, **facts):
    usual = {
        "account": ACCOUNT,
        "index": 0,
        "principal": ANA,
        "kind": kind,
        "entry_rev": 1,
        "state": 1,
        "state_rev": 1,
        "flags": 0,
        "creator": ANA,
        "expires_ms": 0,
        "keysets": (keyset(1),),
    }
    return Entry(**(usual | facts))


ENTRIES = {
    "a new user": (None, entry(), [Event("join", "user", ANA)]),
    "a new service account": (None, entry(3), [Event("create", "sa", ANA)]),
    "a new group, told by its record": (None, entry(2), []),
    "suspended": (entry(), entry(state=2), [Event("suspend", "user", ANA)]),
    "active again": (entry(state=2), entry(), [Event("reactive", "user", ANA)]),
    "removed": (entry(), entry(state=3), [Event("delete", "user", ANA)]),
    "a removed service account": (entry(3), entry(3, state=3), [Event("delete", "sa", ANA)]),
    "a removed group": (entry(2), entry(2, state=3), [Event("delete", "group", ANA)]),
    "other keys": (
        entry(),
        entry(keysets=(keyset(1), keyset(2))),
        [Event("changekeys", "user", ANA, aux_info="2")],
    ),
    "other flags": (entry(3), entry(3, flags=1), [Event("update", "sa", ANA, aux_info="flags")]),
    "another end": (
        entry(3),
        entry(3, expires_ms=9),
        [Event("update", "sa", ANA, aux_info="expiry")],
    ),
    "two things at once": (
        entry(3),
        entry(3, state=2, flags=1),
        [Event("suspend", "sa", ANA), Event("update", "sa", ANA, aux_info="flags")],
    ),
    "nothing": (entry(), entry(entry_rev=2), []),
}


@pytest.mark.parametrize(("before", "after", "told"), ENTRIES.values(), ids=ENTRIES.keys())
def test_entries(before, after, told):
    """Entries tell who came, went, was suspended, or has other keys or rights."""
    assert list(entry_events(before, after)) == told


# -- root documents ----------------------------------------------------------------


def root(owners, administrators=(), **facts):
    usual = {
        "account": ACCOUNT,
        "version": 0,
        "previous": b"",
        "generation": 0,
        "from_rev": 1,
        "created_ms": 0,
        "owners": tuple(RootSigner(one, bytes(32), bytes(32)) for one in owners),
        "administrators": tuple(RootSigner(one, bytes(32), bytes(32)) for one in administrators),
        "owners_group": b"1" * 16,
        "owners_group_fp": bytes(32),
        "administrators_group": b"2" * 16,
        "administrators_group_fp": bytes(32),
        "team_members_group": b"3" * 16,
        "policy": b"{}",
    }
    return RootDocument(**(usual | facts))


def role(who, name):
    return Event("role", "user", who, aux_info=name)


ROOTS = {
    "an administrator more": (root([ANA]), root([ANA], [BEN]), [role(BEN, "administrator")]),
    "an owner more": (root([ANA], [BEN]), root([ANA, BEN]), [role(BEN, "owner")]),
    "one less": (root([ANA, BEN]), root([ANA]), [role(BEN, "member")]),
    "two at once": (
        root([ANA]),
        root([BEN], [ANA]),
        [role(ANA, "administrator"), role(BEN, "owner")],
    ),
    "a restore": (
        root([ANA]),
        root([ANA], generation=1),
        [Event("update", "account", ACCOUNT, aux_info="restore")],
    ),
    "another policy": (
        root([ANA]),
        root([ANA], policy=b'{"a":1}'),
        [Event("update", "account", ACCOUNT, aux_info="policy")],
    ),
    "nothing": (root([ANA]), root([ANA], version=1), []),
}


@pytest.mark.parametrize(("before", "after", "told"), ROOTS.values(), ids=ROOTS.keys())
def test_roots(before, after, told):
    """Root documents tell whose role changed, and what else of the account."""
    assert list(root_events(before, after)) == told


# -- access records ----------------------------------------------------------------


def accessor(who, bits, kind=1, fp=b"\1"):
    return Accessor(who, kind, fp * 32, bits, bytes(32))


def record(kind, *rows, **facts):
    usual = {
        "account": ACCOUNT,
        "kind": kind,
        "subtype": 0,
        "container": BOX,
        "access_rev": 0,
        "previous": b"",
        "creator": ANA,
        "salt": bytes(32),
        "epoch": 1,
        "key_id": bytes(16),
        "link_hash": b"",
        "generation": 0,
        "directory_rev": 1,
        "authority": 1,
        "authority_rev": 0,
        "authority_hash": b"",
        "via": ANA,
        "group_hash": b"",
        "created_ms": 0,
        "signer": ANA,
        "signer_fp": bytes(32),
        "accessors": rows,
    }
    return AccessRecord(**(usual | facts))


VAULT, ENVIRONMENT, GROUP, NAMES = 1, 2, 3, 4
OWN = accessor(ANA, ALL_BITS)
READS = str(READ_ITEMS)
RECORDS = {
    "a new vault": (None, record(VAULT, OWN), [Event("create", "vault", BOX)]),
    "a new environment": (None, record(ENVIRONMENT, OWN), [Event("create", "env", BOX)]),
    "a new group": (None, record(GROUP, OWN), [Event("create", "group", BOX)]),
    "the account's names": (None, record(NAMES, OWN), []),
    "a new vault for others too": (
        None,
        record(VAULT, OWN, accessor(TEAM, READ_ITEMS, kind=2)),
        [Event("create", "vault", BOX), Event("grant", "gva", BOX, TEAM, READS)],
    ),
    "a user more": (
        record(VAULT, OWN),
        record(VAULT, OWN, accessor(BEN, READ_ITEMS)),
        [Event("grant", "uva", BOX, BEN, READS)],
    ),
    "a service account more": (
        record(VAULT, OWN),
        record(VAULT, OWN, accessor(BEN, READ_ITEMS, kind=3)),
        [Event("grant", "uva", BOX, BEN, READS)],
    ),
    "other rights": (
        record(VAULT, OWN, accessor(BEN, ALL_BITS)),
        record(VAULT, OWN, accessor(BEN, READ_ITEMS)),
        [Event("update", "uva", BOX, BEN, READS)],
    ),
    "a group less": (
        record(VAULT, OWN, accessor(TEAM, READ_ITEMS, kind=2)),
        record(VAULT, OWN),
        [Event("revoke", "gva", BOX, TEAM)],
    ),
    "a rotation with it": (
        record(VAULT, OWN, accessor(BEN, READ_ITEMS)),
        record(VAULT, OWN, epoch=2),
        [Event("revoke", "uva", BOX, BEN), Event("changekeys", "vault", BOX, aux_info="2")],
    ),
    "a member more": (
        record(GROUP, OWN),
        record(GROUP, OWN, accessor(BEN, READ_ITEMS)),
        [Event("join", "gm", BOX, BEN, READS)],
    ),
    "a member who manages": (
        record(GROUP, OWN, accessor(BEN, READ_ITEMS)),
        record(GROUP, OWN, accessor(BEN, ALL_BITS)),
        [Event("role", "gm", BOX, BEN, str(ALL_BITS))],
    ),
    "a member less": (
        record(GROUP, OWN, accessor(BEN, READ_ITEMS)),
        record(GROUP, OWN),
        [Event("leave", "gm", BOX, BEN)],
    ),
    "a second keyset of the same rights": (
        record(VAULT, OWN),
        record(VAULT, OWN, accessor(ANA, ALL_BITS, fp=b"\2")),
        [Event("update", "vault", BOX, aux_info="access")],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), RECORDS.values(), ids=RECORDS.keys())
def test_records(before, after, told):
    """Records tell who may do what from now on; each of an existing container tells something."""
    assert record_events(before, after) == told


# -- revisions ---------------------------------------------------------------------

ITEM = REVISION.object
ACTIVE, ARCHIVED, DELETED = 1, 2, 3


def item(action, info=""):
    return Event(action, "item", ITEM, BOX, info)


REVISIONS = {
    "a new item": ({"version": 1, "previous": b""}, 0, item("create")),
    "a changed item": ({}, ACTIVE, item("update")),
    "an archived item": ({"state": ARCHIVED}, ACTIVE, item("update", "archive")),
    "a changed archived item": ({"state": ARCHIVED}, ARCHIVED, item("update")),
    "an item back from the archive": ({}, ARCHIVED, item("update", "unarchive")),
    "a deleted item": ({"state": DELETED}, ACTIVE, item("delete")),
    "a recovered item": ({}, DELETED, item("update", "recover")),
    "a vault's title": ({"object": BOX}, ACTIVE, Event("update", "vault", BOX)),
    "a deleted vault": (
        {"object": BOX, "state": DELETED},
        ACTIVE,
        Event("delete", "vault", BOX),
    ),
    "variables": ({"object": BOX, "kind": ENVIRONMENT}, ACTIVE, Event("update", "env", BOX)),
    "somebody's name": (
        {"object": ANA, "kind": NAMES},
        ACTIVE,
        Event("update", "user", ANA, aux_info="profile"),
    ),
}


@pytest.mark.parametrize(("facts", "before", "told"), REVISIONS.values(), ids=REVISIONS.keys())
def test_revisions(facts, before, told):
    """Revisions tell what became of an item, a vault, an environment or a name."""
    assert revision_event(replace(REVISION, **facts), before, "user") == told
