"""Look-ups, pages and proofs as the service answers them."""

import sqlite3

import msgspec
import pytest

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import (
    IntegrityError,
    InvalidArgumentError,
    NotFoundError,
    TooLargeError,
)
from strongroom.limits import LOOKUP_ANSWERS_MAX
from strongroom.service import sync
from strongroom.service.directory import evidence
from strongroom.service.objects import reading
from strongroom.trust.directory import verify_entry
from strongroom.wire.entries import parse_entry
from strongroom.wire.heads import parse_head
from strongroom.wire.messages import (
    CommitRequest,
    Known,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    Query,
    SyncRequest,
)
from strongroom.wire.revisions import State, parse_revision
from support.keeper import Keeper, commit, next_record, opened
from support.loose import loosen
from support.stores import open_store


def look_up(keeper, owner, *queries, **options):
    return keeper.call(LookupRequest(queries=queries, **options), owner.me)


def by_title(owner, title):
    return Query(container=owner.vault, tags=(owner.container.tag(title, 1),))


def test_by_id_and_by_title(keeper, owner, object_id):
    """An object is found by its id, by the tag of its title, and in the order of the questions."""
    stored = owner.seal(object_id, title="Red")
    keeper.call(commit(stored), owner.me)
    asked = (by_title(owner, "red"), owner.query(object_id), owner.query(b"n" * 16))
    answer = look_up(keeper, owner, *asked, by_title(owner, "blue"))
    assert answer.results == ((stored,), (stored,), (), ())
    assert answer.access_revs == {owner.vault: 0}
    assert {parse_entry(proof.body).principal for proof in answer.evidence.entries} == {owner.me}


def test_what_is_known_is_left_out(keeper, owner, object_id):
    """Evidence that the client holds under the same head is not sent again."""
    keeper.call(commit(owner.seal(object_id)), owner.me)
    full = look_up(keeper, owner, owner.query(object_id))
    known = Known(
        head_rev=full.head_rev,
        entries=frozenset({owner.me}),
        records=frozenset({owner.container.record_hash}),
    )
    bare = look_up(keeper, owner, owner.query(object_id), known=known)
    assert (len(full.evidence.entries), len(full.evidence.records)) == (1, 1)
    assert (bare.evidence.entries, bare.evidence.records) == ((), ())
    old = look_up(
        keeper, owner, owner.query(object_id), known=msgspec.structs.replace(known, head_rev=0)
    )
    assert old.evidence.entries == full.evidence.entries


def test_namesakes(keeper, owner, object_id):
    """At most 32 objects of one title are answered, the active ones first."""
    names = [bytes([number]) + object_id[1:] for number in range(LOOKUP_ANSWERS_MAX + 3)]
    stored = [owner.seal(name, title="Same") for name in names]
    keeper.call(commit(*stored), owner.me)
    archived = owner.seal(names[0], before=opened(stored[0]), title="Same", state=State.ARCHIVED)
    keeper.call(commit(archived), owner.me)
    (found,) = look_up(keeper, owner, by_title(owner, "same")).results
    assert len(found) == LOOKUP_ANSWERS_MAX
    assert {parse_revision(row.body).state for row in found} == {State.ACTIVE}


def test_pages(keeper, owner, object_id, monkeypatch):
    """Every object comes once, whatever the size of the pages, by state and then by id."""
    names = sorted(bytes([number * 47]) + b"/" + object_id[2:] for number in range(5))
    stored = [owner.seal(name) for name in names]
    keeper.call(commit(*stored), owner.me)
    keeper.call(
        commit(owner.seal(names[0], before=opened(stored[0]), state=State.ARCHIVED)),
        owner.me,
    )
    expected = [*names[1:], names[0]]
    for size in (1, 2, 3, 4, 5, 6):
        monkeypatch.setattr(reading, "PAGE_OBJECTS_MAX", size)
        found, after = [], b""
        while True:
            request = ListRequest(container=owner.vault, states=(2, 1), after=after)
            answer = keeper.call(request, owner.me)
            assert len(answer.revisions) <= size
            assert all(row.details is None for row in answer.revisions)
            found += [parse_revision(row.body).object for row in answer.revisions]
            after = answer.next
            if not after:
                break
        assert found == expected


def test_principals(keeper, owner):
    """Entries come in the order asked with paths that lead to the head, and the last one's too."""
    root = owner.session.directory.root
    asked = (root.owners_group, owner.me)
    answer = keeper.call(PrincipalsRequest(principals=asked), owner.me)
    head = parse_head(answer.head.body)
    found = [verify_entry(head, root, proof.body, proof.path) for proof in answer.proofs]
    assert tuple(entry.principal for entry in found) == asked
    last = verify_entry(head, root, answer.last.body, answer.last.path)
    assert last.index == head.count - 1
    with pytest.raises(NotFoundError):
        keeper.call(PrincipalsRequest(principals=(b"n" * 16,)), owner.me)


