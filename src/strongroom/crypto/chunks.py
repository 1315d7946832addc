"""File contents: sealed and opened chunk by chunk, in order.

Source: specs/formats.md section 10. Every chunk is bound to its index, to
whether it is the last, and to the number of all; a file that lost, gained or
moved a chunk does not open. Who has the key can make chunks that do, so the
whole content is hashed on its way, and compared with what a signed document
says of it. Memory holds one chunk at a time.
"""

from __future__ import annotations

import hashlib

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import equal
from strongroom.crypto.sealing import Context, Purpose, open_envelope, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError, InvalidFileError
from strongroom.ids import AccountId, ContainerId, FileId, format_id
from strongroom.limits import CHUNK_BYTES, FILE_BYTES_MAX
from strongroom.secret import veil


class FileKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key of one file, and what its chunks are bound to."""

    account: AccountId
    container: ContainerId
    file: FileId
    key: SymmetricKey

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"FileKey(file={format_id(self.file)!r})"


def make_file_key() -> SymmetricKey:
    """Return a fresh key for one file."""
    return SymmetricKey.make()


def chunk_count(size: int) -> int:
    """Return how many chunks a file of `size` bytes has; an empty one has one.

    Raises:
        InvalidFileError: Below zero or over 16 GiB (layer `size`).
    """
    if not 0 <= size <= FILE_BYTES_MAX:
        message = f"a file has at most {FILE_BYTES_MAX} bytes"
        raise InvalidFileError(message, layer="size")
    return max(1, -(-size // CHUNK_BYTES))


class ChunkSealer:
    """Seals the chunks of one file, whose size is known before the first.

    Raises:
        InvalidFileError: The size is outside the limits.
    """

    def __init__(self, file: FileKey, *, size: int) -> None:
        self._order = _Order(file, size=size, count=chunk_count(size))
        self._hash = hashlib.sha256()

    @property
    def next_bytes(self) -> int:
        """How many bytes the next chunk must have."""
        return self._order.next_bytes

    @property
    def done(self) -> bool:
        """Whether every chunk was sealed; an empty file, too, has one to seal."""
        return self._order.done

    def seal(self, data: bytes) -> bytes:
        """Seal the next chunk.

        Raises:
            InvalidFileError: Not as many bytes as its place requires; the
                file has changed while it was being read.
        """
        order = self._order
        if order.done or len(data) != order.next_bytes:
            raise self._changed()
        envelope = seal(order.file.key, Purpose.FILE_CHUNK, order.context(), data)
        self._hash.update(data)
        order.index += 1
        return envelope

    def end(self) -> Hash:
        """Return the hash of the whole content; refuse a file of which chunks are missing.

        Raises:
            InvalidFileError: It ended before its declared size.
        """
        if not self._order.done:
            raise self._changed()
        return Hash(self._hash.digest())

    def _changed(self) -> InvalidFileError:
        message = f"{self._order.what} does not have the declared number of bytes"
        return InvalidFileError(message, hint="do not write to it while it is being read")


class ChunkOpener:
    """Opens the chunks of one file and gives out nothing that did not open.

    Args:
        size: What the sealed document says, and never the service.
        chunks: Likewise.
        content_hash: Likewise; `None` for a file whose writer did not hash it.

    Raises:
        InvalidFileError: The size is outside the limits (layer `size`).
        IntegrityError: The number of chunks is not the one that follows from
            the size (layer `count`).
    """

    def __init__(
        self, file: FileKey, *, size: int, chunks: int, content_hash: Hash | None = None
    ) -> None:
        self._order = _Order(file, size=size, count=chunk_count(size))
        self._expected = content_hash
        self._hash = hashlib.sha256()
        if chunks != self._order.count:
            raise self._refusal("count")

    @property
    def done(self) -> bool:
        """Whether every chunk was opened."""
        return self._order.done

    def open(self, envelope: bytes) -> bytes:
        """Open the next chunk. One that was refused may be asked for again.

        Raises:
            IntegrityError: One chunk too many (layer `count`), not this chunk
                of this file, or one of another length (layer `size`); or the
                last of a content that is not the one that was hashed (layer
                `content`), which stays refused however often it is asked for.
        """
        order = self._order
        if order.done:
            raise self._refusal("count")
        data = open_envelope(
            order.file.key, Purpose.FILE_CHUNK, order.context(), envelope, what=order.what
        )
        if len(data) != order.next_bytes:
            raise self._refusal("size")
        self._hash = self._checked_hash(data)
        order.index += 1
        return data

    def end(self) -> None:
        """Refuse a file of which chunks are missing; call it after the last one.

        Raises:
            IntegrityError: Not all chunks were there (layer `count`).
        """
        if not self._order.done:
            raise self._refusal("count")

    def _checked_hash(self, data: bytes) -> hashlib._Hash:
        """Return the hash with the next chunk; compare it while the last is not given out yet."""
        # A copy, since a chunk that is refused is not part of what was read.
        hashed = self._hash.copy()
        if self._expected is not None:
            hashed.update(data)
            if self._order.is_last and not equal(hashed.digest(), self._expected):
                raise self._refusal("content")
        return hashed

    def _refusal(self, layer: str) -> IntegrityError:
        message = f"{self._order.what} is damaged or not what was asked for"
        return IntegrityError(message, layer=layer)


class _Order:
    """The place of the next chunk, the same for both directions."""

    __slots__ = ("count", "file", "index", "size")

    def __init__(self, file: FileKey, *, size: int, count: int) -> None:
        self.file = file
        self.size = size
        self.count = count
        self.index = 0

    @property
    def what(self) -> str:
        """The file, for errors."""
        return f"file {format_id(self.file.file)}"

    @property
    def done(self) -> bool:
        """Whether no place is left."""
        return self.index == self.count

    @property
    def is_last(self) -> bool:
        """Whether the next chunk is the last."""
        return self.index == self.count - 1

    @property
    def next_bytes(self) -> int:
        """The length of the next chunk; 0 when none is left."""
        return min(CHUNK_BYTES, self.size - self.index * CHUNK_BYTES) if not self.done else 0

    def context(self) -> Context:
        """What the next chunk is bound to."""
        file = self.file
        last = int(self.is_last)
        return file.account, file.container, file.file, self.index, last, self.count
