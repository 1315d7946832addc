"""Contents of files: from a path or standard input, to standard output or a path.

A regular file is read part by part, however large it is, and refused if it
changes meanwhile. What has no size before its end (a pipe) is read first, and
so is limited: secrets are never put into temporary files.
"""

from __future__ import annotations

import os
import stat
import sys
from codecs import getincrementaldecoder
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from strongroom.cli.program.progress import Progress
from strongroom.cli.program.stdin import Input
from strongroom.cli.program.ui import Output
from strongroom.client.runtime import drive
from strongroom.errors import InputError, InvalidFileError, LocalFileError, TooLargeError

if TYPE_CHECKING:
    from strongroom.cli.program.files import OutFile
    from strongroom.client.items.content import FileReader, NewFile, Source

# All of a pipe is in memory before its first byte is stored, since chunks are bound to their count.
PIPED_BYTES_MAX: Final = 64 * 1024 * 1024


# Reads so many bytes at a place.
_ReadAt = Callable[[int, int], bytes]


class Content(NamedTuple):
    """The content of a new file, which can be read as often as a change is repeated."""

    name: str
    size: int
    read_at: _ReadAt

    def new_file(
        self, name: str, *, section_id: str | None = None, field_id: str | None = None
    ) -> NewFile:
        """Return it as a file of that name; without a field it is a document."""
        from strongroom.client.items.content import NewFile

        source = _Source(self.read_at, Progress(f"storing {name}", self.size))
        return NewFile(
            name=name, size=self.size, source=source, section_id=section_id, field_id=field_id
        )


class _Source:
    """Reads on from where it was, and shows how far it is."""

    def __init__(self, read_at: _ReadAt, progress: Progress) -> None:
        self._read_at = read_at
        self._progress = progress
        self._place = 0

    async def read(self, count: int) -> bytes:
        """Return the next bytes."""
        data = self._read_at(self._place, count)
        self._place += len(data)
        self._progress.show(self._place)
        return data


if TYPE_CHECKING:
    _is_source: type[Source] = _Source


def content_of_path(path: Path) -> Content:
    """Return the content of a file that the command line names.

    Raises:
        LocalFileError: It cannot be read, or is a folder.
        TooLargeError: A pipe with more than 64 MiB.
    """
    try:
        return _open_path(path)
    except OSError as error:
        raise _unreadable(path, error) from None


def content_of_statement(path: Path, counted: str) -> Content:
    """Return the content of a file that an assignment names, which is not repeated in errors.

    Args:
        counted: The statement, as errors call it.

    Raises:
        LocalFileError: It cannot be read, or is a folder.
    """
    try:
        return _open_path(path)
    except OSError as error:
        message = f"{counted} names a file that cannot be read: {_reason(error)}"
        raise LocalFileError(message, hint="check its name and permissions") from None


def _open_path(path: Path) -> Content:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return _in_memory(path.name, _read_limited(file, str(path)))
    return Content(path.name, status.st_size, _reader_of(path, _identity(status)))


def content_of_input(source: Input, what: str) -> Content:
    """Return the content of standard input; it has no name.

    Raises:
        InputError: It was taken before, or a terminal stands there.
        TooLargeError: A pipe with more than 64 MiB.
    """
    stream = source.take_stream(what)
    try:
        descriptor = stream.fileno()
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return _in_memory("", _read_limited(stream, "standard input"))
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
    except (OSError, ValueError):
        return _in_memory("", _read_limited(stream, "standard input"))

    def read_at(offset: int, count: int) -> bytes:
        return _pread(descriptor, start + offset, count)

    return Content("", max(0, status.st_size - start), read_at)


def deliver(reader: FileReader, output: Output, target: OutFile | None = None) -> None:
    """Write a stored file to standard output, byte for byte, or into a file.

    A file gets its name when all of it is there.

    Raises:
        InputError: It is no text, and standard output is a terminal.
        IntegrityError: It is damaged; what standard output got is not all of it.
    """
    if target is None:
        _print(reader, output)
        return
    path, mode, force = target
    from strongroom.home.files import write_parts

    progress = Progress(f"reading {reader.name}", reader.size)
    done = 0
    with write_parts(path, mode=mode, replace=force or path.exists()) as write:
        while (part := drive(reader.next_chunk())) is not None:
            write(part)
            done += len(part)
            progress.show(done)
    output.line(str(path))


def _print(reader: FileReader, output: Output) -> None:
    check = _TerminalCheck() if _is_terminal() else None
    while (part := drive(reader.next_chunk())) is not None:
        if check is not None:
            check.feed(part)
        output.write_bytes(part)


def _is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


class _TerminalCheck:
    """Refuses what a terminal cannot show."""

    def __init__(self) -> None:
        self._decoder = getincrementaldecoder("utf-8")()

    def feed(self, part: bytes) -> None:
        """Look at the next part before it is written."""
        try:
            binary = "\0" in self._decoder.decode(part)
        except UnicodeDecodeError:
            binary = True
        if binary:
            # Without its cause, which would hold the content.
            message = "the file is binary, so it is not written to a terminal"
            raise InputError(message, hint="use --out-file, or send the output to a file")


def _in_memory(name: str, raw: bytes) -> Content:
    return Content(name, len(raw), lambda offset, count: raw[offset : offset + count])


def _read_limited(file: BinaryIO, what: str) -> bytes:
    raw = file.read(PIPED_BYTES_MAX + 1)
    if len(raw) > PIPED_BYTES_MAX:
        message = f"{what} has more than {PIPED_BYTES_MAX} bytes and does not report its size"
        raise TooLargeError(message, hint="write it to a file first, and name the file")
    return raw


def _reader_of(path: Path, identity: tuple[int, ...]) -> _ReadAt:
    """Return what reads a regular file; opened anew for each part, so that it needs no closing."""

    def read_at(offset: int, count: int) -> bytes:
        try:
            with path.open("rb") as file:
                if _identity(os.fstat(file.fileno())) != identity:
                    message = f"{path} changed while it was being read"
                    raise InvalidFileError(
                        message, hint="do not write to it while it is being read"
                    )
                return _pread(file.fileno(), offset, count)
        except OSError as error:
            raise _unreadable(path, error) from None

    return read_at


def _pread(descriptor: int, offset: int, count: int) -> bytes:
    parts: list[bytes] = []
    while count and (part := os.pread(descriptor, count, offset)):
        parts.append(part)
        offset += len(part)
        count -= len(part)
    return b"".join(parts)


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _unreadable(path: Path, error: OSError) -> LocalFileError:
    message = f"{path} cannot be read: {_reason(error)}"
    return LocalFileError(message, hint="check its name and permissions")


def _reason(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
