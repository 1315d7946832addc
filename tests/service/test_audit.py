"""The audit log as the service writes, links and shows it."""

import contextlib
import sqlite3

import msgspec
import pytest

from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import derive_principal_id
from strongroom.errors import ConflictError, ForbiddenError, StrongroomError
from strongroom.ids import format_id
from strongroom.limits import BATCH_MAX, PAGE_OBJECTS_MAX
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.service.audit import audit, chain
from strongroom.service.authorize import Caller
from strongroom.wire.audit import AuditLinkRequest, AuditListRequest, hash_row
from strongroom.wire.messages import CommitRequest, CredentialsRequest
from strongroom.wire.people import InviteCreateRequest, InviteDeleteRequest, InviteRow, JoinRequest
from strongroom.wire.revisions import State
from support.children import fork
from support.homes import make_home
from support.keeper import NOW, Keeper, commit, keeper_of, make_robot, next_record, opened
from support.stores import open_store

READ, WRITE = (SERVICE_ACCOUNT_WORDS[word] for word in ("read_items", "write_items"))


def rows_of(keeper, principal):
    """Link everything, and return every row in order."""
    while keeper.call(AuditLinkRequest(), principal).waits:
        pass
    rows, after = [], 0
    while True:
        answer = keeper.call(AuditListRequest(after=after), principal)
        rows += answer.rows
        after = answer.next
        if not after:
            return rows


def check_chain(keeper, rows):
    """Every row stands at its place and follows the one before."""
    previous = b""
    for number, row in enumerate(rows, start=1):
        previous = hash_row(keeper.account, row, previous)
        assert (row.position, row.hash) == (number, previous)


class Told:
    """The rows that some work writes."""

    def __init__(self, keeper, owner):
        self.keeper, self.owner = keeper, owner

    def __enter__(self):
        self.before = len(rows_of(self.keeper, self.owner.me))
        return self

    def __exit__(self, *_):
        every = rows_of(self.keeper, self.owner.me)
        check_chain(self.keeper, every)
        self.rows = every[self.before :]
        self.words = [(row.action, row.object_type, row.aux_info) for row in self.rows]


# -- rows --------------------------------------------------------------------------


def test_a_new_account(tmp_path):
    """The log begins with the account, its owner, its groups and its first vault."""
    home = make_home(tmp_path)
    keeper = keeper_of(home)
    me = home.owner()._session.principal
    rows = rows_of(keeper, me)
    check_chain(keeper, rows)
    words = [(row.action, row.object_type) for row in rows]
    assert words[:2] == [("create", "account"), ("join", "user")]
    assert words.count(("create", "group")) == 3
    assert words.count(("create", "vault")) == 1
    assert {row.actor for row in rows} == {me}
    assert (rows[0].object, rows[1].object) == (keeper.account, me)
    keeper.close()
    home.close()


def test_the_life_of_an_item(keeper, owner, object_id):
    """Each change of an item is a row that names item and vault."""
    steps = [
        State.ACTIVE,
        State.ACTIVE,
        State.ARCHIVED,
        State.ACTIVE,
        State.DELETED,
        State.ACTIVE,
    ]
    with Told(keeper, owner) as told:
        before = None
        for state in steps:
            sealed = owner.seal(object_id, before=before, state=state)
            keeper.call(commit(sealed), owner.me)
            before = opened(sealed)
    assert told.words == [
        ("create", "item", ""),
        ("update", "item", ""),
        ("update", "item", "archive"),
        ("update", "item", "unarchive"),
        ("delete", "item", ""),
        ("update", "item", "recover"),
    ]
    facts = {(row.actor, row.object, row.aux, row.created_ms, row.actor_kind) for row in told.rows}
    assert facts == {(owner.me, object_id, owner.vault, NOW, 1)}


def test_the_life_of_a_vault(keeper, service_home, owner):
    """Making, renaming and deleting a vault are one row each, beside who gets access."""
    with Told(keeper, owner) as told:
        vaults = owner.engine.vaults
        vault = service_home.run(vaults.create("told"))["id"]
        service_home.run(vaults.update(vault, title="retold"))
        service_home.run(vaults.delete(vault))
    words = [row[:2] for row in told.words]
    assert words == [
        ("create", "vault"),
        ("grant", "gva"),
        ("update", "vault"),
        ("delete", "vault"),
    ]


