"""What one request may make the service read, and one principal leave behind: both sides of each.

The constants themselves are asserted; where their size would take hours to
fill, the same code is tried at smaller ones.
"""

from itertools import chain

import pytest
from msgspec.structs import replace

from strongroom.client.view.session import Session
from strongroom.errors import ConflictError, IntegrityError, NotFoundError, TooLargeError
from strongroom.limits import (
    ANSWER_BYTES_MAX,
    ANSWER_ROWS_MAX,
    BATCH_MAX,
    CHUNK_BYTES,
    INVITE_LIFETIME_MS,
    PRINCIPALS_PER_REQUEST_MAX,
    UPLOAD_KEPT_MS,
)
from strongroom.permissions import ALL_BITS
from strongroom.service import budget, sync
from strongroom.service.objects import files
from strongroom.service.objects.files import SEALED_OVERHEAD_BYTES
from strongroom.service.people import invites
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.wire.files import FileUploadRequest
from strongroom.wire.messages import (
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
)
from strongroom.wire.people import InviteCreateRequest, InviteRow, InvitesRequest
from strongroom.wire.revisions import parse_revision
from support.homes import login, make_home
from support.keeper import NOW, commit, keeper_of, make_robot

SMALL = b"s" * SEALED_OVERHEAD_BYTES


def test_constants():
    """The limits of the formats, and what follows from them."""
    assert (ANSWER_BYTES_MAX, ANSWER_ROWS_MAX) == (64 * 1024 * 1024, 2 * BATCH_MAX)
    assert PRINCIPALS_PER_REQUEST_MAX == 2_000
    assert files.UPLOADS_OPEN_MAX == 1_000
    assert files.UPLOAD_CHUNKS_OPEN_MAX * CHUNK_BYTES == 32 * 1024**3
    assert (invites.INVITES_MAX, invites.INVITES_PER_CREATOR_MAX) == (2_000, 1_000)


# -- what an answer reads ------------------------------------------------------------------


@pytest.fixture
def five(keeper, owner, object_id):
    """Five items with their size as rows, in the order of their ids."""
    names = [b"item%d" % number + object_id[5:] for number in range(5)]
    stored = [owner.seal(name) for name in names]
    keeper.call(commit(*stored), owner.me)
    return names, [size(one) for one in stored]


def size(stored):
    parts = (stored.body, stored.signature, stored.overview, stored.details)
    return sum(len(part) for part in parts if part)


def look_up(keeper, owner, names):
    queries = tuple(owner.query(name) for name in names)
    # What is known is not read as evidence, so that the rows alone are counted.
    known = owner.session.view.directory.known()
    return keeper.call(LookupRequest(queries=queries, known=known), owner.me).results


def test_bytes_of_a_look_up(keeper, owner, five, monkeypatch):
    """An answer begins no further look-up when it has read enough, and ends whole ones."""
    names, sizes = five
    for most, answered in (
        (1, 1),
        (sizes[0], 1),
        (sizes[0] + 1, 2),
        (sum(sizes[:4]), 4),
        (sum(sizes[:4]) + 1, 5),
        (ANSWER_BYTES_MAX, 5),
    ):
        monkeypatch.setattr(budget, "ANSWER_BYTES_MAX", most)
        found = look_up(keeper, owner, names)
        assert [parse_revision(row.body).object for (row,) in found] == names[:answered]


def test_rows_of_a_look_up(keeper, owner, five, monkeypatch):
    """Rows are counted as well: many small ones are much to read, too."""
    names, _ = five
    for most in range(1, 7):
        monkeypatch.setattr(budget, "ANSWER_ROWS_MAX", most)
        assert len(look_up(keeper, owner, names)) == min(5, most)


def test_evidence_counts(keeper, owner, five, monkeypatch):
    """The records that a look-up needs beside it are read for it, and counted."""
    names, _ = five
    queries = tuple(owner.query(name) for name in names)
    monkeypatch.setattr(budget, "ANSWER_ROWS_MAX", 3)
    answer = keeper.call(LookupRequest(queries=queries), owner.me)
    assert (len(answer.results), len(answer.evidence.records)) == (2, 1)


def test_a_batch_that_finds_nothing(keeper, owner):
    """What is not there costs nothing: the whole batch is answered at once."""
    assert look_up(keeper, owner, [b"n" * 16] * BATCH_MAX) == ((),) * BATCH_MAX


