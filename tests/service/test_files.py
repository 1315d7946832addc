"""Chunks of files at the service: who stores them, which fit, when they go."""

import pytest
from msgspec.structs import replace

from strongroom.crypto.chunks import FILE_BYTES_MAX
from strongroom.crypto.sealing import OVERHEAD_BYTES
from strongroom.errors import ConflictError, IntegrityError, NotFoundError, TooLargeError
from strongroom.ids import format_id, parse_id
from strongroom.limits import (
    CHUNK_BYTES,
    DELETED_KEPT_MS,
    FILES_PER_ITEM_MAX,
    UPLOAD_KEPT_MS,
)
from strongroom.permissions import CREATE_ITEMS, READ_ITEMS, REVEAL_ITEM_PASSWORD, UPDATE_ITEMS
from strongroom.service.objects import purge
from strongroom.service.objects.files import CHUNKS_MAX, SEALED_OVERHEAD_BYTES
from strongroom.wire.files import FileReadRequest, FileUploadRequest
from strongroom.wire.revisions import State
from support.keeper import NOW, commit, make_robot, opened

SMALL = b"s" * (SEALED_OVERHEAD_BYTES + 5)
FULL = b"f" * (SEALED_OVERHEAD_BYTES + CHUNK_BYTES)


def upload(keeper, hand, file, sealed=SMALL, *, chunks=1, position=0, now=NOW, vault=None):
    """Store one chunk."""
    request = FileUploadRequest(vault or hand.vault, file, chunks, position, sealed)
    return keeper.call(request, hand.me, now=now).stored


def read(keeper, hand, file, position=0):
    """Return one chunk, and how many there are."""
    answer = keeper.call(FileReadRequest(hand.vault, file, position), hand.me)
    return answer.sealed, answer.chunks


def name(keeper, hand, stored, *files, now=NOW):
    """Store a revision that names files; return it."""
    keeper.call(commit(replace(stored, files=files)), hand.me, now=now)
    return opened(stored)


def rows(keeper, table, hand):
    """Return how many rows a table has for a vault."""

    async def count(session):
        sql = f"SELECT COUNT(*) FROM {table} WHERE container = :container"
        return (await session.one(sql, container=hand.vault))[0]

    return keeper.store.read(count)


@pytest.fixture
def file(object_id):
    """An id that no other file has."""
    return b"F" + object_id[1:]


def test_overhead():
    """The service knows what an envelope adds to a chunk without knowing envelopes."""
    assert SEALED_OVERHEAD_BYTES == OVERHEAD_BYTES + 4
    assert CHUNKS_MAX * CHUNK_BYTES == FILE_BYTES_MAX


def test_upload_and_read(keeper, owner, object_id, file):
    """Chunks come in any order, and are read once a revision names the file."""
    last = SMALL
    assert upload(keeper, owner, file, last, chunks=2, position=1) == 1
    assert upload(keeper, owner, file, FULL, chunks=2, position=0) == 2
    assert read(keeper, owner, file) == (b"", 0)
    name(keeper, owner, owner.seal(object_id), file)
    assert read(keeper, owner, file, 0) == (FULL, 2)
    assert read(keeper, owner, file, 1) == (last, 2)
    assert read(keeper, owner, file, 2) == (b"", 2)


def test_the_same_chunk_again(keeper, owner, file):
    """A chunk whose answer was lost may be sent again; another in its place may not."""
    assert upload(keeper, owner, file, chunks=1) == 1
    assert upload(keeper, owner, file, chunks=1) == 1
    with pytest.raises(ConflictError):
        upload(keeper, owner, file, SMALL + b"x", chunks=1)


