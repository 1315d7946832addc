"""Between an environment as callers see it and the two documents that are sealed.

Source: specs/formats.md section 9: title and description are the overview, the
variables the details, in order. Unknown keys of either, and of each variable,
are carried along by every writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from strongroom.clock import format_time
from strongroom.documents import text_of
from strongroom.environments.models import (
    EnvironmentDict,
    EnvironmentVersionDict,
    VariableDict,
    VariableEdit,
    VariablesShape,
)
from strongroom.environments.rules import check_variables, name_faults
from strongroom.errors import InputError, IntegrityError
from strongroom.ids import format_id
from strongroom.wire.messages import ContainerState
from strongroom.wire.revisions import Revision, State

Document = dict[str, Any]

_KNOWN: Final = ("name", "value", "masked")


def join_environment(
    state: ContainerState, revision: Revision | None, overview: Document
) -> EnvironmentDict:
    """Return the facts of an environment: those that its own object signs, title, description.

    Without a readable own object they are the service's counters.
    """
    created, updated = state.created_ms, state.updated_ms
    if revision is not None:
        created, updated = revision.created_ms, revision.updated_ms
    return {
        "id": format_id(state.id),
        "title": text_of(overview, "title"),
        "description": text_of(overview, "description"),
        "version": 0 if revision is None else revision.version,
        "createdAt": format_time(created),
        "updatedAt": format_time(updated),
    }


def join_version(revision: Revision) -> EnvironmentVersionDict:
    """Return the facts of one kept version."""
    return {
        "version": revision.version,
        "state": State(revision.state).name.lower(),
        "updatedAt": format_time(revision.updated_ms),
        "author": format_id(revision.author),
    }


def read_variables(details: Document, *, what: str) -> list[VariableDict]:
    """Return the variables of an environment's details: name, value and masked of each.

    Raises:
        IntegrityError: Its author sealed something that is not such a list.
            The error has no cause, since that would hold the document.
    """
    try:
        shape = msgspec.convert(details, VariablesShape)
    except msgspec.ValidationError:
        shape = None
    if shape is None or name_faults(row.name for row in shape.variables):
        message = f"{what} does not hold the variables of an environment"
        raise IntegrityError(message, layer="document")
    return [{"name": row.name, "value": row.value, "masked": row.masked} for row in shape.variables]


def store_variables(details: Document, variables: Iterable[Mapping[str, object]]) -> Document:
    """Return details with other variables; what this release does not know is carried along.

    Raises:
        InputError: A variable that cannot be stored, or two of one name.
    """
    stored: list[Document] = [
        {"name": row.get("name"), "value": row.get("value"), "masked": row.get("masked", False)}
        for row in variables
    ]
    check_variables(stored)
    kept = _stored_rows(details)
    return {**details, "variables": [_carried(kept, row) for row in stored]}


def edit_variables(
    details: Document, edits: Sequence[VariableEdit], *, replace: bool = False
) -> Document:
    """Return details with changes carried out in their order; the last one of a name wins.

    A variable keeps its place, and a new one comes last.

    Args:
        replace: Whether variables that are not named go; the others stand in
            the order of the changes then.

    Raises:
        InputError: A variable that cannot be stored, or one to remove that is not there.
        IntegrityError: As `read_variables`.
    """
    before = {row["name"]: row for row in read_variables(details, what="the environment")}
    rows = {} if replace else dict(before)
    for position, edit in enumerate(edits, start=1):
        known = before.pop(edit.name, None)
        if edit.remove:
            if rows.pop(edit.name, known) is None:
                message = f"change {position} removes a variable that does not exist"
                raise InputError(
                    message, hint="write the name of the variable with the same capitals"
                )
            continue
        row = rows.setdefault(edit.name, known or {"name": edit.name, "value": "", "masked": False})
        if edit.value is not None:
            row["value"] = edit.value
        if edit.masked is not None:
            row["masked"] = edit.masked
    return store_variables(details, rows.values())


def _carried(kept: Mapping[str, Document], row: Document) -> Document:
    """Return a variable with the unknown keys of the stored one of its name."""
    before = kept.get(row["name"], {})
    return {key: value for key, value in before.items() if key not in _KNOWN} | row


def _stored_rows(details: Document) -> dict[str, Document]:
    """Return the stored variables by name; what is none is lost when all are replaced."""
    rows = details.get("variables")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return {row["name"]: row for row in found if isinstance(row.get("name"), str)}
