"""Replacing a user's unlock data: what the service refuses, and what it changes."""

import sqlite3

import msgspec
import pytest

from strongroom.crypto.signatures import derive_public_key
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
from strongroom.service import credentials
from strongroom.service.authorize import Caller
from strongroom.service.credentials import SEALED_SEED_BYTES_MAX, change_credentials
from strongroom.wire.messages import CredentialsRequest, UnlockRequest
from support.homes import make_home
from support.keeper import NOW, keeper_of, make_robot

AUTH_KEY = derive_public_key(b"a" * 32)
SALTS = [bytes([number]) * 16 for number in range(1, 9)]


def user_row(keeper, user):
    request = UnlockRequest(account=keeper.account, user=user)
    return keeper.call("account/unlock", request, user).user


def make_request(keeper, user, **changes):
    row = user_row(keeper, user)
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
    before = user_row(keeper, user)
    changes = {"t": 4, "m": 70_000, "lanes": 2}
    keeper.call("account/credentials", make_request(keeper, user, **changes), user)
    after = user_row(keeper, user)
    facts = {"salt": SALTS[0], "seed": b"sealed", "auth_pk": AUTH_KEY} | changes
    assert after == msgspec.structs.replace(before, **facts)


WORDS = {"password": False, "secret-key": True}


@pytest.mark.parametrize(("word", "renews"), WORDS.items(), ids=WORDS)
def test_the_log_tells_of_it(own, word, renews):
    """A change has one row in the audit log, which says what the user said; a refused one none."""
    keeper, user, path = own
    before = audit_rows(path)
    with pytest.raises(KdfRefusedError):
        keeper.call("account/credentials", make_request(keeper, user, t=2), user)
    assert audit_rows(path) == before
    request = make_request(keeper, user, renews_secret_key=renews)
    keeper.call("account/credentials", request, user)
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
    before = user_row(keeper, other)
    keeper.call("account/credentials", make_request(keeper, user), user)
    assert user_row(keeper, other) == before


def test_of_two_changes_at_once_one_wins(own):
    """Two devices that replace the same row get one success and one conflict."""
    keeper, user, _ = own
    first = make_request(keeper, user)
    second = make_request(keeper, user, salt=SALTS[1], seed=b"other")
    keeper.call("account/credentials", first, user)
    with pytest.raises(ConflictError):
        keeper.call("account/credentials", second, user)
    assert user_row(keeper, user).seed == b"sealed"


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
        caller = Caller(keeper.account, user, NOW)
        return await change_credentials(_Late(session, request.replaces), caller, request)

    return keeper.store.write(work)


def change_twice(keeper, user):
    first, second = (make_request(keeper, user, salt=salt, seed=salt) for salt in SALTS[:2])
    keeper.call("account/credentials", first, user)
    change_late(keeper, user, second)


def test_the_statement_compares_too(own):
    """Where the row was read too early, the statement that writes compares the salt itself."""
    keeper, user, _ = own
    with pytest.raises(ConflictError):
        change_twice(keeper, user)
    assert user_row(keeper, user).seed == SALTS[0]


def test_without_the_comparison_a_change_is_lost(own, monkeypatch):
    """MUTANT: a statement that does not compare lets the second change undo the first."""
    keeper, user, _ = own
    bare = credentials._SWAP.replace(" AND salt = :replaces", "")
    monkeypatch.setattr(credentials, "_SWAP", bare)
    with pytest.raises(pytest.fail.Exception):
        change_twice_is_refused(keeper, user)
    assert user_row(keeper, user).seed == SALTS[1]


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
    before = user_row(keeper, user)
    with pytest.raises(kind):
        keeper.rehearse("account/credentials", make_request(keeper, user, **changes), user)
    assert user_row(keeper, user) == before


def test_limits_from_inside(keeper, user):
    """The longest sealed seed and the highest costs are accepted."""
    inside = {"seed": b"x" * SEALED_SEED_BYTES_MAX, "t": 16, "m": 1_048_576, "lanes": 16}
    keeper.rehearse("account/credentials", make_request(keeper, user, **inside), user)


def test_the_same_salt(keeper, user):
    """New credentials with the old salt are refused: nobody could tell the rows apart."""
    salt = user_row(keeper, user).salt
    with pytest.raises(IntegrityError):
        keeper.rehearse("account/credentials", make_request(keeper, user, salt=salt), user)


@pytest.mark.parametrize("weaker", [{"t": 3}, {"m": 65_536}], ids=["passes", "memory"])
def test_weaker_costs(own, weaker):
    """Costs inside the limits but below those that they replace are a downgrade."""
    keeper, user, _ = own
    keeper.call("account/credentials", make_request(keeper, user, t=4, m=70_000), user)
    request = make_request(keeper, user, salt=SALTS[1], **weaker)
    with pytest.raises(KdfDowngradeError):
        keeper.call("account/credentials", request, user)


def test_a_service_account(service_home, owner, keeper, user):
    """A service account has no password: it is refused, with its own row or another's."""
    robot = make_robot(service_home, owner, READ_ITEMS)
    with pytest.raises(ForbiddenError):
        keeper.rehearse("account/credentials", make_request(keeper, user), robot.me)


def test_a_stranger(keeper, user):
    """A principal without an entry is refused before anything is said of the row."""
    request = make_request(keeper, user, replaces=b"y" * 16)
    with pytest.raises(UnauthorizedError):
        keeper.rehearse("account/credentials", request, b"z" * 16)


def test_a_person_without_a_row(own):
    """A person whose row is missing is refused as unknown."""
    keeper, user, path = own
    request = make_request(keeper, user)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM users")
    connection.commit()
    connection.close()
    with pytest.raises(UnauthorizedError):
        keeper.call("account/credentials", request, user)