LEAST = SEALED_OVERHEAD_BYTES
CHUNKS = {
    "an empty file": (LEAST, 1, 0, None),
    "less than an envelope": (LEAST - 1, 1, 0, IntegrityError),
    "a full chunk": (LEAST + CHUNK_BYTES, 1, 0, None),
    "more than a chunk": (LEAST + CHUNK_BYTES + 1, 1, 0, TooLargeError),
    "a full first chunk": (LEAST + CHUNK_BYTES, 2, 0, None),
    "a short first chunk": (LEAST + CHUNK_BYTES - 1, 2, 0, IntegrityError),
    "a last chunk of one byte": (LEAST + 1, 2, 1, None),
    "an empty last chunk": (LEAST, 2, 1, IntegrityError),
    "behind the last": (LEAST + 1, 2, 2, IntegrityError),
    "before the first": (LEAST + 1, 2, -1, IntegrityError),
    "no chunks": (LEAST, 0, 0, IntegrityError),
    "the most chunks": (LEAST + 1, CHUNKS_MAX, CHUNKS_MAX - 1, None),
    "too many chunks": (LEAST + 1, CHUNKS_MAX + 1, CHUNKS_MAX, TooLargeError),
}


@pytest.mark.parametrize(("size", "chunks", "position", "error"), CHUNKS.values(), ids=CHUNKS)
def test_sizes_and_places(keeper, owner, file, size, chunks, position, error):
    """A chunk has the size that its place allows, and a place that the file has."""
    if error is None:
        assert upload(keeper, owner, file, b"x" * size, chunks=chunks, position=position) == 1
        return
    with pytest.raises(error):
        upload(keeper, owner, file, b"x" * size, chunks=chunks, position=position)
    assert rows(keeper, "files", owner) == 0


def test_file_ids(keeper, owner):
    """A file has an id of 16 bytes."""
    with pytest.raises(IntegrityError):
        upload(keeper, owner, b"short")


def test_files_are_in_vaults(keeper, owner, file):
    """A group has no files, also for who may manage it."""
    group = owner.session.directory.root.owners_group
    with pytest.raises(IntegrityError):
        upload(keeper, owner, file, vault=group)


@pytest.mark.parametrize("bit", [CREATE_ITEMS, UPDATE_ITEMS])
def test_either_bit_is_enough(keeper, service_home, owner, file, bit):
    """Who may create or change items may store what they are to name."""
    robot = make_robot(service_home, owner, bit | READ_ITEMS | REVEAL_ITEM_PASSWORD)
    assert upload(keeper, robot, file) == 1


def test_others_uploads(keeper, service_home, owner, file):
    """Nobody else adds to an upload."""
    robot = make_robot(service_home, owner, CREATE_ITEMS | READ_ITEMS)
    upload(keeper, owner, file, FULL, chunks=2)
    with pytest.raises(ConflictError):
        upload(keeper, robot, file, chunks=2, position=1)
    assert upload(keeper, owner, file, chunks=2, position=1) == 2


def test_a_named_file_is_closed(keeper, owner, object_id, file):
    """A file that a revision names takes no chunk any more, not from its maker either."""
    upload(keeper, owner, file)
    name(keeper, owner, owner.seal(object_id), file)
    with pytest.raises(ConflictError):
        upload(keeper, owner, file)
    with pytest.raises(ConflictError):
        upload(keeper, owner, file, FULL, chunks=2)


def test_another_count(keeper, owner, file):
    """The number of chunks is that of the first request."""
    upload(keeper, owner, file, FULL, chunks=3)
    with pytest.raises(ConflictError):
        upload(keeper, owner, file, FULL, chunks=4, position=1)


# -- naming ------------------------------------------------------------------------


def test_naming_what_is_not_there(keeper, owner, object_id, file):
    """A revision names no file that is missing or unfinished."""
    with pytest.raises(NotFoundError) as caught:
        name(keeper, owner, owner.seal(object_id), file)
    assert caught.value.tag == "itemStatusFileNotFound"
    upload(keeper, owner, file, FULL, chunks=2)
    with pytest.raises(NotFoundError):
        name(keeper, owner, owner.seal(object_id), file)
    assert rows(keeper, "object_files", owner) == rows(keeper, "revisions", owner) - 1 == 0


