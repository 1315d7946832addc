"""Files in chunks: all of them, in order, of the right length, or nothing."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from strongroom.crypto import chunks
from strongroom.crypto.chunks import (
    CHUNK_BYTES,
    FILE_BYTES_MAX,
    ChunkOpener,
    ChunkSealer,
    FileKey,
    chunk_count,
    make_file_key,
)
from strongroom.crypto.sealing import OVERHEAD_BYTES, Purpose, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, InvalidFileError

FILE = FileKey(account=b"a" * 16, container=b"c" * 16, file=b"f" * 16, key=SymmetricKey(b"k" * 32))
CONTENT = bytes(range(256)) * (CHUNK_BYTES // 128) + b"the rest"
SIZE, COUNT = len(CONTENT), 3


def seal_all(content, *, file=FILE):
    """Seal a content chunk by chunk, as a writer does."""
    sealer = ChunkSealer(file, size=len(content))
    sealed = []
    while not sealer.done:
        start = len(sealed) * CHUNK_BYTES
        sealed.append(sealer.seal(content[start : start + sealer.next_bytes]))
    sealer.end()
    return sealed


SEALED = seal_all(CONTENT)


def open_all(sealed, *, file=FILE, size=SIZE, count=COUNT):
    """Open a file as a reader does; return what it gave out before it ended or was refused."""
    opener = ChunkOpener(file, size=size, chunks=count)
    given = [opener.open(envelope) for envelope in sealed]
    opener.end()
    return b"".join(given)


def refused(*args, **options):
    with pytest.raises((IntegrityError, InvalidFileError)) as caught:
        open_all(*args, **options)
    return caught.value.layer


def test_keys():
    """Every file has a fresh key of 32 bytes."""
    assert len(make_file_key().expose_key()) == 32
    assert make_file_key() != make_file_key()


@given(st.binary(max_size=300))
def test_small_files(content):
    """A file below one chunk is one envelope of its own size."""
    (sealed,) = seal_all(content)
    assert len(sealed) == len(content) + OVERHEAD_BYTES + 4
    assert open_all([sealed], size=len(content), count=1) == content


COUNTS = {
    0: 1,
    1: 1,
    CHUNK_BYTES - 1: 1,
    CHUNK_BYTES: 1,
    CHUNK_BYTES + 1: 2,
    2 * CHUNK_BYTES: 2,
    2 * CHUNK_BYTES + 1: 3,
    FILE_BYTES_MAX - 1: 16_384,
    FILE_BYTES_MAX: 16_384,
}


@pytest.mark.parametrize(("size", "count"), COUNTS.items())
def test_counts(size, count):
    """A full last chunk has no empty one behind it, and an empty file has one chunk."""
    assert chunk_count(size) == count


@pytest.mark.parametrize("size", [-1, FILE_BYTES_MAX + 1, 2**70])
def test_sizes_outside_the_limits(size):
    """A file has 0 to 16 GiB; any other size is refused before a byte is sealed or opened."""
    for work in (
        lambda: chunk_count(size),
        lambda: ChunkSealer(FILE, size=size),
        lambda: ChunkOpener(FILE, size=size, chunks=1),
    ):
        with pytest.raises(InvalidFileError) as caught:
            work()
        assert caught.value.layer == "size"


@pytest.mark.parametrize(
    "size", [CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, len(CONTENT)]
)
def test_round_trip(size):
    """A file around the edges of its chunks is opened as it was sealed."""
    sealed = seal_all(CONTENT[:size])
    assert len(sealed) == chunk_count(size)
    assert open_all(sealed, size=size, count=len(sealed)) == CONTENT[:size]


FULL = CHUNK_BYTES
PLACES = {
    "missing at the end": (SEALED[:2], "count"),
    "nothing at all": ([], "count"),
    "one too many": ([*SEALED, SEALED[2]], "count"),
    "the first two exchanged": ([SEALED[1], SEALED[0], SEALED[2]], "commitment"),
    "the last one first": ([SEALED[2], SEALED[0], SEALED[1]], "commitment"),
    "one twice": ([SEALED[0], SEALED[0], SEALED[2]], "commitment"),
    "one left out": ([SEALED[0], SEALED[2]], "commitment"),
    "one cut": ([SEALED[0], SEALED[1][:-1], SEALED[2]], "tag"),
    "one empty": ([SEALED[0], b"", SEALED[2]], "length"),
    "one of a shorter file": ([seal_all(CONTENT[:FULL])[0], *SEALED[1:]], "commitment"),
}


@pytest.mark.parametrize(("sealed", "layer"), PLACES.values(), ids=PLACES.keys())
def test_places(sealed, layer):
    """A missing, additional, moved or cut chunk is refused."""
    assert refused(sealed) == layer


@pytest.mark.parametrize("count", [0, COUNT - 1, COUNT + 1, -1])
def test_declared_count(count):
    """A document whose count does not follow from its size is refused before any chunk."""
    assert refused([], count=count) == "count"


@pytest.mark.parametrize("field", ["account", "container", "file", "key"])
def test_other_files(field):
    """A chunk opens under its own key, in its own file, container and account only."""
    strange = SymmetricKey(b"x" * 32) if field == "key" else b"x" * 16
    other = msgspec.structs.replace(FILE, **{field: strange})
    assert refused(SEALED, file=other) == ("key-id" if field == "key" else "commitment")


def lying_chunk(content, index=0, count=1):
    """Seal a chunk of the wrong length, as an author may."""
    context = (FILE.account, FILE.container, FILE.file, index, int(index == count - 1), count)
    return seal(FILE.key, Purpose.FILE_CHUNK, context, content)


@pytest.mark.parametrize(("content", "size"), [(b"1234", 5), (b"123456", 5), (b"x", 0), (b"", 1)])
def test_lengths(content, size):
    """A chunk that opens but is shorter or longer than its place is refused, unreleased."""
    assert refused([lying_chunk(content)], size=size, count=1) == "size"


def test_short_chunk_in_the_middle():
    """Chunks before the last are full; bytes cannot be moved from one to the next."""
    sealed = [lying_chunk(b"x" * (FULL - 1), 0, 2), lying_chunk(b"xx", 1, 2)]
    assert refused(sealed, size=FULL + 1, count=2) == "size"


def test_nothing_of_a_refused_chunk():
    """What opened before stays good; a refused chunk gives no byte and may be fetched again."""
    opener = ChunkOpener(FILE, size=len(CONTENT), chunks=COUNT)
    assert opener.open(SEALED[0]) == CONTENT[:FULL]
    changed = bytearray(SEALED[1])
    changed[-1] ^= 1
    with pytest.raises(IntegrityError):
        opener.open(bytes(changed))
    assert opener.open(SEALED[1]) == CONTENT[FULL : 2 * FULL]
    assert not opener.done
    with pytest.raises(IntegrityError):
        opener.end()
    assert opener.open(SEALED[2]) == CONTENT[2 * FULL :]
    assert opener.done
    opener.end()


def test_order_mutant(monkeypatch):
    """MUTANT: without the index in the context, exchanged chunks are accepted."""
    monkeypatch.setattr(chunks._Order, "context", lambda order: (order.file.file,))
    sealed = seal_all(CONTENT)
    moved = open_all([sealed[1], sealed[0], sealed[2]])
    assert moved == CONTENT[FULL : 2 * FULL] + CONTENT[:FULL] + CONTENT[2 * FULL :]


# -- the hash of the content -------------------------------------------------------------

HASH = hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize("content", [b"", b"x", CONTENT[:FULL], CONTENT], ids=len)
def test_a_content_that_is_the_hashed_one(content):
    """A writer learns the hash of the whole content at its end, and a reader compares with it."""
    sealer = ChunkSealer(FILE, size=len(content))
    sealed = []
    while not sealer.done:
        start = len(sealed) * FULL
        sealed.append(sealer.seal(content[start : start + sealer.next_bytes]))
    content_hash = sealer.end()
    assert content_hash == hashlib.sha256(content).digest()
    opener = ChunkOpener(FILE, size=len(content), chunks=len(sealed), content_hash=content_hash)
    assert b"".join(map(opener.open, sealed)) == content
    opener.end()


@pytest.mark.parametrize("content", [b"", b"x", CONTENT[:FULL], CONTENT], ids=len)
def test_a_content_that_is_not_the_hashed_one(content):
    """The last chunk of another content is refused, again and again, and there is no end."""
    sealed = seal_all(content)
    other = hashlib.sha256(content + b"!").digest()
    opener = ChunkOpener(FILE, size=len(content), chunks=len(sealed), content_hash=other)
    given = [opener.open(envelope) for envelope in sealed[:-1]]
    assert b"".join(given) == content[: len(given) * FULL]
    for _ in range(2):
        with pytest.raises(IntegrityError) as caught:
            opener.open(sealed[-1])
        assert caught.value.layer == "content"
        assert other.hex() not in str(caught.value)
        assert not opener.done
        with pytest.raises(IntegrityError):
            opener.end()


def test_refused_chunks_are_not_hashed():
    """A chunk that was refused and asked for again counts once for the hash."""
    opener = ChunkOpener(FILE, size=SIZE, chunks=COUNT, content_hash=HASH)
    damaged = [envelope[:-1] + bytes((envelope[-1] ^ 1,)) for envelope in SEALED]
    given = []
    for broken, sound in zip(damaged, SEALED, strict=True):
        with pytest.raises(IntegrityError):
            opener.open(broken)
        given.append(opener.open(sound))
    opener.end()
    assert b"".join(given) == CONTENT


def test_another_chunk_in_the_last_place():
    """A last chunk that is not of the hashed content is refused, and the true one is taken."""
    forged = seal_all(CONTENT[:-1] + b"!")[-1]
    opener = ChunkOpener(FILE, size=SIZE, chunks=COUNT, content_hash=HASH)
    given = [opener.open(envelope) for envelope in SEALED[:-1]]
    with pytest.raises(IntegrityError):
        opener.open(forged)
    given.append(opener.open(SEALED[-1]))
    opener.end()
    assert b"".join(given) == CONTENT


CHANGING = {"shorter": b"1234", "longer": b"123456", "empty": b""}


@pytest.mark.parametrize("data", CHANGING.values(), ids=CHANGING.keys())
def test_a_source_that_changes(data):
    """A file that changed its length while it was read is not sealed as another one."""
    sealer = ChunkSealer(FILE, size=5)
    assert sealer.next_bytes == 5
    with pytest.raises(InvalidFileError, match="declared number of bytes"):
        sealer.seal(data)


def test_a_source_that_ends_early_or_late():
    """All chunks are sealed, and not one more."""
    sealer = ChunkSealer(FILE, size=FULL + 1)
    sealer.seal(CONTENT[:FULL])
    with pytest.raises(InvalidFileError):
        sealer.end()
    sealer.seal(b"x")
    sealer.end()
    assert sealer.next_bytes == 0
    for data in (b"", b"x"):
        with pytest.raises(InvalidFileError):
            sealer.seal(data)


@pytest.mark.parametrize("printer", [repr, str, pretty_repr])
def test_nothing_secret_is_printed(printer):
    """The key of a file shows its id and nothing else."""
    assert "k" * 8 not in printer(FILE)