def test_a_service_account(keeper, service_home, owner):
    """A new service account is a row, and so is each vault that it gets."""
    with Told(keeper, owner) as told:
        robot = make_robot(service_home, owner, READ)
    assert told.words == [("create", "sa", ""), ("grant", "uva", str(READ))]
    assert (told.rows[0].object, told.rows[1].aux) == (robot.me, robot.me)


def test_a_service_account_acts(keeper, service_home, owner, object_id):
    """What a service account does stands under its own id and kind."""
    robot = make_robot(service_home, owner, WRITE)
    with Told(keeper, owner) as told:
        keeper.call(commit(robot.seal(object_id)), robot.me)
    (row,) = told.rows
    assert (row.actor, row.actor_kind) == (robot.me, 3)


def test_a_record(keeper, owner):
    """A new access record that changes no right is told all the same."""
    with Told(keeper, owner) as told:
        keeper.call(CommitRequest(records=(next_record(owner),)), owner.me)
    assert told.words == [("update", "vault", "access")]


def test_record_by_hand(keeper, owner):
    """Operations that are no commit write their rows themselves, in their transaction."""
    with Told(keeper, owner) as told:

        async def work(session):
            caller = Caller(keeper.account, owner.me, NOW)
            await audit.record(
                session,
                caller,
                action="create",
                object_type="invite",
                object=b"i" * 16,
                aux=owner.me,
                aux_info="member",
            )

        keeper.store.write(work)
    (row,) = told.rows
    assert (row.action, row.object_type, row.aux_info) == ("create", "invite", "member")
    assert (row.object, row.aux) == (b"i" * 16, owner.me)


def test_actor_without_an_entry(keeper, owner):
    """Who joins has no entry yet, and is a user."""
    with Told(keeper, owner) as told:

        async def work(session):
            caller = Caller(keeper.account, b"new user".ljust(16), NOW)
            await audit.record(session, caller, action="join", object_type="user", object=b"o" * 16)

        keeper.store.write(work)
    assert told.rows[0].actor_kind == 1


def test_credentials(tmp_path):
    """A new password and a new Secret Key are told apart, by what the user says."""
    home = make_home(tmp_path)
    keeper = keeper_of(home)
    me = home.owner()._session.principal
    for number, renews in enumerate((False, True)):
        row = keeper.user_row(me)
        request = CredentialsRequest(
            replaces=row.salt,
            salt=bytes([number]) * 16,
            t=row.t,
            m=row.m,
            lanes=row.lanes,
            keyset=row.keyset,
            seed=b"sealed",
            auth_pk=row.auth_pk,
            renews_secret_key=renews,
        )
        keeper.call(request, me)
    told = [(row.action, row.object_type, row.aux_info) for row in rows_of(keeper, me)[-2:]]
    assert told == [("update", "user", "password"), ("update", "user", "secret-key")]
    keeper.close()
    home.close()


def test_invites(keeper, owner):
    """An invite that is made, answered and withdrawn has three rows, without its address."""
    invite = InviteRow(
        id=b"i" * 16,
        email="zebra@example.org",
        role="member",
        expires_ms=NOW + 1000,
        sealed=b"sealed",
    )
    keys = Keyset.make()
    joiner = derive_principal_id(keeper.account, 1, sha256(keys.enc_pk), keys.sign_pk)
    row = keeper.user_row(owner.me)
    answer = JoinRequest(
        id=invite.id,
        joiner=joiner,
        enc_pk=keys.enc_pk,
        sign_pk=keys.sign_pk,
        mac=bytes(32),
        user=msgspec.structs.replace(row, email=invite.email),
    )
    with Told(keeper, owner) as told:
        keeper.call(InviteCreateRequest(invite), owner.me)
        # Whoever answers an invite is nobody yet, and knows no account.
        nobody = Keeper(keeper.store, b"")
        nobody.call(answer, b"")
        keeper.call(InviteDeleteRequest(invite.id), owner.me)
    assert told.words == [
        ("create", "invite", "member"),
        ("join", "invite", ""),
        ("delete", "invite", ""),
    ]
    assert [row.actor for row in told.rows] == [owner.me, joiner, owner.me]
    assert "zebra" not in repr(told.rows)


def test_order_within_a_change(keeper, owner, object_id):
    """Rows of one change are linked in the order in which they were made, however many."""
    with Told(keeper, owner) as told:
        ids = [object_id[:-2] + number.to_bytes(2, "big") for number in range(300)]
        keeper.call(commit(*(owner.seal(one) for one in ids)), owner.me)
    assert [row.object for row in told.rows] == ids


