"""Users: who they are, who shuts whom out, and what somebody who left can still open."""

import pytest

from strongroom.client.people import users
from strongroom.errors import (
    ForbiddenError,
    NotFoundError,
    RotationDueError,
    StoreReadOnlyError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from strongroom.transport.embedded import EmbeddedTransport
from support.homes import login, make_home
from support.people import join, thief_opens

WRITE = SERVICE_ACCOUNT_WORDS["write_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, an administrator, and a member who writes in a vault of the owner's."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben = join(made, "Ben", role="administrator", by=made.ana)
    made.cara = join(made, "Cara", by=made.ana)
    made.vault = made.run(made.ana.vaults.create("Shared"))["id"]
    made.run(made.ana.access.grant(made.vault, {made.cara.id: WRITE}))
    yield made
    made.close()


def container(home, engine, vault=None):
    home.run(engine.session.sync())
    return engine.session.containers[parse_id(vault or home.vault)]


async def _nothing(_session):
    return []


# -- lists ---------------------------------------------------------------------------------


def test_list(home):
    """Everybody sees everybody: name, address, state and role."""
    for engine in (home.ana, home.ben.engine, home.cara.engine):
        rows = {row["name"]: row for row in home.run(engine.users.list())}
        assert {name: row["role"] for name, row in rows.items()} == {
            "Ana Example": "owner",
            "Ben": "administrator",
            "Cara": "member",
        }
        assert {row["state"] for row in rows.values()} == {"ACTIVE"}
        assert rows["Cara"]["email"] == "cara@example.org"
        assert rows["Cara"]["id"] == home.cara.id


def test_find(home):
    """A user is found by id, address or name, without regard to capitals; else not at all."""
    for text in (home.cara.id, "cara@example.org", "CARA@example.org", "cara", "  Cara "):
        assert home.run(home.ana.users.find(text))["id"] == home.cara.id
    for text in ("", " ", "nobody", "a" * 26):
        with pytest.raises(NotFoundError):
            home.run(home.ana.users.find(text))
    assert home.run(home.cara.engine.users.me())["id"] == home.cara.id


def test_rename(home):
    """Owners and administrators rename users; members do not, not even themselves."""
    for engine, name in ((home.ana, "Cara B"), (home.ben.engine, "Cara C")):
        assert home.run(engine.users.edit(home.cara.id, name=name))["name"] == name
    with pytest.raises(ForbiddenError):
        home.run(home.cara.engine.users.edit(home.cara.id, name="Queen"))


# -- leaving -------------------------------------------------------------------------------


def test_suspended(home):
    """Who is suspended gets in nowhere, and is in the list as such."""
    home.run(home.ben.engine.users.suspend("Cara"))
    with pytest.raises(UnauthorizedError):
        home.run(home.cara.engine.vaults.list())
    with pytest.raises(UnauthorizedError):
        home.open_as(home.cara.joined)
    assert home.run(home.ana.users.find("Cara"))["state"] == "SUSPENDED"


def test_reactivated(home):
    """Who comes back is a member of the team; what was rotated meanwhile stays lost to it."""
    home.run(home.ana.users.suspend("Cara"))
    assert home.run(home.ana.users.reactivate("Cara"))["state"] == "ACTIVE"
    cara = home.open_as(home.cara.joined)
    assert [row["title"] for row in home.run(cara.vaults.list())] == ["Private"]
    assert home.run(cara.users.list())
    home.run(home.ana.access.grant(home.vault, {home.cara.id: WRITE}))
    assert {row["title"] for row in home.run(cara.vaults.list())} == {"Private", "Shared"}


def test_reactivated_before_the_rotation(home, monkeypatch):
    """Where nothing was rotated yet, the rows are still good and nothing rotates."""
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.suspend("Cara"))
    monkeypatch.undo()
    home.run(home.ana.users.reactivate("Cara"))
    assert container(home, home.open_as(home.cara.joined)).record.epoch == 1


def test_removed_for_good(home):
    """Who was removed is listed only on demand, and does not come back."""
    home.run(home.ana.users.remove("Cara"))
    assert "Cara" not in {row["name"] for row in home.run(home.ana.users.list())}
    gone = {row["name"]: row for row in home.run(home.ana.users.list(deleted=True))}
    assert gone["Cara"]["state"] == "DELETED"
    with pytest.raises(ForbiddenError):
        home.run(home.ana.users.reactivate(home.cara.id))
    with pytest.raises(UnauthorizedError):
        home.open_as(home.cara.joined)


def test_the_address_is_free_again(home):
    """Somebody else joins under the address of a removed user, as another person."""
    home.run(home.ana.users.remove("Cara"))
    again = join(home, "Cara", by=home.ana)
    assert again.id != home.cara.id
    assert home.run(home.ana.users.find("cara@example.org"))["id"] == again.id


@pytest.mark.parametrize("change", ["suspend", "remove", "reactivate"])
def test_members_shut_nobody_out(home, change):
    """Neither a member nor a manager of a vault changes states."""
    home.run(home.ana.access.grant(home.vault, {home.cara.id: ALL_BITS}))
    other = join(home, "Dan", by=home.ana)
    if change == "reactivate":
        home.run(home.ana.users.suspend("Dan"))
    with pytest.raises(ForbiddenError):
        home.run(getattr(home.cara.engine.users, change)(other.id))


@pytest.mark.parametrize("change", ["suspend", "remove"])
def test_listed_people_stay(home, change):
    """An owner or administrator gives up the role first; nobody shuts itself out."""
    for by, whom in ((home.ana, "Ben"), (home.ben.engine, "Ana Example")):
        with pytest.raises(ForbiddenError):
            home.run(getattr(by.users, change)(whom))
    for engine, whom in ((home.ana, "Ana Example"), (home.ben.engine, "Ben")):
        with pytest.raises(ForbiddenError):
            home.run(getattr(engine.users, change)(whom))


def test_leaving_twice(home):
    """To suspend or remove again changes nothing and is no error."""
    for change in (home.ana.users.suspend, home.ana.users.remove):
        home.run(change("Cara"))
        before = home.ana.session.directory.head.rev
        assert home.run(change(home.cara.id)) == []
        assert home.ana.session.directory.head.rev == before


# -- keys (T10, T11) -----------------------------------------------------------------------


def make_item(home, title):
    return parse_id(home.run(home.ana.items.create(home.vault, login(title, p=title)))["id"])


def attempt(home, old, item):
    session = home.cara.engine.session
    return thief_opens(home, session, old, parse_id(home.vault), item)


def test_what_is_written_after_the_rotation(home):
    """Whoever was removed opens nothing that is written later, with all old keys and the file."""
    before = make_item(home, "before")
    old = container(home, home.cara.engine)
    assert attempt(home, old, before) is not None
    home.run(home.ana.users.remove("Cara"))
    after = make_item(home, "after")
    assert attempt(home, old, after) is None


def test_without_the_rotation(home, monkeypatch):
    """The same, with the rotation patched out: the old keys open what is written later."""
    old = container(home, home.cara.engine)
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.remove("Cara"))

    async def not_before_writing(_session, _container):
        return

    monkeypatch.setattr("strongroom.client.change.rotation.renew_if_due", not_before_writing)
    assert attempt(home, old, make_item(home, "after")) is not None


