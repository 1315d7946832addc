"""Items: create, read, change, list; history and what was deleted.

A write is compared and swapped on the item's own version; batches are one
transaction, one trip, and answer in the order asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from strongroom.client.names import ItemName, find_items, find_vault, need_id, vaults
from strongroom.client.objects import Draft, Opened, Verified, open_listed, open_verified
from strongroom.client.session import Session
from strongroom.crypto.randomness import make_bytes
from strongroom.errors import (
    ERRORS_BY_CODE,
    AmbiguousError,
    ConflictError,
    NotFoundError,
    StrongroomError,
    TooLargeError,
)
from strongroom.ids import ID_BYTES, format_id
from strongroom.items.codec import join_item, join_overview, normalise_item, split_item
from strongroom.items.models import ItemDict
from strongroom.items.rules import check_item, complete_sections
from strongroom.limits import BATCH_MAX, DELETED_KEPT_MS
from strongroom.wire.messages import (
    HistoryRequest,
    ListAnswer,
    ListRequest,
    Query,
    StoredRevision,
)
from strongroom.wire.revisions import State, parse_revision

_TAGS: Final = {
    "conflict": "itemStatusIncorrectItemVersion",
    "forbidden": "itemStatusPermissionError",
    "not_found": "itemNotFound",
    "too_large": "itemStatusTooBig",
    "invalid_item": "itemValidationError",
}


class Items:
    """The items of the vaults that a credential may use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # -- one item ---------------------------------------------------------------

    async def create(self, vault_id: str, item: ItemDict) -> ItemDict:
        """Store a new item; return it with its id and version 1.

        Raises:
            InvalidItemError: Its parts contradict each other.
            ForbiddenError: No permission to create items in this vault.
        """
        (outcome,) = await self._create(vault_id, [item], independent=False)
        return _raised(outcome)

    async def get(self, vault_id: str, item_id: str) -> ItemDict:
        """Return an item, active or archived.

        Raises:
            NotFoundError: There is no such item, or it is deleted.
        """
        (outcome,) = await self.get_all(vault_id, [item_id])
        return _raised(outcome)

    async def put(self, item: ItemDict) -> ItemDict:
        """Replace an item by an edited copy of what `get` returned.

        Raises:
            ConflictError: Somebody else changed it since it was read.
            InvalidItemError: Its parts contradict each other.
        """
        vault, object_id = await self._place(item["vaultId"], item["id"])
        before = await self._live(vault, object_id)
        if item.get("version") != before.revision.version:
            message = f"item {item['id']} was changed by somebody else since it was read"
            raise ConflictError(
                message, hint="read it again", tag="itemStatusIncorrectItemVersion"
            )
        draft = self._draft(item, object_id, before, state=before.revision.state)
        return await self._write_one(vault, draft)

    async def archive(self, vault_id: str, item_id: str) -> None:
        """Hide an item from look-ups; it is kept without limit."""
        vault, object_id = await self._place(vault_id, item_id)
        before = await self._live(vault, object_id)
        draft = Draft(
            object=object_id,
            overview=before.overview,
            details=before.details or {},
            state=State.ARCHIVED,
            before=before,
        )
        await self._write_one(vault, draft)

    async def delete(self, vault_id: str, item_id: str) -> None:
        """Delete an item; it can be recovered for 30 days."""
        outcome = (await self._delete(vault_id, [item_id], independent=False))[item_id]
        if outcome is not None:
            raise outcome

    # -- batches ----------------------------------------------------------------

    async def create_all(
        self, vault_id: str, items: Sequence[ItemDict]
    ) -> list[ItemDict | StrongroomError]:
        """Store many items in one transaction; one that is refused does not stop the others."""
        return await self._create(vault_id, items, independent=True)

    async def get_all(
        self, vault_id: str, item_ids: Sequence[str]
    ) -> list[ItemDict | StrongroomError]:
        """Return many items of one vault in one trip, in the order asked."""
        _check_count(item_ids)
        session = self._session
        vault = await self._vault(vault_id)
        wanted: list[bytes | StrongroomError] = [_tried_id(text) for text in item_ids]
        ids = list(dict.fromkeys(one for one in wanted if isinstance(one, bytes)))
        answers = await session.lookup([Query(container=vault, object=one) for one in ids])
        found = dict(zip(ids, answers, strict=True))
        return [
            one if isinstance(one, StrongroomError) else self._shown(vault, one, found[one])
            for one in wanted
        ]

    async def delete_all(
        self, vault_id: str, item_ids: Sequence[str]
    ) -> dict[str, StrongroomError | None]:
        """Delete many items in one transaction; the answer is by id, `None` for success."""
        return await self._delete(vault_id, item_ids, independent=True)

    # -- lists and look-up --------------------------------------------------------

    async def list(
        self, vault_id: str, *, active: bool = True, archived: bool = False
    ) -> list[ItemDict]:
        """Return the overviews of a vault's items."""
        states = [State.ACTIVE] * active + [State.ARCHIVED] * archived
        return await self._list(await self._vault(vault_id), tuple(int(s) for s in states))

    async def find(
        self, query: str, *, vault_id: str | None = None, archived: bool = False
    ) -> ItemDict:
        """Return the overview of the one item with an id or title, in one vault or in all.

        Raises:
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        session = self._session
        await session.ready()
        if vault_id is None:
            containers = vaults(session)
        else:
            containers = [session.need_container(await self._vault(vault_id))]
        for row in containers:
            session.verify_container(row)
        names = [ItemName(row.id, query) for row in containers]
        states = (State.ACTIVE, State.ARCHIVED) if archived else (State.ACTIVE,)
        answers = await find_items(session, names, states=tuple(int(s) for s in states))
        found = [row for rows in answers for row in rows]
        if not found:
            message = "no item has that name or id"
            raise NotFoundError(message, tag="itemNotFound")
        if len(found) > 1:
            message = "more than one item has that name"
            candidates = tuple(format_id(row.revision.object) for row in found)
            raise AmbiguousError(
                message,
                tag="tooManyItems",
                candidates=candidates,
                hint="name the item by its id",
            )
        container = session.containers[found[0].revision.container]
        return join_overview(found[0].revision, open_verified(container, found[0]).overview)

    # -- history ------------------------------------------------------------------

    async def history(self, vault_id: str, item_id: str) -> list[dict[str, Any]]:
        """Return the kept versions of an item, newest first, without their content."""
        vault, object_id = await self._place(vault_id, item_id)
        request = HistoryRequest(container=vault, object=object_id)
        answer: ListAnswer = await self._session.transport.call("objects/history", request)
        return [_history_row(stored) for stored in answer.revisions]

    async def get_version(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Return one kept version of an item.

        Raises:
            NotFoundError: That version is not kept, or never was.
        """
        vault, object_id = await self._place(vault_id, item_id)
        return self._joined(await self._session.fetch(vault, object_id, version=version))

    async def list_deleted(self, vault_id: str) -> list[dict[str, Any]]:
        """Return the deleted items that can still be recovered, as they were."""
        vault = await self._vault(vault_id)
        since = self._session.clock() - DELETED_KEPT_MS
        rows = []
        for row in await self._pages(vault, (int(State.DELETED),)):
            revision = parse_revision(row.body)
            if revision.updated_ms > since:
                last = await self._session.fetch(
                    vault, revision.object, version=revision.version - 1
                )
                rows.append(join_overview(last.revision, last.overview) | {"state": "deleted"})
        return rows

    async def recover(self, vault_id: str, item_id: str) -> ItemDict:
        """Bring a deleted item back as a new version.

        Raises:
            NotFoundError: It is not deleted, or more than 30 days ago.
        """
        vault, object_id = await self._place(vault_id, item_id)
        before = await self._session.fetch(vault, object_id)
        since = self._session.clock() - DELETED_KEPT_MS
        revision = before.revision
        if revision.state != State.DELETED or revision.updated_ms <= since:
            message = f"item {item_id} is not among the deleted ones"
            raise NotFoundError(message, tag="itemNotFound")
        last = await self._session.fetch(vault, object_id, version=revision.version - 1)
        draft = Draft(
            object=object_id,
            overview=last.overview,
            details=last.details or {},
            before=before,
        )
        return await self._write_one(vault, draft)

    # -- inside -------------------------------------------------------------------

    async def _vault(self, vault_id: str) -> bytes:
        await self._session.ready()
        vault = need_id(vault_id, what="vault")
        if vault not in self._session.containers:
            await find_vault(self._session, vault_id)
        self._session.need_container(vault)
        return vault

    async def _place(self, vault_id: str, item_id: str) -> tuple[bytes, bytes]:
        return await self._vault(vault_id), need_id(item_id, what="item")

    async def _live(self, vault: bytes, object_id: bytes) -> Opened:
        found = await self._session.fetch(vault, object_id)
        if found.revision.state == State.DELETED or found.revision.is_container_object:
            message = f"there is no item {format_id(object_id)}"
            raise NotFoundError(message, tag="itemNotFound")
        return found

    def _draft(
        self, item: ItemDict, object_id: bytes, before: Opened | None, *, state: int
    ) -> Draft:
        normal = normalise_item(item)
        check_item(normal)
        overview, details = split_item(
            complete_sections(normal),
            overview=before.overview if before else None,
            details=before.details if before else None,
        )
        return Draft(
            object=object_id, overview=overview, details=details, state=state, before=before
        )

    async def _write_one(self, vault: bytes, draft: Draft) -> ItemDict:
        (sealed,), _ = await self._session.write(vault, [draft])
        return self._joined(self._session.opened(vault, sealed, draft))

    async def _create(
        self, vault_id: str, items: Sequence[ItemDict], *, independent: bool
    ) -> list[ItemDict | StrongroomError]:
        _check_count(items)
        vault = await self._vault(vault_id)
        drafts: list[Draft | StrongroomError] = []
        for item in items:
            try:
                drafts.append(
                    self._draft(item, make_bytes(ID_BYTES), None, state=int(State.ACTIVE))
                )
            except StrongroomError as error:
                drafts.append(error)
        outcomes = await self._write_many(vault, drafts, independent=independent)
        return [self._joined(one) if isinstance(one, Opened) else one for one in outcomes]

    async def _delete(
        self, vault_id: str, item_ids: Sequence[str], *, independent: bool
    ) -> dict[str, StrongroomError | None]:
        _check_count(item_ids)
        vault = await self._vault(vault_id)
        texts = list(dict.fromkeys(item_ids))
        drafts: list[Draft | StrongroomError] = []
        for text, found in zip(texts, await self._current(vault, texts), strict=True):
            drafts.append(found if isinstance(found, StrongroomError) else _deletion(found))
            _ = text
        outcomes = await self._write_many(vault, drafts, independent=independent)
        return {
            text: one if isinstance(one, StrongroomError) else None
            for text, one in zip(texts, outcomes, strict=True)
        }

    async def _current(self, vault: bytes, texts: list[str]) -> list[Opened | StrongroomError]:
        wanted = [_tried_id(text) for text in texts]
        ids = [one for one in wanted if isinstance(one, bytes)]
        answers = await self._session.lookup([Query(container=vault, object=one) for one in ids])
        found = dict(zip(ids, answers, strict=True))
        container = self._session.containers[vault]
        return [
            one
            if isinstance(one, StrongroomError)
            else _existing(one, [open_verified(container, row) for row in found[one]])
            for one in wanted
        ]

    async def _write_many(
        self, vault: bytes, drafts: list[Draft | StrongroomError], *, independent: bool
    ) -> list[Opened | StrongroomError]:
        """Write the drafts that are drafts; refused ones keep their place."""
        ready = [draft for draft in drafts if isinstance(draft, Draft)]
        if not ready:
            return [one for one in drafts if isinstance(one, StrongroomError)]
        sealed, codes = await self._session.write(vault, ready, independent=independent)
        written = iter(zip(ready, sealed, codes, strict=True))
        outcomes: list[Opened | StrongroomError] = []
        for one in drafts:
            if isinstance(one, StrongroomError):
                outcomes.append(one)
                continue
            draft, stored, code = next(written)
            outcomes.append(
                _refusal(code, draft) if code else self._session.opened(vault, stored, draft)
            )
        return outcomes

    def _shown(
        self, vault: bytes, object_id: bytes, rows: list[Verified]
    ) -> ItemDict | StrongroomError:
        container = self._session.containers[vault]
        found = _existing(object_id, [open_verified(container, row) for row in rows])
        return found if isinstance(found, StrongroomError) else self._joined(found)

    def _joined(self, opened: Opened) -> ItemDict:
        return join_item(
            opened.revision, opened.overview, opened.details or {}, now=self._session.clock()
        )

    async def _list(self, vault: bytes, states: tuple[int, ...]) -> list[ItemDict]:
        container = self._session.containers[vault]
        found = []
        for stored in await self._pages(vault, states):
            opened = open_listed(container, stored)
            found.append(join_overview(opened.revision, opened.overview))
        return found

    async def _pages(self, vault: bytes, states: tuple[int, ...]) -> list[StoredRevision]:
        rows: list[StoredRevision] = []
        after = b""
        while states:
            request = ListRequest(container=vault, states=states, after=after)
            answer: ListAnswer = await self._session.transport.call("objects/list", request)
            rows += answer.revisions
            after = answer.next
            if not after:
                break
            await self._session.runtime.pause(0)
        return rows


