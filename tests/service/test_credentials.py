"""Replacing a user's unlock data: what the service refuses, and what it changes."""

import sqlite3

import msgspec
import pytest

from strongroom.crypto.public.signatures import derive_public_key
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    KdfDowngradeError,
    KdfRefusedError,
    TooLargeError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.permissions import READ_ITEMS
from strongroom.secret import Secret
from strongroom.service.authorize import Caller, find_entry
from strongroom.service.people import credentials
from strongroom.service.people.credentials import SEALED_SEED_BYTES_MAX, change_credentials
from strongroom.store.sqlite.store import SqliteStore
from strongroom.wire.messages import (
    CostsAnswer,
    CostsRequest,
    CredentialsRequest,
    SeedAnswer,
    SeedRequest,
)
from strongroom.wiring.accounts import join_account
from support.homes import PASSWORD, make_home
from support.keeper import NOW, Keeper, keeper_of, make_robot
from support.stores import open_store

AUTH_KEY = derive_public_key(b"a" * 32)
SALTS = [bytes([number]) * 16 for number in range(1, 9)]


# -- unlocking, in two steps ---------------------------------------------------------------


def costs_of(keeper, account, user):
    """Ask, as nobody, what deriving somebody's keys takes."""
    return keeper.call(CostsRequest(account, user), b"")


NOBODIES = {
    "an unknown user": lambda keeper, _user: (keeper.account, b"x" * 16),
    "an unknown account": lambda _keeper, user: (b"B" * 16, user),
    "nobody at all": lambda _keeper, _user: (b"", b""),
}


def test_costs(own):
    """Anybody learns the costs of a user: they are asked for before there is a key to sign with."""
    keeper, user, _ = own
    row, answer = keeper.user_row(user), costs_of(keeper, keeper.account, user)
    assert answer == CostsAnswer(row.salt, row.t, row.m, row.lanes)


@pytest.mark.parametrize("who", NOBODIES.values(), ids=NOBODIES.keys())
def test_costs_of_nobody(own, who):
    """Of nobody there is an answer too: of the same shape, and the same at every time."""
    keeper, user, path = own
    names, real = who(keeper, user), costs_of(keeper, keeper.account, user)
    first = costs_of(keeper, *names)
    assert (first.t, first.m, first.lanes) == (real.t, real.m, real.lanes)
    assert len(first.salt) == len(real.salt) == 16
    assert first.salt not in (real.salt, bytes(16))
    again = Keeper(open_store(path), keeper.account)
    assert costs_of(again, *names) == first
    again.close()


def test_salts_of_nobody_differ(own, tmp_path):
    """Every id has a salt of its own, in every installation another."""
    keeper, user, _ = own
    here = {costs_of(keeper, keeper.account, bytes([n]) * 16).salt for n in range(20)}
    assert len(here) == 20
    elsewhere = Keeper(SqliteStore.create(tmp_path / "another.db"), b"B" * 16)
    assert costs_of(elsewhere, b"B" * 16, user) != costs_of(keeper, b"B" * 16, user)
    elsewhere.close()


class _Counting:
    """A session that notes its statements."""

    def __init__(self, session):
        self._session, self.statements = session, []

    async def one(self, sql, **parameters):
        self.statements.append(sql)
        return await self._session.one(sql, **parameters)


def work_for(keeper, account, user, monkeypatch):
    """Return the statements and the hashes that an answer takes."""
    hashed, genuine = [], credentials.hmac_sha256

    async def work(session):
        counting = _Counting(session)
        caller = Caller(b"", b"", NOW)
        await credentials.read_costs(counting, caller, CostsRequest(account, user))
        return counting.statements

    def hmac(*parts):
        hashed.append(len(parts[1]))
        return genuine(*parts)

    with monkeypatch.context() as patch:
        patch.setattr(credentials, "hmac_sha256", hmac)
        return keeper.store.read(work), hashed


def test_the_same_work_for_everybody(own, monkeypatch):
    """An answer about nobody takes the statements and the hashes of one about somebody."""
    keeper, user, _ = own
    real = work_for(keeper, keeper.account, user, monkeypatch)
    assert work_for(keeper, keeper.account, b"x" * 16, monkeypatch) == real
    assert [len(part) for part in real] == [2, 1]


def test_a_service_that_looks_first(own, monkeypatch):
    """MUTANT: a service that invents only for nobody does other work for them."""
    keeper, user, _ = own

    async def impatient(session, caller, request):
        sql = credentials._COSTS
        row = await session.one(sql, account=request.account, user=request.user)
        return CostsAnswer(*row) if row else await genuine(session, caller, request)

    genuine = credentials.read_costs
    monkeypatch.setattr(credentials, "read_costs", impatient)
    real = work_for(keeper, keeper.account, user, monkeypatch)
    assert work_for(keeper, keeper.account, b"x" * 16, monkeypatch) != real


def test_seeds(own):
    """The sealed seed is for its user, with the salt under which it was sealed."""
    keeper, user, _ = own
    row = keeper.user_row(user)
    answer = keeper.call(SeedRequest(), user)
    assert answer == SeedAnswer(row.salt, row.keyset, row.seed)
    assert "auth_pk" not in SeedAnswer.__struct_fields__ + CostsAnswer.__struct_fields__


