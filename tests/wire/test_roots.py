"""Root documents as bytes."""

import json

import msgspec
import pytest
from hypothesis import given

from strongroom.wire.roots import RootDocument, RootSigner, parse_root
from support.bodies import ROOTS, change_part, check_every_part, refuse_form

ANA = RootSigner(b"a" * 16, b"f" * 32, b"s" * 32)
BOB = RootSigner(b"b" * 16, b"g" * 32, b"t" * 32)
ROOT = RootDocument(
    account=b"x" * 16,
    version=1,
    previous=b"p" * 32,
    generation=0,
    from_rev=1,
    created_ms=5,
    owners=(ANA,),
    administrators=(BOB,),
    owners_group=b"1" * 16,
    owners_group_fp=b"1" * 32,
    administrators_group=b"2" * 16,
    administrators_group_fp=b"2" * 32,
    team_members_group=b"3" * 16,
    policy=b'{"membersCreateVaults":true}',
)


def body(**changes):
    return msgspec.structs.replace(ROOT, **changes).encode()


@given(ROOTS)
def test_round_trip(root):
    """Reading and writing are inverse."""
    assert parse_root(root.encode()) == root
    assert parse_root(root.encode()).encode() == root.encode()


def test_every_part():
    """Every part has its length, and nothing may be left out or over."""
    policy = 19
    check_every_part(ROOT.encode(), parse_root, free={policy})


REFUSED = {
    "version 0 with a predecessor": body(version=0),
    "version 1 without one": body(previous=b""),
    "no owner": body(owners=()),
    "owners out of order": body(owners=(BOB, ANA)),
    "an owner twice": body(owners=(ANA, ANA)),
    "administrators out of order": body(administrators=(BOB, ANA)),
    "a version of 2^53": body(version=2**53),
    "more owners than follow": change_part(ROOT.encode(), 7, 2),
    "owners without end": change_part(ROOT.encode(), 7, 2**53 - 1),
    "no policy": body(policy=b""),
    "a policy that is a list": body(policy=b"[]"),
    "a policy that is not JSON": body(policy=b"{"),
    "a policy that is not UTF-8": body(policy=b'{"a":"\xff"}'),
    "a policy nested without end": body(policy=b'{"a":' * 100_000),
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
def test_form(changed):
    """A body of another shape is refused before anything is believed of it."""
    refuse_form(changed, parse_root)


def test_who_is_listed():
    """Owners and administrators are found by role, the two groups by their keys."""
    assert (ROOT.owner(ANA.principal), ROOT.owner(BOB.principal)) == (ANA, None)
    assert (ROOT.signer(BOB.principal), ROOT.signer(b"z" * 16)) == (BOB, None)
    assert ROOT.listed(ROOT.administrators_group) == {b"2" * 32}
    assert ROOT.listed(ANA.principal) == {ANA.fp}
    assert ROOT.listed(ROOT.team_members_group) == frozenset()
    both = msgspec.structs.replace(ROOT, administrators=(ANA,))
    assert both.listed(ANA.principal) == {ANA.fp}


@pytest.mark.parametrize(("policy", "may"), [({}, False), ({"membersCreateVaults": True}, True)])
def test_policy(policy, may):
    """Members create vaults only where the policy says so; unknown keys are passed over."""
    raw = json.dumps(policy | {"newer": 1}).encode()
    assert parse_root(body(policy=raw)).members_create_vaults is may
