"""Changes: compared and swapped, all or nothing, counted, trimmed."""

import msgspec
import pytest

from strongroom.client.account.making import make_account
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    MissingPermissionError,
    NotFoundError,
    StaleEpochError,
    StrongroomError,
    UnauthorizedError,
    VersionConflictError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import REVISIONS_PER_OBJECT_MAX
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import (
    CommitRequest,
    CreateAccountRequest,
    HistoryRequest,
    ListRequest,
    LookupRequest,
    SyncRequest,
    UserRow,
)
from strongroom.wire.revisions import NO_TAG, State, parse_revision
from support.homes import make_home
from support.keeper import Hand, Keeper, commit, keeper_of, next_record, opened


def versions(keeper, owner, object_id):
    """Return the kept versions of an object, newest first."""
    request = HistoryRequest(container=owner.vault, object=object_id)
    answer = keeper.call(request, owner.me)
    return [parse_revision(row.body).version for row in answer.revisions]


def state_of(keeper, owner):
    """Return the vault as the sync answer has it."""
    return keeper.state(owner)


def refusal(keeper, owner, *revisions, **options):
    with pytest.raises(StrongroomError) as caught:
        keeper.rehearse(commit(*revisions, **options), owner.me)
    return type(caught.value)


@pytest.fixture
def first(keeper, owner, object_id):
    """Version 1 of an item, stored."""
    stored = owner.seal(object_id)
    keeper.call(commit(stored), owner.me)
    return stored


# -- compare and swap ----------------------------------------------------------------


def test_two_writers(keeper, owner, first, object_id):
    """Of two who saw the same version the second gets a conflict and changes nothing."""
    left, right = (owner.seal(object_id, before=opened(first), title=t) for t in ("l", "r"))
    keeper.call(commit(left), owner.me)
    with pytest.raises(ConflictError) as caught:
        keeper.call(commit(right), owner.me)
    assert caught.value.tag == "itemStatusIncorrectItemVersion"
    request = LookupRequest(queries=(owner.query(object_id),))
    assert keeper.call(request, owner.me).results == ((left,),)


def test_created_twice(keeper, owner, first, object_id):
    """An id that is taken is a conflict, whatever the new content."""
    assert refusal(keeper, owner, owner.seal(object_id)) is VersionConflictError


def test_chains(keeper, owner, first, object_id):
    """A version follows the one before it: by number, by hash, and with its time of creation."""
    before = opened(first)
    wrong_hash = msgspec.structs.replace(before, body_hash=bytes(32))
    later = msgspec.structs.replace(before.revision, version=2)
    ahead = msgspec.structs.replace(before, revision=later)
    assert refusal(keeper, owner, owner.seal(object_id, before=wrong_hash)) is VersionConflictError
    assert refusal(keeper, owner, owner.seal(object_id, before=ahead)) is VersionConflictError
    younger = owner.seal(object_id, before=before, created_ms=1)
    assert refusal(keeper, owner, younger) is IntegrityError
    assert versions(keeper, owner, object_id) == [1]


def test_second_version_of_nothing(keeper, owner, first, object_id):
    """A version 2 of an object that is not there is not found."""
    gone = owner.seal(b"gone" + object_id[4:], before=opened(first))
    assert refusal(keeper, owner, gone) is NotFoundError


def test_under_an_older_record(keeper, service_home, owner, object_id):
    """What was sealed under an older access record or directory is refused, to be sealed anew."""
    sealed = owner.seal(object_id)
    service_home.token(format_id(owner.vault))
    assert refusal(keeper, owner, sealed) is StaleEpochError
    service_home.run(owner.session.sync())
    keeper.call(commit(owner.seal(object_id)), owner.me)


CONTRADICTIONS = {
    "another overview": ({"overview_hash": bytes(32)}, IntegrityError),
    "other details": ({"details_hash": bytes(32)}, IntegrityError),
    "another account": ({"account": b"B" * 16}, IntegrityError),
    "another kind": ({"kind": 2}, IntegrityError),
    "no tag": ({"tag": NO_TAG}, IntegrityError),
    "another author": ({"author": b"x" * 16}, ForbiddenError),
    "another keyset": ({"author_fp": bytes(32)}, ForbiddenError),
    "for somebody else": ({"via": b"x" * 16}, MissingPermissionError),
    "through a group that is none": ({"group_hash": bytes(32)}, MissingPermissionError),
    "another record": ({"access_hash": bytes(32)}, StaleEpochError),
    "another epoch": ({"epoch": 2}, StaleEpochError),
    "another directory": ({"directory_rev": 0}, StaleEpochError),
    "a vault that is not there": ({"container": b"n" * 16}, NotFoundError),
}


