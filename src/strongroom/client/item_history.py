"""Kept versions of items, and what was deleted."""

from __future__ import annotations

from functools import partial
from typing import Any

from strongroom.client.item_work import ItemWork
from strongroom.client.objects import Draft, Opened, name_object, need_details, open_verified
from strongroom.errors import NotFoundError, StrongroomError
from strongroom.ids import format_id
from strongroom.items.codec import join_overview
from strongroom.items.models import ItemDict
from strongroom.limits import DELETED_KEPT_MS, INTEGER_MAX
from strongroom.trust.signers import damaged
from strongroom.wire.messages import HistoryRequest, ListAnswer, Query
from strongroom.wire.revisions import Revision, State, parse_revision


class ItemHistory(ItemWork):
    """Versions: list, read, recover."""

    async def history(self, vault_id: str, item_id: str) -> list[dict[str, Any]]:
        """Return the kept versions of an item, newest first, without their content."""
        vault, object_id = await self.place(vault_id, item_id)
        request = HistoryRequest(container=vault, object=object_id)
        answer: ListAnswer = await self._session.transport.call("objects/history", request)
        queries = [
            Query(container=vault, object=object_id, version=parse_revision(row.body).version)
            for row in answer.revisions
        ]
        found = await self._session.fresh(partial(self._verified, vault, queries))
        return [_history_row(revision) for revision in found]

    async def _verified(self, vault: bytes, queries: list[Query]) -> list[Revision]:
        """Return the signed facts of revisions that are there, verified."""
        self._session.need_container(vault)
        found = []
        for rows in await self._session.lookup(queries, details=False):
            if isinstance(rows, StrongroomError):
                raise rows
            found += [row.revision for row in rows]
        return found

    async def get_version(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Return one kept version of an item.

        Raises:
            NotFoundError: That version is not kept, or never was.
        """
        vault, object_id = await self.place(vault_id, item_id)
        if not 1 <= version <= INTEGER_MAX:
            message = f"item {item_id} has no version {version}"
            raise NotFoundError(message, tag="itemNotFound")
        fetch = partial(self._session.fetch, vault, object_id, version=version)
        return self.joined(await self._session.fresh(fetch))

    async def list_deleted(self, vault_id: str) -> list[dict[str, Any]]:
        """Return the deleted items that can still be recovered, as they were."""
        vault = await self.vault(vault_id)
        since = self._session.clock() - DELETED_KEPT_MS
        listed = [parse_revision(row.body) for row in await self.pages(vault, (State.DELETED,))]
        queries = [Query(container=vault, object=revision.object) for revision in listed]
        deleted = [
            revision
            for revision in await self._session.fresh(partial(self._verified, vault, queries))
            if revision.state == State.DELETED and revision.updated_ms > since
        ]
        found = await self._session.fresh(partial(self._before, vault, deleted))
        return [join_overview(one.revision, one.overview) | {"state": "deleted"} for one in found]

    async def _before(self, vault: bytes, deleted: list[Revision]) -> list[Opened]:
        """Return the last state of deleted items: exactly the one that was deleted."""
        session = self._session
        queries = [
            Query(container=vault, object=revision.object, version=revision.version - 1)
            for revision in deleted
        ]
        container = session.need_container(vault)
        found = []
        for revision, rows in zip(deleted, await session.lookup(queries), strict=True):
            if isinstance(rows, StrongroomError):
                raise rows
            for row in rows:
                opened = open_verified(container, row)
                if opened.body_hash != revision.previous:
                    raise damaged(name_object(revision.object), "previous")
                found.append(opened)
        return found

    async def recover(self, vault_id: str, item_id: str) -> ItemDict:
        """Bring a deleted item back as a new version.

        Raises:
            NotFoundError: It is not deleted, or more than 30 days ago.
        """
        vault, object_id = await self.place(vault_id, item_id)
        before = await self._session.fresh(partial(self._session.fetch, vault, object_id))
        since = self._session.clock() - DELETED_KEPT_MS
        revision = before.revision
        if revision.state != State.DELETED or revision.updated_ms <= since:
            message = f"item {item_id} is not among the deleted ones"
            raise NotFoundError(message, tag="itemNotFound")
        last = await self._session.fresh(partial(self._before, vault, [revision]))
        if not last:
            message = f"the last state of item {item_id} is not kept any more"
            raise NotFoundError(message, tag="itemNotFound")
        draft = Draft(
            object=object_id,
            overview=last[0].overview,
            details=need_details(last[0]),
            before=before,
        )
        return await self.write_one(vault, draft)


def _history_row(revision: Revision) -> dict[str, Any]:
    overview = join_overview(revision, {})
    return {
        "version": revision.version,
        "state": overview["state"],
        "updatedAt": overview["updatedAt"],
        "author": format_id(revision.author),
    }
