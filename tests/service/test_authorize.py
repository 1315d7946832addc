"""Who may ask the service what: every door, every caller."""

import contextlib

import msgspec
import pytest

from strongroom.errors import (
    ForbiddenError,
    IntegrityError,
    NotFoundError,
    StrongroomError,
    TokenExpiredError,
    UnauthorizedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.permissions import (
    ALL_BITS,
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    DELETE_ITEMS,
    MANAGE_VAULT,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    UPDATE_ITEM_HISTORY,
    UPDATE_ITEMS,
)
from strongroom.service.objects.files import SEALED_OVERHEAD_BYTES
from strongroom.service.operations import all_operations
from strongroom.wire.audit import AuditLinkRequest, AuditListRequest
from strongroom.wire.files import FileReadRequest, FileUploadRequest
from strongroom.wire.messages import (
    CommitRequest,
    HistoryRequest,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    Query,
    SyncRequest,
)
from strongroom.wire.people import (
    InviteCreateRequest,
    InviteDeleteRequest,
    InviteRow,
    InvitesRequest,
    PeopleRequest,
    RecordRequest,
)
from strongroom.wire.revisions import State, parse_revision
from support.keeper import NOW, Hand, commit, make_robot, opened

READ_REVEAL = READ_ITEMS | REVEAL_ITEM_PASSWORD


@pytest.fixture
def item(keeper, owner, object_id):
    """An item of the owner's, as stored."""
    stored = owner.seal(object_id)
    keeper.call(commit(stored), owner.me)
    return stored


def requests(hand, object_id):
    """Return one sound request for every operation that asks who is there."""
    return {
        "sync": SyncRequest(root_version=0),
        "lookup": LookupRequest(queries=(hand.query(object_id),)),
        "objects/list": ListRequest(container=hand.vault, states=(1,)),
        "objects/history": HistoryRequest(container=hand.vault, object=object_id),
        "principals": PrincipalsRequest(),
        "people/list": PeopleRequest(),
        "files/upload": FileUploadRequest(
            hand.vault, object_id, 1, 0, b"x" * SEALED_OVERHEAD_BYTES
        ),
        "files/read": FileReadRequest(hand.vault, object_id, 0),
        "commit": commit(hand.seal(object_id)),
    }


DOORS = [
    *("sync", "lookup", "objects/list", "objects/history", "principals", "commit", "people/list"),
    *("files/upload", "files/read"),
]
# Behind these is what concerns the whole account, so only whom the root document lists gets in.
FOR_ADMINISTRATORS = {
    "people/record": RecordRequest(container=b"n" * 16),
    "invites/create": InviteCreateRequest(
        InviteRow(id=b"i" * 16, email="a@example.org", role="member", expires_ms=1, sealed=b"")
    ),
    "invites/list": InvitesRequest(),
    "invites/delete": InviteDeleteRequest(id=b"i" * 16),
    "audit/link": AuditLinkRequest(),
    "audit/list": AuditListRequest(),
}
# `anybody` is for whoever has no entry yet: tests/service/test_dispatch.py.
FOR_PEOPLE = {"account/credentials"}  # tests/service/test_credentials.py


def test_every_door_is_known():
    """The tests below knock at every operation, but for those that have no caller yet."""
    known = {*DOORS, *FOR_ADMINISTRATORS, *FOR_PEOPLE}
    table = all_operations().items()
    assert known == {kind.operation for kind, row in table if not row.anybody}


@pytest.mark.parametrize("door", FOR_ADMINISTRATORS)
def test_administrators_only(keeper, service_home, owner, door):
    """Strangers, other accounts' owners, service accounts and groups do not get in there."""
    request = FOR_ADMINISTRATORS[door]
    robot = make_robot(service_home, owner, ALL_BITS)
    with pytest.raises(ForbiddenError):
        keeper.call(request, robot.me)
    for nobody in (b"x" * 16, owner.session.directory.root.owners_group):
        with pytest.raises(UnauthorizedError):
            keeper.call(request, nobody)
    with pytest.raises(UnauthorizedError):
        type(keeper)(keeper.store, b"B" * 16).call(request, owner.me)


@pytest.mark.parametrize("door", FOR_ADMINISTRATORS)
def test_owners_get_in(keeper, owner, door):
    """An owner is not forbidden there; what it asks for may still be absent or wrong."""
    with contextlib.suppress(NotFoundError, IntegrityError):
        keeper.rehearse(FOR_ADMINISTRATORS[door], owner.me)


@pytest.mark.parametrize("door", DOORS)
def test_strangers(keeper, owner, object_id, door):
    """An unknown principal, or one of another account, learns nothing anywhere."""
    request = requests(owner, object_id)[door]
    with pytest.raises(UnauthorizedError):
        keeper.call(request, b"x" * 16)
    elsewhere = type(keeper)(keeper.store, b"B" * 16)
    with pytest.raises(UnauthorizedError):
        elsewhere.call(request, owner.me)


def test_groups(keeper, owner):
    """A group is a principal, but never a caller."""
    group = owner.session.directory.root.owners_group
    with pytest.raises(UnauthorizedError):
        keeper.call(SyncRequest(root_version=0), group)


@pytest.fixture(scope="module")
def ended(service_home):
    """A service account whose end is `NOW`, and its vault."""
    engine = service_home.owner()
    vault = service_home.run(engine.vaults.create("vault of a robot"))["id"]
    service_home.clock, before = (lambda: NOW - 1), service_home.clock
    try:
        token = service_home.token(vault, "write_items", expires_ms=NOW)
        robot = service_home.by_token(token)
    finally:
        service_home.clock = before
    return Hand(robot, next(key for key in robot._session.containers if format_id(key) == vault))


@pytest.mark.parametrize("door", DOORS)
def test_expiry(keeper, ended, object_id, door):
    """A service account is refused from its last millisecond on, at every door, but not before."""
    request = CommitRequest() if door == "commit" else requests(ended, object_id)[door]
    keeper.call(request, ended.me, now=NOW - 1)
    for now in (NOW, NOW + 10**10):
        with pytest.raises(TokenExpiredError):
            keeper.call(request, ended.me, now=now)


IN_A_VAULT = ["objects/list", "objects/history", "files/upload", "files/read", "commit"]


@pytest.mark.parametrize("door", IN_A_VAULT)
def test_without_a_row(keeper, service_home, owner, object_id, door):
    """A vault in which one has no row looks as if it was not there."""
    other = service_home.run(owner.engine.vaults.create("another"))["id"]
    token = service_home.token(other, "write_items")
    robot = service_home.by_token(token)._session
    service_home.run(owner.session.sync())
    request = requests(owner, object_id)[door]
    with pytest.raises((NotFoundError, ForbiddenError)) as caught:
        keeper.call(request, robot.principal)
    if door != "commit":  # a commit is refused already because another signed it
        absent = _elsewhere(request)
        with pytest.raises(NotFoundError) as unknown:
            keeper.call(absent, robot.principal)
        assert type(caught.value) is NotFoundError
        assert _told(caught.value, owner.vault) == _told(unknown.value, b"n" * 16)


def test_looking_up_without_a_row(keeper, service_home, owner, item, object_id):
    """A vault in which one has no row has no answers, and spoils none about others."""
    other = service_home.run(owner.engine.vaults.create("another"))["id"]
    robot = service_home.by_token(service_home.token(other, "write_items"))._session
    service_home.run(owner.session.sync())
    absent = Query(container=b"n" * 16, object=object_id)
    mine = Query(container=parse_id(other), object=parse_id(other))
    request = LookupRequest(queries=(owner.query(object_id), absent, mine))
    answer = keeper.call(request, robot.principal)
    assert [len(found) for found in answer.results] == [0, 0, 1]
    assert answer.access_revs.keys() == answer.object_versions.keys() == {mine.container}


def test_looking_up_without_read(keeper, service_home, owner, item, object_id):
    """A vault that one may manage, but not read, has no answers, and is told to be there."""
    robot = make_robot(service_home, owner, MANAGE_VAULT)
    request = LookupRequest(queries=(owner.query(object_id), owner.query(owner.vault)))
    answer = keeper.call(request, robot.me)
    assert answer.results == ((), ())
    assert answer.access_revs == {owner.vault: 1}
    assert answer.object_versions == {owner.vault: 0}
    assert answer.evidence.records == ()


def _elsewhere(request):
    """Return the same request about a vault that does not exist."""
    return msgspec.structs.replace(request, container=b"n" * 16)


def _told(error, vault):
    return error.message.replace(format_id(vault), "<vault>"), error.hint, error.tag


def test_writing_without_a_row(keeper, service_home, owner, object_id):
    """Who has no row in a vault writes nothing there, even well signed."""
    other = service_home.run(owner.engine.vaults.create("another"))["id"]
    robot = service_home.by_token(service_home.token(other, "write_items"))
    service_home.run(owner.session.sync())
    signed = _sign_as(robot, owner.seal(object_id, before=None))
    with pytest.raises(ForbiddenError):
        keeper.call(commit(signed), robot._session.principal)


def _sign_as(engine, stored, **facts):
    """Return a revision that another principal signs as its own."""
    session = engine._session
    mine = {"author": session.principal, "author_fp": session.fp, "via": session.principal}
    body = msgspec.structs.replace(parse_revision(stored.body), **(mine | facts)).encode()
    return msgspec.structs.replace(stored, body=body, signature=session.keyset.sign(body))


READING = {
    "list without READ": ("objects/list", MANAGE_VAULT),
    "history without READ": ("objects/history", MANAGE_VAULT),
    "history without HISTORY": ("objects/history", READ_REVEAL),
    "files without READ": ("files/read", MANAGE_VAULT),
    "files without REVEAL": ("files/read", READ_ITEMS | CREATE_ITEMS),
    "an upload without CREATE or UPDATE": ("files/upload", READ_REVEAL | UPDATE_ITEM_HISTORY),
}


@pytest.mark.parametrize(("door", "mask"), READING.values(), ids=READING.keys())
def test_reading_without_the_bit(keeper, service_home, owner, item, object_id, door, mask):
    """A missing bit is told as such to those who may know of the vault."""
    robot = make_robot(service_home, owner, mask)
    with pytest.raises(ForbiddenError) as caught:
        keeper.call(requests(owner, object_id)[door], robot.me)
    assert caught.value.tag == "itemStatusPermissionError"


WRITING = {
    "create": (State.ACTIVE, True, CREATE_ITEMS),
    "update": (State.ACTIVE, False, UPDATE_ITEMS),
    "archive": (State.ARCHIVED, False, ARCHIVE_ITEMS),
    "delete": (State.DELETED, False, DELETE_ITEMS),
}
EVERYTHING_ELSE = READ_REVEAL | UPDATE_ITEM_HISTORY


@pytest.mark.parametrize(("state", "new", "bit"), WRITING.values(), ids=WRITING.keys())
def test_writing_without_the_bit(keeper, service_home, owner, item, object_id, state, new, bit):
    """Each change needs its bit, and with it succeeds."""
    writers = EVERYTHING_ELSE | CREATE_ITEMS | UPDATE_ITEMS | ARCHIVE_ITEMS | DELETE_ITEMS
    mask = writers & ~bit
    if bit == UPDATE_ITEMS:
        mask &= ~(ARCHIVE_ITEMS | DELETE_ITEMS)
    without, with_it = (make_robot(service_home, owner, bits) for bits in (mask, writers))
    for robot, may in ((without, False), (with_it, True)):
        service_home.run(robot.session.sync())
        target = b"new" + object_id[3:] if new else object_id
        sealed = robot.seal(target, before=None if new else opened(item), state=state)
        if may:
            assert keeper.call(commit(sealed), robot.me).refused == {}
        else:
            with pytest.raises(ForbiddenError) as caught:
                keeper.call(commit(sealed), robot.me)
            assert caught.value.tag == "itemStatusPermissionError"


def test_title_of_a_vault(keeper, service_home, owner):
    """Only who manages a vault renames it."""
    writers = EVERYTHING_ELSE | CREATE_ITEMS | UPDATE_ITEMS
    robot = make_robot(service_home, owner, writers)
    before = opened(robot.container.state.object)
    with pytest.raises(ForbiddenError):
        keeper.call(commit(robot.seal(robot.vault, before=before)), robot.me)


def test_details_need_reveal(keeper, service_home, owner, item, object_id):
    """Without REVEAL the sealed details stay with the service; with it they come."""
    request = LookupRequest(queries=(owner.query(object_id),))
    bare = LookupRequest(queries=(owner.query(object_id),), details=False)
    for mask, given in ((READ_ITEMS, None), (READ_REVEAL, item.details)):
        robot = make_robot(service_home, owner, mask)
        ((found,),) = keeper.call(request, robot.me).results
        assert (found.overview, found.details) == (item.overview, given)
    ((found,),) = keeper.call(bare, owner.me).results
    assert found.details is None


def test_details_of_a_vaults_own_object_need_reveal(keeper, service_home, owner):
    """What stands in the details of a vault's own object needs REVEAL as any details do."""
    robot = make_robot(service_home, owner, READ_ITEMS)
    answer = keeper.call(SyncRequest(root_version=0), robot.me)
    (state,) = [row for row in answer.containers if row.id == owner.vault]
    assert state.object.overview
    assert state.object.details is None


def test_a_vaults_own_object_needs_read(keeper, service_home, owner):
    """Who manages a vault without reading it gets its record and keys, and nothing sealed."""
    robot = make_robot(service_home, owner, MANAGE_VAULT)
    answer = keeper.call(SyncRequest(root_version=0), robot.me)
    (state,) = [row for row in answer.containers if row.id == owner.vault]
    assert state.object is None
    assert [row.accessor for row in state.sealed] == [robot.me]


def test_older_versions_need_history(keeper, service_home, owner, item, object_id):
    """A kept version is answered only to who may see the history."""
    request = LookupRequest(queries=(owner.query(object_id, version=1),))
    for mask, count in ((READ_REVEAL, 0), (READ_REVEAL | UPDATE_ITEM_HISTORY, 1)):
        robot = make_robot(service_home, owner, mask)
        (rows,) = keeper.call(request, robot.me).results
        assert len(rows) == count


def test_sync_shows_only_what_one_may_open(keeper, service_home, owner):
    """A service account's sync names its vaults and nobody else's, with its own keys only."""
    robot = make_robot(service_home, owner, READ_REVEAL)
    answer = keeper.call(SyncRequest(root_version=0), robot.me)
    assert [row.id for row in answer.containers] == [owner.vault]
    assert {row.accessor for state in answer.containers for row in state.sealed} == {robot.me}


def test_an_owner_passes_every_door(keeper, owner, object_id):
    """The owner itself may do everything in its vault."""
    assert owner.container.record.permissions(owner.me) == ALL_BITS
    for door, request in requests(owner, object_id).items():
        try:
            keeper.call(request, owner.me)
        except StrongroomError as error:
            pytest.fail(f"{door}: {error}")