def test_seeds_of_others(keeper, service_home, owner):
    """Nobody who is suspended, removed, unknown, or no person has a seed to get."""
    robot = make_robot(service_home, owner, READ_ITEMS)
    joined = service_home.invite("seed@example.org")
    keeper.call(SeedRequest(), joined.user)
    service_home.run(owner.engine.users.suspend("seed@example.org"))
    group = owner.session.directory.root.owners_group
    told = set()
    for who in (joined.user, b"x" * 16, robot.me, group):
        with pytest.raises(UnauthorizedError) as caught:
            keeper.call(SeedRequest(), who)
        told.add((caught.value.message, caught.value.hint))
    service_home.run(owner.engine.users.reactivate("seed@example.org"))
    keeper.call(SeedRequest(), joined.user)
    service_home.run(owner.engine.users.remove("seed@example.org"))
    with pytest.raises(UnauthorizedError) as caught:
        keeper.call(SeedRequest(), joined.user)
    assert told == {(caught.value.message, caught.value.hint)}


def test_whoever_waits_to_be_confirmed(keeper, service_home, owner):
    """Who has answered an invite unlocks, though there is no entry yet."""
    link = service_home.run(owner.engine.invites.create("waits@example.org"))
    joined = join_account(link.expose(), lambda _email: Secret(PASSWORD), clock=service_home.clock)
    row = keeper.user_row(joined.user)
    answer = keeper.call(SeedRequest(), joined.user)
    assert answer.seed == row.seed


# -- new credentials -----------------------------------------------------------------------


def make_request(keeper, user, **changes):
    row = keeper.user_row(user)
    usual = {
        "replaces": row.salt,
        "salt": SALTS[0],
        "t": row.t,
        "m": row.m,
        "lanes": row.lanes,
        "keyset": row.keyset,
        "seed": b"sealed",
        "auth_pk": AUTH_KEY,
    }
    return CredentialsRequest(**(usual | changes))


@pytest.fixture
def user(service_home):
    return parse_id(service_home.account.user_id)


@pytest.fixture
def own(tmp_path):
    """An account of this test's own, and the service on its file."""
    home = make_home(tmp_path)
    keeper = keeper_of(home)
    yield keeper, parse_id(home.account.user_id), home.path
    keeper.close()


def test_everything_that_unlocks_is_replaced(own):
    """Salt, costs, sealed seed and auth key are the new ones; e-mail and keyset stay."""
    keeper, user, _ = own
    before = keeper.user_row(user)
    changes = {"t": 4, "m": 70_000, "lanes": 2}
    keeper.call(make_request(keeper, user, **changes), user)
    after = keeper.user_row(user)
    facts = {"salt": SALTS[0], "seed": b"sealed", "auth_pk": AUTH_KEY} | changes
    assert after == msgspec.structs.replace(before, **facts)


WORDS = {"password": False, "secret-key": True}


@pytest.mark.parametrize(("word", "renews"), WORDS.items(), ids=WORDS)
def test_the_log_tells_of_it(own, word, renews):
    """A change has one row in the audit log, which says what the user said; a refused one none."""
    keeper, user, path = own
    before = audit_rows(path)
    with pytest.raises(KdfRefusedError):
        keeper.call(make_request(keeper, user, t=2), user)
    assert audit_rows(path) == before
    request = make_request(keeper, user, renews_secret_key=renews)
    keeper.call(request, user)
    assert audit_rows(path)[len(before) :] == [(user, "update", "user", user, word)]


def audit_rows(path):
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT actor, action, object_type, object, aux_info FROM audit ORDER BY rowid"
    ).fetchall()
    connection.close()
    return rows


def test_nobody_elses_row_is_touched(own):
    """A change is the caller's own: another user's row, in the same file, stays as it is."""
    keeper, user, path = own
    connection = sqlite3.connect(path)
    other = b"o" * 16
    columns = "account, email, salt, t, m, lanes, keyset, seed, auth_pk"
    connection.execute(
        f"INSERT INTO users (id, {columns}) SELECT ?, {columns} FROM users".replace(
            "SELECT ?, account, email,", "SELECT ?, account, 'ben@example.org',"
        ),
        (other,),
    )
    connection.commit()
    connection.close()
    before = keeper.user_row(other)
    keeper.call(make_request(keeper, user), user)
    assert keeper.user_row(other) == before


def test_of_two_changes_at_once_one_wins(own):
    """Two devices that replace the same row get one success and one conflict."""
    keeper, user, _ = own
    first = make_request(keeper, user)
    second = make_request(keeper, user, salt=SALTS[1], seed=b"other")
    keeper.call(first, user)
    with pytest.raises(ConflictError):
        keeper.call(second, user)
    assert keeper.user_row(user).seed == b"sealed"


