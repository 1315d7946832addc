"""Moving an item into another vault: a copy with an id of its own, then the old one is deleted."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from strongroom.client.items.content import FileReader, send_content
from strongroom.client.items.work import ItemWork
from strongroom.client.view.objects import Draft, Opened, need_details
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import (
    InputError,
    MissingFileError,
    NotFoundError,
    StoreError,
    StrongroomError,
)
from strongroom.ids import ID_BYTES, ContainerId, ObjectId, parse_id
from strongroom.items.files import make_row, read_row
from strongroom.permissions import ARCHIVE_ITEMS, CREATE_ITEMS, DELETE_ITEMS
from strongroom.wire.revisions import State

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

Row = dict[str, Any]


class ItemMoving:
    """Items from vault to vault."""

    def __init__(self, work: ItemWork) -> None:
        self._work = work
        self._session = work.session

    async def move(self, vault_id: str, item_id: str, to_vault_id: str) -> ItemDict:
        """Move an item; return it with its new id. The old one can be recovered for 30 days.

        The copy begins a history of its own, and has files of its own. If the
        old item cannot be deleted, the copy is, so that there are not two; where the
        store fails so that nobody can tell, both stay.

        Raises:
            InputError: It is in that vault already.
            ForbiddenError: No permission to delete it here, or to create (and archive) items there.
            ConflictError: Somebody else changed it at the same time.
        """
        vault, object_id = await self._work.place(vault_id, item_id)
        target = await self._work.vault(to_vault_id)
        if target == vault:
            message = "the item is already in that vault"
            raise InputError(message)
        before = await self._work.live(vault, object_id)
        archived = before.revision.state == State.ARCHIVED
        # All rights are asked for before anything is written.
        self._session.act(self._session.need_container(vault), DELETE_ITEMS)
        self._session.act(self._session.need_container(target), CREATE_ITEMS)
        if archived:
            self._session.act(self._session.need_container(target), ARCHIVE_ITEMS)
        made = await self._copy(vault=vault, target=target, before=before)
        try:
            if archived:
                # A first version is always active.
                new = await self._work.live(target, parse_id(made["id"], ObjectId))
                made = await self._work.write_one(target, archival(new))
            await self._work.write_one(vault, deletion(before))
        except StrongroomError as error:
            with suppress(StrongroomError):
                if isinstance(error, StoreError) and await self._is_gone(vault, object_id):
                    return made
                new = await self._work.live(target, parse_id(made["id"], ObjectId))
                await self._work.write_one(target, deletion(new))
            raise
        return made

    async def _is_gone(self, vault: ContainerId, object_id: ObjectId) -> bool:
        """Tell whether an item is deleted: a store that failed may have stored that all the same.

        Raises:
            StrongroomError: That cannot be told now.
        """
        try:
            await self._work.live(vault, object_id)
        except NotFoundError:
            return True
        return False

    async def _copy(self, *, vault: ContainerId, target: ContainerId, before: Opened) -> ItemDict:
        """Write an item into another vault as it is, with its files."""
        details = need_details(before)
        files = [
            await self._copy_file(vault=vault, target=target, row=row)
            for row in details.get("files") or ()
        ]
        parts: Row = {"files": files} if files else {}
        if details.get("document") is not None:
            parts["document"] = await self._copy_file(
                vault=vault, target=target, row=details["document"]
            )
        draft = Draft(
            object=ObjectId(make_bytes(ID_BYTES)), overview=before.overview, details=details | parts
        )
        return await self._work.write_one(target, draft)

    async def _copy_file(self, *, vault: ContainerId, target: ContainerId, row: Row) -> Row:
        """Store a file's content under a new id and key; return the row that describes it.

        A content that is not the one that its writer hashed ends the move: the
        last chunk does not come.
        """
        old = read_row(row)
        new = make_row(name=old.name, size=old.size, section_id=None, field_id=None)
        reader = FileReader(self._session, vault, old, _gone)
        sent = await send_content(self._session, target, new, _Copied(reader))
        return row | {key: sent[key] for key in ("id", "chunks", "key", "hash")}


class _Copied:
    """The content of a stored file, as the source of another."""

    def __init__(self, reader: FileReader) -> None:
        self._reader = reader
        self._held = b""

    async def read(self, count: int) -> bytes:
        """Return the next bytes."""
        while len(self._held) < count:
            part = await self._reader.next_chunk()
            if part is None:
                break
            self._held += part
        taken, self._held = self._held[:count], self._held[count:]
        return taken


async def _gone(file_id: str) -> NoReturn:
    message = f"file {file_id} was removed while its item was being moved"
    raise MissingFileError(message)


def archival(before: Opened) -> Draft:
    """Return the draft that archives an item: all of it stays."""
    return Draft(
        object=before.revision.object,
        overview=before.overview,
        details=need_details(before),
        state=State.ARCHIVED,
        before=before,
    )


def deletion(before: Opened) -> Draft:
    """Return the draft that deletes an item: empty documents, no tag."""
    return Draft(
        object=before.revision.object,
        overview={},
        details={},
        state=State.DELETED,
        before=before,
    )
