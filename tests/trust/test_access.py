"""Access records: signed by somebody who might, or refused (specs/formats.md section 6)."""

import msgspec
import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ForbiddenError, ForkError, IntegrityError, RollbackError
from strongroom.limits import AUTHORITY_STEPS_MAX, SEQUENCE_MAX
from strongroom.permissions import MANAGE_VAULT, READ_ITEMS
from strongroom.trust.access import AccessMark, AccessVerifier
from strongroom.wire.access import ContainerKind, Subtype, parse_access
from strongroom.wire.entries import Gap
from support.trust_access import (
    NO_AUTHORITY,
    by_manager,
    by_root,
    refusal,
    step,
    step_refusal,
    verify,
)
from support.trust_world import (
    ADMINISTRATORS,
    ANA,
    BOB,
    CARA,
    DAN,
    ROBOT,
    make_epoch,
    make_record,
    make_root,
)

READER = CARA.row(READ_ITEMS)


def test_creator(world):
    """The creator signs the first record and, while it stays creator, later ones."""
    first = make_record(CARA, [CARA.row()])
    assert verify(world, first).creator == CARA.id
    assert verify(world, make_record(CARA, [CARA.row()], before=first)).access_rev == 1


CREATOR_FAULTS = {
    "somebody else": {"creator": DAN.id},
    "through a group": {"via": ADMINISTRATORS},
    "with a group's record": {"group_hash": b"g" * 32},
    "with the number of an authority": {"authority_rev": 1},
    "with the hash of an authority": {"authority_hash": b"h" * 32},
    "by the root document": {"authority": 2},
    "by an earlier record": {"authority": 3},
}


@pytest.mark.parametrize("changes", CREATOR_FAULTS.values(), ids=CREATOR_FAULTS.keys())
def test_first_record(world, changes):
    """The first record has no authority but its creator's own."""
    assert refusal(world, make_record(CARA, [CARA.row()], **changes)) == NO_AUTHORITY


ROOT_CASES = {
    "an owner": (ANA, {}, True),
    "an administrator": (BOB, {}, True),
    "a member": (DAN, {}, False),
    "with another hash": (ANA, {"authority_hash": b"h" * 32}, False),
    "with another version": (ANA, {"authority_rev": 1}, False),
    "through a group": (ANA, {"via": ADMINISTRATORS}, False),
    "with a group's record": (ANA, {"group_hash": b"g" * 32}, False),
}


@pytest.mark.parametrize(("signer", "changes", "may"), ROOT_CASES.values(), ids=ROOT_CASES.keys())
def test_root_authority(world, signer, changes, may):
    """Owners and administrators sign under the root document in force, as themselves."""
    first = make_record(CARA, [CARA.row()])
    after = make_record(signer, [CARA.row()], before=first, **(by_root(world) | changes))
    if may:
        assert verify(world, after).signer == signer.id
    else:
        assert refusal(world, after) == NO_AUTHORITY


@pytest.mark.parametrize("subtype", [Subtype.PERSONAL, Subtype.WITHOUT_ADMINISTRATORS])
def test_private_vaults(world, subtype):
    """Nobody takes over a personal vault, or one without administrators, by the root document."""
    first = make_record(CARA, [CARA.row()], subtype=subtype)
    after = make_record(ANA, [ANA.row()], before=first, **by_root(world))
    assert refusal(world, after) == NO_AUTHORITY


def test_root_document_of_the_time(world):
    """The authority is the root document in force at the record's directory rev, no other."""
    world.chain.append(make_root(version=1, previous=world.root_hash(0), from_rev=15))
    first = make_record(CARA, [CARA.row()])
    for rev, version in ((14, 0), (15, 1)):
        after = make_record(
            ANA, [ANA.row()], before=first, directory_rev=rev, **by_root(world, version)
        )
        assert verify(world, after).directory_rev == rev
        false = make_record(
            ANA, [ANA.row()], before=first, directory_rev=rev, **by_root(world, 1 - version)
        )
        assert refusal(world, false) == NO_AUTHORITY