def test_known_records_are_walked_all_the_same(keeper, owner):
    """Records on the way to the current one come with their signers, whatever the client holds."""
    keeper.call(CommitRequest(records=(next_record(owner),)), owner.me)
    first = owner.container.record_hash
    known = Known(head_rev=0, records=frozenset({first}))
    # From right before this vault on: other tests have made vaults, too, and there are pages.
    before = (int.from_bytes(owner.vault) - 1).to_bytes(16)
    request = SyncRequest(root_version=0, known=known, remembered={owner.vault: 0}, after=before)
    answer = keeper.call(request, owner.me)
    assert first in {sha256(signed.body) for signed in answer.evidence.records}
    entries = {parse_entry(proof.body).principal for proof in answer.evidence.entries}
    assert owner.me in entries


def test_versions_of_own_objects(keeper, owner, object_id):
    """A look-up tells the version of each container's own object."""
    before = opened(owner.container.state.object)
    assert look_up(keeper, owner, owner.query(object_id)).object_versions == {owner.vault: 1}
    keeper.call(commit(owner.seal(owner.vault, before=before)), owner.me)
    assert look_up(keeper, owner, owner.query(object_id)).object_versions == {owner.vault: 2}


@pytest.mark.parametrize(("more", "refused"), [(0, False), (1, True)])
def test_sizes_of_requests(keeper, owner, monkeypatch, more, refused):
    """A request that names more than a client can hold is refused before any work."""
    most = 5
    monkeypatch.setattr(evidence, "KNOWN_MAX", most)
    monkeypatch.setattr(sync, "CONTAINERS_PER_PRINCIPAL_MAX", most)
    monkeypatch.setattr(reading, "LOOKUP_TAGS_MAX", most)
    names = frozenset(bytes([number]) * 16 for number in range(most + more))
    tagged = Query(container=owner.vault, tags=tuple(names))
    requests = [
        SyncRequest(root_version=0, remembered=dict.fromkeys(names, 0)),
        SyncRequest(root_version=0, known=Known(entries=names)),
        SyncRequest(root_version=0, known=Known(records=names)),
        LookupRequest(queries=(), known=Known(entries=names)),
        LookupRequest(queries=(tagged,)),
    ]
    for request in requests:
        if refused:
            with pytest.raises(TooLargeError):
                keeper.call(request, owner.me)
        else:
            keeper.call(request, owner.me)


def test_false_place_in_a_list(keeper, owner):
    """A page that begins after a place which no answer named is refused."""
    for after in (b"x", b"9/x", b"-1/x", b"/"):
        with pytest.raises(InvalidArgumentError):
            keeper.call(
                ListRequest(container=owner.vault, states=(1,), after=after),
                owner.me,
            )


HOLES = {
    "no node of the tree": ("DELETE FROM tree", "tree"),
    "no head": ("DELETE FROM heads", "directory"),
    "half a revision": ("UPDATE revisions SET details = NULL", "half"),
    "a number instead of a hash": ("UPDATE tree SET hash = 3000000000", "hash"),
}


@pytest.mark.parametrize(("statement", "named"), HOLES.values(), ids=HOLES.keys())
def test_holes(keeper, service_home, owner, tmp_path, statement, named):
    """What is missing in the database is an error that names it."""
    path = tmp_path / "copy.db"
    source = sqlite3.connect(service_home.path)
    target = sqlite3.connect(path, isolation_level=None)
    source.backup(target)
    source.close()
    loosen(target)
    target.execute(statement)
    target.close()
    copy = Keeper(open_store(path), keeper.account)
    with pytest.raises(IntegrityError, match=named):
        copy.call(SyncRequest(root_version=0), owner.me)
    copy.close()


def test_pages_of_containers(keeper, service_home, owner, monkeypatch):
    """A sync of many containers comes in pages, each container once."""

    def ask():
        found, after = [], b""
        while True:
            answer = keeper.call(SyncRequest(root_version=0, after=after), owner.me)
            found += [row.id for row in answer.containers]
            after = answer.next
            if not after:
                return found

    whole = ask()
    for size in (1, 2, len(whole), len(whole) + 1):
        monkeypatch.setattr(sync, "PAGE_CONTAINERS_MAX", size)
        assert ask() == whole
