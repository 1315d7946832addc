"""What becomes of a token: its end, renaming, rotation, revocation."""

from types import SimpleNamespace

import pytest

from strongroom.client.change import change, rotation
from strongroom.client.people import service_accounts
from strongroom.client.runtime import drive
from strongroom.client.view.containers import Container
from strongroom.client.view.objects import open_verified
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.tokens import parse_token
from strongroom.errors import (
    AmbiguousError,
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
    StrongroomError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD, SERVICE_ACCOUNT_WORDS
from strongroom.service import authorize
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import Query
from support.clocks import SetClock
from support.homes import login, make_home

HOUR = 60 * 60 * 1000
READ = READ_ITEMS | REVEAL_ITEM_PASSWORD


@pytest.fixture
def home(tmp_path):
    """An account whose owner gave a vault and an environment to a service account."""
    made = make_home(tmp_path, clock=SetClock())
    made.ana = made.owner()
    made.vault = made.run(made.ana.vaults.create("vault"))["id"]
    made.item = made.run(made.ana.items.create(made.vault, login(password="before")))["id"]
    rows = [{"name": "A", "value": "1"}]
    made.env = made.run(made.ana.environments.create("prod", variables=rows))["id"]
    create = made.ana.service_accounts.create(
        "robot", {made.vault: SERVICE_ACCOUNT_WORDS["read_items"]}, environments={made.env: READ}
    )
    made.token = made.run(create).expose()
    yield made
    made.close()


def epochs(home):
    """The epochs of the vault and the environment, as the owner sees them."""
    home.run(home.ana.vaults.list())
    containers = home.ana.session.containers
    return [containers[parse_id(one)].record.epoch for one in (home.vault, home.env)]


def value(home, engine):
    return home.run(engine.secrets.resolve("op://vault/item/password"))


def write(home, password):
    """Change the item as its owner."""
    item = home.run(home.ana.items.get(home.vault, home.item))
    item["fields"][0]["value"] = password
    home.run(home.ana.items.put(item))


def refuses(home, token, kind=UnauthorizedError):
    with pytest.raises(kind):
        home.by_token(token)


class Thief:
    """Somebody with an old token and the file, whom no service stops.

    The seed and every key that was opened with it are kept; `sees` tries them
    on what lies in the file now.
    """

    def __init__(self, home):
        self._home = home
        token = parse_token(home.token)
        self._principal, self._keyset = token.principal, Keyset(token.seed)
        engine = home.by_token(home.token)
        value(home, engine)
        home.run(engine.environments.get_variables(home.env))
        self._keys = {}
        for one in (home.vault, home.env):
            held = engine.session.containers[parse_id(one)]
            held.key()
            self._keys[held.id] = held.opened_keys()[0]

    def opens_container(self, container_id):
        """Tell whether the seed opens the current key of a container."""
        state = self._state(container_id)
        try:
            Container(state, lambda who, _: self._keyset if who == self._principal else None).key()
        except StrongroomError:
            return False
        return True

    def sees(self):
        """Return what of the item's newest version is opened with the keys at hand."""
        session = self._home.ana.session
        query = Query(container=parse_id(self._home.vault), object=parse_id(self._home.item))

        async def ask():
            return await session.lookup([query])

        ((verified,),) = drive(session.fresh(ask))
        state = self._state(self._home.vault)
        held = Container(state, lambda who, _: self._keyset if who == self._principal else None)
        held._keys |= self._keys[held.id]
        try:
            opened = open_verified(held, verified)
        except (ForbiddenError, IntegrityError):
            return None
        return opened.details["fields"][0]["value"]

    def _state(self, container_id):
        """Return a container with every sealed key that the file holds, not the owner's alone."""
        self._home.run(self._home.ana.vaults.list())
        state = self._home.ana.session.containers[parse_id(container_id)].state
        return SimpleNamespace(
            id=state.id,
            record=state.record,
            sealed=_all_sealed(self._home, state.id),
            links=state.links,
            object=state.object,
        )


def _all_sealed(home, container):
    """Return all sealed keys of a container, read from the file itself."""
    session = home.ana.session.transport._store

    async def work(rows):
        return await rows.all(
            "SELECT principal, fp, sealed FROM accessors WHERE container = :container",
            container=container,
        )

    found = session.read(work)
    return tuple(SimpleNamespace(accessor=who, fp=fp, sealed=sealed) for who, fp, sealed in found)


def test_a_thief_with_a_good_token(home):
    """Before anything is done about it, a stolen token opens all that it was given."""
    thief = Thief(home)
    assert thief.opens_container(home.vault)
    assert thief.opens_container(home.env)
    assert thief.sees() == "before"


# -- facts and names ---------------------------------------------------------------------------


def test_list_and_grants(home):
    """Service accounts are listed with their facts, and with what they may use."""
    (row,) = home.run(home.ana.service_accounts.list())
    assert (row["name"], row["state"], row["canCreateVaults"]) == ("robot", "ACTIVE", False)
    assert (row["expiresAt"], row["oldTokenEndsAt"]) == (None, None)
    assert row["creatorId"] == home.ana.identity()["principalId"]
    assert home.run(home.ana.service_accounts.find("ROBOT")) == row
    grants = {one["kind"]: one for one in home.run(home.ana.service_accounts.grants("robot"))}
    assert grants == {
        "vault": {
            "id": home.vault,
            "kind": "vault",
            "title": "vault",
            "permissions": SERVICE_ACCOUNT_WORDS["read_items"],
        },
        "environment": {
            "id": home.env,
            "kind": "environment",
            "title": "prod",
            "permissions": READ,
        },
    }


def test_edit(home):
    """A renamed service account keeps its id and its token."""
    before = home.run(home.ana.service_accounts.find("robot"))
    changed = home.run(home.ana.service_accounts.edit("robot", name="machine"))
    assert changed == before | {"name": "machine"}
    assert value(home, home.by_token(home.token)) == "before"
    with pytest.raises(NotFoundError):
        home.run(home.ana.service_accounts.find("robot"))
    with pytest.raises(InputError):
        home.run(home.ana.service_accounts.edit("machine", name=" "))


def test_several_of_one_name(home):
    """Of several service accounts of one name the caller must choose, by id."""
    home.run(home.ana.service_accounts.create("Robot", {home.vault: READ}))
    with pytest.raises(AmbiguousError) as caught:
        home.run(home.ana.service_accounts.revoke("robot"))
    assert len(caught.value.candidates) == 2
    assert epochs(home) == [1, 1]


def test_by_a_robot(home):
    """A service account manages none, not even itself."""
    me = home.by_token(home.token).identity()["principalId"]
    robot = home.by_token(home.token)
    for ask in (
        robot.service_accounts.edit(me, name="x"),
        robot.service_accounts.rotate(me),
        robot.service_accounts.revoke(me),
    ):
        with pytest.raises((ForbiddenError, NotFoundError)):
            home.run(ask)
    assert value(home, home.by_token(home.token)) == "before"


def test_by_a_member(home):
    """Who is neither owner nor administrator changes no service account."""
    ben = home.open_as(home.invite("ben@example.org", name="Ben"))
    for ask in (
        ben.service_accounts.edit("robot", name="x"),
        ben.service_accounts.rotate("robot"),
        ben.service_accounts.revoke("robot"),
        ben.service_accounts.create("x", {}),
    ):
        with pytest.raises(ForbiddenError):
            home.run(ask)
    assert value(home, home.by_token(home.token)) == "before"


def test_environments_are_given_like_vaults(home):
    """An environment that is none, or not the caller's, is not given."""
    for env in ("a" * 26, "x"):
        with pytest.raises(NotFoundError):
            home.run(home.ana.service_accounts.create("x", {}, environments={env: READ}))
    team = format_id(home.ana.session.directory.root.team_members_group)
    with pytest.raises(NotFoundError):
        home.run(home.ana.service_accounts.create("x", {}, environments={team: READ}))


# -- the end of a token ------------------------------------------------------------------------


def test_end(home):
    """A token with an end works until then, also on an environment, and shows its end."""
    ends = home.clock.now + HOUR
    create = home.ana.service_accounts.create(
        "brief", {}, environments={home.env: READ}, expires_ms=ends
    )
    token = home.run(create).expose()
    assert home.run(home.ana.service_accounts.find("brief"))["expiresAt"] == ends
    home.clock.now = ends - 1
    engine = home.by_token(token)
    assert home.run(engine.environments.get_variables(home.env))[0]["value"] == "1"
    home.clock.now = ends
    refuses(home, token, TokenExpiredError)
    with pytest.raises(TokenExpiredError):
        home.run(engine.environments.get_variables(home.env))


def test_end_stays_with_rotation(home):
    """A new token ends when the service account does."""
    ends = home.clock.now + HOUR
    home.run(home.ana.service_accounts.create("brief", {home.vault: READ}, expires_ms=ends))
    token = home.run(home.ana.service_accounts.rotate("brief")).expose()
    assert parse_token(token).expires_ms == ends


# -- rotation ----------------------------------------------------------------------------------


def test_rotation_at_once(home):
    """Rotation gives a new token; the old one is refused, also where it is in use."""
    running = home.by_token(home.token)
    assert value(home, running) == "before"
    token = home.run(home.ana.service_accounts.rotate("robot")).expose()
    assert parse_token(token).principal == parse_token(home.token).principal
    refuses(home, home.token)
    with pytest.raises(UnauthorizedError):
        home.run(running.items.list(home.vault))
    with pytest.raises(UnauthorizedError):
        home.run(running.environments.get_variables(home.env))
    new = home.by_token(token)
    assert value(home, new) == "before"
    assert home.run(new.environments.get_variables(home.env))[0]["value"] == "1"
    assert epochs(home) == [2, 2]


def test_rotation_at_once_locks_the_thief_out(home):
    """What is written after a rotation is closed to the old token, file in hand."""
    thief = Thief(home)
    home.run(home.ana.service_accounts.rotate("robot"))
    write(home, "after")
    assert not thief.opens_container(home.vault)
    assert not thief.opens_container(home.env)
    assert thief.sees() is None


def test_mutant_rotation_without_new_keys(home, monkeypatch):
    """If a rotation left the containers' keys, the old key would open what follows: seen here."""
    thief = Thief(home)
    monkeypatch.setattr(change.Change, "is_stale", lambda *_, **__: False)
    monkeypatch.setattr(rotation, "renew_if_due", _nothing)
    # The honest service refuses such a change too; the file's holder would not ask it.
    monkeypatch.setattr("strongroom.service.objects.records._check_accessors", _nothing)
    monkeypatch.setattr("strongroom.service.objects.records._check_rotation", lambda *_, **__: None)
    home.run(home.ana.service_accounts.rotate("robot"))
    write(home, "after")
    assert thief.sees() == "after"


def test_rotation_with_overlap(home):
    """Both tokens work until the agreed time; at it the service refuses the old one."""
    ends = home.clock.now + HOUR
    running = home.by_token(home.token)
    value(home, running)
    token = home.run(home.ana.service_accounts.rotate("robot", old_ends_ms=ends)).expose()
    assert home.run(home.ana.service_accounts.find("robot"))["oldTokenEndsAt"] == ends
    assert epochs(home) == [1, 1]
    home.clock.now = ends - 1
    for one in (home.token, token):
        assert value(home, home.by_token(one)) == "before"
    home.clock.now = ends
    refuses(home, home.token)
    with pytest.raises(UnauthorizedError):
        home.run(running.items.list(home.vault))
    assert value(home, home.by_token(token)) == "before"


def test_mutant_service_without_ends(home, monkeypatch):
    """A service that did not look at the agreed time would take the old token: seen here."""
    ends = home.clock.now + HOUR
    home.run(home.ana.service_accounts.rotate("robot", old_ends_ms=ends))
    home.clock.now = ends
    monkeypatch.setattr(authorize, "_check_keyset", _nothing)
    assert value(home, home.by_token(home.token)) == "before"


def test_after_the_overlap(home):
    """When the time has come, the old keys end and the containers get new ones; not before."""
    thief = Thief(home)
    ends = home.clock.now + HOUR
    token = home.run(home.ana.service_accounts.rotate("robot", old_ends_ms=ends)).expose()
    home.clock.now = ends - 1
    assert home.run(home.ana.service_accounts.finish_rotations()) == []
    assert thief.opens_container(home.vault)
    home.clock.now = ends
    principal = format_id(parse_token(token).principal)
    assert home.run(home.ana.service_accounts.finish_rotations()) == [principal]
    assert home.run(home.ana.service_accounts.finish_rotations()) == []
    dues = home.run(home.ana.access.settle())
    assert {due.container for due in dues if due.done} >= {home.vault, home.env}
    write(home, "after")
    assert not thief.opens_container(home.vault)
    assert thief.sees() is None
    assert value(home, home.by_token(token)) == "after"
    assert home.run(home.ana.service_accounts.find("robot"))["oldTokenEndsAt"] is None
    record = home.ana.session.containers[parse_id(home.env)].record
    assert [row.principal for row in record.accessors].count(parse_id(principal)) == 1


@pytest.mark.parametrize("before_ms", [0, 1])
def test_rotation_with_an_end_in_the_past(home, before_ms):
    """The old token ends in the future or now, never in the past."""
    ends = home.clock.now - before_ms
    with pytest.raises(InputError):
        home.run(home.ana.service_accounts.rotate("robot", old_ends_ms=ends))
    assert value(home, home.by_token(home.token)) == "before"


def test_rotation_twice(home):
    """Only the newest token works after two rotations at once."""
    first = home.run(home.ana.service_accounts.rotate("robot")).expose()
    second = home.run(home.ana.service_accounts.rotate("robot")).expose()
    refuses(home, home.token)
    refuses(home, first)
    assert value(home, home.by_token(second)) == "before"


def test_rotation_of_what_others_manage(home):
    """Nobody rotates a token out of a vault that somebody else manages; revoking is possible."""
    ben = home.invite("ben@example.org", name="Ben", role="administrator")
    engine = home.open_as(ben)
    vault = home.run(engine.vaults.create("of Ben", allow_admins_access=False))["id"]
    home.run(engine.access.grant(vault, {home.ana.identity()["principalId"]: READ}))
    token = home.run(engine.service_accounts.create("shared", {vault: READ})).expose()
    home.run(home.ana.vaults.list())
    with pytest.raises(ForbiddenError, match="which you may not manage"):
        home.run(home.ana.service_accounts.rotate("shared"))
    assert home.run(home.by_token(token).vaults.get(vault))["title"] == "of Ben"
    newer = home.run(engine.service_accounts.rotate("shared")).expose()
    (due,) = home.run(home.ana.service_accounts.revoke("shared"))
    assert (due.container, due.done) == (vault, False)
    refuses(home, newer)
    (due,) = home.run(engine.access.settle())
    assert (due.container, due.done) == (vault, True)


# -- revocation --------------------------------------------------------------------------------


def test_revoke(home):
    """A revoked token is refused at once, also where it is in use, and stays in the lists' past."""
    running = home.by_token(home.token)
    value(home, running)
    dues = home.run(home.ana.service_accounts.revoke("robot"))
    assert {due.container for due in dues if due.done} == {home.vault, home.env}
    refuses(home, home.token)
    for ask in (
        running.items.list(home.vault),
        running.environments.get_variables(home.env),
        running.secrets.resolve("op://vault/item/password"),
    ):
        with pytest.raises(UnauthorizedError):
            home.run(ask)
    assert home.run(home.ana.service_accounts.list()) == []
    (row,) = home.run(home.ana.service_accounts.list(deleted=True))
    assert (row["name"], row["state"]) == ("robot", "DELETED")
    assert value(home, home.ana) == "before"


def test_revoke_locks_the_thief_out(home):
    """What is written after a revocation is closed to the old token, file in hand."""
    thief = Thief(home)
    home.run(home.ana.service_accounts.revoke("robot"))
    write(home, "after")
    for one, kind in ((home.vault, ContainerKind.VAULT), (home.env, ContainerKind.ENVIRONMENT)):
        record = home.ana.session.need_container(parse_id(one), kind).record
        assert record.row(parse_token(home.token).principal) is None
        assert not thief.opens_container(one)
    assert thief.sees() is None
    assert value(home, home.ana) == "after"


def test_mutant_revocation_without_new_keys(home, monkeypatch):
    """If a revocation left the containers' keys, the old key would open what follows: seen here."""
    thief = Thief(home)
    monkeypatch.setattr(service_accounts, "settle", _no_dues)
    monkeypatch.setattr(rotation, "renew_if_due", _nothing)
    home.run(home.ana.service_accounts.revoke("robot"))
    write(home, "after")
    assert thief.sees() == "after"


def test_revoked_for_good(home):
    """Who was revoked is not rotated, and revoking again changes nothing."""
    principal = format_id(parse_token(home.token).principal)
    home.run(home.ana.service_accounts.revoke("robot"))
    with pytest.raises(ForbiddenError):
        home.run(home.ana.service_accounts.rotate(principal))
    rev = home.ana.session.directory.head.rev
    assert home.run(home.ana.service_accounts.revoke(principal)) == []
    assert home.ana.session.directory.head.rev == rev
    assert epochs(home) == [2, 2]


def test_old_revisions_stay_valid(home):
    """What a service account wrote before it was revoked can still be read and changed."""
    mask = SERVICE_ACCOUNT_WORDS["write_items"]
    create = home.ana.service_accounts.create("writer", {home.vault: mask})
    writer = home.by_token(home.run(create).expose())
    made = home.run(writer.items.create(home.vault, login("by a robot", password="x")))
    home.run(home.ana.service_accounts.revoke("writer"))
    fresh = home.owner()
    assert home.run(fresh.items.get(home.vault, made["id"])) == made
    assert home.run(fresh.items.put(made | {"title": "later"}))["version"] == 2


@pytest.mark.parametrize("verb", ["edit", "rotate", "revoke", "grants", "find"])
def test_nobody(home, verb):
    """A name that no service account has is not found, a user's name included."""
    options = {"name": "x"} if verb == "edit" else {}
    for name in ("nobody", "Ana Example", "a" * 26):
        with pytest.raises(NotFoundError):
            home.run(getattr(home.ana.service_accounts, verb)(name, **options))


async def _nothing(*_arguments, **_keywords):
    return None


async def _no_dues(_session):
    return []