@pytest.mark.parametrize("most", [1, 500, ANSWER_BYTES_MAX])
def test_bytes_of_lists(keeper, owner, five, monkeypatch, most):
    """A page of large objects is shorter; all come, each once."""
    names, _ = five
    monkeypatch.setattr(budget, "ANSWER_BYTES_MAX", most)
    monkeypatch.setattr("strongroom.service.objects.reading._STEP_OBJECTS", 1)
    pages = [keeper.call(ListRequest(owner.vault, (1,)), owner.me)]
    while pages[-1].next:
        request = ListRequest(owner.vault, (1,), pages[-1].next)
        pages.append(keeper.call(request, owner.me))
    found = [parse_revision(row.body).object for page in pages for row in page.revisions]
    assert found == names
    assert (len(pages) == 1) == (most == ANSWER_BYTES_MAX)


def synced(keeper, owner):
    """Return the ids of all containers, page by page."""
    return [[row.id for row in answer.containers] for answer in keeper.synced(owner.me)]


@pytest.mark.parametrize("most", [1, 5_000, ANSWER_BYTES_MAX])
@pytest.mark.parametrize("step", [1, 2, 20])
def test_bytes_of_a_sync(keeper, service_home, owner, monkeypatch, most, step):
    """A page of large containers is shorter; all come, each once and in order."""
    usual = synced(keeper, owner)
    monkeypatch.setattr(budget, "ANSWER_BYTES_MAX", most)
    monkeypatch.setattr(sync, "_STEP_CONTAINERS", step)
    pages = synced(keeper, owner)
    assert all(pages)
    assert [*chain(*pages)] == [*chain(*usual)]
    assert (len(pages) == len(usual)) == (most == ANSWER_BYTES_MAX)


