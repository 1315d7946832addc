"""Finding vaults, environments and items by id or by name.

Source: specs/formats.md sections 1 and 8. A text that can be an id is tried as
one first; if an id and a name hit different objects, the id wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from strongroom.client.view.containers import Container
from strongroom.client.view.objects import (
    Verified,
    open_listed,
    open_verified,
    remember,
    verify_container,
    verify_revision,
)
from strongroom.client.view.session import Found, Session
from strongroom.client.view.view import ViewChangedError
from strongroom.crypto.titles import check_title, normalise_title
from strongroom.documents import text_of
from strongroom.errors import (
    AmbiguousError,
    InputError,
    InvalidIdError,
    LocalFileError,
    NameTakenError,
    NotFoundError,
    StrongroomError,
)
from strongroom.ids import (
    ID_PATTERN,
    NO_OBJECT,
    ContainerId,
    Id,
    ObjectId,
    format_id,
    own_object,
    parse_id,
)
from strongroom.secret import veil
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import Query
from strongroom.wire.revisions import State

T = TypeVar("T")


class ItemName(msgspec.Struct, frozen=True):
    """An item as somebody asks for it: the vault, and an id or a name in it."""

    vault: ContainerId
    text: str

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"ItemName(vault={format_id(self.vault)!r})"


def try_id(text: str, kind: Callable[[bytes], Id]) -> Id | None:
    """Return the id that a text spells, or `None`."""
    if ID_PATTERN.fullmatch(text) is None:
        return None
    try:
        return parse_id(text, kind)
    except InvalidIdError:
        return None


def need_id(text: str, kind: Callable[[bytes], Id], *, label: str) -> Id:
    """Return the id that a text must spell.

    Raises:
        InputError: It is not a text at all.
        NotFoundError: It spells none, so nothing can have it.
    """
    if not isinstance(text, str):
        message = f"the {label} ID is not text"
        raise InputError(message)
    key = try_id(text, kind)
    if key is None:
        message = f"there is no {label} with that ID"
        raise NotFoundError(
            message,
            tag=f"{label}NotFound",
            hint=f"name the {label} by its 26-character ID",
        )
    return key


def only_one(
    found: Sequence[T], *, id_of: Callable[[T], bytes], label: str, nothing: str, several: str = ""
) -> T:
    """Return the one thing that has a name or id, of all that were found.

    Args:
        label: What it is, as errors call it.
        nothing: What to say where there is none.
        several: The SDK's tag where there are several, if it has one.

    Raises:
        NotFoundError: None (tag `vaultNotFound`, or of another thing likewise).
        AmbiguousError: Several; `candidates` are their ids.
    """
    if not found:
        raise NotFoundError(nothing, tag=f"{label}NotFound")
    if len(found) > 1:
        message = f"more than one {label} has that name"
        ids = tuple(format_id(id_of(one)) for one in found)
        hint = f"name the {label} by its ID"
        raise AmbiguousError(message, tag=several, candidates=ids, hint=hint)
    return found[0]


def vaults(session: Session) -> list[Container]:
    """Return every vault that this principal may see, in order of their ids."""
    return containers_of(session, ContainerKind.VAULT)


def containers_of(session: Session, kind: int) -> list[Container]:
    """Return every container of a kind that this principal may see, in order of their ids."""
    return [row for row in session.containers.values() if row.record.kind == kind]


def own_title(session: Session, container: Container) -> str | None:
    """Return the title of a vault or environment as its own object says, for choosing.

    `None` where none can be read: without READ, or if the object is damaged.
    Anybody may grant one a vault, so one bad vault must not hide the others.
    """
    if not container.title_read and container.state.object is not None:
        try:
            opened = open_listed(container, container.state.object, session.marks, own=True)
            container.title = text_of(opened.overview, "title")
        except LocalFileError:
            raise  # a damaged memory of one's own is no fault of the vault
        except StrongroomError:
            container.title = None
    container.title_read = True
    return container.title


def verify_own_object(session: Session, container: Container) -> Verified:
    """Verify a container's own object before its title or content decides anything."""
    stored = container.state.object
    if stored is None:
        label = _word(container.record.kind)
        message = f"{label} {format_id(container.id)} has no title that you may read"
        raise NotFoundError(message)
    own, marks = own_object(container.id), session.marks
    verified = verify_revision(session.directory, container, own, stored, marks=marks)
    remember(session.marks, verified, container)
    return verified


def match_vault(session: Session, text: str) -> Container:
    """Return the one vault of the current view with an id or a title; see `match_container`."""
    return match_container(session, text, ContainerKind.VAULT)


async def find_vault(session: Session, text: str) -> Container:
    """Return the one vault with an id or a title; see `find_container`."""
    return await find_container(session, text, ContainerKind.VAULT)