def test_role_groups(world):
    """Who is owner or administrator is changed by owners, under the root document only."""
    first = make_record(ANA, [ANA.row()], kind=ContainerKind.GROUP)
    world.chain[0] = make_root(administrators_group=parse_access(first.body).container)
    by_owner = make_record(ANA, [ANA.row(), BOB.row()], before=first, **by_root(world))
    assert verify(world, by_owner).row(BOB.id) is not None
    for signer, authority in (
        (BOB, by_root(world)),
        (ANA, {}),
        (ANA, by_manager(first)),
    ):
        world.keep(first)
        false = make_record(signer, [signer.row()], before=first, **authority)
        assert refusal(world, false) == NO_AUTHORITY


def test_account_container(world):
    """The account's names know no managers."""
    first = make_record(ANA, [ANA.row(), CARA.row()], **NAMES)
    world.keep(first)
    for signer, authority in ((ANA, {}), (CARA, by_manager(first))):
        false = make_record(signer, [ANA.row()], before=first, **authority)
        assert refusal(world, false) == NO_AUTHORITY


NAMES = {"kind": ContainerKind.ACCOUNT, "salt": sha256(make_root().encode())}
FALSE_NAMES = {
    "by a later owner": NAMES | {"creator": BOB.id},
    "with a salt of choice": NAMES | {"salt": b"x" * 32},
}


@pytest.mark.parametrize("changes", FALSE_NAMES.values(), ids=FALSE_NAMES.keys())
def test_one_account_container(world, changes):
    """There is one container of names: the first owner's, with the founding document for a salt."""
    changes = dict(changes)
    signer = BOB if "creator" in changes else ANA
    verify(world, make_record(ANA, [ANA.row()], **NAMES))
    false = make_record(signer, [signer.row()], **changes)
    assert refusal(world, false) == (IntegrityError, "context")


def test_account_container_without_the_founding_document(world):
    """Who does not hold root document 0 believes no container of names."""
    first = make_record(ANA, [ANA.row()], **NAMES)
    world.chain = [make_root(version=1, previous=b"p" * 32)]
    assert refusal(world, first) == (IntegrityError, "context")


def test_manager(world):
    """Who had MANAGE in an earlier record signs a later one."""
    first = make_record(CARA, [CARA.row(), DAN.row(MANAGE_VAULT), ROBOT.row(MANAGE_VAULT)])
    world.keep(first)
    for manager in (DAN, ROBOT):
        after = make_record(manager, [DAN.row()], before=first, **by_manager(first))
        assert verify(world, after).signer == manager.id


def test_manager_through_a_group(world):
    """A member of a group with MANAGE signs through it, and a stranger does not."""
    group = make_record(ANA, [CARA.row(0)], kind=ContainerKind.GROUP)
    named = parse_access(group.body)
    group_row = msgspec.structs.replace(CARA.row(), principal=named.container, kind=2)
    first = make_record(DAN, [DAN.row(), group_row])
    world.keep(first)
    through = {"via": named.container, "group_hash": world.keep_group(group)}
    for signer, may in ((CARA, True), (BOB, False)):
        after = make_record(signer, [DAN.row()], before=first, **by_manager(first, **through))
        if may:
            assert verify(world, after).via == named.container
        else:
            assert refusal(world, after) == NO_AUTHORITY
    without = make_record(CARA, [DAN.row()], before=first, **by_manager(first, via=named.container))
    assert refusal(world, without) == NO_AUTHORITY


def through_group(world, *keysets, signed=None, group=None, **changes):
    """A manager's record through a group that has such keysets; `changes` are to its entry."""
    group = make_record(ANA, [CARA.row(0)], kind=ContainerKind.GROUP, **(group or {}))
    row = msgspec.structs.replace(CARA.row(), principal=parse_access(group.body).container, kind=2)
    first = make_record(DAN, [DAN.row(), row])
    world.keep(first)
    through = {"via": row.principal, "group_hash": world.keep_group(group, *keysets, **changes)}
    signed = {"directory_rev": 12} | (signed or {})
    return make_record(CARA, [DAN.row()], before=first, **by_manager(first, **through), **signed)


