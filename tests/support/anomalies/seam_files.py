"""The seam beneath local files: what Python asks of the operating system for them.

SQLite's own calls do not pass here; `seam_sqlite` has its statements, and
tests/faults/test_disk.py each call that it makes.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
from collections.abc import Callable
from typing import Any

import pytest

from support.anomalies.gate import (
    BROKEN,
    BUSY,
    CANARY,
    FULL,
    GATE,
    Errors,
    Failure,
    gated,
    is_injected,
)

_ERRNOS = {FULL: errno.ENOSPC, BROKEN: errno.EIO}


def _error(how: Failure) -> OSError | None:
    # Nothing of an operating system's files is busy: locks are waited for.
    if how.kind == BUSY:
        return None
    number = _ERRNOS[how.kind]
    return OSError(number, os.strerror(number), CANARY)


def _broken(how: Failure) -> OSError | None:
    return _error(how) if how.kind == BROKEN else None


class _Raw(io.FileIO):
    """A file whose reads and writes are behind the gate."""

    def write(self, data: Any) -> int:
        genuine = super().write
        try:
            return GATE.call("write", _error, lambda: genuine(data))
        except OSError as error:
            if is_injected(error) and error.errno == errno.ENOSPC:
                genuine(bytes(data)[: len(data) // 2])  # a full disk takes what fits
            raise

    def readinto(self, buffer: Any) -> int:
        genuine = super().readinto
        return GATE.call("read", _broken, lambda: genuine(buffer))

    def readall(self) -> bytes:
        genuine = super().readall
        return GATE.call("read", _broken, genuine)


def _opened(descriptor: int, mode: str = "r", **options: Any) -> Any:
    raw = _Raw(descriptor, mode.replace("b", ""), closefd=options.get("closefd", True))
    return io.BufferedWriter(raw) if "w" in mode else io.BufferedReader(raw)


def _is_there(path: Any, options: dict[str, Any]) -> bool:
    try:
        os.stat(path, dir_fd=options.get("dir_fd"), follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _open(genuine: Callable[..., int]) -> Callable[..., int]:
    def open_file(path: Any, flags: int, *args: Any, **options: Any) -> int:
        makes = flags & os.O_CREAT and not _is_there(path, options)
        errors: Errors = _error if makes else _broken
        name = "create" if makes else "open"
        return GATE.call(name, errors, lambda: genuine(path, flags, *args, **options))

    return open_file


def _make_folder(genuine: Callable[..., None]) -> Callable[..., None]:
    def mkdir(path: Any, *args: Any, **options: Any) -> None:
        # One that is there is no matter of the disk.
        errors: Errors = _broken if _is_there(path, options) else _error
        GATE.call("mkdir", errors, lambda: genuine(path, *args, **options))

    return mkdir


def put_gate_before_files(patch: pytest.MonkeyPatch) -> None:
    """Put the seam in place."""
    patch.setattr(os, "open", _open(os.open))
    patch.setattr(os, "fdopen", _opened)
    patch.setattr(os, "mkdir", _make_folder(os.mkdir))
    for name in ("replace", "rename", "link", "fsync"):
        patch.setattr(os, name, gated(name, _error, getattr(os, name)))
    for name in ("unlink", "listdir", "fchmod", "chmod"):
        patch.setattr(os, name, gated(name, _broken, getattr(os, name)))
    patch.setattr(fcntl, "flock", gated("flock", _broken, fcntl.flock))