@pytest.fixture
def own(tmp_path):
    """An account of this test's own."""
    made = make_home(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("most", [1, ANSWER_BYTES_MAX])
def test_clients_ask_for_the_rest(own, monkeypatch, most):
    """An engine gets every item and every vault, in as many trips as it takes."""
    engine = own.owner()
    vaults = [own.run(engine.vaults.create(f"vault {n}"))["id"] for n in range(4)]
    titles = [f"item {n}" for n in range(5)]
    rows = own.run(engine.items.create_all(vaults[0], [login(title) for title in titles]))
    monkeypatch.setattr(budget, "ANSWER_BYTES_MAX", most)
    trips = count_calls(monkeypatch)
    fresh = own.owner()
    found = own.run(fresh.items.get_all(vaults[0], [row["id"] for row in rows]))
    assert [row["title"] for row in found] == titles
    assert {row["id"] for row in own.run(fresh.vaults.list())} > set(vaults)
    assert (trips.count("lookup") == 5) == (most == 1)
    assert (trips.count("sync") > 2) == (most == 1)


def count_calls(monkeypatch):
    """Note the operations that engines ask for from now on."""
    trips, genuine = [], EmbeddedTransport.call

    async def call(self, request):
        trips.append(request.operation)
        return await genuine(self, request)

    monkeypatch.setattr(EmbeddedTransport, "call", call)
    return trips


@pytest.mark.parametrize("results", [(), ((),) * 3], ids=["none", "too many"])
def test_answers_that_are_none(own, results):
    """An answer about nothing that was asked, or about more, is refused, and not asked for ever."""
    engine = own.owner()
    vault = own.run(engine.vaults.create("v"))["id"]
    made = own.run(engine.items.create(vault, login("a")))
    session: Session = engine._session
    genuine = session.transport

    class Hostile:
        def __getattr__(self, name):
            return getattr(genuine, name)

        async def call(self, request):
            answer = await genuine.call(request)
            if request.operation != "lookup":
                return answer
            return replace(answer, results=results)

    session.transport = Hostile()
    with pytest.raises(IntegrityError):
        own.run(engine.items.get(vault, made["id"]))


def test_principals_of_a_request(keeper, owner):
    """As many principals as a container has accessors, and not one more."""
    for count, kind in (
        (PRINCIPALS_PER_REQUEST_MAX, NotFoundError),
        (PRINCIPALS_PER_REQUEST_MAX + 1, TooLargeError),
    ):
        with pytest.raises(kind):
            keeper.call(PrincipalsRequest((b"p" * 16,) * count), owner.me)
    mine = PrincipalsRequest((owner.me,) * PRINCIPALS_PER_REQUEST_MAX)
    assert len(keeper.call(mine, owner.me).keys) == PRINCIPALS_PER_REQUEST_MAX


# -- what is uploaded and not named ----------------------------------------------------------


def upload(keeper, hand, number, *, chunks=1, position=0, sealed=SMALL, now=NOW):
    file = b"F%d" % number + hand.vault[4:]
    request = FileUploadRequest(hand.vault, file.ljust(16)[:16], chunks, position, sealed)
    keeper.call(request, hand.me, now=now)
    return request.file


@pytest.fixture
def other(service_home, owner):
    """Another one; whoever wants both asks for it first, since each changes the vault's record."""
    return make_robot(service_home, owner, ALL_BITS)


@pytest.fixture
def uploader(service_home, owner):
    """A principal that has uploaded nothing yet."""
    return make_robot(service_home, owner, ALL_BITS)


def test_files_under_way(keeper, other, uploader, object_id, monkeypatch):
    """Somebody has so many files under way, and not one more until one is named or over."""
    monkeypatch.setattr(files, "UPLOADS_OPEN_MAX", 3)
    made = [upload(keeper, uploader, number) for number in range(3)]
    with pytest.raises(TooLargeError, match="3 uploaded files"):
        upload(keeper, uploader, 3)
    upload(keeper, uploader, 0)  # the same part again is no more than there was
    upload(keeper, other, 7)  # somebody else's are their own
    sealed = uploader.seal(object_id)
    keeper.call(commit(replace(sealed, files=(made[0],))), uploader.me)
    upload(keeper, uploader, 3)
    with pytest.raises(TooLargeError):
        upload(keeper, uploader, 4)
    upload(keeper, uploader, 4, now=NOW + UPLOAD_KEPT_MS)


def test_bytes_under_way(keeper, uploader, monkeypatch):
    """So many parts are under way, in however many files, and not one more."""
    monkeypatch.setattr(files, "UPLOAD_CHUNKS_OPEN_MAX", 3)
    full = b"f" * (SEALED_OVERHEAD_BYTES + CHUNK_BYTES)
    upload(keeper, uploader, 10, chunks=3, position=0, sealed=full)
    upload(keeper, uploader, 10, chunks=3, position=1, sealed=full)
    upload(keeper, uploader, 11)
    for number, position in ((10, 2), (12, 0)):
        with pytest.raises(TooLargeError, match="3 MiB of uploaded files"):
            upload(keeper, uploader, number, chunks=3, position=position, sealed=full)
    upload(keeper, uploader, 12, now=NOW + UPLOAD_KEPT_MS)


def test_a_service_without_the_budget(keeper, uploader, monkeypatch):
    """MUTANT: without the look at what is under way, anybody fills the disk."""
    monkeypatch.setattr(files, "UPLOADS_OPEN_MAX", 3)

    async def blind(_session, _caller):
        return

    monkeypatch.setattr(files, "_check_open", blind)
    for number in range(20, 26):
        upload(keeper, uploader, number)


# -- invites -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inviters(tmp_path_factory):
    """An account with an owner and an administrator, and the service on its file."""
    home = make_home(tmp_path_factory.mktemp("inviters"), clock=lambda: NOW)
    administrator = home.invite("admin@example.org", role="administrator").user
    keeper = keeper_of(home)
    owner = home.owner()._session.principal
    yield keeper, owner, administrator
    keeper.close()
    home.close()


_numbers = iter(range(1, 1 << 32))


def invite(keeper, who, *, now=NOW):
    number = next(_numbers)
    row = InviteRow(
        id=number.to_bytes(16, "big"),
        email=f"n{number}@example.org",
        role="member",
        expires_ms=now + INVITE_LIFETIME_MS,
        sealed=b"sealed",
    )
    keeper.call(InviteCreateRequest(row), who, now=now)


def test_invites_of_one_person(inviters, monkeypatch):
    """One person has so many open invites; the room of the others is left to them."""
    keeper, owner, administrator = inviters
    before = len(keeper.call(InvitesRequest(), owner).invites)
    monkeypatch.setattr(invites, "INVITES_PER_CREATOR_MAX", 3)
    monkeypatch.setattr(invites, "INVITES_MAX", before + 5)
    for _ in range(3):
        invite(keeper, administrator)
    with pytest.raises(ConflictError, match="3 of one person"):
        invite(keeper, administrator)
    for _ in range(2):
        invite(keeper, owner)
    with pytest.raises(ConflictError):
        invite(keeper, owner)
    invite(keeper, administrator, now=NOW + INVITE_LIFETIME_MS)
