"""Items: create, read, change, list, find; one by one and in batches.

A write is compared and swapped on the item's own version; batches are one
transaction, one trip, and answer in the order asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from strongroom.client.items.content import NewFile
from strongroom.client.items.history import ItemHistory
from strongroom.client.items.moving import ItemMoving, archival, deletion
from strongroom.client.items.new_files import NewItem, fill, place_new, send_contents
from strongroom.client.items.work import (
    ItemWork,
    Outcome,
    Outcomes,
    check_count,
    named_place,
    raised,
)
from strongroom.client.view.containers import Container
from strongroom.client.view.marks import Marks
from strongroom.client.view.names import ItemName, find_items, vaults
from strongroom.client.view.objects import (
    Draft,
    Opened,
    OpenedOverview,
    Verified,
    open_listed,
    open_verified,
)
from strongroom.client.view.session import Session
from strongroom.clock import format_time
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import (
    AmbiguousError,
    InputError,
    IntegrityError,
    InvalidItemError,
    NotFoundError,
    RollbackError,
    StrongroomError,
    UnsupportedVersionError,
    VersionConflictError,
)
from strongroom.ids import ID_BYTES, ContainerId, ObjectId, format_id
from strongroom.items.codec import Document, ShowTime, join_overview
from strongroom.wire.messages import Query, StoredRevision
from strongroom.wire.revisions import Revision, State, parse_revision

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict, ItemVersionDict

Overviews: TypeAlias = "list[ItemDict]"
Versions: TypeAlias = "list[ItemVersionDict]"
Drafts = list[Draft | StrongroomError]


class Items:
    """The items of the vaults that a credential may use."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._work = ItemWork(session)
        self._history = ItemHistory(self._work)
        self._moving = ItemMoving(self._work)

    # -- one item ---------------------------------------------------------------

    async def create(self, vault_id: str, item: ItemDict) -> ItemDict:
        """Store a new item; return it with its id and version 1.

        Args:
            item: Its `files` and `document`, if it has any, are `NewFile`s.

        Raises:
            InvalidItemError: Its parts contradict each other.
            ForbiddenError: No permission to create items in this vault.
        """
        (outcome,) = await self._create(vault_id, [item], independent=False)
        return raised(outcome)

    async def get(self, vault_id: str, item_id: str) -> ItemDict:
        """Return an item, active or archived.

        Raises:
            NotFoundError: There is no such item, or it is deleted.
        """
        (outcome,) = await self.get_all(vault_id, [item_id])
        return raised(outcome)

    async def put(
        self,
        item: ItemDict,
        *,
        add: Sequence[NewFile] = (),
        drop: Iterable[str] = (),
        document: NewFile | None = None,
        document_name: str | None = None,
    ) -> ItemDict:
        """Replace an item by an edited copy of what `get` returned; it keeps its files.

        Args:
            add: Files to attach.
            drop: Ids of files to remove.
            document: What takes the place of its document.
            document_name: Another name of its document.

        Raises:
            ConflictError: Somebody else changed it since it was read.
            InvalidItemError: Its parts contradict each other.
            InvalidFileError: A new file is not as long as it was said to be.
        """
        vault, object_id = await self._work.place(*named_place(item))
        before = await self._work.live(vault, object_id)
        if item.get("version") != before.revision.version:
            message = (
                f"data conflict: item {item['id']} was changed by somebody else since it was read"
            )
            raise VersionConflictError(message, hint="read it again, then repeat the change")
        files, contents = place_new(add, document, drop=drop, name=document_name)
        draft = self._work.draft(item, object_id, before, state=before.revision.state, files=files)
        draft = await send_contents(self._session, vault, NewItem(draft, contents))
        return await self._work.write_one(vault, draft)

    async def archive(self, vault_id: str, item_id: str) -> None:
        """Hide an item from look-ups; it is kept without limit."""
        vault, object_id = await self._work.place(vault_id, item_id)
        await self._work.write_one(vault, archival(await self._work.live(vault, object_id)))

    async def delete(self, vault_id: str, item_id: str) -> None:
        """Delete an item; it can be recovered for 30 days."""
        outcome = (await self._delete(vault_id, [item_id], independent=False))[item_id]
        if outcome is not None:
            raise outcome

    async def move(self, vault_id: str, item_id: str, to_vault_id: str) -> ItemDict:
        """Move an item into another vault; see `ItemMoving.move`."""
        return await self._moving.move(vault_id, item_id, to_vault_id)

    # -- versions ---------------------------------------------------------------

    async def history(self, vault_id: str, item_id: str) -> Versions:
        """Return the kept versions of an item, newest first, without their content."""
        return await self._history.history(vault_id, item_id)

    async def get_version(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Return one kept version of an item; see `ItemHistory.get_version`."""
        return await self._history.get_version(vault_id, item_id, version)

    async def restore(self, vault_id: str, item_id: str, version: int) -> ItemDict:
        """Write an older version of an item as a new one; see `ItemHistory.restore`."""
        return await self._history.restore(vault_id, item_id, version)

    async def list_deleted(self, vault_id: str) -> Overviews:
        """Return the deleted items that can still be recovered, as they were."""
        return await self._history.list_deleted(vault_id)

    async def recover(self, vault_id: str, item_id: str) -> ItemDict:
        """Bring a deleted item back as a new version; see `ItemHistory.recover`."""
        return await self._history.recover(vault_id, item_id)

    # -- batches ----------------------------------------------------------------

    async def create_all(
        self, vault_id: str, items: Sequence[ItemDict | StrongroomError]
    ) -> Outcomes:
        """Store many items in one transaction; one that is refused does not stop the others.

        An error in the place of an item is its answer.
        """
        return await self._create(vault_id, items, independent=True)

    async def get_all(self, vault_id: str, item_ids: Sequence[str]) -> Outcomes:
        """Return many items of one vault in one trip, in the order asked."""
        check_count(item_ids)
        vault = await self._work.vault(vault_id)
        states = await self._work.current(vault, item_ids)
        return await self._session.each(states, self._outcome)

    async def delete_all(
        self, vault_id: str, item_ids: Sequence[str]
    ) -> dict[str, StrongroomError | None]:
        """Delete many items in one transaction; the answer is by id, `None` for success."""
        return await self._delete(vault_id, item_ids, independent=True)

    # -- lists and look-up --------------------------------------------------------

    async def list(
        self,
        vault_id: str,
        *,
        active: bool = True,
        archived: bool = False,
        show_time: ShowTime = format_time,
    ) -> Overviews:
        """Return the overviews of a vault's items.

        One that cannot be opened or read is shown without title, as of a kind
        that is not known, so that it hides no other; `get` says what is wrong.
        Who wrote a title or state is not checked (T21), but by `get`.

        Args:
            show_time: What makes of milliseconds the times that are shown.
        """
        states = (State.ACTIVE,) * active + (State.ARCHIVED,) * archived
        vault = await self._work.vault(vault_id)
        await self._session.sync_fresh()
        return await self._session.fresh(partial(self._list, vault, states, show_time))

    async def find(
        self, query: str, *, vault_id: str | None = None, archived: bool = False
    ) -> ItemDict:
        """Return the overview of the one item with an id or title, in one vault or in all.

        Raises:
            InputError: The query is no text.
            NotFoundError: None.
            AmbiguousError: Several; `candidates` are their ids.
        """
        if not isinstance(query, str):
            message = f"an item must be named by a text, not by {type(query).__name__}"
            raise InputError(message)
        vault = None if vault_id is None else await self._work.vault(vault_id)
        states = (State.ACTIVE, State.ARCHIVED) if archived else (State.ACTIVE,)
        return await self._session.fresh(partial(self._find_item, query, vault, states))

    async def _find_item(
        self, query: str, vault: ContainerId | None, states: tuple[int, ...]
    ) -> ItemDict:
        session = self._session
        await session.sync_fresh()
        places = [row.id for row in vaults(session)]
        if vault is not None:
            places = [session.need_container(vault).id]
        names = [ItemName(place, query) for place in places]
        containers = session.containers
        answers = await find_items(session, names, states=states)
        matching = [row for rows in answers if isinstance(rows, list) for row in rows]
        if len(matching) == 1:
            container = containers[matching[0].revision.container]
            return join_overview(
                matching[0].revision, open_verified(container, matching[0]).overview
            )
        if matching:
            raise _several(matching)
        # Any vault that could not be searched may be the one that has it.
        for rows in answers:
            if isinstance(rows, StrongroomError):
                raise rows
        message = "no item has that name or ID"
        raise NotFoundError(message, tag="itemNotFound")

    # -- inside -------------------------------------------------------------------

    async def _create(
        self, vault_id: str, items: Sequence[ItemDict | StrongroomError], *, independent: bool
    ) -> Outcomes:
        check_count(items)
        vault = await self._work.vault(vault_id)
        news = await self._session.each(items, self._new_draft)
        if not independent:
            for new in news:
                if isinstance(new, StrongroomError):
                    raise new
        drafts = [await fill(self._session, vault, one, independent=independent) for one in news]
        outcomes = await self._work.write_many(vault, drafts, independent=independent)
        return await self._session.each(outcomes, self._outcome)

    def _new_draft(self, item: ItemDict | StrongroomError) -> NewItem | StrongroomError:
        if isinstance(item, StrongroomError):
            return item
        if not isinstance(item, dict):
            return InvalidItemError("an item must be a dict", tag="itemValidationError")
        try:
            files, contents = place_new(item.get("files") or (), item.get("document"))
            new_id = ObjectId(make_bytes(ID_BYTES))
            draft = self._work.draft(item, new_id, None, state=State.ACTIVE, files=files)
        except StrongroomError as error:
            return error
        return NewItem(draft, contents)

    def _outcome(self, opened: Opened | StrongroomError) -> Outcome:
        if isinstance(opened, StrongroomError):
            return opened
        try:
            return self._work.joined(opened)
        except StrongroomError as error:
            return error

    async def _delete(
        self, vault_id: str, item_ids: Sequence[str], *, independent: bool
    ) -> dict[str, StrongroomError | None]:
        check_count(item_ids)
        vault = await self._work.vault(vault_id)
        texts = list(dict.fromkeys(item_ids))
        drafts: Drafts = [
            one if isinstance(one, StrongroomError) else deletion(one)
            for one in await self._work.current(vault, texts)
        ]
        outcomes = await self._work.write_many(vault, drafts, independent=independent)
        return {
            text: one if isinstance(one, StrongroomError) else None
            for text, one in zip(texts, outcomes, strict=True)
        }

    async def _list(
        self, vault: ContainerId, states: tuple[int, ...], show_time: ShowTime
    ) -> Overviews:
        session = self._session
        container, moves = session.need_container(vault), session.marks.moves
        vault_id = format_id(vault)
        overtaken: list[Query] = []

        def overview(stored: StoredRevision) -> ItemDict | None:
            try:
                opened = _open_for_list(container, stored, session.marks)
            except RollbackError:
                if session.marks.moves == moves:
                    raise
                # Another task of this program changed it since the page was read.
                changed = parse_revision(stored.body).object
                overtaken.append(Query(container=vault, object=changed))
                return None
            return shown(opened.revision, opened.overview, opened.id)

        def shown(revision: Revision, document: Document, item_id: str) -> ItemDict | None:
            # The state decides as it was signed, not as the keeper sorts it.
            if revision.state not in states:
                return None
            return join_overview(
                revision, document, item_id=item_id, vault_id=vault_id, show_time=show_time
            )

        rows = await session.each(await self._work.pages(vault, states), overview)
        for found in await session.lookup(overtaken):
            if isinstance(found, StrongroomError):
                raise found
            opened = [open_verified(container, one) for one in found]
            rows += [shown(one.revision, one.overview, "") for one in opened]
        return [row for row in rows if row is not None]


def _open_for_list(container: Container, stored: StoredRevision, marks: Marks) -> OpenedOverview:
    """Return an opened overview for a list, an empty one where it cannot be opened or read.

    Raises:
        RollbackError: Older than what this client has seen of the object.
        IntegrityError: Of another container, or no revision at all: not what was asked.
    """
    try:
        return open_listed(container, stored, marks)
    except RollbackError:
        raise
    except (IntegrityError, UnsupportedVersionError) as error:
        if error.layer == "context":
            raise
        revision = parse_revision(stored.body)
        return OpenedOverview(format_id(revision.object), revision, {})


def _several(matching: list[Verified]) -> AmbiguousError:
    message = "more than one item has that name"
    return AmbiguousError(
        message,
        tag="tooManyItems",
        candidates=tuple(format_id(row.revision.object) for row in matching),
        hint="name the item by its ID",
    )
