"""Files: sealed chunks, and which revisions name them.

A file is uploaded chunk by chunk, before the revision that names it. Until
then nobody reads it, and it ends 24 hours after its last chunk. Once it is
named it takes no chunk any more, and it stays as long as a kept revision
names it. Source: specs/formats.md section 10.
"""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.errors import (
    ConflictError,
    IntegrityError,
    MissingFileError,
    MissingPermissionError,
    TooLargeError,
)
from strongroom.ids import ID_BYTES, FileId, PrincipalId, format_id
from strongroom.limits import CHUNK_BYTES, FILE_BYTES_MAX, FILES_PER_ITEM_MAX, UPLOAD_KEPT_MS
from strongroom.permissions import (
    CREATE_ITEMS,
    READ_ITEMS,
    REVEAL_ITEM_PASSWORD,
    UPDATE_ITEMS,
)
from strongroom.service.authorize import Caller, authorize
from strongroom.service.objects.purge import purge_files
from strongroom.store.protocol import Transaction
from strongroom.wire.access import ContainerKind
from strongroom.wire.files import (
    FileReadAnswer,
    FileReadRequest,
    FileUploadAnswer,
    FileUploadRequest,
)
from strongroom.wire.revisions import Revision, State

CHUNKS_MAX: Final = FILE_BYTES_MAX // CHUNK_BYTES
# An envelope around a chunk: header, commitment, tag and length word (sections 3 and 10).
SEALED_OVERHEAD_BYTES: Final = 93 + 4

# What one principal has under way, uploaded and not yet named by a revision: some items with all
# files that they can have, and one file of the largest size while another is being replaced.
UPLOADS_OPEN_MAX: Final = 1_000
UPLOAD_CHUNKS_OPEN_MAX: Final = 2 * CHUNKS_MAX

_OPEN = """SELECT count(*) AS files, coalesce(sum(stored), 0) AS chunks FROM files
    WHERE account = :account AND creator = :creator AND expires_ms > 0 AND expires_ms > :now"""
_FILE = """SELECT creator, chunks, stored, expires_ms FROM files
    WHERE account = :account AND container = :container AND id = :file"""
_PUT_FILE = """INSERT INTO files (account, container, id, creator, chunks, stored, expires_ms)
    VALUES (:account, :container, :file, :creator, :chunks, 0, :ends)"""
_CHUNK = """SELECT sealed FROM file_chunks WHERE account = :account
    AND container = :container AND file = :file AND position = :position"""
_PUT_CHUNK = """INSERT INTO file_chunks (account, container, file, position, sealed)
    VALUES (:account, :container, :file, :position, :sealed)"""
_COUNT = """UPDATE files SET stored = stored + 1, expires_ms = :ends
    WHERE account = :account AND container = :container AND id = :file"""
_NAME = """INSERT INTO object_files (account, container, object, file, version)
    VALUES (:account, :container, :object, :file, :version)
    ON CONFLICT (account, container, object, file) DO UPDATE SET version = excluded.version"""
_KEEP = """UPDATE files SET expires_ms = 0 WHERE account = :account
    AND container = :container AND id = :file AND expires_ms > 0"""

_WRITES: Final = CREATE_ITEMS | UPDATE_ITEMS


class _File(msgspec.Struct, frozen=True):
    """What is known of a file."""

    creator: PrincipalId
    chunks: int
    stored: int
    expires_ms: int

    @property
    def is_named(self) -> bool:
        """Whether a kept revision names it."""
        return self.expires_ms == 0

    def is_over(self, now: int) -> bool:
        """Whether it waits to be dropped."""
        return 0 < self.expires_ms <= now


async def upload(
    transaction: Transaction, caller: Caller, request: FileUploadRequest
) -> FileUploadAnswer:
    """Store one chunk of a file that no revision names yet.

    The same chunk again is no fault, so that a lost answer may be repeated.

    Raises:
        ForbiddenError: The caller may neither create nor change items there.
        IntegrityError: A place or a size that no chunk of such a file has.
        ConflictError: Somebody else's upload, one that is over or named by a
            revision, or another chunk in this place.
        TooLargeError: The caller has too much under way that no revision names.
    """
    access = await authorize(transaction, caller, request.container, needed=0)
    if not access.permissions & _WRITES:
        message = f"you may neither create nor edit items in {format_id(request.container)}"
        raise MissingPermissionError(message)
    if access.kind != ContainerKind.VAULT:
        message = "only a vault has files"
        raise IntegrityError(message)
    _check_chunk(request)
    where = {"account": caller.account, "container": request.container, "file": request.file}
    found = await _find_upload(transaction, where)
    ends = caller.now + UPLOAD_KEPT_MS
    if found is None:
        await purge_files(transaction, caller, request.container)
        await transaction.run(
            _PUT_FILE, **where, creator=caller.principal, chunks=request.chunks, ends=ends
        )
    elif not _takes(found, caller, request):
        raise _refused(request.file)
    stored = 0 if found is None else found.stored
    there = await transaction.one(_CHUNK, **where, position=request.position)
    if there is not None:
        if there[0] != request.sealed:
            raise _refused(request.file)
        return FileUploadAnswer(stored)
    await _check_open(transaction, caller)
    await transaction.run(_PUT_CHUNK, **where, position=request.position, sealed=request.sealed)
    await transaction.run(_COUNT, **where, ends=ends)
    return FileUploadAnswer(stored + 1)


