"""New files of an item on their way into one version of it.

First every row is made, so that the item can be checked; then the contents are
stored, and hashed on their way; then the version that names them, with the hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from strongroom.client.items.content import NewFile, Source, send_content
from strongroom.client.view.objects import Draft
from strongroom.client.view.session import Session
from strongroom.errors import InvalidItemError, StrongroomError
from strongroom.ids import ContainerId
from strongroom.items.files import FileChange, Row, with_hashes
from strongroom.secret import veil

# Rows of new files, each with where its content comes from.
Contents = list[tuple[Row, Source]]


class NewItem(msgspec.Struct, frozen=True):
    """A version of an item to write, and the contents of its new files."""

    draft: Draft
    contents: Contents

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"NewItem(contents={len(self.contents)})"


def place_new(
    add: Sequence[NewFile],
    document: NewFile | None,
    *,
    drop: Iterable[str] = (),
    name: str | None = None,
) -> tuple[FileChange, Contents]:
    """Return what happens to an item's files, and the contents that have to be stored first.

    Raises:
        InvalidItemError: A file that was shown, which has no content to be stored.
        InvalidFileError: A size outside the limits.
    """
    files = [*add, *(() if document is None else (document,))]
    if not all(isinstance(one, NewFile) for one in files):
        message = "give the files of a new item with their content"
        raise InvalidItemError(message, tag="itemValidationError")
    rows = [one.make_row() for one in files]
    change = FileChange(
        add=tuple(rows[: len(add)]),
        drop=frozenset(drop),
        document=None if document is None else rows[-1],
        document_name=name,
    )
    return change, [(row, one.source) for row, one in zip(rows, files, strict=True)]


async def send_contents(session: Session, vault: ContainerId, new: NewItem) -> Draft:
    """Store the contents of new files, one after the other; return the draft with their hashes."""
    sent = [await send_content(session, vault, row, source) for row, source in new.contents]
    return replace(new.draft, details=with_hashes(new.draft.details, sent)) if sent else new.draft


async def fill(
    session: Session, vault: ContainerId, new: NewItem | StrongroomError, *, independent: bool
) -> Draft | StrongroomError:
    """Return the draft of a new item, its files' contents stored, or why there is none.

    Raises:
        StrongroomError: A content could not be stored, unless the item is `independent`.
    """
    if isinstance(new, StrongroomError):
        return new
    try:
        return await send_contents(session, vault, new)
    except StrongroomError as error:
        if not independent:
            raise
        return error
