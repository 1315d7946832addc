"""Files in chunks (section 10 of specs/formats.md)."""

from generator.crypto import sha256
from generator.envelope import Sealing, open_envelope, seal
from generator.errors import require
from generator.pae import Part

CHUNK = 1024 * 1024
SIZE_MAX = 16 * 1024**3


def chunk_count(size: int) -> int:
    """An empty file has one empty chunk."""
    return max(1, -(-size // CHUNK))


def chunk_context(
    account: bytes, container: bytes, file: bytes, index: int, count: int
) -> tuple[Part, ...]:
    """Every chunk knows its place and how many there are."""
    return (account, container, file, index, int(index == count - 1), count)


def seal_chunk(key: bytes, context: tuple[Part, ...], salt: bytes, data: bytes) -> bytes:
    """One chunk."""
    return seal(Sealing(5, key, context, salt), data)


def open_file(
    chunks: list[bytes],
    *,
    account: bytes,
    container: bytes,
    file: bytes,
    key: bytes,
    size: int,
    content_hash: bytes | None,
) -> bytes:
    """All chunks in order; the declared size decides how many and how long."""
    require(0 <= size <= SIZE_MAX, "size", "invalid_file")
    count = chunk_count(size)
    require(len(chunks) == count, "count")
    data = b""
    for index, chunk in enumerate(chunks):
        context = chunk_context(account, container, file, index, count)
        plain = open_envelope(chunk, purpose=5, key=key, context=context)
        require(len(plain) == min(CHUNK, size - index * CHUNK), "size")
        data += plain
    require(content_hash is None or sha256(data) == content_hash, "content")
    return data
