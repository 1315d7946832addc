"""What every use case on items shares: places, drafts, writing, reading back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from strongroom.client.containers import Container
from strongroom.client.names import find_vault, need_id
from strongroom.client.objects import Draft, Opened, need_details, open_verified
from strongroom.client.session import Found, Session
from strongroom.errors import ERRORS_BY_CODE, NotFoundError, StrongroomError, TooLargeError
from strongroom.ids import format_id
from strongroom.items.codec import join_item, normalise_item, split_item
from strongroom.items.models import ItemDict
from strongroom.items.rules import check_item, complete_sections
from strongroom.limits import BATCH_MAX
from strongroom.wire.messages import ListAnswer, ListRequest, Query, StoredRevision
from strongroom.wire.revisions import State

_TAGS: Final = {
    "conflict": "itemStatusIncorrectItemVersion",
    "forbidden": "itemStatusPermissionError",
    "not_found": "itemNotFound",
    "too_large": "itemStatusTooBig",
    "invalid_item": "itemValidationError",
}

# What a batch gives for one of its elements.
Outcome = ItemDict | StrongroomError
Outcomes = list[Outcome]


class ItemWork:
    """The parts of which use cases on items are made."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def vault(self, vault_id: str) -> bytes:
        """Return a vault's id, its record verified; look again before denying it."""
        await self._session.ready()
        vault = need_id(vault_id, what="vault")
        if vault not in self._session.containers:
            await find_vault(self._session, vault_id)
        self._session.need_container(vault)
        return vault

    async def place(self, vault_id: str, item_id: str) -> tuple[bytes, bytes]:
        """Return the ids of a vault and an item."""
        return await self.vault(vault_id), need_id(item_id, what="item")

    async def live(self, vault: bytes, object_id: bytes) -> Opened:
        """Return an item that is not deleted."""
        (found,) = await self.current(vault, [format_id(object_id)])
        if isinstance(found, StrongroomError):
            raise found
        return found

    def draft(
        self, item: ItemDict, object_id: bytes, before: Opened | None, *, state: int
    ) -> Draft:
        """Return a checked item as the next state to write."""
        normal = normalise_item(item)
        check_item(normal)
        overview, details = split_item(
            complete_sections(normal),
            overview=before.overview if before else None,
            details=need_details(before) if before else None,
        )
        return Draft(
            object=object_id, overview=overview, details=details, state=state, before=before
        )

    async def write_one(self, vault: bytes, draft: Draft) -> ItemDict:
        """Write one draft; return the item as a reader would see it."""
        written = await self._session.write(vault, [draft])
        return self.joined(self._session.opened(written.container, written.sealed[0], draft))

    async def current(self, vault: bytes, texts: Sequence[str]) -> list[Opened | StrongroomError]:
        """Return the present state of items that are not deleted, in the order asked."""
        wanted = [tried_id(text) for text in texts]
        ids = list(dict.fromkeys(one for one in wanted if isinstance(one, bytes)))
        queries = [Query(container=vault, object=one) for one in ids]
        session = self._session

        async def read() -> list[Opened | StrongroomError]:
            container = session.need_container(vault)
            answers = zip(ids, await session.lookup(queries), strict=True)
            return await session.each(answers, lambda row: _existing(container, *row))

        found = dict(zip(ids, await session.fresh(read), strict=True))
        return [found[one] if isinstance(one, bytes) else one for one in wanted]

    async def write_many(
        self, vault: bytes, drafts: list[Draft | StrongroomError], *, independent: bool
    ) -> list[Opened | StrongroomError]:
        """Write the drafts that are drafts; refused ones keep their place."""
        ready = [draft for draft in drafts if isinstance(draft, Draft)]
        if not ready:
            return [one for one in drafts if isinstance(one, StrongroomError)]
        session = self._session
        written = await session.write(vault, ready, independent=independent)

        def outcome(row: tuple[Draft, StoredRevision, str]) -> Opened | StrongroomError:
            draft, stored, code = row
            if code:
                return _refusal(code, draft)
            return session.opened(written.container, stored, draft)

        rows = zip(ready, written.sealed, written.codes, strict=True)
        outcomes = iter(await session.each(rows, outcome))
        return [one if isinstance(one, StrongroomError) else next(outcomes) for one in drafts]

    def joined(self, opened: Opened) -> ItemDict:
        """Return an opened revision as the SDK's item."""
        return join_item(
            opened.revision, opened.overview, need_details(opened), now=self._session.clock()
        )

    async def pages(self, vault: bytes, states: tuple[int, ...]) -> list[StoredRevision]:
        """Return all revisions of a vault in some states, page by page."""
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


def _existing(container: Container, object_id: bytes, rows: Found) -> Opened | StrongroomError:
    """Return the opened answer for one item, or why there is none."""
    if isinstance(rows, StrongroomError):
        return rows
    try:
        for row in rows:
            if row.revision.state != State.DELETED and not row.revision.is_container_object:
                return open_verified(container, row)
    except StrongroomError as error:
        return error
    message = f"there is no item {format_id(object_id)}"
    return NotFoundError(message, tag="itemNotFound")


def tried_id(text: str) -> bytes | StrongroomError:
    """Return the id that a text spells, or why it is none."""
    try:
        return need_id(text, what="item")
    except NotFoundError as error:
        return error


def _refusal(code: str, draft: Draft) -> StrongroomError:
    kind = ERRORS_BY_CODE.get(code, StrongroomError)
    message = f"item {format_id(draft.object)} was refused ({code})"
    return kind(message, tag=_TAGS.get(code, "internal"))


def raised(outcome: ItemDict | StrongroomError) -> ItemDict:
    """Return an item, or raise what stands in its place."""
    if isinstance(outcome, StrongroomError):
        raise outcome
    return outcome


def check_count(rows: Sequence[object]) -> None:
    """Refuse a batch of more than 10,000 elements."""
    if len(rows) > BATCH_MAX:
        message = f"a batch holds at most {BATCH_MAX} items"
        raise TooLargeError(message)