def test_through_a_group(home):
    """Who had rights through a group only loses the group's keys, and with them the vault's."""
    vault = home.run(home.ana.vaults.create("Through a group"))["id"]
    group = home.run(home.ana.groups.create("Ops"))["id"]
    home.run(home.ana.groups.add("Ops", home.cara.id))
    home.run(home.ana.access.grant(vault, {group: WRITE}))
    home.vault = vault
    before = make_item(home, "before")
    old = container(home, home.cara.engine)
    assert attempt(home, old, before) is not None
    home.run(home.ana.users.remove("Cara"))
    assert attempt(home, old, make_item(home, "after")) is None


def test_new_members_read_older_items(home):
    """A member who comes after rotations reads what was written in all epochs."""
    items = [make_item(home, "first")]
    home.run(home.ana.users.remove("Cara"))
    items.append(make_item(home, "second"))
    dan = join(home, "Dan", by=home.ana)
    home.run(home.ana.access.grant(home.vault, {dan.id: WRITE}))
    assert container(home, dan.engine).record.epoch == 2
    for title in ("first", "second"):
        assert home.run(dan.engine.secrets.resolve(f"op://Shared/{title}/p")) == title


# -- what stops half way -------------------------------------------------------------------


def test_another_administrator_finishes(home, monkeypatch):
    """Between the change of state and the rotations anybody may stop; another one goes on."""
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.remove("Cara"))
    monkeypatch.undo()
    due = home.run(home.ben.engine.access.due())
    assert {row.kind for row in due} == {"group", "vault"}
    done = home.run(home.ben.engine.access.settle())
    # The names are sealed to the team, which has new keys by now.
    assert {row.kind for row in done} == {"group", "vault", "account"}
    assert all(row.done for row in done)
    assert home.run(home.ana.access.due()) == []
    assert container(home, home.ana).record.epoch == 2


