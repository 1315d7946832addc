"""Requests and answers about the content of files, one chunk each.

Ids and chunks are raw bytes; a transport with a network sends a chunk as
`application/octet-stream`. Source: specs/formats.md section 10.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from strongroom.ids import ContainerId, FileId
from strongroom.wire.operations import Request


class FileUploadAnswer(msgspec.Struct, frozen=True):
    """How many chunks of the file are stored by now."""

    stored: int


class FileUploadRequest(Request[FileUploadAnswer], frozen=True):
    """Store one sealed chunk of a new file, which has `chunks` of them."""

    operation: ClassVar[str] = "files/upload"
    container: ContainerId
    file: FileId
    chunks: int
    position: int
    sealed: bytes


class FileReadAnswer(msgspec.Struct, frozen=True):
    """A sealed chunk and how many there are; without a chunk, there is none at that place."""

    chunks: int = 0
    sealed: bytes = b""


class FileReadRequest(Request[FileReadAnswer], frozen=True):
    """Ask for one chunk of a file that a revision names."""

    operation: ClassVar[str] = "files/read"
    container: ContainerId
    file: FileId
    position: int