SECOND = {"epoch": 2, "link_hash": b"l" * 32}
LATER = make_epoch(2, since=13)
# Keysets of the group, the record of it that is named (at rev 10), whether a record at 12 counts.
GROUPS_IN_TIME = {
    "of today": ((make_epoch(1),), {}, True),
    "rotated later": ((make_epoch(1, until=13), LATER), {}, True),
    "rotated at that rev": ((make_epoch(1, until=12), make_epoch(2, since=12)), {}, False),
    "rotated before": ((make_epoch(1, until=11), make_epoch(2, since=11)), {}, False),
    "an epoch not yet begun": ((make_epoch(1, until=13), LATER), SECOND, False),
    "an epoch that begins there": ((make_epoch(2, since=12),), SECOND, True),
    "an epoch that nobody has": ((make_epoch(1),), SECOND, False),
    "dropped, before what is kept": ((LATER,), {}, True),
    "dropped, when the next was there": ((make_epoch(2, since=12),), {}, False),
    "younger than what names it": ((make_epoch(1),), {"directory_rev": 13}, False),
}


@pytest.mark.parametrize(
    ("keysets", "group", "may"), GROUPS_IN_TIME.values(), ids=GROUPS_IN_TIME.keys()
)
def test_groups_in_their_time(world, keysets, group, may):
    """A group's record counts at revs at which its entry has the keyset of its epoch (T9, T10)."""
    after = through_group(world, *keysets, group=group)
    if may:
        assert verify(world, after).signer == CARA.id
    else:
        assert refusal(world, after) == (ForbiddenError, "permission")


GROUP_STATES = {
    "removed later": ({"state": 3, "state_rev": 13}, True),
    "removed at that rev": ({"state": 3, "state_rev": 12}, False),
    "suspended then": ({"state_rev": 14, "gaps": (Gap(12, 14),)}, False),
    "suspended until then": ({"state_rev": 12, "gaps": (Gap(11, 12),)}, True),
}


@pytest.mark.parametrize(("changes", "may"), GROUP_STATES.values(), ids=GROUP_STATES.keys())
def test_states_of_a_group(world, changes, may):
    """Nobody acts through a group that is gone, or was suspended at that time."""
    after = through_group(world, **changes)
    if may:
        assert verify(world, after).signer == CARA.id
    else:
        assert refusal(world, after) == (ForbiddenError, "permission")


def test_group_without_an_entry(world):
    """Who acts through a group brings the group's entry, or is refused."""
    after = through_group(world)
    del world.entries[parse_access(after.body).via]
    assert refusal(world, after) == (ForbiddenError, "permission")


GENERATIONS = {
    "of the head": (1, 12, True),
    "above the head": (2, 12, False),
    "the next at a later rev": (1, 11, True),
    "two under one rev": (1, 10, False),
}


@pytest.mark.parametrize(("generation", "rev", "may"), GENERATIONS.values(), ids=GENERATIONS.keys())
def test_generations(world, generation, rev, may):
    """Generations are no higher than the head's, and grow with the revs that have them."""
    world.chain = [make_root(generation=1)]
    first = make_record(CARA, [CARA.row(), DAN.row(MANAGE_VAULT)])
    world.keep(first)
    later = {"generation": generation, "directory_rev": rev}
    after = make_record(DAN, [DAN.row()], before=first, **by_manager(first), **later)
    following = make_record(CARA, [CARA.row()], before=first, **later)
    if may:
        assert verify(world, after).generation == generation
        step(world, first, following)
    else:
        assert refusal(world, after) == (IntegrityError, "context")
        assert step_refusal(world, first, following) == (IntegrityError, "context")


def test_generations_never_fall(world):
    """A later rev has no earlier generation, in a record, its authority or its group's record."""
    world.chain = [make_root(generation=1)]
    first = make_record(CARA, [CARA.row(), DAN.row(MANAGE_VAULT)], generation=1)
    world.keep(first)
    fallen = {"generation": 0, "directory_rev": 12}
    after = make_record(DAN, [DAN.row()], before=first, **by_manager(first), **fallen)
    assert refusal(world, after) == (IntegrityError, "context")
    after = make_record(CARA, [CARA.row()], before=first, **fallen)
    assert step_refusal(world, first, after) == (IntegrityError, "context")
    grown = through_group(world, group={"generation": 1}, signed={"generation": 1})
    assert verify(world, grown).generation == 1
    after = through_group(world, group={"generation": 1}, signed={"generation": 0})
    assert refusal(world, after) == (IntegrityError, "context")


@pytest.mark.parametrize("field", ["access_rev", "directory_rev", "generation"])
def test_numbers_that_nobody_can_follow(world, field):
    """Numbers end far below the largest integer, so that none ends an account."""
    world.rev = SEQUENCE_MAX
    world.chain = [make_root(generation=SEQUENCE_MAX)]
    first = make_record(CARA, [CARA.row()])
    for value in (SEQUENCE_MAX, SEQUENCE_MAX + 1):
        after = make_record(CARA, [CARA.row()], before=first, **{field: value})
        if value == SEQUENCE_MAX:
            assert getattr(verify(world, after), field) == value
        else:
            assert refusal(world, after) == (IntegrityError, "context")


