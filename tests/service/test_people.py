"""The list of principals, records for administrators, and when older tokens end."""

import pytest

from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service.authorize import Caller
from strongroom.service.operations import dispatch
from strongroom.service.people import people
from strongroom.service.people.people import check_free_email, note_end
from strongroom.wire.audit import AuditLinkRequest, AuditListRequest
from strongroom.wire.entries import parse_entry
from strongroom.wire.messages import (
    CommitRequest,
    CostsRequest,
    HistoryRequest,
    KeysetEnd,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    Query,
    SyncRequest,
)
from strongroom.wire.people import InvitesRequest, PeopleRequest, RecordRequest
from support.homes import make_home
from support.keeper import NOW, Hand, keeper_of, make_robot


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("people"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(home):
    engine = home.owner()
    vault = home.run(engine.vaults.create("vault"))
    return Hand(engine, parse_id(vault["id"]))


@pytest.fixture(scope="module")
def member(home):
    return home.invite("cara@example.org")


def pages(keeper, principal):
    """Return every page of the list."""
    found, first = [], 0
    while True:
        answer = keeper.call(PeopleRequest(first), principal)
        found.append(answer)
        if not answer.next:
            return found
        first = answer.next


# -- lists -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 4, 5, 6])
def test_pages(keeper, owner, member, monkeypatch, size):
    """The pages together hold every entry once, in the order of their places, each proven."""
    monkeypatch.setattr(people, "PAGE_OBJECTS_MAX", size)
    rows = [row for page in pages(keeper, owner.me) for row in page.rows]
    entries = [parse_entry(row.proof.body) for row in rows]
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert {owner.me, member.user} <= {entry.principal for entry in entries}


def test_addresses(keeper, home, owner, member):
    """People see the addresses of users, service accounts see none, groups have none."""
    robot = make_robot(home, owner, ALL_BITS)
    for reader, shown in (
        (owner.me, {"ana@example.org", "cara@example.org"}),
        (member.user, {"ana@example.org", "cara@example.org"}),
        (robot.me, set()),
    ):
        rows = [row for page in pages(keeper, reader) for row in page.rows]
        assert {row.email for row in rows if row.email} == shown


def answers_to(keeper, home, hand):
    """Return what a principal is told by every operation that it may ask."""
    requests = [
        CostsRequest(keeper.account, hand.me),
        SyncRequest(root_version=0),
        LookupRequest(queries=(Query(hand.vault, hand.vault),)),
        ListRequest(hand.vault, (1, 2, 3)),
        HistoryRequest(hand.vault, hand.vault),
        PrincipalsRequest((hand.me,)),
        PeopleRequest(),
        RecordRequest(hand.vault),
        InvitesRequest(),
        AuditLinkRequest(),
        AuditListRequest(),
    ]
    told = {}
    for request in requests:
        try:
            told[request.operation] = repr(keeper.call(request, hand.me))
        except ForbiddenError:
            continue
    return told


def test_service_accounts_learn_no_address(keeper, home, owner, member):
    """Whatever a service account asks, no answer holds anybody's address; people do learn them."""
    home.run(home.owner().invites.create("open@example.org"))
    home.run(owner.session.sync())
    told = answers_to(keeper, home, make_robot(home, owner, ALL_BITS))
    assert {"sync", "lookup", "people/list", "principals"} <= told.keys()
    assert [name for name, text in told.items() if "@example.org" in text] == []
    told = answers_to(keeper, home, owner)
    shown = {name for name, text in told.items() if "@example.org" in text}
    assert shown == {"people/list", "invites/list"}


def test_a_service_that_tells_everybody(keeper, home, owner, member, monkeypatch):
    """MUTANT: where every caller counts as a person, service accounts learn the addresses."""
    monkeypatch.setattr(Caller, "is_user", True)
    told = answers_to(keeper, home, make_robot(home, owner, ALL_BITS))
    assert "cara@example.org" in told["people/list"]


def test_strangers(keeper, member):
    """Nobody else sees the list."""
    with pytest.raises(UnauthorizedError):
        pages(keeper, b"x" * 16)


# -- records -----------------------------------------------------------------------------


def test_records(keeper, home, owner, member):
    """Owners read the record of any container, without keys; others not even of their own."""
    answer = keeper.call(RecordRequest(owner.vault), owner.me)
    assert answer.record == owner.container.state.record
    session = home.open_as(member)._session
    team = session.directory.root.team_members_group
    for container in (owner.vault, team):
        with pytest.raises(ForbiddenError):
            keeper.call(RecordRequest(container), member.user)
    with pytest.raises(NotFoundError):
        keeper.call(RecordRequest(b"n" * 16), owner.me)


def test_records_of_administrators(keeper, home, owner):
    """An administrator reads records of groups of which it is no member."""
    joined = home.invite("ben@example.org", role="administrator")
    group = parse_id(home.run(owner.engine.groups.create("Ops"))["id"])
    answer = keeper.call(RecordRequest(group), joined.user)
    assert answer.evidence.entries


# -- ends of tokens ------------------------------------------------------------------------


@pytest.fixture
def robot(home, owner):
    """A service account with two open keysets, and the fingerprint of the older one."""
    engine = home.owner()
    vault = home.run(engine.vaults.create("of a robot"))["id"]
    session = home.by_token(home.token(vault))._session
    old = session.fp
    clock = home.clock()
    name = home.run(engine.service_accounts.list())[-1]["id"]
    home.run(engine.service_accounts.rotate(name, old_ends_ms=clock + 1_000_000))
    return session.principal, old, clock + 1_000_000


def ask(keeper, principal, fp, now):
    """Ask something with one keyset at a time."""

    async def work(session):
        caller = Caller(keeper.account, principal, now, fp)
        return await dispatch(session, caller, SyncRequest(root_version=0))

    return keeper.store.read(work)


def test_end_of_a_token(keeper, robot):
    """The older token works up to the millisecond before its end; the newer one goes on."""
    principal, old, end = robot
    ask(keeper, principal, old, end - 1)
    for now in (end, end + NOW):
        with pytest.raises(UnauthorizedError):
            ask(keeper, principal, old, now)
    answer = keeper.call(SyncRequest(root_version=0), principal, now=end)
    (entry,) = [
        found
        for proof in answer.evidence.entries
        if (found := parse_entry(proof.body)).principal == principal
    ]
    ask(keeper, principal, entry.current.fp, end)
    for fp in (b"u" * 32, b""):
        with pytest.raises(UnauthorizedError):
            ask(keeper, principal, fp, end - 1)


def note(keeper, end):
    async def work(session):
        await note_end(session, keeper.account, end)

    keeper.store.write(work)


def test_ends_do_not_move_to_later(keeper, robot):
    """An agreed end comes earlier if asked, and never later: no token comes to life again."""
    principal, old, end = robot
    note(keeper, KeysetEnd(principal, old, end + 10))
    with pytest.raises(UnauthorizedError):
        ask(keeper, principal, old, end)
    note(keeper, KeysetEnd(principal, old, end - 10))
    with pytest.raises(UnauthorizedError):
        ask(keeper, principal, old, end - 10)
    ask(keeper, principal, old, end - 11)


def test_ends_of_other_keys(keeper, owner, robot):
    """Only an older open keyset of a service account gets an end."""
    principal, old, end = robot
    answer = ask(keeper, principal, old, end - 1)
    entries = [parse_entry(proof.body) for proof in answer.evidence.entries]
    current = next(entry.current.fp for entry in entries if entry.principal == principal)
    for who, fp in ((principal, current), (principal, b"u" * 32), (owner.me, owner.session.fp)):
        with pytest.raises(IntegrityError):
            note(keeper, KeysetEnd(who, fp, end))
    with pytest.raises(IntegrityError):
        note(keeper, KeysetEnd(b"x" * 16, old, end))


def test_ends_come_with_new_keys(keeper, home, owner, robot):
    """A change gives ends only to whom it gives new keys, and only as an administrator."""
    principal, old, end = robot
    request = CommitRequest(ends=(KeysetEnd(principal, old, end),))
    with pytest.raises(IntegrityError):
        keeper.call(request, owner.me)
    with pytest.raises(ForbiddenError):
        keeper.call(request, principal)


# -- addresses ---------------------------------------------------------------------------


def test_free_addresses(keeper, member):
    """An address is compared without regard to ASCII capitals."""

    def check(email):
        async def work(session):
            await check_free_email(session, keeper.account, email)

        keeper.store.read(work)

    check("dan@example.org")
    for email in ("cara@example.org", "Cara@Example.org"):
        with pytest.raises(StrongroomError) as caught:
            check(email)
        assert caught.value.code == "conflict"
