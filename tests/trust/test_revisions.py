"""Revisions: written by somebody who might, or refused (specs/formats.md section 8)."""

import msgspec
import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    RollbackError,
    StrongroomError,
)
from strongroom.limits import SEQUENCE_MAX
from strongroom.permissions import (
    ALL_BITS,
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    DELETE_ITEMS,
    MANAGE_VAULT,
    READ_ITEMS,
    UPDATE_ITEMS,
)
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import AskedObject, ObjectMark, RevisionVerifier, needed_permission
from strongroom.wire.access import ContainerKind, parse_access
from strongroom.wire.revisions import Revision, State
from support.trust_world import (
    ACCOUNT,
    ANA,
    BOB,
    CARA,
    DAN,
    HEAD_REV,
    ROBOT,
    make_epoch,
    make_record,
    make_root,
    make_world,
)

OVERVIEW, DETAILS = b"sealed overview", b"sealed details"
OBJECT = b"o" * 16


@pytest.fixture
def world():
    return make_world()


def make_revision(record, by, **changes):
    """Return a signed version 2 of an object under a record."""
    named = parse_access(record.body)
    revision = Revision(
        account=ACCOUNT,
        kind=named.kind,
        container=named.container,
        epoch=named.epoch,
        access_rev=named.access_rev,
        access_hash=sha256(record.body),
        generation=0,
        directory_rev=12,
        object=OBJECT,
        version=2,
        previous=b"p" * 32,
        state=State.ACTIVE,
        tag=b"t" * 16,
        created_ms=1,
        updated_ms=2,
        author=by.id,
        author_fp=by.fp,
        via=by.id,
        group_hash=b"",
        overview_hash=sha256(OVERVIEW),
        details_hash=sha256(DETAILS),
    )
    return by.sign(msgspec.structs.replace(revision, **changes).encode())


def first_version(**changes):
    return {"version": 1, "previous": b""} | changes


def read(world, record, signed, *, object_id=OBJECT, overview=OVERVIEW, details=DETAILS, mark=None):
    named = parse_access(record.body)
    asked = AskedObject(ACCOUNT, named.kind, named.container, object_id)
    verifier = RevisionVerifier(world, AccessVerifier(ACCOUNT, world))
    return verifier.verify(asked, signed, overview=overview, details=details, mark=mark)


def refusal(*args, **options):
    with pytest.raises(StrongroomError) as caught:
        read(*args, **options)
    return type(caught.value), caught.value.layer


@pytest.fixture
def record(world):
    """The record of a vault in which Cara may do everything, Dan only read, a robot write."""
    robot = ROBOT.row(READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS)
    signed = make_record(CARA, [CARA.row(), DAN.row(READ_ITEMS), robot])
    world.keep(signed)
    return signed


@pytest.mark.parametrize("author", [CARA, ROBOT], ids=["user", "service account"])
def test_author(world, record, author):
    """Who has the bit writes; the checked revision comes back."""
    assert read(world, record, make_revision(record, author)).author == author.id


VERSIONS = {
    "the first": (first_version(), CREATE_ITEMS),
    "an update": ({}, UPDATE_ITEMS),
    "archived": ({"state": State.ARCHIVED}, ARCHIVE_ITEMS),
    "deleted": ({"state": State.DELETED}, DELETE_ITEMS),
    "the vault's own, at first": (first_version(object=b""), MANAGE_VAULT),
    "the vault's own": ({"object": b""}, MANAGE_VAULT),
    "the vault's own, deleted": ({"object": b"", "state": State.DELETED}, MANAGE_VAULT),
}


@pytest.mark.parametrize(("changes", "bit"), VERSIONS.values(), ids=VERSIONS.keys())
def test_needed_bit(world, changes, bit):
    """Each kind of change needs its own bit, and that bit is enough."""
    for bits, may in ((bit, True), (ALL_BITS & ~bit, False)):
        record = make_record(CARA, [CARA.row(bits)])
        world.keep(record)
        object_id = changes.get("object", OBJECT) or parse_access(record.body).container
        signed = make_revision(record, CARA, **(changes | {"object": object_id}))
        if may:
            assert read(world, record, signed, object_id=object_id).object == object_id
        else:
            expected = (ForbiddenError, "permission")
            assert refusal(world, record, signed, object_id=object_id) == expected


def test_needed_bit_of_an_environment():
    """An environment's variables need UPDATE at every version."""
    for version in (1, 2):
        bit = needed_permission(
            kind=ContainerKind.ENVIRONMENT, own_object=True, version=version, state=1
        )
        assert bit == UPDATE_ITEMS


FAULTS = {
    "another account": ({"account": b"B" * 16}, (IntegrityError, "context")),
    "another kind": ({"kind": 2}, (IntegrityError, "context")),
    "another container": ({"container": b"x" * 16}, (IntegrityError, "context")),
    "another object": ({"object": b"x" * 16}, (IntegrityError, "context")),
    "an unknown author": ({"author": b"n" * 16}, (ForbiddenError, "signer")),
    "an unknown keyset": ({"author_fp": b"f" * 32}, (ForbiddenError, "signer")),
    "a directory of the future": ({"directory_rev": HEAD_REV + 1}, (ForbiddenError, "signer")),
    "another epoch": ({"epoch": 2}, (IntegrityError, "record")),
    "another access rev": ({"access_rev": 1}, (IntegrityError, "record")),
    "an unknown record": ({"access_hash": b"h" * 32}, (IntegrityError, "record")),
    "older than its record": ({"directory_rev": 9}, (IntegrityError, "record")),
    "for somebody else": ({"via": DAN.id}, (ForbiddenError, "permission")),
    "with a group's record": ({"group_hash": b"g" * 32}, (ForbiddenError, "permission")),
    "another overview": ({"overview_hash": bytes(32)}, (IntegrityError, "hashes")),
    "other details": ({"details_hash": bytes(32)}, (IntegrityError, "hashes")),
}


