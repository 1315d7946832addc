"""Contents of files as programs give and take them: bytes, file objects, streams."""

from __future__ import annotations

import io
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from strongroom.coroutines import drive
from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.client.items.content import FileReader, NewFile
    from strongroom.runtime import Runtime


class FileStream:
    """The parts of one file's content, in order, each verified.

    Attributes:
        name: As its writer named it.
        size: In bytes, as its writer signed it.
    """

    def __init__(self, reader: FileReader) -> None:
        self._reader = reader
        self.name = reader.name
        self.size = reader.size

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        part = await self._reader.next_chunk()
        if part is None:
            raise StopAsyncIteration
        return part

    async def read_all(self) -> bytes:
        """Return all that was not given out yet."""
        return await self._reader.read_all()

    def without_await(self) -> SyncFileStream:
        """Return the same content for a program without an event loop."""
        return SyncFileStream(self._reader)


class SyncFileStream:
    """A `FileStream` without `await`, as `strongroom.SyncClient` gives it.

    Attributes:
        name: As its writer named it.
        size: In bytes, as its writer signed it.
    """

    def __init__(self, reader: FileReader) -> None:
        self._reader = reader
        self.name = reader.name
        self.size = reader.size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        part = drive(self._reader.next_chunk())
        if part is None:
            raise StopIteration
        return part

    def read_all(self) -> bytes:
        """Return all that was not given out yet."""
        return drive(self._reader.read_all())


def make_new_file(
    name: str,
    content: bytes | BinaryIO | AsyncIterable[bytes],
    *,
    size: int | None = None,
    section_id: str | None = None,
    field_id: str | None = None,
    runtime: Runtime | None = None,
) -> NewFile:
    """Return a new file for the engine; without a field it is a document."""
    from strongroom.client.items.content import FileSource, MemorySource, NewFile, StreamSource

    source: MemorySource | FileSource | StreamSource
    if isinstance(content, bytes):
        size, source = len(content), MemorySource(content)
    elif isinstance(content, AsyncIterable):
        source = StreamSource(content)
    else:
        assert runtime is not None, "whoever passes a file passes a runtime"
        source = FileSource(content, runtime)
    assert size is not None, "the size of a stream was found before"
    return NewFile(name=name, size=size, source=source, section_id=section_id, field_id=field_id)


def find_size(source: Any, size: int | None) -> int:
    """Return how many bytes a source has from where it stands.

    Raises:
        InputError: It is no source, it cannot be asked and nobody said it, or
            what was said is no number of bytes.
    """
    if isinstance(source, bytes):
        return len(source)
    if not isinstance(source, AsyncIterable) and not hasattr(source, "read"):
        message = f"a source is a file or an asynchronous iterable, not {type(source).__name__}"
        raise InputError(message, hint='open the file in binary mode: open(path, "rb")')
    if size is not None:
        if not isinstance(size, int) or size < 0:
            message = "size is a number of bytes, 0 or more"
            raise InputError(message)
        return size
    try:
        offset = source.tell()
        end = source.seek(0, io.SEEK_END)
        source.seek(offset)
    except (AttributeError, OSError):
        message = "the size of this source has to be given"
        raise InputError(message, hint="add size=, the exact number of bytes") from None
    return int(end - offset)