async def _check_open(transaction: Transaction, caller: Caller) -> None:
    """Refuse the next chunk of whoever has uploaded too much that nothing names yet."""
    where = {"account": caller.account, "creator": caller.principal}
    row = await transaction.one(_OPEN, **where, now=caller.now)
    files, chunks = row or (0, 0)
    if files > UPLOADS_OPEN_MAX:
        message = f"you have {UPLOADS_OPEN_MAX} uploaded files that belong to no item yet"
    elif chunks >= UPLOAD_CHUNKS_OPEN_MAX:
        message = (
            f"you have {UPLOAD_CHUNKS_OPEN_MAX} MiB of uploaded files that belong to no item yet"
        )
    else:
        return
    raise TooLargeError(
        message,
        hint="name the files in an item, or wait: they are removed a day after their last chunk",
    )


async def read(
    transaction: Transaction, caller: Caller, request: FileReadRequest
) -> FileReadAnswer:
    """Return one chunk of a file that a kept revision names.

    Raises:
        NotFoundError: No such container that the caller may see.
        ForbiddenError: The caller may not read or not reveal there.
    """
    needed = READ_ITEMS | REVEAL_ITEM_PASSWORD
    await authorize(transaction, caller, request.container, needed=needed)
    where = {"account": caller.account, "container": request.container, "file": request.file}
    found = await _find_upload(transaction, where)
    if found is None or not found.is_named:
        return FileReadAnswer()
    row = await transaction.one(_CHUNK, **where, position=request.position)
    return FileReadAnswer(found.stored, row[0] if row else b"")


async def check_files(
    transaction: Transaction, caller: Caller, revision: Revision, files: tuple[FileId, ...]
) -> None:
    """Refuse a revision that names files which it cannot have.

    Raises:
        IntegrityError: Not the files of an item.
        NotFoundError: One that is not there, not whole, or was given up.
    """
    if not files:
        return
    item = revision.kind == ContainerKind.VAULT and not revision.is_container_object
    odd = any(len(file) != ID_BYTES for file in files) or len(set(files)) != len(files)
    # The document of a document item is one more.
    if not item or revision.state == State.DELETED or odd or len(files) > FILES_PER_ITEM_MAX + 1:
        message = f"object {format_id(revision.object)} names files that no item has"
        raise IntegrityError(message)
    where = {"account": caller.account, "container": revision.container}
    for file in files:
        found = await _find_upload(transaction, {**where, "file": file})
        if found is None or found.stored != found.chunks or found.is_over(caller.now):
            message = f"file {format_id(file)} does not exist"
            hint = "attach it again, or remove it from the item"
            raise MissingFileError(message, hint=hint)


async def name_files(
    transaction: Transaction, caller: Caller, revision: Revision, files: tuple[FileId, ...]
) -> None:
    """Note that a revision names files; from now on they stay."""
    where = {"account": caller.account, "container": revision.container}
    for file in files:
        await transaction.run(
            _NAME, **where, object=revision.object, file=file, version=revision.version
        )
        await transaction.run(_KEEP, **where, file=file)


async def _find_upload(transaction: Transaction, where: dict[str, bytes]) -> _File | None:
    row = await transaction.one(_FILE, **where)
    return _File(*row) if row else None


def _takes(found: _File, caller: Caller, request: FileUploadRequest) -> bool:
    mine = (found.creator, found.chunks) == (caller.principal, request.chunks)
    return mine and not found.is_named and not found.is_over(caller.now)


def _refused(file: FileId) -> ConflictError:
    message = f"file {format_id(file)} does not accept this chunk"
    return ConflictError(message, hint="upload it as a new file")


def _check_chunk(request: FileUploadRequest) -> None:
    if len(request.file) != ID_BYTES:
        message = "a file ID must have 16 bytes"
        raise IntegrityError(message)
    if len(request.sealed) > CHUNK_BYTES + SEALED_OVERHEAD_BYTES:
        message = f"a chunk has at most {CHUNK_BYTES} bytes"
        raise TooLargeError(message)
    if request.chunks > CHUNKS_MAX:
        message = f"a file has at most {FILE_BYTES_MAX} bytes"
        raise TooLargeError(message)
    last = request.position == request.chunks - 1
    # Only the last chunk is shorter, and only the chunk of an empty file is empty.
    least = int(request.chunks > 1) if last else CHUNK_BYTES
    fits = 0 <= request.position < request.chunks
    if not fits or len(request.sealed) < least + SEALED_OVERHEAD_BYTES:
        message = f"file {format_id(request.file)} has no such chunk"
        raise IntegrityError(message)