def test_order_of_changes(keeper, owner):
    """Changes stand one behind the other also within one millisecond, linked between or not."""
    with Told(keeper, owner) as told:
        for number in range(40):
            put_rows(keeper, owner, 2, name=b"%d" % number)
            if number % 7 == 0:
                keeper.call(AuditLinkRequest(), owner.me)
    names = [row.object for row in told.rows]
    assert names == [b"%d" % (number // 2) for number in range(80)]


# -- what leaves no row ------------------------------------------------------------


def test_a_refused_change_leaves_no_row(keeper, owner, object_id):
    """A change that is refused or taken back leaves no row."""
    fine, other = owner.seal(object_id), owner.seal(object_id[::-1])
    with Told(keeper, owner) as told:
        keeper.rehearse(commit(fine), owner.me)
        with pytest.raises(ConflictError):
            keeper.call(commit(fine, other, fine), owner.me)
    assert told.rows == []


def test_refused_parts_leave_no_row(keeper, owner, object_id):
    """Of parts that do not depend on each other, those that were refused leave no row."""
    fine, other = owner.seal(object_id), owner.seal(object_id[::-1])
    with Told(keeper, owner) as told:
        answer = keeper.call(commit(fine, fine, other, independent=True), owner.me)
    assert answer.refused == {"version_conflict": (1,)}
    assert [row.object for row in told.rows] == [object_id, object_id[::-1]]


@pytest.mark.parametrize("part", ["revision", "record"])
def test_malformed_parts_are_refused_as_before(keeper, owner, object_id, part):
    """What cannot be read is refused by its own check, not by the log."""
    request = commit(msgspec.structs.replace(owner.seal(object_id), body=b"x"))
    if part == "record":
        change = next_record(owner)
        signed = msgspec.structs.replace(change.record, body=b"x")
        request = CommitRequest(records=(msgspec.structs.replace(change, record=signed),))
    with Told(keeper, owner) as told, pytest.raises(StrongroomError, match="malformed"):
        keeper.call(request, owner.me)
    assert told.rows == []


def test_a_malformed_part_among_others(keeper, owner, object_id):
    """Of independent parts, one that cannot be read does not keep the others from the log."""
    spoiled = msgspec.structs.replace(owner.seal(object_id), body=b"x")
    request = commit(spoiled, owner.seal(object_id), independent=True)
    with Told(keeper, owner) as told:
        answer = keeper.call(request, owner.me)
    assert answer.refused == {"integrity": (0,)}
    assert [row.object for row in told.rows] == [object_id]


def test_nothing_private(keeper, service_home, owner):
    """No title, value, name or e-mail address stands in the log."""
    engine = owner.engine
    with Told(keeper, owner) as told:
        item = {"title": "Zebra-Title", "category": "Login", "fields": [], "notes": "Zebra-Note"}
        service_home.run(engine.items.create(format_id(owner.vault), item))
        service_home.run(engine.vaults.create("Zebra-Vault", description="Zebra-Text"))
        service_home.run(
            engine.service_accounts.create("Zebra-Robot", {format_id(owner.vault): READ})
        )
    assert told.rows
    everything = repr(rows_of(keeper, owner.me))
    assert "Zebra" not in everything
    assert "ana@example.org" not in everything
    assert "Ana" not in everything


# -- who may read ------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [AuditLinkRequest(), AuditListRequest()],
    ids=["link", "list"],
)
def test_who_may_read(keeper, service_home, owner, request_):
    """Owners and administrators read the log; a service account does not, whatever it may else."""
    keeper.call(request_, owner.me)
    robot = make_robot(service_home, owner, WRITE, can_create_vaults=True)
    with pytest.raises(ForbiddenError, match="owners and administrators"):
        keeper.call(request_, robot.me)
    with pytest.raises(StrongroomError):
        keeper.call(request_, b"x" * 16)


# -- the chain ---------------------------------------------------------------------


def put_rows(keeper, owner, count, *, now=NOW, name=b"o" * 16):
    async def work(session):
        caller = Caller(keeper.account, owner.me, now)
        events = [audit.Event("update", "item", name) for _ in range(count)]
        await audit._write(session, caller, events)

    keeper.store.write(work)


def test_linking_is_repeated(keeper, owner, monkeypatch):
    """So many rows are linked at a time; the answer says that more wait."""
    rows_of(keeper, owner.me)
    monkeypatch.setattr(chain, "BATCH_MAX", 4)
    put_rows(keeper, owner, 9)
    answers = [keeper.call(AuditLinkRequest(), owner.me) for _ in range(4)]
    assert [answer.waits for answer in answers] == [True, True, False, False]
    assert answers[1].position == answers[0].position + 4
    assert answers[2] == answers[3]
    check_chain(keeper, rows_of(keeper, owner.me))
    assert BATCH_MAX == 10_000


def test_pages(keeper, owner, monkeypatch):
    """So many rows come on a page; the next page begins behind them."""
    put_rows(keeper, owner, 5)
    every = rows_of(keeper, owner.me)
    monkeypatch.setattr(chain, "PAGE_OBJECTS_MAX", 2)
    first = keeper.call(AuditListRequest(after=len(every) - 5), owner.me)
    assert (first.rows, first.next) == (tuple(every[-5:-3]), every[-4].position)
    last = keeper.call(AuditListRequest(after=len(every) - 1), owner.me)
    assert (last.rows, last.next) == (tuple(every[-1:]), 0)
    assert PAGE_OBJECTS_MAX == 1_000


LATER = NOW + 10**10  # after whatever other tests of this file and others have done


def test_since(keeper, owner):
    """A page may begin at a time, that very millisecond included."""
    put_rows(keeper, owner, 1, now=LATER)
    rows_of(keeper, owner.me)
    for since, count in ((LATER, 1), (LATER + 1, 0)):
        answer = keeper.call(AuditListRequest(since_ms=since), owner.me)
        assert len(answer.rows) == count


def test_rows_wait_until_they_are_linked(keeper, owner):
    """What is not linked yet is not listed, and is linked as it was written, whatever the clock."""
    before = len(rows_of(keeper, owner.me))
    put_rows(keeper, owner, 1, now=NOW + 20_000)
    put_rows(keeper, owner, 1, now=NOW + 10_000)
    answer = keeper.call(AuditListRequest(after=before), owner.me)
    assert answer.rows == ()
    rows = rows_of(keeper, owner.me)[before:]
    assert [row.created_ms for row in rows] == [NOW + 20_000, NOW + 10_000]


def work_and_link(path, account, principal, name):
    """Write and link in turns, from a process of its own."""
    store = open_store(path)
    for number in range(15):
        caller = Caller(account, principal, NOW + number)

        async def write(session, caller=caller, number=number):
            for part in range(3):
                text = f"{name}-{number}-{part}"
                await audit.record(
                    session,
                    caller,
                    action="update",
                    object_type="item",
                    object=b"o" * 16,
                    aux_info=text,
                )

        async def link(session, caller=caller):
            await chain.link(session, caller, AuditLinkRequest())

        store.write(write)
        with contextlib.suppress(ConflictError):
            store.write(link)
    store.close()


def link_together(tmp_path):
    """Let processes write and link at the same time; return service, rows and what was written."""
    home = make_home(tmp_path)
    keeper = keeper_of(home)
    me = home.owner()._session.principal
    children = [
        fork(lambda name=name: work_and_link(home.path, keeper.account, me, name)) for name in "abc"
    ]
    for child in children:
        child()
    rows = rows_of(keeper, me)
    home.close()
    written = {f"{name}-{n}-{part}" for name in "abc" for n in range(15) for part in range(3)}
    return keeper, rows, written


def test_linking_together(tmp_path):
    """Processes that write and link at the same time make one chain, with every row once."""
    keeper, rows, written = link_together(tmp_path)
    check_chain(keeper, rows)
    told = [row.aux_info for row in rows if "-" in row.aux_info]
    assert sorted(told) == sorted(written)
    keeper.close()


def test_two_rows_at_one_place(keeper, service_home, owner):
    """The database itself refuses two rows at one place, whoever links beside us."""
    put_rows(keeper, owner, 2)
    rows = rows_of(keeper, owner.me)
    with (
        contextlib.closing(sqlite3.connect(service_home.path)) as db,
        pytest.raises(sqlite3.IntegrityError),
    ):
        db.execute("UPDATE audit SET position = ? WHERE id = ?", (rows[-2].position, rows[-1].id))


def test_somebody_links_in_between(keeper, owner, monkeypatch):
    """A linking that meets rows which are linked by now is a conflict and changes nothing."""
    put_rows(keeper, owner, 2)
    before = len(rows_of(keeper, owner.me))
    put_rows(keeper, owner, 1)
    # As if the row had been read before somebody else linked it.
    monkeypatch.setattr(chain, "_LINK", chain._LINK.replace("= 0", "= -1"))
    with pytest.raises(ConflictError):
        keeper.call(AuditLinkRequest(), owner.me)
    monkeypatch.undo()
    assert len(rows_of(keeper, owner.me)) == before + 1