class _Late:
    """A session that reads the row as old as the request: another writer was in between."""

    def __init__(self, session, salt):
        self._session, self._salt = session, salt

    async def one(self, sql, **parameters):
        row = await self._session.one(sql, **parameters)
        return (self._salt, *row[1:]) if sql == credentials._CURRENT else row

    async def run(self, sql, **parameters):
        return await self._session.run(sql, **parameters)


def change_late(keeper, user, request):
    """Run a change that does not see what was committed after its request was made."""

    async def work(session):
        entry = await find_entry(session, keeper.account, user)
        caller = Caller(keeper.account, user, NOW, entry=entry)
        return await change_credentials(_Late(session, request.replaces), caller, request)

    return keeper.store.write(work)


def change_twice(keeper, user):
    first, second = (make_request(keeper, user, salt=salt, seed=salt) for salt in SALTS[:2])
    keeper.call(first, user)
    change_late(keeper, user, second)


def test_the_statement_compares_too(own):
    """Where the row was read too early, the statement that writes compares the salt itself."""
    keeper, user, _ = own
    with pytest.raises(ConflictError):
        change_twice(keeper, user)
    assert keeper.user_row(user).seed == SALTS[0]


def test_without_the_comparison_a_change_is_lost(own, monkeypatch):
    """MUTANT: a statement that does not compare lets the second change undo the first."""
    keeper, user, _ = own
    bare = credentials._SWAP.replace(" AND salt = :replaces", "")
    monkeypatch.setattr(credentials, "_SWAP", bare)
    with pytest.raises(pytest.fail.Exception):
        change_twice_is_refused(keeper, user)
    assert keeper.user_row(user).seed == SALTS[1]


def change_twice_is_refused(keeper, user):
    with pytest.raises(ConflictError):
        change_twice(keeper, user)


REFUSED = {
    "fewer passes than the floor": ({"t": 2}, KdfRefusedError),
    "less memory than the floor": ({"m": 65_535}, KdfRefusedError),
    "more passes than the ceiling": ({"t": 17}, KdfRefusedError),
    "more memory than the ceiling": ({"m": 1_048_577}, KdfRefusedError),
    "no lanes": ({"lanes": 0}, KdfRefusedError),
    "too many lanes": ({"lanes": 17}, KdfRefusedError),
    "a short salt": ({"salt": b"x" * 15}, KdfRefusedError),
    "a row that is not there": ({"replaces": b"y" * 16}, ConflictError),
    "another keyset": ({"keyset": 2}, IntegrityError),
    "no sealed seed": ({"seed": b""}, IntegrityError),
    "a long sealed seed": ({"seed": b"x" * (SEALED_SEED_BYTES_MAX + 1)}, TooLargeError),
    "a short auth key": ({"auth_pk": AUTH_KEY[1:]}, IntegrityError),
    "an auth key of small order": ({"auth_pk": bytes(32)}, IntegrityError),
}


@pytest.mark.parametrize(("changes", "kind"), REFUSED.values(), ids=REFUSED)
def test_refused(keeper, user, changes, kind):
    """What cannot be a user's unlock data is refused, and the row stays."""
    before = keeper.user_row(user)
    with pytest.raises(kind):
        keeper.rehearse(make_request(keeper, user, **changes), user)
    assert keeper.user_row(user) == before


def test_limits_from_inside(keeper, user):
    """The longest sealed seed and the highest costs are accepted."""
    inside = {"seed": b"x" * SEALED_SEED_BYTES_MAX, "t": 16, "m": 1_048_576, "lanes": 16}
    keeper.rehearse(make_request(keeper, user, **inside), user)


def test_the_same_salt(keeper, user):
    """New credentials with the old salt are refused: nobody could tell the rows apart."""
    salt = keeper.user_row(user).salt
    with pytest.raises(IntegrityError):
        keeper.rehearse(make_request(keeper, user, salt=salt), user)


@pytest.mark.parametrize("weaker", [{"t": 3}, {"m": 65_536}], ids=["passes", "memory"])
def test_weaker_costs(own, weaker):
    """Costs inside the limits but below those that they replace are a downgrade."""
    keeper, user, _ = own
    keeper.call(make_request(keeper, user, t=4, m=70_000), user)
    request = make_request(keeper, user, salt=SALTS[1], **weaker)
    with pytest.raises(KdfDowngradeError):
        keeper.call(request, user)


def test_a_service_account(service_home, owner, keeper, user):
    """A service account has no password: it is refused, with its own row or another's."""
    robot = make_robot(service_home, owner, READ_ITEMS)
    with pytest.raises(ForbiddenError):
        keeper.rehearse(make_request(keeper, user), robot.me)


def test_a_stranger(keeper, user):
    """A principal without an entry is refused before anything is said of the row."""
    request = make_request(keeper, user, replaces=b"y" * 16)
    with pytest.raises(UnauthorizedError):
        keeper.rehearse(request, b"z" * 16)


def test_a_person_without_a_row(own):
    """A person whose row is missing is refused as unknown."""
    keeper, user, path = own
    request = make_request(keeper, user)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM users")
    connection.commit()
    connection.close()
    with pytest.raises(UnauthorizedError):
        keeper.call(request, user)
