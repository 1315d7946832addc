"""Kept versions of items, and what was deleted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from strongroom.client.items.work import ItemWork
from strongroom.client.view.containers import Container
from strongroom.client.view.objects import (
    Draft,
    Opened,
    name_object,
    need_details,
    open_verified,
)
from strongroom.client.view.session import Found
from strongroom.client.view.versions import kept_versions, verified_facts
from strongroom.clock import format_time
from strongroom.errors import InputError, NotFoundError, StrongroomError
from strongroom.ids import ContainerId, ObjectId, format_id
from strongroom.items.codec import join_overview
from strongroom.limits import DELETED_KEPT_MS, INTEGER_MAX
from strongroom.trust.signers import damaged
from strongroom.wire.messages import Query
from strongroom.wire.revisions import Revision, State, parse_revision

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict, ItemVersionDict


class ItemHistory:
    """Versions: list, read, restore, recover."""

    def __init__(self, work: ItemWork) -> None:
        self._work = work
        self._session = work.session

    async def history(self, vault_id: str, item_id: str) -> list[ItemVersionDict]:
        """Return the kept versions of an item, newest first, without their content."""
        vault, object_id = await self._work.place(vault_id, item_id)
        versions = await kept_versions(self._session, vault, object_id)
        return [_history_row(revision) for revision in versions]

    async def get_version(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Return one kept version of an item.

        Raises:
            NotFoundError: That version is not kept, or never was.
        """
        vault, object_id = await self._work.place(vault_id, item_id)
        return self._work.joined(await self._version(vault, object_id, version))

    async def restore(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Write an older version of an item as a new one; a state of archived stays.

        Raises:
            NotFoundError: That version is not kept, never was, or is a deletion; or the item is
                deleted now.
            ConflictError: Somebody else changed the item at the same time.
        """
        vault, object_id = await self._work.place(vault_id, item_id)
        before = await self._work.live(vault, object_id)
        old = await self._version(vault, object_id, version)
        if old.revision.state == State.DELETED:
            message = f"version {version} of item {item_id} is a deletion, which has no content"
            raise NotFoundError(message, tag="itemNotFound")
        draft = Draft(
            object=object_id,
            overview=old.overview,
            details=need_details(old),
            state=before.revision.state,
            before=before,
        )
        return await self._work.write_one(vault, draft)

    async def _version(self, vault: ContainerId, object_id: ObjectId, version: int) -> Opened:
        name = f"item {format_id(object_id)}"
        if not isinstance(version, int) or isinstance(version, bool):
            message = f"a version of {name} is a number, not {type(version).__name__}"
            raise InputError(message)
        if not 1 <= version <= INTEGER_MAX:
            message = f"{name} has no version {version}"
            raise NotFoundError(message, tag="itemNotFound")
        fetch = partial(self._session.fetch, vault, object_id, version=version)
        return await self._session.fresh(fetch)

    async def list_deleted(self, vault_id: str) -> list[ItemDict]:
        """Return the deleted items that can still be recovered, as they were.

        One whose last state is damaged is shown without title, as of a kind
        that is not known, so that it hides no other.
        """
        vault = await self._work.vault(vault_id)
        since = self._session.clock() - DELETED_KEPT_MS
        stored = await self._work.pages(vault, (State.DELETED,))
        listed = [parse_revision(row.body) for row in stored]
        queries = [Query(container=vault, object=revision.object) for revision in listed]
        deleted = [
            revision
            for revision in await self._session.fresh(
                partial(verified_facts, self._session, vault, queries)
            )
            if revision.state == State.DELETED and revision.updated_ms > since
        ]
        found = await self._session.fresh(partial(self._before, vault, deleted))
        rows = zip(deleted, found, strict=True)
        return [_deleted_row(revision, one) for revision, one in rows if one is not None]

    async def _before(
        self, vault: ContainerId, deleted: list[Revision]
    ) -> list[Opened | StrongroomError | None]:
        """Return the last state of deleted items: exactly the one that was deleted, if kept."""
        session = self._session
        queries = [
            Query(container=vault, object=revision.object, version=revision.version - 1)
            for revision in deleted
        ]
        container = session.need_container(vault)
        answers = zip(deleted, await session.lookup(queries), strict=True)
        return [_last_state(container, *row) for row in answers]

    async def recover(self, vault_id: str, item_id: str) -> ItemDict:
        """Bring a deleted item back as a new version.

        Raises:
            NotFoundError: It is not deleted, or more than 30 days ago.
        """
        vault, object_id = await self._work.place(vault_id, item_id)
        before = await self._session.fresh(partial(self._session.fetch, vault, object_id))
        since = self._session.clock() - DELETED_KEPT_MS
        revision = before.revision
        if revision.state != State.DELETED or revision.updated_ms <= since:
            message = f"item {item_id} is not among the deleted items"
            raise NotFoundError(message, tag="itemNotFound")
        (last,) = await self._session.fresh(partial(self._before, vault, [revision]))
        if isinstance(last, StrongroomError):
            raise last
        if last is None:
            message = f"the last state of item {item_id} is no longer kept"
            raise NotFoundError(message, tag="itemNotFound")
        draft = Draft(
            object=object_id,
            overview=last.overview,
            details=need_details(last),
            before=before,
        )
        return await self._work.write_one(vault, draft)


def _last_state(
    container: Container, deleted: Revision, rows: Found
) -> Opened | StrongroomError | None:
    if isinstance(rows, StrongroomError):
        return rows
    if not rows:
        return None
    try:
        opened = open_verified(container, rows[0])
    except StrongroomError as error:
        return error
    if opened.body_hash != deleted.previous:
        return damaged(name_object(deleted.object), layer="previous")
    return opened


def _deleted_row(deleted: Revision, last: Opened | StrongroomError) -> ItemDict:
    gone: ItemDict = {"state": "deleted", "deletedAt": format_time(deleted.updated_ms)}
    if isinstance(last, StrongroomError):
        return join_overview(deleted, {}) | gone
    return join_overview(last.revision, last.overview) | gone


def _history_row(revision: Revision) -> ItemVersionDict:
    overview = join_overview(revision, {})
    return {
        "version": revision.version,
        "state": overview["state"],
        "updatedAt": overview["updatedAt"],
        "author": format_id(revision.author),
    }
