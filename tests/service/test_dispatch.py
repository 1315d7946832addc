"""The one way to every operation: who is no valid caller gets to none of them."""

from importlib import import_module
from inspect import getclosurevars
from typing import get_args, get_type_hints

import msgspec
import pytest

from strongroom.errors import NotFoundError, TokenExpiredError, UnauthorizedError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service import operations
from strongroom.service.authorize import Caller
from strongroom.service.operation import Operation
from strongroom.service.operations import all_operations, dispatch
from strongroom.wire.messages import CostsRequest, CreateAccountRequest, SeedRequest, SyncRequest
from strongroom.wire.operations import Done, Request
from strongroom.wire.people import InviteOpenRequest, JoinRequest
from strongroom.wire.requests import InstallationRequest
from support.homes import make_home
from support.keeper import NOW, Hand, keeper_of, make_robot

# Whoever asks for these has no entry, or no key yet. The list is closed: another name in it is a
# decision, and this test the place where it is noticed.
CLOSED = {
    InstallationRequest,
    CreateAccountRequest,
    CostsRequest,
    SeedRequest,
    InviteOpenRequest,
    JoinRequest,
}
END = NOW + 10**9
TABLE = all_operations()


class Callers:
    """Callers of every kind that is refused, and some that are not."""

    def __init__(self, home):
        self.home, self.keeper = home, keeper_of(home)
        self.owner = Hand(home.owner(), parse_id(home.run(home.owner().vaults.create("v"))["id"]))
        home.run(self.owner.session.sync())
        engine, self.users = self.owner.engine, {}
        for name in ("member", "suspended", "removed"):
            self.users[name] = home.invite(f"{name}@example.org").user
        home.run(engine.users.suspend("suspended@example.org"))
        home.run(engine.users.remove("removed@example.org"))
        home.run(self.owner.session.sync())
        self.robots = {name: self.robot() for name in ("robot", "revoked", "ended", "overlap")}
        self.robots["expired"] = self.robot(expires_ms=END)
        accounts = engine.service_accounts
        home.run(accounts.revoke(self.id_of("revoked")))
        home.run(accounts.rotate(self.id_of("ended")))
        home.run(accounts.rotate(self.id_of("overlap"), old_ends_ms=END))

    def robot(self, **options):
        return make_robot(self.home, self.owner, ALL_BITS, **options)

    def id_of(self, name):
        return format_id(self.robots[name].me)

    def caller(self, principal, *, now=NOW, fp=b"", **facts):
        return Caller(self.keeper.account, principal, now, fp, **facts)

    def token(self, name, **facts):
        session = self.robots[name].session
        return self.caller(session.principal, **({"fp": session.fp} | facts))

    def group(self):
        return self.owner.session.directory.root.owners_group


@pytest.fixture(scope="module")
def callers(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("dispatch"), clock=lambda: NOW)
    made = Callers(home)
    yield made
    made.keeper.close()
    home.close()


REFUSED = {
    "nobody": (lambda c: c.caller(b""), UnauthorizedError),
    "unknown": (lambda c: c.caller(b"x" * 16), UnauthorizedError),
    "of another account": (
        lambda c: msgspec.structs.replace(c.caller(c.owner.me), account=b"B" * 16),
        UnauthorizedError,
    ),
    "suspended": (lambda c: c.caller(c.users["suspended"]), UnauthorizedError),
    "removed": (lambda c: c.caller(c.users["removed"]), UnauthorizedError),
    "a group": (lambda c: c.caller(c.group()), UnauthorizedError),
    "a group with its keys": (
        lambda c: c.caller(c.group(), fp=c.owner.session.directory.root.owners_group_fp),
        UnauthorizedError,
    ),
    "a revoked token": (lambda c: c.token("revoked"), UnauthorizedError),
    "an expired token": (lambda c: c.token("expired", now=END), TokenExpiredError),
    "a replaced token": (lambda c: c.token("ended"), UnauthorizedError),
    "a token at its agreed end": (lambda c: c.token("overlap", now=END), UnauthorizedError),
    "a token that says not which": (lambda c: c.token("robot", fp=b""), UnauthorizedError),
    "a token of unknown keys": (lambda c: c.token("robot", fp=b"f" * 32), UnauthorizedError),
    "a token with another's keys": (
        lambda c: c.token("robot", fp=c.robots["overlap"].session.fp),
        UnauthorizedError,
    ),
    "whoever says to be known": (
        lambda c: c.caller(b"x" * 16, entry=c.owner.session.directory.need_entry(c.owner.me)),
        UnauthorizedError,
    ),
}
ADMITTED = {
    "the owner": lambda c: c.caller(c.owner.me),
    "a member": lambda c: c.caller(c.users["member"]),
    "a token": lambda c: c.token("robot"),
    "a token before its end": lambda c: c.token("expired", now=END - 1),
    "a token before its agreed end": lambda c: c.token("overlap", now=END - 1),
}


class _ReachedError(Exception):
    """An operation was begun."""