def _deletion(before: Opened) -> Draft:
    """Return the draft that deletes: empty documents, no tag."""
    return Draft(
        object=before.revision.object, overview={}, details={}, state=State.DELETED, before=before
    )


def _existing(object_id: bytes, rows: list[Opened]) -> Opened | StrongroomError:
    live = [
        row
        for row in rows
        if row.revision.state != State.DELETED and not row.revision.is_container_object
    ]
    if not live:
        message = f"there is no item {format_id(object_id)}"
        return NotFoundError(message, tag="itemNotFound")
    return live[0]


def _tried_id(text: str) -> bytes | StrongroomError:
    try:
        return need_id(text, what="item")
    except NotFoundError as error:
        return error


def _refusal(code: str, draft: Draft) -> StrongroomError:
    kind = ERRORS_BY_CODE.get(code, StrongroomError)
    message = f"item {format_id(draft.object)} was refused ({code})"
    return kind(message, tag=_TAGS.get(code, "internal"))


def _raised(outcome: ItemDict | StrongroomError) -> ItemDict:
    if isinstance(outcome, StrongroomError):
        raise outcome
    return outcome


def _check_count(rows: Sequence[object]) -> None:
    if len(rows) > BATCH_MAX:
        message = f"a batch holds at most {BATCH_MAX} items"
        raise TooLargeError(message)


def _history_row(stored: StoredRevision) -> dict[str, Any]:
    revision = parse_revision(stored.body)
    overview = join_overview(revision, {})
    return {
        "version": revision.version,
        "state": overview["state"],
        "updatedAt": overview["updatedAt"],
        "author": format_id(revision.author),
    }


