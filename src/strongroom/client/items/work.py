"""What every use case on items shares: places, drafts, writing, reading back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom.client.view.containers import Container
from strongroom.client.view.names import find_vault, need_id
from strongroom.client.view.objects import Draft, Opened, need_details, open_verified
from strongroom.client.view.session import Found, Session
from strongroom.documents import encode_document
from strongroom.errors import (
    ERRORS_BY_CODE,
    ConflictError,
    ForbiddenError,
    InputError,
    InvalidItemError,
    NotFoundError,
    StrongroomError,
    TooLargeError,
)
from strongroom.ids import ContainerId, ObjectId, format_id
from strongroom.items.codec import join_item, normalise_item, split_item
from strongroom.items.files import NO_CHANGE, FileChange, place_files, show_files
from strongroom.items.rules import check_item, complete_sections, rename_fields
from strongroom.limits import BATCH_MAX, DETAILS_BYTES_MAX, OVERVIEW_BYTES_MAX
from strongroom.wire.messages import ListRequest, Query, StoredRevision
from strongroom.wire.revisions import State

if TYPE_CHECKING:
    from strongroom.items.shown import ItemDict

# The tags of refusals whose class stands for more than what happens to an item.
_TAGS: Final[dict[type[StrongroomError], str]] = {
    ConflictError: "itemStatusIncorrectItemVersion",
    ForbiddenError: "itemStatusPermissionError",
    NotFoundError: "itemNotFound",
    TooLargeError: "itemStatusTooBig",
    InvalidItemError: "itemValidationError",
}

# What a batch gives for one of its elements.
Outcome: TypeAlias = "ItemDict | StrongroomError"
Outcomes: TypeAlias = "list[Outcome]"


class ItemWork:
    """The parts of which use cases on items are made; handed to each of them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    async def vault(self, vault_id: str) -> ContainerId:
        """Return a vault's id, its record verified; look again before denying it."""
        await self.session.ready()
        vault = need_id(vault_id, ContainerId, label="vault")
        if vault not in self.session.containers:
            await find_vault(self.session, vault_id)
        self.session.need_container(vault)
        return vault

    async def place(self, vault_id: str, item_id: str) -> tuple[ContainerId, ObjectId]:
        """Return the ids of a vault and an item."""
        return await self.vault(vault_id), need_id(item_id, ObjectId, label="item")

    async def live(self, vault: ContainerId, object_id: ObjectId) -> Opened:
        """Return an item that is not deleted."""
        (item,) = await self.current(vault, [format_id(object_id)])
        if isinstance(item, StrongroomError):
            raise item
        return item

    def draft(
        self,
        item: ItemDict,
        object_id: ObjectId,
        before: Opened | None,
        *,
        state: int,
        files: FileChange = NO_CHANGE,
    ) -> Draft:
        """Return a checked item as the next state to write, its files changed as said."""
        stored = (before.overview, need_details(before)) if before else (None, None)
        normal = rename_fields(normalise_item(item))
        normal = place_files(normal, files, overview=stored[0], details=stored[1])
        check_item(normal, overview=stored[0], details=stored[1])
        overview, details = split_item(
            complete_sections(normal), overview=stored[0], details=stored[1]
        )
        return Draft(
            object=object_id, overview=overview, details=details, state=state, before=before
        )

    async def write_one(self, vault: ContainerId, draft: Draft) -> ItemDict:
        """Write one draft; return the item as a reader would see it."""
        written = await self.session.write(vault, [draft])
        return self.joined(self.session.opened(written.container, written.sealed[0], draft))

    async def current(
        self, vault: ContainerId, texts: Sequence[str]
    ) -> list[Opened | StrongroomError]:
        """Return the present state of items that are not deleted, in the order asked."""
        wanted = [tried_id(text) for text in texts]
        ids = list(dict.fromkeys(one for one in wanted if isinstance(one, bytes)))
        queries = [Query(container=vault, object=one) for one in ids]
        session = self.session

        async def read() -> list[Opened | StrongroomError]:
            container = session.need_container(vault)
            answers = zip(ids, await session.lookup(queries), strict=True)
            return await session.each(answers, lambda row: _existing(container, *row))

        states = dict(zip(ids, await session.fresh(read), strict=True))
        return [states[one] if isinstance(one, bytes) else one for one in wanted]

    async def write_many(
        self, vault: ContainerId, drafts: list[Draft | StrongroomError], *, independent: bool
    ) -> list[Opened | StrongroomError]:
        """Write the drafts that are drafts; refused ones keep their place."""
        ready = [draft for draft in drafts if isinstance(draft, Draft)]
        if not ready:
            return [one for one in drafts if isinstance(one, StrongroomError)]
        session = self.session
        try:
            written = await session.write(vault, ready, independent=independent)
        except ForbiddenError as error:
            if not independent:
                raise
            # Nothing was sent: in this vault the same right is needed for each of them.
            return [one if isinstance(one, StrongroomError) else error for one in drafts]
        except (TooLargeError, InvalidItemError):
            checked = [_sealable(one) for one in drafts]
            if not independent or checked == drafts:
                raise
            # Those that cannot be sealed; the others are written without them.
            return await self.write_many(vault, checked, independent=True)

        def outcome(row: tuple[Draft, StoredRevision, str]) -> Opened | StrongroomError:
            draft, stored, code = row
            if code:
                return _refused_item(code, draft)
            return session.opened(written.container, stored, draft)

        rows = zip(ready, written.sealed, written.codes, strict=True)
        outcomes = iter(await session.each(rows, outcome))
        return [one if isinstance(one, StrongroomError) else next(outcomes) for one in drafts]

    def joined(self, opened: Opened) -> ItemDict:
        """Return an opened revision as the SDK's item."""
        item = join_item(
            opened.revision,
            overview=opened.overview,
            details=need_details(opened),
            now=self.session.clock(),
        )
        return show_files(item)

    async def pages(self, vault: ContainerId, states: tuple[int, ...]) -> list[StoredRevision]:
        """Return all revisions of a vault in some states, page by page."""
        rows: list[StoredRevision] = []
        after = b""
        while states:
            request = ListRequest(container=vault, states=states, after=after)
            answer = await self.session.transport.call(request)
            rows += answer.revisions
            after = answer.next
            if not after:
                break
            await self.session.runtime.pause(0)
        return rows