MANAGER_FAULTS = {
    "without MANAGE": {"signer": CARA},
    "without a row": {"signer": BOB},
    "another number": {"authority_rev": 1},
    "a record that nobody has": {"authority_hash": b"h" * 32},
    "for somebody else": {"via": CARA.id},
    "older than its authority": {"directory_rev": 9},
}


@pytest.mark.parametrize("changes", MANAGER_FAULTS.values(), ids=MANAGER_FAULTS.keys())
def test_manager_faults(world, changes):
    """The authority of a manager is one earlier record of the same container that names it."""
    first = make_record(CARA, [READER, DAN.row(MANAGE_VAULT)])
    world.keep(first)
    changes = dict(changes)
    signer = changes.pop("signer", DAN)
    after = make_record(signer, [DAN.row()], before=first, **(by_manager(first) | changes))
    assert refusal(world, after) == NO_AUTHORITY


def test_authority_of_another_container(world):
    """MANAGE in one vault is no authority in another."""
    mine = make_record(DAN, [DAN.row()], creator=DAN.id)
    world.keep(mine)
    theirs = make_record(CARA, [CARA.row()])
    after = make_record(DAN, [DAN.row()], before=theirs, **by_manager(mine))
    assert refusal(world, after) == NO_AUTHORITY


def test_steps_of_authority(world):
    """Managers may have been named by managers, at most eight times."""
    signed = make_record(CARA, [CARA.row(), DAN.row(MANAGE_VAULT)])
    for _ in range(AUTHORITY_STEPS_MAX):
        world.keep(signed)
        signed = make_record(DAN, [DAN.row()], before=signed, **by_manager(signed))
    assert verify(world, signed).access_rev == AUTHORITY_STEPS_MAX
    world.keep(signed)
    one_more = make_record(DAN, [DAN.row()], before=signed, **by_manager(signed))
    assert refusal(world, one_more) == NO_AUTHORITY


def test_place(world):
    """A record of another account, another id or another container than asked is refused."""
    first = make_record(CARA, [CARA.row()])
    container = parse_access(first.body).container
    assert verify(world, first, container=container).container == container
    assert refusal(world, first, container=b"x" * 16) == (IntegrityError, "context")
    elsewhere = make_record(CARA, [CARA.row()], account=b"B" * 16)
    assert refusal(world, elsewhere) == (IntegrityError, "context")
    renamed = make_record(CARA, [CARA.row()], container=b"x" * 16)
    assert refusal(world, renamed) == (IntegrityError, "container-id")
    forged = CARA.sign(first.body[:-1] + b"X")
    assert refusal(world, msgspec.structs.replace(forged, signature=first.signature)) == (
        IntegrityError,
        "signature",
    )


MARKS = {
    "the same": (1, True, 10, None),
    "a newer one": (0, False, 10, None),
    "an older one": (2, False, 10, (RollbackError, "mark")),
    "the same number, another hash": (1, False, 10, (ForkError, "mark")),
    "a newer one under an older directory": (0, False, 11, (RollbackError, "mark")),
}


@pytest.mark.parametrize(("rev", "same", "seen", "expected"), MARKS.values(), ids=MARKS.keys())
def test_marks(world, rev, same, seen, expected):
    """What a client has seen is never taken back."""
    first = make_record(CARA, [CARA.row()])
    after = make_record(CARA, [CARA.row()], before=first)
    mark = AccessMark(rev, sha256(after.body) if same else b"h" * 32, seen)
    if expected is None:
        assert verify(world, after, mark=mark).access_rev == 1
    else:
        assert refusal(world, after, mark=mark) == expected


def test_verified_once(world):
    """A record costs one signature check, however often it is asked for."""
    verifier = AccessVerifier(b"A" * 16, world)
    first = make_record(CARA, [CARA.row()])
    for _ in range(3):
        verifier.verify(first)
    assert verifier.signature_checks == 1
    assert verifier.verify_by_hash(sha256(first.body)) is not None
    assert verifier.verify_by_hash(bytes(32)) is None
