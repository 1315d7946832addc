"""Rights in vaults: given, replaced, taken; and containers that nobody can judge."""

import sqlite3

import pytest

from strongroom.client.change import rotation
from strongroom.client.change.change import Change
from strongroom.client.change.rotation import list_due, settle
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
)
from strongroom.ids import format_id, parse_id
from strongroom.permissions import (
    ALL_BITS,
    CREATE_ITEMS,
    MANAGE_VAULT,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    SERVICE_ACCOUNT_WORDS,
    UPDATE_ITEMS,
)
from strongroom.wire.access import Accessor
from support.homes import login, make_home
from support.keeper import Hand, next_record
from support.people import join

READ = SERVICE_ACCOUNT_WORDS["read_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, two members, and a vault of the owner's."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben, made.cara = (join(made, name, by=made.ana) for name in ("Ben", "Cara"))
    made.vault = made.run(made.ana.vaults.create("Shared"))["id"]
    yield made
    made.close()


def container(home, vault=None):
    home.run(home.ana.session.sync())
    return home.ana.session.containers[parse_id(vault or home.vault)]


def rights(home, vault=None):
    return {
        row["id"]: row["permissions"] for row in home.run(home.ana.access.list(vault or home.vault))
    }


# -- giving and taking ---------------------------------------------------------------------


def test_grant(home):
    """What is granted comes on top; the key stays, and the member reads at once."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ_ITEMS}))
    home.run(home.ana.access.grant(home.vault, {home.cara.id: REVEAL_ITEM_PASSWORD}))
    assert rights(home)[home.cara.id] == READ_ITEMS | REVEAL_ITEM_PASSWORD
    assert container(home).record.epoch == 1
    assert "Shared" in {row["title"] for row in home.run(home.cara.engine.vaults.list())}


def test_replace(home):
    """Rights that are replaced are those given, no more."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: ALL_BITS}))
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}, replace=True))
    assert rights(home)[home.cara.id] == READ


def test_several_at_once(home):
    """Several principals get their rights in one change, or none does."""
    both = {home.ben.id: READ, home.cara.id: READ_ITEMS}
    home.run(home.ana.access.grant(home.vault, both))
    assert both.items() <= rights(home).items()
    with pytest.raises(NotFoundError):
        home.run(home.ana.access.grant(home.vault, {home.ben.id: ALL_BITS, "a" * 26: READ}))
    assert rights(home)[home.ben.id] == READ


def test_masks(home):
    """A mask that lacks what it needs is refused and says so; the example mask is completed."""
    with pytest.raises(InputError, match="view_items"):
        home.run(home.ana.access.grant(home.vault, {home.cara.id: CREATE_ITEMS}))
    example = READ_ITEMS | CREATE_ITEMS | UPDATE_ITEMS
    home.run(home.ana.access.grant(home.vault, {home.cara.id: example}))
    assert rights(home)[home.cara.id] == example | REVEAL_ITEM_PASSWORD


def test_revoke_some(home):
    """To take some rights keeps the key; what the others need cannot be taken alone."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ | CREATE_ITEMS}))
    home.run(home.ana.access.revoke(home.vault, home.cara.id, permissions=CREATE_ITEMS))
    assert rights(home)[home.cara.id] == READ
    assert container(home).record.epoch == 1
    with pytest.raises(InputError, match="other permissions depend on"):
        home.run(home.ana.access.revoke(home.vault, home.cara.id, permissions=READ_ITEMS))


@pytest.mark.parametrize("permissions", [None, ALL_BITS])
def test_revoke_all(home, permissions):
    """Who loses the last right loses the key: the vault rotates."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))
    home.run(home.ana.access.revoke(home.vault, home.cara.id, permissions=permissions))
    assert home.cara.id not in rights(home)
    assert container(home).record.epoch == 2
    with pytest.raises(NotFoundError):
        home.run(home.ana.access.revoke(home.vault, home.cara.id))


def test_who_may(home):
    """A manager gives and takes rights; a writer does not; a stranger knows of nothing."""
    with pytest.raises(NotFoundError):
        home.run(home.cara.engine.access.grant(home.vault, {home.ben.id: READ}))
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.access.grant(home.vault, {home.ben.id: READ}))
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ | MANAGE_VAULT}))
    home.run(home.cara.engine.access.grant(home.vault, {home.ben.id: READ}))
    home.run(home.cara.engine.access.revoke(home.vault, home.ben.id))
    assert home.ben.id not in rights(home)


def test_somebody_manages(home):
    """The last manager of a private vault neither goes nor gives up the right."""
    vault = home.run(home.ana.vaults.create("P", allow_admins_access=False))["id"]
    me = home.ana.identity()["principalId"]
    home.run(home.ana.access.grant(vault, {home.cara.id: READ}))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.access.revoke(vault, me))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.access.revoke(vault, me, permissions=MANAGE_VAULT))
    home.run(home.ana.access.grant(vault, {home.cara.id: MANAGE_VAULT}))
    home.run(home.ana.access.revoke(vault, me))
    assert vault in {row["id"] for row in home.run(home.cara.engine.vaults.list())}


