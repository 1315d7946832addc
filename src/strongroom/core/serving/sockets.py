"""The core for all programs of one user: frames on a Unix socket.

Who may connect is decided twice: by the modes of folder and socket, and by what
the system says of the peer. Each peer has clients of its own.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import stat
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os.path import samestat
from pathlib import Path
from typing import Final

from strongroom.addresses import URL_VARIABLE
from strongroom.client.aio import ThreadRuntime
from strongroom.core.core import Core
from strongroom.core.failures import describe
from strongroom.core.serving.connection import FLUSH_SECONDS, Connection
from strongroom.core.serving.descriptors import raise_limit
from strongroom.core.serving.frames import CoreReply, write_frame
from strongroom.core.serving.stdio import expire_regularly
from strongroom.errors import (
    ForbiddenError,
    InputError,
    LocalFileError,
    NotAvailableError,
    RateLimitExceededException,
)

# One for each program that runs; a computer has fewer, and each may hold memory.
CONNECTIONS_MAX: Final = 256

_DISCARDED_BYTES: Final = 64 * 1024

_LOCK_ENDING: Final = ".lock"
_PRIVATE: Final = 0o077
_WRITABLE: Final = 0o022
_CREDENTIALS: Final = "iII"  # pid, uid, gid, as Linux tells them
# From asm-generic/socket.h; Linux 4.13 and later. What the peer has counts, not what a table of
# users says: in containers there is none.
_SO_PEERGROUPS: Final = 59
_GROUP_BYTES: Final = 4
# What Python asks for at most. Of a peer in more than 256 groups only the first one counts.
_GROUPS_BYTES_MAX: Final = 1024


def serve_socket(
    path: Path,
    *,
    environment: Mapping[str, str],
    ready: Callable[[], None],
    group: int | None = None,
) -> None:
    """Serve until the process is asked to end, then let calls at work end.

    Args:
        path: Of the socket, absolute; one that a killed core left is replaced.
        ready: Called when peers can connect.
        group: Id of a group whose members may connect too.

    Raises:
        LocalFileError: The folder is open to others, or something else stands at the path.
        InputError: A group, and no `STRONGROOM_URL`: a token would name any file of this user's,
            and the answers would tell another user what is there.
        NotAvailableError: This system does not tell who connects.
    """
    if group is not None and not environment.get(URL_VARIABLE):
        message = f"a core for a group needs {URL_VARIABLE}: the address of its one account"
        raise InputError(message, hint=f"set {URL_VARIABLE}=file:///…/strongroom.db")
    if not hasattr(socket, "SO_PEERCRED"):
        message = "this system does not tell who connects to a socket"
        raise NotAvailableError(message, hint="use core --stdio")
    raise_limit()
    place = _Place(path, group)
    try:
        asyncio.run(_Server(environment, group).run(place, ready))
    finally:
        place.leave()


def may_connect(user: int, groups: set[int], *, group: int | None) -> bool:
    """Return whether a peer may connect: the core's own user, or a member of the group."""
    return user == os.geteuid() or (group is not None and group in groups)


class _Server:
    """Connections of many peers, none of which can stop another."""

    def __init__(self, environment: Mapping[str, str], group: int | None) -> None:
        self._environment = environment
        self._group = group
        self._connections: dict[Connection, asyncio.Task[None]] = {}

    async def run(self, place: _Place, ready: Callable[[], None]) -> None:
        """Accept peers until SIGTERM."""
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
        server = await asyncio.start_unix_server(self._meet, sock=place.listener)
        expiring = asyncio.create_task(expire_regularly(self._connections))
        ready()
        await ended.wait()
        place.leave()
        server.close()
        expiring.cancel()
        tasks = list(self._connections.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        refusal = self._refuse(writer)
        if refusal is not None:
            await _turn_away(reader, writer, refusal)
            return
        core = Core(ThreadRuntime(), environment=self._environment)
        connection = Connection(core, reader, writer)
        task = asyncio.create_task(connection.run())
        self._connections[connection] = task
        task.add_done_callback(lambda _: self._connections.pop(connection))
        with suppress(asyncio.CancelledError):
            await task

    def _refuse(self, writer: asyncio.StreamWriter) -> str | None:
        user, groups = _peer(writer.get_extra_info("socket"))
        if not may_connect(user, groups, group=self._group):
            return describe(ForbiddenError("this core serves another user")).msg
        if len(self._connections) >= CONNECTIONS_MAX:
            message = f"this core serves {CONNECTIONS_MAX} programs already"
            return describe(RateLimitExceededException(message)).msg
        return None


async def _turn_away(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refusal: str
) -> None:
    """Tell a peer why it is not served; what it has sent is passed over."""
    with suppress(TimeoutError, ConnectionError):
        writer.write(write_frame(CoreReply(None, success=False, payload=refusal)))
        writer.write_eof()
        # A socket that is closed with something unread takes the refusal back.
        async with asyncio.timeout(FLUSH_SECONDS):
            while await reader.read(_DISCARDED_BYTES):
                pass
    writer.close()


def _peer(connected: socket.socket) -> tuple[int, set[int]]:
    """Return a peer's user, and the groups that it is in."""
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize(_CREDENTIALS))
    _, user, group = struct.unpack(_CREDENTIALS, raw)
    try:
        more = connected.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _GROUPS_BYTES_MAX)
    except OSError:  # an older kernel, or too many groups
        more = b""
    return user, {group, *struct.unpack(f"{len(more) // _GROUP_BYTES}I", more)}