def test_naming_a_file_of_another_vault(keeper, service_home, owner, object_id, file):
    """A file of one vault is named in no other."""
    vault = parse_id(service_home.run(owner.engine.vaults.create("other"))["id"])
    upload(keeper, owner, file, vault=vault)
    with pytest.raises(NotFoundError):
        name(keeper, owner, owner.seal(object_id), file)


def test_naming_twice_or_too_many(keeper, owner, object_id, file):
    """A revision names each file once, and a hundred and one of them at most."""
    ids = [bytes([n]) + file[1:] for n in range(FILES_PER_ITEM_MAX + 2)]
    for one in ids:
        upload(keeper, owner, one)
    stored = owner.seal(object_id)
    for files in ((ids[0], ids[0]), tuple(ids), (b"short",)):
        with pytest.raises(IntegrityError):
            name(keeper, owner, stored, *files)
    name(keeper, owner, stored, *ids[:-1])
    assert rows(keeper, "object_files", owner) == FILES_PER_ITEM_MAX + 1


def test_what_names_no_file(keeper, owner, object_id, file):
    """A deleted object names no file, nor does a vault's own object."""
    upload(keeper, owner, file)
    before = name(keeper, owner, owner.seal(object_id))
    deleted = owner.seal(object_id, before=before, state=State.DELETED)
    with pytest.raises(IntegrityError):
        name(keeper, owner, deleted, file)


def test_a_refused_revision_names_nothing(keeper, owner, object_id, file):
    """A revision that loses against another one leaves its upload unnamed."""
    upload(keeper, owner, file)
    name(keeper, owner, owner.seal(object_id))
    with pytest.raises(ConflictError):
        name(keeper, owner, owner.seal(object_id, title="other"), file)
    assert rows(keeper, "object_files", owner) == 0
    assert read(keeper, owner, file) == (b"", 0)


# -- dropping ----------------------------------------------------------------------


@pytest.mark.parametrize(("waited", "there"), [(UPLOAD_KEPT_MS - 1, True), (UPLOAD_KEPT_MS, False)])
def test_uploads_that_nobody_names(keeper, owner, object_id, file, waited, there):
    """An upload can be named for 24 hours after its last chunk, and goes with the next write."""
    upload(keeper, owner, file, FULL, chunks=2, now=NOW - 1000)
    upload(keeper, owner, file, chunks=2, position=1)
    later = NOW + waited
    if there:
        keeper.call(commit(owner.seal(object_id)), owner.me, now=later)
        assert rows(keeper, "file_chunks", owner) == 2
        return
    with pytest.raises(NotFoundError):
        name(keeper, owner, owner.seal(object_id), file, now=later)
    with pytest.raises(ConflictError):
        upload(keeper, owner, file, chunks=2, position=1, now=later)
    keeper.call(commit(owner.seal(object_id)), owner.me, now=later)
    assert rows(keeper, "files", owner) == rows(keeper, "file_chunks", owner) == 0


def test_an_upload_drops_older_ones(keeper, owner, file):
    """A new upload, too, is a write with which older ones go."""
    upload(keeper, owner, file)
    upload(keeper, owner, b"G" + file[1:], now=NOW + UPLOAD_KEPT_MS)
    assert rows(keeper, "files", owner) == 1


def test_named_files_stay(keeper, owner, object_id, file):
    """A file that a kept revision names stays, also when newer revisions do not name it."""
    upload(keeper, owner, file)
    before = name(keeper, owner, owner.seal(object_id), file)
    later = NOW + 10 * UPLOAD_KEPT_MS
    name(keeper, owner, owner.seal(object_id, before=before), now=later)
    assert read(keeper, owner, file) == (SMALL, 1)