def match_container(session: Session, text: str, kind: int) -> Container:
    """Return the one container of a kind with an id or a title, verified.

    Only the current view is searched.

    Raises:
        NotFoundError: None (tag `vaultNotFound`, or of another kind likewise).
        AmbiguousError: Several (tag `tooManyVaults`); `candidates` are ids.
    """
    label, wanted = _word(kind), try_id(text, ContainerId)
    message = f"no {label} has that name or ID"
    several = f"tooMany{label.capitalize()}s"
    found = _named(session, text, kind)
    container = only_one(
        found, id_of=lambda row: row.id, label=label, nothing=message, several=several
    )
    verify_container(session.directory, container, session.marks)
    if container.id != wanted:
        opened = open_verified(container, verify_own_object(session, container))
        check_title(asked=text, title=text_of(opened.overview, "title"), what=f"the {label}")
    return container


def check_title_is_free(session: Session, title: str, kind: int, *, besides: ContainerId) -> None:
    """Refuse a title by which another container of a kind is found already.

    Only the current view is searched, so that this says nothing of containers that this
    principal may not see, and nothing of one that is made at the same moment: titles are
    sealed, and the service, which alone sees all writers, cannot compare them.

    Args:
        besides: The container that is to have the title.

    Raises:
        NameTakenError: Another one has the title, or the id that the title spells.
    """
    others = [row.id for row in _named(session, title, kind) if row.id != besides]
    if others:
        message = f"another {_word(kind)} already has that name"
        candidates = tuple(format_id(one) for one in others)
        raise NameTakenError(message, candidates=candidates, hint="choose another name")


def _named(session: Session, text: str, kind: int) -> list[Container]:
    """Return the containers of a kind that a text names: by id, or else by title; unverified."""
    wanted, title = try_id(text, ContainerId), normalise_title(text)
    rows = containers_of(session, kind)
    return [row for row in rows if row.id == wanted] or [
        row for row in rows if normalise_title(own_title(session, row) or "") == title and title
    ]


async def find_container(session: Session, text: str, kind: int) -> Container:
    """Return the one container of a kind with an id or a title; look again before denying it.

    Raises:
        NotFoundError: None (tag `vaultNotFound`, or of another kind likewise).
        AmbiguousError: Several (tag `tooManyVaults`); `candidates` are ids.
    """
    await session.ready()
    try:
        return match_container(session, text, kind)
    except NotFoundError:
        await session.sync_fresh()
        return match_container(session, text, kind)


async def current_container(session: Session, text: str, kind: int) -> Container:
    """Return the container of a kind with an id as it is now: counters change with every item.

    Raises:
        InputError: The id is not a text at all.
        NotFoundError: None of that kind that this principal may see.
    """
    await session.sync_fresh()
    return session.need_container(need_id(text, ContainerId, label=_word(kind)), kind)


def _word(kind: int) -> str:
    return ContainerKind(kind).name.lower()


async def find_items(
    session: Session, names: list[ItemName], *, states: tuple[int, ...] = (State.ACTIVE,)
) -> list[Found]:
    """Return for every name the items that have it, verified, in one trip.

    Args:
        names: In vaults of the current view.
        states: Which states count; others are dropped by the checked state.

    Raises:
        ViewChangedError: As `Session.lookup`.
    """
    containers = session.containers
    if any(name.vault not in containers for name in names):
        raise ViewChangedError
    queries: list[Query] = []
    unasked: dict[ItemName, StrongroomError] = {}
    for name in names:
        # Two queries a name: by id, if it can be one, and by title.
        queries.append(Query(container=name.vault, object=try_id(name.text, ObjectId) or NO_OBJECT))
        try:
            tags = _tags(containers[name.vault], name.text)
        except StrongroomError as error:
            tags, unasked[name] = (), error
        queries.append(Query(container=name.vault, tags=tags))
    answers = await session.lookup(queries)
    pairs = zip(names, answers[::2], answers[1::2], strict=True)
    found = await session.each(pairs, lambda row: _choose(containers[row[0].vault], row, states))
    return [unasked.get(name, one) for name, one in zip(names, found, strict=True)]


def _tags(container: Container, title: str) -> tuple[bytes, ...]:
    try:
        return container.tags(title)
    except UnicodeEncodeError:
        return ()  # half a character is in no title


def _choose(
    container: Container, asked: tuple[ItemName, Found, Found], states: tuple[int, ...]
) -> Found:
    """Return the hit by id, else the hits by title whose opened title is the asked one."""
    name, by_id, by_title = asked
    if isinstance(by_id, StrongroomError):
        return by_id
    if hit := _live(by_id, states):
        return hit
    if isinstance(by_title, StrongroomError):
        return by_title
    try:
        rows = _live(by_title, states)
        for verified in rows:
            title = text_of(open_verified(container, verified).overview, "title")
            check_title(
                asked=name.text, title=title, what=f"item {format_id(verified.revision.object)}"
            )
    except StrongroomError as error:
        return error
    return rows


def _live(rows: list[Verified], states: tuple[int, ...]) -> list[Verified]:
    return [
        row for row in rows if row.revision.state in states and not row.revision.is_container_object
    ]
