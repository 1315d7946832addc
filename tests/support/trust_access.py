"""Shortcuts of the tests of access records."""

import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import ForbiddenError, StrongroomError
from strongroom.trust.access import AccessVerifier
from strongroom.wire.access import parse_access


def verify(world, signed, **options):
    return AccessVerifier(b"A" * 16, world).verify(signed, **options)


def refusal(world, signed, **options):
    with pytest.raises(StrongroomError) as caught:
        verify(world, signed, **options)
    return type(caught.value), caught.value.layer


def by_root(world, version=0):
    return {"authority": 2, "authority_rev": version, "authority_hash": world.root_hash(version)}


def by_manager(before, **changes):
    earlier = parse_access(before.body)
    hashed = sha256(before.body)
    return {"authority": 3, "authority_rev": earlier.access_rev, "authority_hash": hashed} | changes


NO_AUTHORITY = (ForbiddenError, "authority")


# -- from a remembered record forward ----------------------------------------------


def step(world, before, after):
    verifier = AccessVerifier(b"A" * 16, world)
    verifier.verify_step(parse_access(before.body), sha256(before.body), after)


def step_refusal(world, before, after):
    with pytest.raises(StrongroomError) as caught:
        step(world, before, after)
    return type(caught.value), caught.value.layer