def test_files_go_with_the_last_revision(keeper, owner, object_id, file, monkeypatch):
    """A file goes when the last revision that names it is trimmed, and not one earlier."""
    monkeypatch.setattr("strongroom.service.objects.revisions.REVISIONS_PER_OBJECT_MAX", 3)
    upload(keeper, owner, file)
    before = name(keeper, owner, owner.seal(object_id), file)
    before = name(keeper, owner, owner.seal(object_id, before=before), file)
    for _ in range(2):
        before = name(keeper, owner, owner.seal(object_id, before=before))
    assert read(keeper, owner, file) == (SMALL, 1)
    before = name(keeper, owner, owner.seal(object_id, before=before))
    assert rows(keeper, "files", owner) == rows(keeper, "file_chunks", owner) == 0


def test_a_file_of_two_objects(keeper, owner, object_id, file):
    """A file that two objects name stays until both are gone."""
    upload(keeper, owner, file)
    first, second, third, fourth = (bytes([n]) + object_id[1:] for n in range(1, 5))
    before = {one: name(keeper, owner, owner.seal(one), file) for one in (first, second)}
    later = NOW + DELETED_KEPT_MS
    for gone, other, now in ((first, third, NOW), (second, fourth, later)):
        deleted = owner.seal(gone, before=before[gone], state=State.DELETED)
        name(keeper, owner, deleted, now=now)
        assert read(keeper, owner, file) == (SMALL, 1)
        seen = now + DELETED_KEPT_MS
        keeper.call(commit(owner.seal(other)), owner.me, now=seen)
    assert rows(keeper, "files", owner) == rows(keeper, "object_files", owner) == 0


def test_files_go_with_a_purged_object(keeper, owner, object_id, file):
    """A deleted object's files stay for 30 days, and go with it."""
    upload(keeper, owner, file)
    before = name(keeper, owner, owner.seal(object_id), file)
    name(keeper, owner, owner.seal(object_id, before=before, state=State.DELETED))
    assert read(keeper, owner, file) == (SMALL, 1)
    other = b"O" + object_id[1:]
    later = NOW + DELETED_KEPT_MS
    keeper.call(commit(owner.seal(other)), owner.me, now=later)
    assert [rows(keeper, table, owner) for table in ("files", "file_chunks", "object_files")] == [
        *(0, 0, 0)
    ]


def test_large_files_go_bit_by_bit(keeper, owner, object_id, file, monkeypatch):
    """One write drops so many chunks and no more; the next ones drop the rest."""
    monkeypatch.setattr(purge, "PURGE_CHUNKS_MAX", 2)
    for position in range(3):
        upload(keeper, owner, file, FULL, chunks=3, position=position)
    left = []
    for number in range(2):
        one = bytes([number]) + object_id[1:]
        later = NOW + UPLOAD_KEPT_MS
        keeper.call(commit(owner.seal(one)), owner.me, now=later)
        left.append((rows(keeper, "file_chunks", owner), rows(keeper, "files", owner)))
    assert left == [(1, 1), (0, 0)]


def test_files_go_with_a_purged_vault(keeper, service_home, owner, object_id, file, monkeypatch):
    """A deleted vault's files go with it, bit by bit, before the rest of it does."""
    monkeypatch.setattr(purge, "PURGE_CHUNKS_MAX", 1)
    for one in (file, b"G" + file[1:]):
        upload(keeper, owner, one)
    name(keeper, owner, owner.seal(object_id), file)
    run, engine = service_home.run, owner.engine
    run(engine.vaults.delete(format_id(owner.vault)))
    before = service_home.clock
    service_home.clock = lambda: before() + DELETED_KEPT_MS + 1000
    try:
        left = []
        for number in range(3):
            run(service_home.owner().vaults.create(f"later {number}"))
            left.append((rows(keeper, "file_chunks", owner), rows(keeper, "objects", owner)))
    finally:
        service_home.clock = before
    assert left == [(1, 2), (0, 0), (0, 0)]
    assert rows(keeper, "files", owner) == rows(keeper, "object_files", owner) == 0
