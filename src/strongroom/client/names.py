"""Finding vaults and items by id or by name.

Source: specs/formats.md sections 1 and 8. A text that can be an id is tried as
one first; if an id and a name hit different objects, the id wins.
"""

from __future__ import annotations

import msgspec

from strongroom.client.containers import Container
from strongroom.client.objects import (
    Verified,
    open_listed,
    open_verified,
    remember,
    verify_revision,
)
from strongroom.client.session import Session
from strongroom.crypto.titles import check_title, normalise_title
from strongroom.errors import AmbiguousError, InputError, InvalidIdError, NotFoundError
from strongroom.ids import ID_PATTERN, format_id, parse_id
from strongroom.wire.access import ContainerKind
from strongroom.wire.messages import Query
from strongroom.wire.revisions import State


class ItemName(msgspec.Struct, frozen=True):
    """An item as somebody asks for it: the vault, and an id or a name in it."""

    vault: bytes
    text: str


def try_id(text: str) -> bytes | None:
    """Return the id that a text spells, or `None`."""
    if ID_PATTERN.fullmatch(text) is None:
        return None
    try:
        return parse_id(text)
    except InvalidIdError:
        return None


def need_id(text: str, *, what: str) -> bytes:
    """Return the id that a text must spell.

    Raises:
        InputError: It is not a text at all.
        NotFoundError: It spells none, so nothing can have it.
    """
    if not isinstance(text, str):
        message = f"the id of a {what} is text"
        raise InputError(message)
    found = try_id(text)
    if found is None:
        message = f"there is no {what} with that id"
        raise NotFoundError(
            message, tag=f"{what}NotFound", hint=f"{what}s are named by their 26-character id here"
        )
    return found


def vault_title(container: Container) -> str:
    """Return a vault's title as its own object says, for choosing among vaults."""
    if container.title is None:
        container.title = ""
        if container.state.object is not None:
            overview = open_listed(container, container.state.object).overview
            container.title = str(overview.get("title", ""))
    return container.title


def verify_vault_object(session: Session, container: Container) -> Verified:
    """Verify a vault's own object before its title decides anything."""
    stored = container.state.object
    if stored is None:
        message = f"vault {format_id(container.id)} has no title"
        raise NotFoundError(message)
    mark = session.marks.objects.get((container.id, container.id))
    verified = verify_revision(session.directory, container, container.id, stored, mark=mark)
    remember(session.marks, verified, container)
    return verified


async def find_vault(session: Session, text: str) -> Container:
    """Return the one vault with an id or a title; ask again before saying that there is none.

    Raises:
        NotFoundError: None (tag `vaultNotFound`).
        AmbiguousError: Several (tag `tooManyVaults`); `candidates` are ids.
    """
    found = _vaults_named(session, text)
    if not found:
        await session.sync()
        found = _vaults_named(session, text)
    if not found:
        message = "no vault has that name or id"
        raise NotFoundError(message, tag="vaultNotFound")
    if len(found) > 1:
        message = "more than one vault has that name"
        raise AmbiguousError(
            message,
            tag="tooManyVaults",
            candidates=tuple(format_id(row.id) for row in found),
            hint="name the vault by its id",
        )
    container = found[0]
    session.verify_container(container)
    if container.id != try_id(text):
        opened = open_verified(container, verify_vault_object(session, container))
        check_title(text, str(opened.overview.get("title", "")), what="the vault")
    return container


def _vaults_named(session: Session, text: str) -> list[Container]:
    wanted = try_id(text)
    by_id = [row for row in vaults(session) if row.id == wanted]
    if by_id:
        return by_id
    title = normalise_title(text)
    return [row for row in vaults(session) if normalise_title(vault_title(row)) == title]


def vaults(session: Session) -> list[Container]:
    """Return every vault that this principal may see, in order of their ids."""
    return [row for row in session.containers.values() if row.record.kind == ContainerKind.VAULT]


async def find_items(
    session: Session, names: list[ItemName], *, states: tuple[int, ...] = (State.ACTIVE,)
) -> list[list[Verified]]:
    """Return for every name the items that have it, verified, in one trip.

    Args:
        states: Which states count; others are dropped by the checked state.
    """
    queries: list[Query] = []
    places: list[tuple[int, int | None]] = []
    for name in names:
        by_id = try_id(name.text)
        id_place = len(queries) if by_id is not None else None
        if by_id is not None:
            queries.append(Query(container=name.vault, object=by_id))
        places.append((len(queries), id_place))
        tags = session.containers[name.vault].tags(name.text)
        queries.append(Query(container=name.vault, tags=tags))
    answers = await session.lookup(queries)
    found = []
    for name, (tag_place, id_place) in zip(names, places, strict=True):
        hits = _live(answers[id_place], states) if id_place is not None else []
        found.append(hits or _titled(session, name, _live(answers[tag_place], states)))
    return found


def _live(rows: list[Verified], states: tuple[int, ...]) -> list[Verified]:
    return [
        row for row in rows if row.revision.state in states and not row.revision.is_container_object
    ]


def _titled(session: Session, name: ItemName, rows: list[Verified]) -> list[Verified]:
    container = session.containers[name.vault]
    for row in rows:
        title = str(open_verified(container, row).overview.get("title", ""))
        check_title(name.text, title, what=f"item {format_id(row.revision.object)}")
    return rows
