"""Access records, from one that is remembered to a newer one; who signed them, and who writes."""

import msgspec
import pytest

from strongroom.errors import (
    ForbiddenError,
    ForkError,
    IntegrityError,
    RollbackError,
    RotationDueError,
)
from strongroom.permissions import MANAGE_VAULT, READ_ITEMS
from strongroom.trust.access import AccessVerifier
from strongroom.wire.access import parse_access
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
from support.trust_world import ANA, BOB, CARA, DAN, HEAD_REV, make_record, make_root


def test_steps(world):
    """The next record is signed by a manager of the one before, or under the root document."""
    first = make_record(CARA, [CARA.row(), DAN.row(MANAGE_VAULT)])
    step(world, first, make_record(DAN, [DAN.row()], before=first, **by_manager(first)))
    step(world, first, make_record(CARA, [CARA.row()], before=first))
    step(world, first, make_record(ANA, [ANA.row()], before=first, **by_root(world)))
    linked = {"epoch": 2, "link_hash": b"l" * 32}
    step(world, first, make_record(CARA, [CARA.row()], before=first, **linked))


STEP_FAULTS = {
    "a number left out": ({"access_rev": 2}, (IntegrityError, "step")),
    "another predecessor": ({"previous": b"p" * 32}, (ForkError, "step")),
    "two epochs at once": ({"epoch": 3, "link_hash": b"l" * 32}, (IntegrityError, "step")),
    "by somebody without MANAGE": ({"signer": DAN}, (ForbiddenError, "authority")),
    "by somebody unknown": ({"via": DAN.id}, (ForbiddenError, "authority")),
}


@pytest.mark.parametrize(("changes", "expected"), STEP_FAULTS.values(), ids=STEP_FAULTS.keys())
def test_step_faults(world, changes, expected):
    """A step that leaves something out, forks or was signed without the right is refused."""
    first = make_record(CARA, [CARA.row(), DAN.row(READ_ITEMS)])
    changes = dict(changes)
    signer = changes.pop("signer", CARA)
    after = make_record(signer, [signer.row()], before=first, **changes)
    assert step_refusal(world, first, after) == expected


def test_step_back_to_an_older_epoch(world):
    """A record never goes back to an older key."""
    linked = {"epoch": 2, "link_hash": b"l" * 32}
    first = make_record(CARA, [CARA.row()])
    second = make_record(CARA, [CARA.row()], before=first, **linked)
    third = make_record(CARA, [CARA.row()], before=second)
    assert step_refusal(world, second, third) == (IntegrityError, "step")


def test_step_by_a_creator_without_rights(world):
    """Walking forward, a creator who gave its rights away signs no more (T9)."""
    first = make_record(CARA, [DAN.row()])
    after = make_record(CARA, [CARA.row()], before=first)
    assert step_refusal(world, first, after) == NO_AUTHORITY


def test_step_under_an_older_directory(world):
    """A step that names an older directory than the record before it is refused (T9).

    Heads only grow, so such a step was signed as if before something that was known already,
    for example by a manager who has been removed since.
    """
    first = make_record(CARA, [CARA.row()], directory_rev=12)
    after = make_record(CARA, [CARA.row()], before=first, directory_rev=11)
    with pytest.raises(RollbackError):
        step(world, first, after)


# -- signers -------------------------------------------------------------------------


STANDINGS = {
    "active": ({}, True),
    "suspended later": ({"state": 2, "state_rev": 11}, True),
    "suspended at that rev": ({"state": 2, "state_rev": 10}, False),
    "suspended from then on": ({"state_rev": 12, "gaps": (Gap(10, 12),)}, False),
    "suspended around then": ({"state_rev": 12, "gaps": (Gap(9, 11),)}, False),
    "back at that rev": ({"state_rev": 10, "gaps": (Gap(8, 10),)}, True),
    "suspended after": ({"state_rev": 12, "gaps": (Gap(11, 12),)}, True),
    "in an earlier gap, then gone": ({"state": 3, "state_rev": 15, "gaps": (Gap(9, 11),)}, False),
    "removed before": ({"state": 3, "state_rev": 9}, False),
}


@pytest.mark.parametrize(("changes", "may"), STANDINGS.values(), ids=STANDINGS.keys())
def test_state_rev_rule(world, changes, may):
    """A signer was active at the directory rev that it names."""
    world.entries[CARA.id] = CARA.entry(2, **changes)
    first = make_record(CARA, [CARA.row()])
    if may:
        verify(world, first)
    else:
        assert refusal(world, first) == (ForbiddenError, "signer")


SIGNER_FAULTS = {
    "a directory of the future": {"directory_rev": HEAD_REV + 1},
    "a keyset that is not there": {"signer_fp": b"f" * 32},
    "nobody": {"signer": b"n" * 16},
}


@pytest.mark.parametrize("changes", SIGNER_FAULTS.values(), ids=SIGNER_FAULTS.keys())
def test_signers(world, changes):
    """A signer is in the verified directory, under a keyset that was valid then."""
    assert refusal(world, make_record(CARA, [CARA.row()], **changes)) == (ForbiddenError, "signer")


def test_groups_sign_nothing(world):
    """A group as signer is refused, whatever its entry says."""
    world.entries[CARA.id] = CARA.entry(2, kind=2)
    assert refusal(world, make_record(CARA, [CARA.row()])) == (ForbiddenError, "signer")


def test_keyset_that_ended(world):
    """A keyset signs from its first rev and not from its last on."""
    entry = CARA.entry(2)
    for since, until, may in ((10, 0, True), (11, 0, False), (1, 11, True), (1, 10, False)):
        ended = msgspec.structs.replace(entry.keysets[0], since=since, until=until)
        world.entries[CARA.id] = msgspec.structs.replace(entry, keysets=(ended,))
        first = make_record(CARA, [CARA.row()])
        if may:
            verify(world, first)
        else:
            assert refusal(world, first) == (ForbiddenError, "signer")


def test_writing(world):
    """Nothing is sealed under a record whose signer lost its standing."""
    verifier = AccessVerifier(b"A" * 16, world)
    first = make_record(CARA, [CARA.row()])
    by_admin = make_record(BOB, [CARA.row()], before=first, **by_root(world))
    for signed in (first, by_admin):
        verifier.check_writable(parse_access(signed.body))
    world.entries[CARA.id] = CARA.entry(2, state=2, state_rev=15)
    world.chain.append(make_root(version=1, administrators=(), from_rev=15))
    for signed in (first, by_admin):
        with pytest.raises(RotationDueError):
            verifier.check_writable(parse_access(signed.body))