async def _reached(_session, caller, _request):
    raise _ReachedError(caller.entry)


@pytest.fixture
def trap(monkeypatch):
    """Let every operation of the table tell that it was begun, and do nothing."""
    put_table(
        monkeypatch,
        {kind: msgspec.structs.replace(row, run=_reached) for kind, row in TABLE.items()},
    )


def put_table(monkeypatch, table):
    monkeypatch.setattr(operations, "_OFTEN", table)
    monkeypatch.setattr(operations, "all_operations", lambda: table)


def knock(callers, kind, caller):
    """Ask with a request of which nothing is filled in: it is not read by then."""

    async def work(session):
        await dispatch(session, caller, kind(**dict.fromkeys(kind.__struct_fields__)))

    callers.keeper.store.read(work)


def walk(callers, make, kind):
    """Return the operations that somebody gets to, though it is refused."""
    open_doors = []
    for kind_ in operations.all_operations().keys() - CLOSED:
        try:
            knock(callers, kind_, make(callers))
        except _ReachedError:
            open_doors.append(kind_)
        except kind:
            pass
    return open_doors


def test_the_closed_list():
    """Nothing but these operations is for whoever has no entry, and each of them exists."""
    assert {kind for kind, row in TABLE.items() if row.anybody} == CLOSED


@pytest.mark.parametrize(("make", "kind"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_callers(callers, trap, make, kind):
    """Who is no valid caller gets to no operation of the whole table."""
    assert walk(callers, make, kind) == []


@pytest.mark.parametrize("make", ADMITTED.values(), ids=ADMITTED.keys())
def test_admitted_callers(callers, trap, make):
    """Everybody else gets to every one, with the entry under which it was authenticated."""
    for kind in set(TABLE) - CLOSED:
        with pytest.raises(_ReachedError) as caught:
            knock(callers, kind, make(callers))
        assert caught.value.args[0].principal == make(callers).principal


@pytest.mark.parametrize("kind", sorted(CLOSED, key=lambda kind: kind.operation))
def test_without_caller(callers, trap, kind):
    """The operations of the closed list are begun for anybody, and know no caller's entry."""
    with pytest.raises(_ReachedError) as caught:
        knock(callers, kind, callers.caller(b"x" * 16))
    assert caught.value.args == (None,)


class _NewRequest(Request[Done], frozen=True):
    operation = "new"


def test_a_new_operation(callers, monkeypatch):
    """Whatever is added to the table needs a caller, unless somebody opens the closed list."""
    put_table(monkeypatch, TABLE | {_NewRequest: Operation(_reached)})
    with pytest.raises(UnauthorizedError):
        knock(callers, _NewRequest, callers.caller(b"x" * 16))


def test_every_request_has_an_operation():
    """The table has every request type there is, and no name stands for two of them."""
    kinds = {kind for kind in Request.__subclasses__() if kind.__module__.startswith("strongroom.")}
    assert set(TABLE) == kinds
    assert len({kind.operation for kind in kinds}) == len(kinds)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.operation)
def test_types_of_an_operation(kind):
    """Its use case takes this request, and gives the answer that the request's type names."""
    use_case = TABLE[kind].run
    later = getclosurevars(use_case).nonlocals
    if later:  # it is loaded at the first call
        use_case = getattr(import_module(f"strongroom.service.{later['module']}"), later["name"])
    (answer,) = get_args(kind.__orig_bases__[0])
    assert list(get_type_hints(use_case).values())[2:] == [kind, answer]


def test_no_such_operation(callers):
    """An unknown request is refused as such, before anybody is looked up."""
    with pytest.raises(NotFoundError, match="no operation with that name"):
        knock(callers, _NewRequest, callers.caller(b"x" * 16))


def test_the_walk_catches_an_open_door(callers, trap, monkeypatch):
    """MUTANT: an operation without authentication is found by every one of the callers."""
    put_table(monkeypatch, TABLE | {SyncRequest: Operation(_reached, anybody=True)})
    assert all(walk(callers, make, kind) == [SyncRequest] for make, kind in REFUSED.values())


def test_the_walk_catches_tokens_without_a_name(callers, trap, monkeypatch):
    """MUTANT: where the keyset is looked at only if it is named, no replaced token is noticed."""
    genuine = operations.authenticate

    async def lenient(session, caller):
        if not caller.fp:
            robot = callers.robots["robot"].session
            caller = msgspec.structs.replace(caller, fp=robot.fp)
        return await genuine(session, caller)

    monkeypatch.setattr(operations, "authenticate", lenient)
    make, kind = REFUSED["a token that says not which"]
    assert walk(callers, make, kind) != []


def test_the_real_table(callers):
    """Without the trap the refusal is the same: the way of every transport."""
    for make, kind in REFUSED.values():
        with pytest.raises(kind):
            callers.keeper.store.read(
                lambda session, make=make: dispatch(
                    session, make(callers), SyncRequest(root_version=0)
                )
            )