def test_removing_again_goes_on(home, monkeypatch):
    """The same command, given again, does the rotations that were left."""
    monkeypatch.setattr(users, "settle", _nothing)
    home.run(home.ana.users.remove("Cara"))
    monkeypatch.undo()
    done = home.run(home.ana.users.remove(home.cara.id))
    assert parse_id(home.vault) in {parse_id(row.container) for row in done}
    assert container(home, home.ana).record.epoch == 2


def test_private_vaults(home):
    """A private vault that somebody leaves waits for its manager; nobody else rotates it."""
    dan = join(home, "Dan", by=home.ana)
    vault = home.run(dan.engine.vaults.create("D", allow_admins_access=False))["id"]
    home.run(dan.engine.access.grant(vault, {home.cara.id: WRITE}))
    home.run(home.ana.users.remove("Cara"))
    assert parse_id(vault) not in home.ana.session.containers
    assert [row.container for row in home.run(dan.engine.access.due())] == [vault]
    home.run(dan.engine.items.create(vault, login("x", p="y")))
    assert container(home, dan.engine, vault).record.epoch == 2


def test_nobody_left_to_manage(home):
    """A vault whose only manager left stays readable, takes no writes, and is told."""
    dan = join(home, "Dan", by=home.ana)
    vault = home.run(dan.engine.vaults.create("D", allow_admins_access=False))["id"]
    home.run(dan.engine.items.create(vault, login("x", p="y")))
    home.run(dan.engine.access.grant(vault, {home.cara.id: WRITE}))
    home.run(home.ana.users.remove("Dan"))
    cara = home.cara.engine
    assert home.run(cara.secrets.resolve(f"op://{vault}/x/p")) == "y"
    with pytest.raises(RotationDueError):
        home.run(cara.items.create(vault, login("z", p="y")))
    (due,) = home.run(cara.access.settle())
    assert (due.container, due.done) == (vault, False)
    assert due.hint


# -- personal vaults -------------------------------------------------------------------------


def titles(home, engine):
    return [row["title"] for row in home.run(engine.vaults.list())]


def test_personal_vault_at_the_first_unlock(home):
    """The first unlock of a user makes the personal vault, later ones find it."""
    joined = home.invite("dan@example.org", by=home.ana)
    for _ in range(2):
        assert titles(home, home.open_as(joined)) == ["Private"]


def test_a_file_that_cannot_be_written(home, monkeypatch):
    """Who cannot write the file opens it all the same; a later unlock makes the vault."""
    joined = home.invite("dan@example.org", by=home.ana)

    async def read_only(_transport, request, *, call=EmbeddedTransport.call):
        if request.operation == "commit":
            message = "read-only"
            raise StoreReadOnlyError(message)
        return await call(_transport, request)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedTransport, "call", read_only)
        assert titles(home, home.open_as(joined)) == []
    assert titles(home, home.open_as(joined)) == ["Private"]


def test_two_devices_at_once(home, monkeypatch):
    """Of two devices that unlock for the first time at once, one makes it."""
    joined = home.invite("dan@example.org", by=home.ana)

    async def later(_engine):
        return

    with monkeypatch.context() as patched:
        patched.setattr("strongroom.client.engine.Engine.ensure_personal", later)
        engines = [home.open_as(joined) for _ in range(2)]
    for engine in engines:
        home.run(engine.ensure_personal())
    assert [titles(home, engine) for engine in engines] == [["Private"]] * 2
    ids = {home.run(engine.vaults.list())[0]["id"] for engine in engines}
    assert len(ids) == 1
