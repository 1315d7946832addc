"""The content of files on its way: sealed and sent, asked for and opened, one chunk at a time.

Memory holds one chunk of a file, whatever its size. Nothing of a chunk is
given out before it has opened, nothing of the last before the whole content is
the one that its writer hashed, and a file that does not come to its end is an
error. Source: specs/formats.md section 10.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable
from functools import partial
from typing import Any, Protocol

import msgspec

from strongroom.client.view.session import Session
from strongroom.crypto.chunks import ChunkOpener, ChunkSealer
from strongroom.errors import InputError, IntegrityError, InvalidFileError
from strongroom.ids import ContainerId
from strongroom.items.files import FileRow, Row, hashed_row, make_row, read_row
from strongroom.runtime import Runtime
from strongroom.secret import veil
from strongroom.wire.files import FileReadRequest, FileUploadRequest


class Source(Protocol):
    """Where the content of a new file comes from."""

    async def read(self, count: int) -> bytes:
        """Return exactly the next `count` bytes, fewer only at the end."""


class NewFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to store. Without a field it is the document of a document item."""

    name: str
    size: int
    source: Source
    section_id: str | None = None
    field_id: str | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"NewFile(size={self.size})"

    def make_row(self) -> Row:
        """Return the row that describes it, with a fresh id and key."""
        return make_row(
            name=self.name, size=self.size, section_id=self.section_id, field_id=self.field_id
        )


class MemorySource:
    """Content that is in memory already."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)

    async def read(self, count: int) -> bytes:
        """Return the next bytes."""
        taken, self._content = bytes(self._content[:count]), self._content[count:]
        return taken


class FileSource:
    """A binary file object, read where it may block."""

    def __init__(self, file: Any, runtime: Runtime) -> None:
        self._file = file
        self._runtime = runtime

    async def read(self, count: int) -> bytes:
        """Return the next bytes."""
        return await self._runtime.call(partial(self._read_exactly, count))

    def _read_exactly(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count:
            # A pipe or an unbuffered file may give less than was asked for.
            part = self._file.read(count)
            if isinstance(part, str):
                message = "the file was opened as text"
                raise InputError(message, hint='open it in binary mode: open(path, "rb")')
            if not part:
                break
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class StreamSource:
    """An asynchronous iterable of bytes, in pieces of any size."""

    def __init__(self, pieces: AsyncIterable[bytes]) -> None:
        self._pieces = aiter(pieces)
        self._held = bytearray()

    async def read(self, count: int) -> bytes:
        """Return the next bytes."""
        while len(self._held) < count:
            piece = await anext(self._pieces, None)
            if piece is None:
                break
            self._held += piece
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken


async def send_content(session: Session, vault: ContainerId, described: Row, source: Source) -> Row:
    """Seal a new file chunk by chunk and send it; no revision names it yet.

    Returns:
        The row that describes it now: with the hash of what was sent.

    Raises:
        InvalidFileError: The source has more or fewer bytes than the row says.
        ForbiddenError: No permission to create or change items in this vault.
    """
    file = read_row(described)
    key = file.file_key(session.account, vault)
    sealer = ChunkSealer(key, size=file.size)
    for position in range(file.chunks):
        data = await source.read(sealer.next_bytes)
        if position == file.chunks - 1 and await source.read(1):
            message = f"file {file.id} has more than the declared number of bytes"
            raise InvalidFileError(message, hint="do not write to it while it is being read")
        sealed = await session.runtime.call(partial(sealer.seal, data))
        request = FileUploadRequest(
            container=vault, file=key.file, chunks=file.chunks, position=position, sealed=sealed
        )
        await session.transport.call(request)
    return hashed_row(described, sealer.end())


class FileReader:
    """Reads one stored file in order; every chunk is opened before it is given out.

    Attributes:
        id: The file's id.
        name: As its writer named it.
        size: In bytes; what is given out has exactly so many when it ends.
    """

    def __init__(
        self,
        session: Session,
        vault: ContainerId,
        row: FileRow,
        still_named: Callable[[str], Awaitable[None]],
    ) -> None:
        """Take a row of a verified document.

        Args:
            still_named: Raises what there is to say of a file that the item
                does not name any more.
        """
        self._session = session
        self._vault = vault
        self._key = row.file_key(session.account, vault)
        self._opener = ChunkOpener(
            self._key, size=row.size, chunks=row.chunks, content_hash=row.content_hash()
        )
        self._chunks = row.chunks
        self._position = 0
        self._still_named = still_named
        self.id, self.name, self.size = row.id, row.name, row.size

    def __repr__(self) -> str:
        return f"FileReader(id={self.id!r})"

    async def next_chunk(self) -> bytes | None:
        """Return the next opened chunk; `None` after the last of all.

        Raises:
            IntegrityError: A chunk is missing, of another place or file, or
                damaged, or with the last the content is not the one that its
                writer hashed; what was given out before is not the whole
                file, and may not be of it.
            NotFoundError: Somebody removed the file meanwhile.
        """
        if self._opener.done:
            self._opener.end()
            return None
        request = FileReadRequest(
            container=self._vault, file=self._key.file, position=self._position
        )
        answer = await self._session.transport.call(request)
        if not answer.sealed or answer.chunks != self._chunks:
            await self._still_named(self.id)
            message = f"file {self.id} is damaged or not what was asked for"
            raise IntegrityError(message, layer="count")
        data = await self._session.runtime.call(partial(self._opener.open, answer.sealed))
        self._position += 1
        return data

    async def read_all(self) -> bytes:
        """Return the whole content."""
        parts: list[bytes] = []
        while (part := await self.next_chunk()) is not None:
            parts.append(part)
        return b"".join(parts)