class _Place:
    """A path that is listened on, and nobody else's until it is left."""

    def __init__(self, path: Path, group: int | None) -> None:
        """Take the path.

        Raises:
            LocalFileError: The folder is open to others, or something else stands at the path.
        """
        _make_folder(path.parent, group)
        _check_folder(path.parent, group)
        with _alone_at(path):
            _clear(path)
            self.listener = _bind(path, group)
            self._made = path.lstat()
        self._path = path

    def leave(self) -> None:
        """Remove the socket, before it is closed: a core may take a path where nobody listens."""
        with suppress(OSError, LocalFileError), _alone_at(self._path):
            if samestat(self._path.lstat(), self._made):
                self._path.unlink()


def _bind(path: Path, group: int | None) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # The mode comes from the mask: by its name something else might get it.
    before = os.umask(0o177 if group is None else 0o117)
    try:
        listener.bind(str(path))
        if group is not None:
            os.chown(path, -1, group, follow_symlinks=False)
        listener.listen()
    except OSError as error:
        listener.close()
        raise _unusable(path, error.strerror or str(error)) from None
    finally:
        os.umask(before)
    return listener


@contextmanager
def _alone_at(path: Path) -> Iterator[None]:
    """Keep other cores from taking or leaving a path meanwhile.

    Two that find what a killed one left would both remove it, the later one the
    socket of the other. What is locked is a file of this user's alone: the group may
    open the folder, and whoever can open something can lock it for ever. The file
    stays, since another core may wait for it.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path.with_name(path.name + _LOCK_ENDING), flags, 0o600)
    except OSError as error:
        raise _unusable(path, os.strerror(error.errno or 0)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_folder(folder: Path, group: int | None) -> None:
    """Make the folder of a socket where there is none; the one above it is the caller's."""
    try:
        folder.mkdir(0o700)
        if group is not None:
            _share(folder, group)
    except FileExistsError:
        pass
    except OSError as error:
        raise _unusable(folder, os.strerror(error.errno or 0)) from None


def _share(folder: Path, group: int) -> None:
    """Let a group into a new folder, and into nothing that was put in its place since."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        os.fchown(descriptor, -1, group)
        os.fchmod(descriptor, 0o750)
    finally:
        os.close(descriptor)


def _check_folder(folder: Path, group: int | None) -> None:
    """Refuse a folder in which others could put something in the socket's place.

    Raises:
        LocalFileError: It is not there, not this user's, or open to others.
    """
    try:
        found = folder.lstat()
    except OSError as error:
        raise _unusable(folder, os.strerror(error.errno or 0)) from None
    if not stat.S_ISDIR(found.st_mode):
        raise _unusable(folder, "it is no folder")
    if found.st_uid != os.geteuid():
        raise _unusable(folder, "it belongs to another user")
    if stat.S_IMODE(found.st_mode) & (_PRIVATE if group is None else _WRITABLE):
        raise _unusable(
            folder,
            "others may use it; choose a folder of its own, with mode 700, or 750 with --group",
        )


def _clear(path: Path) -> None:
    """Remove the socket of a core that was killed.

    Raises:
        LocalFileError: A core serves there, or it is no socket.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unusable(path, os.strerror(error.errno or 0)) from None
    if not stat.S_ISSOCK(mode):
        raise _unusable(path, "something else stands there")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except OSError:
            # A socket of another kind, such as that of a log: somebody may use it.
            raise _unusable(path, "something else stands there") from None
    raise _unusable(path, "another core serves there")


def _unusable(path: Path, reason: str) -> LocalFileError:
    return LocalFileError(f"{path} cannot be used for a socket: {reason}")