@pytest.mark.parametrize(("facts", "kind"), CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_contradictions(keeper, owner, object_id, facts, kind):
    """What readers would refuse is never stored."""
    assert refusal(keeper, owner, owner.seal(object_id, **facts)) is kind
    assert versions(keeper, owner, object_id) == []


def test_another_generation(keeper, owner, object_id):
    """A revision names the generation of the current directory."""
    assert issubclass(
        refusal(keeper, owner, owner.seal(object_id, generation=1)),
        (ConflictError, IntegrityError),
    )


def test_signature(keeper, owner, object_id):
    """A revision whose signature is wrong is not stored."""
    sealed = owner.seal(object_id)
    forged = msgspec.structs.replace(sealed, signature=bytes(64))
    assert refusal(keeper, owner, forged) is IntegrityError


def test_tag_of_a_deleted_item(keeper, owner, first, object_id):
    """A deleted item keeps no mark of its title."""
    tagged = owner.seal(object_id, before=opened(first), state=State.DELETED, tag=b"t" * 16)
    assert refusal(keeper, owner, tagged) is IntegrityError


# -- all or nothing --------------------------------------------------------------------


def test_all_or_nothing(keeper, owner, first, object_id):
    """One refused revision undoes the whole request."""
    good = owner.seal(b"good" + object_id[4:])
    assert refusal(keeper, owner, good, owner.seal(object_id)) is VersionConflictError
    assert versions(keeper, owner, parse_revision(good.body).object) == []


def test_independent(keeper, owner, first, object_id):
    """In an independent batch each revision stands for itself, and codes say which was refused."""
    names = [b"n%d--" % number + object_id[4:] for number in range(2)]
    good = [owner.seal(name) for name in names]
    bad = owner.seal(object_id)
    late = owner.seal(b"late" + object_id[4:], before=opened(first))
    false = owner.seal(b"bad!" + object_id[4:], overview_hash=bytes(32))
    noise = msgspec.structs.replace(bad, body=b"noise")
    request = commit(good[0], bad, late, false, noise, good[1], independent=True)
    answer = keeper.call(request, owner.me)
    assert answer.refused == {"version_conflict": (1,), "not_found": (2,), "integrity": (3, 4)}
    assert answer.codes(6) == ("", "version_conflict", "not_found", "integrity", "integrity", "")
    assert [versions(keeper, owner, name) for name in (*names, object_id)] == [[1], [1], [1]]
    assert state_of(keeper, owner).active_items == 3


# -- counters and history ----------------------------------------------------------------


def test_counters(keeper, owner, object_id):
    """Active items, changes of content and changes of attributes are counted apart."""
    steps = []

    def write(sealed):
        keeper.call(commit(sealed), owner.me)
        state = state_of(keeper, owner)
        counted = (state.active_items, state.content_version, len(state.live_epochs))
        steps.append((*counted, state.attribute_version))
        return opened(sealed)

    created = write(owner.seal(object_id))
    updated = write(owner.seal(object_id, before=created))
    archived = write(owner.seal(object_id, before=updated, state=State.ARCHIVED))
    back = write(owner.seal(object_id, before=archived))
    deleted = write(owner.seal(object_id, before=back, state=State.DELETED))
    write(owner.seal(object_id, before=deleted))
    write(owner.seal(owner.vault, before=opened(owner.container.state.object)))
    assert steps == [
        (1, 1, 1, 1),
        (1, 2, 1, 1),
        (0, 3, 1, 1),
        (1, 4, 1, 1),
        (0, 5, 0, 1),
        (1, 6, 1, 1),
        (1, 6, 1, 2),
    ]


def test_history_is_trimmed(keeper, owner, object_id):
    """At most 100 versions of an object are kept; the oldest go first."""
    chain = [owner.seal(object_id)]
    for _ in range(REVISIONS_PER_OBJECT_MAX + 1):
        chain.append(owner.seal(object_id, before=opened(chain[-1])))
    keeper.call(commit(*chain[:-2]), owner.me)
    assert versions(keeper, owner, object_id) == list(range(100, 0, -1))
    keeper.call(commit(*chain[-2:]), owner.me)
    assert versions(keeper, owner, object_id) == list(range(102, 2, -1))
    request = LookupRequest(queries=(owner.query(object_id, version=2),))
    assert keeper.call(request, owner.me).results == ((),)


def test_deleted_vault(keeper, owner, first, object_id):
    """A deleted vault is gone, for reading, for writing and for changing its members."""
    after = owner.seal(object_id, before=opened(first))
    gone = owner.seal(owner.vault, before=opened(owner.container.state.object), state=State.DELETED)
    keeper.call(commit(gone), owner.me)
    answer = keeper.call(LookupRequest(queries=(owner.query(object_id),)), owner.me)
    assert (answer.results, answer.access_revs, answer.object_versions) == (((),), {}, {})
    requests = [
        ListRequest(container=owner.vault, states=(1,)),
        HistoryRequest(container=owner.vault, object=object_id),
        commit(after),
    ]
    for request in requests:
        with pytest.raises(NotFoundError):
            keeper.call(request, owner.me)
    with pytest.raises(ConflictError):
        keeper.rehearse(CommitRequest(records=(next_record(owner),)), owner.me)
    assert keeper.state(owner) is None


def test_nothing_more_goes_into_a_deleted_vault(keeper, owner, first, object_id):
    """What follows a vault's deletion in the same request is refused as it would be later."""
    gone = owner.seal(owner.vault, before=opened(owner.container.state.object), state=State.DELETED)
    after = owner.seal(object_id, before=opened(first))
    assert refusal(keeper, owner, gone, after) is NotFoundError


def test_personal_vaults_stay(keeper, service_home, owner):
    """Nobody deletes a personal vault, not even its owner."""
    vaults = service_home.run(owner.engine.vaults.list())
    (personal,) = [parse_id(row["id"]) for row in vaults if row["vaultType"] == "personal"]
    hand = Hand(owner.engine, personal)
    before = opened(hand.container.state.object)
    gone = hand.seal(personal, before=before, state=State.DELETED)
    assert refusal(keeper, hand, gone) is ForbiddenError
    keeper.rehearse(commit(hand.seal(personal, before=before)), hand.me)


@pytest.mark.parametrize("kind", [ContainerKind.GROUP, ContainerKind.ACCOUNT])
def test_own_objects_of_other_containers(keeper, owner, kind):
    """Only vaults and environments have an object of their own."""
    containers = owner.session.containers.values()
    found = next(row for row in containers if row.record.kind == kind)
    hand = Hand(owner.engine, found.id)
    if found.record.permissions(hand.me):
        sealed = hand.seal(found.id, tag=NO_TAG)
    else:
        group = owner.session.directory.root.owners_group
        through = {"group_hash": owner.session.containers[group].record_hash}
        sealed = hand.seal(found.id, via=group, tag=NO_TAG, **through)
    assert refusal(keeper, hand, sealed) is IntegrityError


def test_details_are_needed(keeper, owner, object_id):
    """A revision without its details is refused, in its own place only."""
    bare = owner.seal(object_id, details_hash=sha256(b""))
    bare = msgspec.structs.replace(bare, details=None)
    good = owner.seal(b"good" + object_id[4:])
    request = commit(bare, good, independent=True)
    assert keeper.call(request, owner.me).refused == {"integrity": (0,)}


# -- accounts ----------------------------------------------------------------------------


USER = UserRow(
    email="x@example.org", salt=b"s" * 16, t=3, m=65_536, lanes=4, keyset=1, seed=b"", auth_pk=b""
)


def test_account_needs_its_parts(keeper, owner):
    """An account without user, root document or directory is not made."""
    for request in (
        CreateAccountRequest(CommitRequest()),
        CreateAccountRequest(CommitRequest(), USER),
    ):
        with pytest.raises(IntegrityError):
            keeper.call(request, owner.me)


@pytest.fixture(scope="module")
def new_account():
    """An account in the making."""
    return make_account(
        name="Ben", email="ben@example.org", password=Secret("0123456789"), now=1_800_000_000_000
    )


def without_signature(root):
    return msgspec.structs.replace(root, signatures=())


def with_another_signature(root):
    ((signer, _),) = root.signatures
    return msgspec.structs.replace(root, signatures=((signer, bytes(64)),))


def by_somebody_else(root):
    ((_, signature),) = root.signatures
    return msgspec.structs.replace(root, signatures=((b"x" * 16, signature),))


def signed_twice(root):
    return msgspec.structs.replace(root, signatures=root.signatures * 2)


FALSE_ROOTS = [without_signature, with_another_signature, by_somebody_else, signed_twice]


@pytest.mark.parametrize("change", FALSE_ROOTS, ids=lambda change: change.__name__)
def test_first_root_document_is_signed(keeper, new_account, change):
    """The first root document carries its owner's signature and no other."""
    request, account = new_account.request, Keeper(keeper.store, new_account.account)
    account.rehearse(request, new_account.user)
    directory = request.change.directory
    false = msgspec.structs.replace(directory, roots=(change(directory.roots[0]),))
    founding = msgspec.structs.replace(request.change, directory=false)
    with pytest.raises(IntegrityError):
        account.rehearse(
            msgspec.structs.replace(request, change=founding),
            new_account.user,
        )


def test_two_accounts_on_one_file(tmp_path):
    """A file may hold several accounts; none of them sees another."""
    first, second = make_home(tmp_path), make_home(tmp_path)
    keeper = keeper_of(first)
    vaults = [home.run(home.owner().vaults.list()) for home in (first, second)]
    assert [len(rows) for rows in vaults] == [1, 1]
    assert vaults[0][0]["id"] != vaults[1][0]["id"]
    with pytest.raises(UnauthorizedError):
        keeper.call(SyncRequest(root_version=0), parse_id(second.account.user_id))
    for home in (first, second):
        home.close()
    keeper.close()