@pytest.mark.parametrize(("changes", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(world, record, changes, expected):
    """Each check refuses what it is there for, in the order of the format."""
    assert refusal(world, record, make_revision(record, CARA, **changes)) == expected


def test_members_without_the_right(world, record):
    """A reader's revision is refused (T2), and so is a stranger's."""
    for author in (DAN, BOB):
        found = refusal(world, record, make_revision(record, author))
        assert found == (ForbiddenError, "permission")


def test_signature(world, record):
    """A revision that another signed is refused (T2)."""
    signed = make_revision(record, CARA)
    forged = msgspec.structs.replace(signed, signature=DAN.keyset.sign(signed.body))
    assert refusal(world, record, forged) == (IntegrityError, "signature")


def test_removed_author(world, record):
    """What an author wrote before leaving stays readable, what it signed after does not."""
    for state_rev, may in ((13, True), (12, False)):
        world.entries[CARA.id] = CARA.entry(2, state=3, state_rev=state_rev)
        signed = make_revision(record, CARA)
        if may:
            assert read(world, record, signed).version == 2
        else:
            assert refusal(world, record, signed) == (ForbiddenError, "signer")


def test_through_a_group(world):
    """A member writes through its group, naming the record that lists it; others do not."""
    group = make_record(ANA, [CARA.row(0)], kind=ContainerKind.GROUP)
    group_id = parse_access(group.body).container
    row = msgspec.structs.replace(DAN.row(ALL_BITS), principal=group_id, kind=2)
    record = make_record(DAN, [DAN.row(), row])
    world.keep(record)
    through = {"via": group_id, "group_hash": world.keep_group(group)}
    assert read(world, record, make_revision(record, CARA, **through)).via == group_id
    expected = (ForbiddenError, "permission")
    assert refusal(world, record, make_revision(record, BOB, **through)) == expected
    unnamed = make_revision(record, CARA, via=group_id)
    assert refusal(world, record, unnamed) == expected
    another = make_revision(record, CARA, via=group_id, group_hash=sha256(record.body))
    assert refusal(world, record, another) == expected


def test_through_a_group_of_the_time(world):
    """A past member does not write under today's directory with the group's older record (T10)."""
    group = make_record(ANA, [CARA.row(0)], kind=ContainerKind.GROUP)
    group_id = parse_access(group.body).container
    row = msgspec.structs.replace(DAN.row(ALL_BITS), principal=group_id, kind=2)
    record = make_record(DAN, [DAN.row(), row])
    world.keep(record)
    keysets = (make_epoch(1, until=13), make_epoch(2, since=13))
    through = {"via": group_id, "group_hash": world.keep_group(group, *keysets)}
    for rev, may in ((12, True), (13, False)):
        signed = make_revision(record, CARA, **through, directory_rev=rev)
        if may:
            assert read(world, record, signed).via == group_id
        else:
            assert refusal(world, record, signed) == (ForbiddenError, "permission")


def test_generations(world, record):
    """A revision names no generation above the head's, nor another one than its record."""
    world.chain = [make_root(generation=1)]
    assert read(world, record, make_revision(record, CARA, generation=1)).generation == 1
    for changes in ({"generation": 2}, {"generation": 1, "directory_rev": 10}):
        false = make_revision(record, CARA, **changes)
        assert refusal(world, record, false) == (IntegrityError, "context")
    newer = make_record(CARA, [CARA.row()], generation=1)
    world.keep(newer)
    assert refusal(world, newer, make_revision(newer, CARA)) == (IntegrityError, "context")


def test_numbers_that_nobody_can_follow(world, record):
    """A version above 2^48 is refused, since nobody could write the next one."""
    assert read(world, record, make_revision(record, CARA, version=SEQUENCE_MAX))
    false = make_revision(record, CARA, version=SEQUENCE_MAX + 1)
    assert refusal(world, record, false) == (IntegrityError, "context")


def test_without_details(world, record):
    """A list's revision is checked without the details that were not asked for."""
    assert read(world, record, make_revision(record, CARA), details=None).version == 2


def test_false_record(world):
    """A record that does not verify is refused with what names it."""
    record = make_record(CARA, [CARA.row()], account=b"B" * 16)
    world.keep(record)
    signed = make_revision(record, CARA)
    assert refusal(world, record, signed) == (IntegrityError, "context")


MARKS = {
    "nothing": (None, None),
    "this one": ((2, True, 0), None),
    "an older one": ((1, False, 0), None),
    "a newer one": ((3, False, 0), (RollbackError, "mark")),
    "another one of this version": ((2, False, 0), (ForkError, "mark")),
    "an older one, under a newer record": ((1, False, 1), (RollbackError, "mark")),
}


@pytest.mark.parametrize(("mark", "expected"), MARKS.values(), ids=MARKS.keys())
def test_marks(world, record, mark, expected):
    """What a client has seen of an object is never taken back (T6)."""
    signed = make_revision(record, CARA)
    if mark is not None:
        version, same, access_rev = mark
        mark = ObjectMark(version, sha256(signed.body) if same else b"h" * 32, access_rev)
    if expected is None:
        assert read(world, record, signed, mark=mark).version == 2
    else:
        assert refusal(world, record, signed, mark=mark) == expected
