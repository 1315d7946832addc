"""Sync by stamp and by difference: what goes over a transport, and that nothing is missed."""

from contextlib import suppress
from hashlib import sha256
from random import Random

import msgspec
import pytest

from strongroom.errors import NotFoundError, RollbackError, StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.limits import PAGE_CONTAINERS_MAX
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.wire.messages import ContainerState, EpochLink, SealedRow, StoredRevision
from strongroom.wire.signed import SignedBody
from strongroom.wire.states import digest_state
from support.homes import login, make_home
from support.meter import copy_home, make_vaults, measure, metered
from support.people import join

READ = SERVICE_ACCOUNT_WORDS["read_items"]
WRITE = SERVICE_ACCOUNT_WORDS["write_items"]
SEED = 20_261_129


@pytest.fixture
def home(tmp_path):
    """An owner, a member, a vault with an item, and a group."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben = join(made, "Ben", by=made.ana)
    made.vault = made.run(made.ana.vaults.create("Shared"))["id"]
    made.item = made.run(made.ana.items.create(made.vault, login("one", password="x")))
    made.group = made.run(made.ana.groups.create("Crew"))["id"]
    yield made
    made.close()


# -- bytes and trips ------------------------------------------------------------------------

# What each use case asks, and the kilobytes of it, rounded up: of an engine that has synced, over
# a transport by which only asking tells whether something changed.
USE_CASES = {
    "resolve": (["lookup"], 2),
    "list vaults": (["sync"], 2),
    "list items": (["sync", "objects/list"], 3),
    "get an item": (["lookup"], 2),
    "create an item": (["principals", "commit"], 4),
    "edit an item": (["lookup", "lookup", "commit"], 5),
    "create a vault": (["sync", "principals", "commit", "sync"], 22),
    "rename a vault": (["sync", "commit", "sync"], 10),
    "grant": (["sync", "principals", "commit", "sync"], 18),
    "revoke": (["sync", "principals", "commit", "sync"], 20),
}


def test_trips_and_bytes(home):
    """Ten use cases take the trips and kilobytes that stand in the table, and no more."""
    found = {name: (trips, -(-size // 1024)) for name, (trips, size) in measure(home).items()}
    assert found == USE_CASES


def test_flat(home, tmp_path):
    """They take the very same bytes with a hundred vaults more."""
    few = measure(copy_home(home, tmp_path / "few.db"))
    make_vaults(home.ana, 100)
    assert measure(copy_home(home, tmp_path / "many.db")) == few


def test_only_what_changed(home):
    """What somebody else changed is sent alone, beside 16 bytes for each container that is held."""
    make_vaults(home.ana, 100)
    engine = home.owner()
    meter = metered(engine)
    home.run(home.ana.items.create(home.vault, login("two", password="x")))
    operations, size = meter.measured(engine.vaults.list)
    assert operations == ["sync", "sync"]
    changed = [format_id(one.id) for one in meter.answers[-1].containers]
    assert (changed, meter.answers[-1].left) == ([home.vault], ())
    assert size < 14 * 1024


# -- nothing is missed ----------------------------------------------------------------------


def states(engine):
    return {key: container.state for key, container in engine.session.containers.items()}


def check_complete(home, engine, fresh):
    """Compare what an engine holds after a sync with what a new one reads."""
    home.run(engine.session.sync())
    assert states(engine) == states(fresh)
    assert list(states(engine)) == sorted(states(engine))


class Play:
    """What two engines do to one account, by chance."""

    def __init__(self, home, chance):
        self.home, self.chance = home, chance
        self.vaults = [home.vault]

    def step(self):
        """Do one thing, as somebody who may not be allowed to."""
        engine = self.chance.choice([self.home.ana, self.home.ben.engine])
        act = self.chance.choice(
            [self.make, self.drop, self.write, self.rename, self.grant, self.revoke, self.join]
        )
        with suppress(StrongroomError):
            self.home.run(act(engine, self.chance.choice(self.vaults)))

    async def make(self, engine, _vault):
        self.vaults.append((await engine.vaults.create("another"))["id"])

    async def drop(self, engine, vault):
        if vault != self.home.vault:
            await engine.vaults.delete(vault)

    async def write(self, engine, vault):
        await engine.items.create(vault, login("item", password="x"))

    async def rename(self, engine, vault):
        await engine.vaults.update(vault, title=f"title {self.chance.random()}")

    async def grant(self, engine, vault):
        who = self.chance.choice([self.home.ben.id, self.home.group])
        await engine.access.grant(vault, {who: self.chance.choice([READ, READ | WRITE])})

    async def revoke(self, engine, vault):
        await engine.access.revoke(vault, self.chance.choice([self.home.ben.id, self.home.group]))

    async def join(self, engine, _vault):
        groups, ben = engine.groups, self.home.ben.id
        await self.chance.choice([groups.add, groups.remove])("Crew", ben)


@pytest.mark.parametrize("seed", range(SEED, SEED + 6))
def test_nothing_is_missed(home, seed):
    """Whatever happens, a sync gives what a new engine reads, for both, again and again."""
    play = Play(home, Random(seed))
    done = 0
    for _ in range(40):
        play.step()
        for engine, fresh in (
            (home.ana, home.owner),
            (home.ben.engine, lambda: home.open_as(home.ben.joined)),
        ):
            if play.chance.random() < 0.4:
                check_complete(home, engine, fresh())
                done += 1
    assert done > 10


def test_own_changes_are_read_by_stamp(home):
    """After changes of its own alone an engine asks by stamp, and is complete."""
    engine = home.owner()
    meter = metered(engine)
    home.run(engine.items.create(home.vault, login("two", password="x")))
    home.run(engine.access.grant(home.vault, {home.ben.id: READ}))
    home.run(engine.vaults.create("New"))
    home.run(engine.vaults.update(home.vault, title="Common"))
    meter.answers.clear()
    check_complete(home, engine, home.owner())
    (answer,) = meter.answers
    assert answer.same
    home.run(engine.session.sync())
    assert not meter.answers[-1].containers


@pytest.mark.parametrize("change", ["group", "directory"])
def test_what_may_change_more_is_read_by_difference(home, change):
    """Whoever changes a group or the directory may have other containers: no stamp says so."""
    home.run(home.ana.access.grant(home.vault, {home.group: READ}))
    engine = home.owner()
    if change == "group":
        home.run(engine.groups.add("Crew", home.ben.id))
    else:
        home.run(engine.service_accounts.create("robot", {home.vault: READ}))
    assert engine.session.view.stamp  # the sync after the commit was one by difference
    check_complete(home, engine, home.owner())


def test_who_leaves_a_group_loses_its_vaults(home):
    """A container that came through a group leaves with it, whoever else changed nothing there."""
    home.run(home.ana.access.grant(home.vault, {home.group: READ}))
    home.run(home.ana.groups.add("Crew", home.ben.id))
    ben = home.ben.engine
    home.run(ben.session.sync())
    assert parse_id(home.vault) in ben.session.containers
    home.run(home.ana.groups.remove("Crew", home.ben.id))
    home.run(ben.session.sync())
    assert parse_id(home.vault) not in ben.session.containers
    with pytest.raises(NotFoundError):
        home.run(ben.items.list(home.vault))


def test_too_many_own_changes(home):
    """So many changed containers are asked for by name; with one more all is compared."""
    make_vaults(home.ana, PAGE_CONTAINERS_MAX)
    engine = home.owner()
    vaults = [vault["id"] for vault in home.run(engine.vaults.list())]
    for vault in vaults[:PAGE_CONTAINERS_MAX]:
        home.run(engine.items.create(vault, login("item", password="x")))
    assert len(engine.session.view.changed) == PAGE_CONTAINERS_MAX
    check_complete(home, engine, home.owner())
    for vault in vaults[: PAGE_CONTAINERS_MAX + 1]:
        home.run(engine.items.create(vault, login("item", password="x")))
    assert not engine.session.view.stamp
    check_complete(home, engine, home.owner())


def test_an_older_head_under_the_same_stamp(home):
    """MUTANT of a keeper: an old answer is no newer for being called the same."""
    engine = home.owner()
    meter = metered(engine)
    home.run(engine.session.sync())
    old = meter.answers[-1]
    home.run(home.ana.service_accounts.create("robot", {home.vault: READ}))
    home.run(engine.session.sync())
    stamp = engine.session.view.stamp

    async def lie(request):
        return msgspec.structs.replace(old, same=True, stamp=stamp)

    engine.session.transport.call = lie
    with pytest.raises(RollbackError):
        home.run(engine.session.sync())


# -- the digest -----------------------------------------------------------------------------

STATE = ContainerState(
    id=b"c" * 16,
    record=SignedBody(b"record", b"signature"),
    sealed=(SealedRow(b"a" * 16, b"f" * 32, b"sealed"),),
    links=(EpochLink(2, b"link"),),
    live_epochs=(1, 2),
    object=StoredRevision(b"body", b"signature", b"overview", b"details"),
    active_items=1,
    content_version=2,
    attribute_version=3,
    created_ms=4,
    updated_ms=5,
)
OTHERS = {
    "record": SignedBody(b"another record", b"signature"),
    "sealed": (SealedRow(b"a" * 16, b"f" * 32, b"sealed anew"),),
    "links": (EpochLink(2, b"another link"),),
    "live_epochs": (2,),
    "object": StoredRevision(b"body", b"signature", b"overview"),
    "active_items": 2,
    "content_version": 3,
    "attribute_version": 4,
    "created_ms": 5,
    "updated_ms": 6,
}


def test_digest():
    """Two states have one digest only if every field is the same."""
    assert set(OTHERS) == {field.name for field in msgspec.structs.fields(STATE)} - {"id"}
    others = [msgspec.structs.replace(STATE, **{name: value}) for name, value in OTHERS.items()]
    digests = {digest_state(state) for state in (STATE, *others)}
    assert len(digests) == len(OTHERS) + 1


def test_digest_by_hand():
    """It is the hash that specs/formats.md section 13 says, made here without our encoders."""

    def number(value):
        return value.to_bytes(8, "little")

    def hashed(*parts):
        encoded = b"".join(number(len(part)) + part for part in parts)
        return sha256(number(len(parts)) + encoded).digest()

    expected = hashed(
        b"sr/v1/held",
        sha256(b"record").digest(),
        hashed(b"a" * 16, b"f" * 32, b"sealed"),
        hashed(number(2), b"link"),
        hashed(number(1), number(2)),
        hashed(b"body", b"signature", b"overview", b"details"),
        *map(number, range(1, 6)),
    )
    assert digest_state(STATE) == expected[:16]