def _existing(container: Container, object_id: ObjectId, rows: Found) -> Opened | StrongroomError:
    """Return the opened answer for one item, or why there is none."""
    if isinstance(rows, StrongroomError):
        return rows
    try:
        for verified in rows:
            if (
                verified.revision.state != State.DELETED
                and not verified.revision.is_container_object
            ):
                return open_verified(container, verified)
    except StrongroomError as error:
        return error
    message = f"there is no item {format_id(object_id)}"
    return NotFoundError(message, tag="itemNotFound")


def _sealable(draft: Draft | StrongroomError) -> Draft | StrongroomError:
    """Return a draft if its documents can be written, else why they cannot."""
    if isinstance(draft, StrongroomError):
        return draft
    try:
        encode_document(draft.overview, bytes_max=OVERVIEW_BYTES_MAX, what="overview")
        encode_document(draft.details, bytes_max=DETAILS_BYTES_MAX, what="content")
    except StrongroomError as error:
        return error
    return draft


def tried_id(text: str) -> ObjectId | StrongroomError:
    """Return the id that a text spells, or why it is none."""
    try:
        return need_id(text, ObjectId, label="item")
    except NotFoundError as error:
        return error


def _refused_item(code: str, draft: Draft) -> StrongroomError:
    kind = ERRORS_BY_CODE.get(code, StrongroomError)
    message = f"item {format_id(draft.object)} was refused ({code})"
    return kind(message, tag=kind.sdk_tag or _TAGS.get(kind, "internal"))


def named_place(item: ItemDict) -> tuple[str, str]:
    """Return the ids of vault and item that an item holds.

    Raises:
        InvalidItemError: It is no dict, or holds none.
    """
    is_item = isinstance(item, dict)
    vault_id, item_id = (item.get("vaultId"), item.get("id")) if is_item else (None, None)
    if not isinstance(vault_id, str) or not isinstance(item_id, str):
        message = "pass an item as it was read, with its id and vault id"
        raise InvalidItemError(message, tag="itemValidationError")
    return vault_id, item_id


def raised(outcome: ItemDict | StrongroomError) -> ItemDict:
    """Return an item, or raise what stands in its place."""
    if isinstance(outcome, StrongroomError):
        raise outcome
    return outcome


def check_count(rows: Sequence[object]) -> None:
    """Refuse a batch of more than 10,000 elements, and what is no list of elements."""
    if isinstance(rows, str | bytes) or not isinstance(rows, Sequence):
        message = f"a batch must be a list, not {type(rows).__name__}"
        raise InputError(message)
    if len(rows) > BATCH_MAX:
        message = f"a batch holds at most {BATCH_MAX} items"
        raise TooLargeError(message)