def test_personal_vaults(home):
    """Nobody else gets into a personal vault."""
    personal = next(row for row in home.run(home.ana.vaults.list()) if row["title"] != "Shared")
    assert personal["vaultType"] == "personal"
    with pytest.raises(ForbiddenError):
        home.run(home.ana.access.grant(personal["id"], {home.cara.id: READ}))


def test_the_suspended(home):
    """Nothing is given to somebody who is suspended; what is there goes with the next record."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))
    home.run(home.ana.users.suspend("Cara"))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))


# -- at the same time ------------------------------------------------------------------------


def test_two_at_once(home):
    """Of two who change a vault at once both succeed: the second does it again on top."""
    other = home.owner()
    home.run(other.session.sync())
    home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))
    home.run(other.access.grant(home.vault, {home.ben.id: READ}))
    assert {home.ben.id, home.cara.id} <= rights(home).keys()


def test_always_too_late(home, monkeypatch):
    """Who is overtaken at every attempt is told, after a limited number of attempts."""
    calls = []
    call = home.ana.session.transport.call

    async def outrun(request):
        if request.operation == "commit":
            calls.append(request.operation)
            message = "outrun"
            raise ConflictError(message)
        return await call(request)

    monkeypatch.setattr(home.ana.session.transport, "call", outrun)
    with pytest.raises(ConflictError):
        home.run(home.ana.access.grant(home.vault, {home.cara.id: READ}))
    assert len(calls) == 12


def test_a_change_of_the_directory_while_judging(home, monkeypatch):
    """What is due is judged under one head; a new head in between is no error."""
    begin, moved = Change.begin.__func__, []

    async def moving(cls, session, **options):
        if session is home.ana.session and not moved:
            moved.append(True)
            home.invite("late@example.org")
        return await begin(cls, session, **options)

    monkeypatch.setattr(Change, "begin", classmethod(moving))
    assert home.run(home.ana.access.due()) == []
    assert moved


# -- rows that somebody put into the file (T15) ------------------------------------------------


def put_record(home, hand, *rows):
    """Let a manager with the file put its next record there, past the service."""
    held = hand.container.record.accessors
    accessors = tuple(sorted((*held, *rows), key=lambda row: (row.principal, row.fp)))
    change = next_record(hand, accessors=accessors)
    record = hand.container.record
    with sqlite3.connect(home.path) as file:
        file.execute(
            "INSERT INTO access_records SELECT account, container, access_rev + 1, ?, ?, ?"
            " FROM access_records WHERE container = ? AND access_rev = ?",
            (
                sha256(change.record.body),
                change.record.body,
                change.record.signature,
                hand.vault,
                record.access_rev,
            ),
        )
        file.execute(
            "UPDATE containers SET access_rev = access_rev + 1 WHERE id = ?", (hand.vault,)
        )
        for row in rows:
            file.execute(
                "INSERT INTO accessors SELECT account, ?, container, ?, ?, ?, ?"
                " FROM accessors WHERE container = ? LIMIT 1",
                (row.principal, row.fp, row.permissions, row.sealed_hash, b"key", hand.vault),
            )
    file.close()
    home.run(hand.session.sync())


@pytest.fixture
def managed(home):
    """A vault that Cara made: the hand of its creator, and its id."""
    vault = home.run(home.cara.engine.vaults.create("Cara's"))["id"]
    return Hand(home.cara.engine, parse_id(vault))


def test_an_accessor_out_of_nowhere(home, managed):
    """A row of somebody who is not in the directory stops no rotation, and goes with it."""
    ghost = Accessor(b"g" * 16, 1, b"f" * 32, READ_ITEMS, sha256(b"key"))
    put_record(home, managed, ghost)
    vault = format_id(managed.vault)
    assert ghost.principal in {row.principal for row in container(home, vault).record.accessors}
    assert [row.container for row in home.run(home.ana.access.due())] == [vault]
    done = home.run(home.ana.users.remove("Ben"))
    assert all(row.done for row in done)
    after = container(home, vault).record
    assert (after.epoch, after.row(ghost.principal)) == (2, None)


def test_a_hidden_principal(home, managed, monkeypatch):
    """The service's word alone takes nobody's rights: a principal that it denies stays."""
    home.run(home.ana.session.sync())
    call = home.ana.session.transport.call

    async def denying(request):
        if request.operation == "principals" and managed.me in request.principals:
            message = "there is no such principal"
            raise NotFoundError(message)
        return await call(request)

    monkeypatch.setattr(home.ana.session.transport, "call", denying)
    with pytest.raises(NotFoundError):
        home.run(
            Change.begin(home.ana.session, containers=[home.ana.session.containers[managed.vault]])
        )


def test_a_false_mask(home, managed):
    """A mask that nobody could have granted does not keep others from being taken out."""
    home.run(home.cara.engine.access.grant(format_id(managed.vault), {home.ben.id: READ}))
    home.run(managed.session.sync())
    me = managed.container.record.row(managed.me)
    false = tuple(
        row
        if row != me
        else Accessor(row.principal, row.kind, row.fp, MANAGE_VAULT | UPDATE_ITEMS, row.sealed_hash)
        for row in managed.container.record.accessors
    )
    change = next_record(managed, accessors=false)
    body = change.record.body
    with sqlite3.connect(home.path) as file:
        file.execute(
            "UPDATE access_records SET body = ?, signature = ?, hash = ?, access_rev = access_rev"
            " + 1 WHERE container = ? AND access_rev = ?",
            (
                body,
                change.record.signature,
                sha256(body),
                managed.vault,
                managed.container.record.access_rev,
            ),
        )
        file.execute(
            "UPDATE containers SET access_rev = access_rev + 1 WHERE id = ?", (managed.vault,)
        )
    file.close()
    fresh = home.owner()
    done = home.run(fresh.users.remove("Ben"))
    assert all(row.done for row in done)
    home.run(fresh.session.sync())
    assert fresh.session.containers[managed.vault].record.epoch == 2


def test_one_damaged_container(home, managed):
    """A container whose record does not verify is told, and the others are rotated."""
    home.run(home.ana.access.grant(home.vault, {home.ben.id: READ}))
    with sqlite3.connect(home.path) as file:
        file.execute(
            "UPDATE access_records SET signature = zeroblob(64) WHERE container = ?",
            (managed.vault,),
        )
    file.close()
    fresh = home.owner()
    done = {row.container: row for row in home.run(fresh.users.remove("Ben"))}
    assert done[home.vault].done
    assert not done[format_id(managed.vault)].done
    assert "could not be checked" in done[format_id(managed.vault)].reason


def test_one_damaged_key(home, managed):
    """A principal whose encryption key is damaged keeps no container from rotating (T10)."""
    home.run(home.cara.engine.access.revoke(format_id(managed.vault), managed_group(home)))
    home.run(home.ana.access.grant(home.vault, {home.ben.id: READ}))
    other = home.run(home.ana.vaults.create("other"))["id"]
    home.run(home.ana.access.grant(other, {home.ben.id: READ, home.cara.id: READ}))
    with sqlite3.connect(home.path) as file:
        file.execute(
            "UPDATE keysets SET enc_pk = zeroblob(1216) WHERE principal = ?", (managed.me,)
        )
    file.close()
    fresh = home.owner()
    done = {row.container: row for row in home.run(fresh.users.remove("Ben"))}
    assert done[home.vault].done
    assert done[other].done
    assert format_id(managed.me) in done[home.vault].hint + done[other].hint


def managed_group(home):
    return format_id(home.ana.session.directory.root.administrators_group)


# -- settling -------------------------------------------------------------------------------


def test_nothing_due(home):
    """Where nothing is due nothing is written."""
    rev = container(home).record.access_rev
    assert home.run(list_due(home.ana.session)) == home.run(settle(home.ana.session)) == []
    assert container(home).record.access_rev == rev


def test_damaged_while_settling(home, monkeypatch):
    """A refusal of one container is told beside it; the others go on."""
    home.run(home.ana.access.grant(home.vault, {home.ben.id: READ}))
    second = home.run(home.ana.vaults.create("second"))["id"]
    home.run(home.ana.access.grant(second, {home.ben.id: READ}))
    renew = rotation.renew

    async def refused(session, container_id, kind):
        if container_id == parse_id(second):
            message = "damaged"
            raise IntegrityError(message)
        return await renew(session, container_id, kind)

    monkeypatch.setattr(rotation, "renew", refused)
    done = {row.container: row for row in home.run(home.ana.users.remove("Ben"))}
    assert done[home.vault].done
    assert (done[second].done, done[second].hint) == (False, "damaged")


def test_values_survive_rotations(home):
    """Ten rotations later every older value is still read."""
    home.run(home.ana.items.create(home.vault, login("x", p="secret")))
    for _ in range(10):
        home.run(home.ana.access.grant(home.vault, {home.ben.id: READ}))
        home.run(home.ana.access.revoke(home.vault, home.ben.id))
    assert container(home).record.epoch == 11
    current = container(home)
    assert len({current.key(epoch).id for epoch in range(1, 12)}) == 11
    assert [one["title"] for one in home.run(home.ana.items.list(home.vault))] == ["x"]
    assert home.run(home.owner().secrets.resolve("op://Shared/x/p")) == "secret"
