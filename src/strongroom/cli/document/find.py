"""Finding documents among the items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.program.lookup import Item, Vault, find_item, find_vault
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, ForbiddenError, NotFoundError
from strongroom.limits import BATCH_MAX

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.items.shown import ItemDict

_CATEGORY = "Document"

if TYPE_CHECKING:

    class DocumentDict(ItemDict, total=False):
        """The overview of a document, with its size where details may be read."""

        size: int | None


def find_document(
    engine: Engine, name: str, *, vault: str | None, archived: bool = False
) -> tuple[Item, Vault]:
    """Return the overview of a document by id or title, with its vault.

    Raises:
        NotFoundError: No such document.
        AmbiguousError: Several documents have this title.
    """
    try:
        overview, item_vault = find_item(engine, name, vault=vault, archived=archived)
    except AmbiguousError as error:
        # Items of other categories may have the title too.
        rows = _documents_of(engine, vault=vault, archived=archived)
        named = [row for row in rows if row[0]["id"] in error.candidates]
        if len(named) != 1:
            raise
        return named[0]
    if overview["category"] != _CATEGORY:
        raise _no_document(name)
    return overview, item_vault


def get_document(
    engine: Engine, name: str, *, vault: str | None, archived: bool = False
) -> tuple[Item, Vault]:
    """Return a whole document item by id or title, with its vault; errors as `find_document`."""
    overview, item_vault = find_document(engine, name, vault=vault, archived=archived)
    item = drive(engine.items.get(item_vault["id"], overview["id"]))
    if item.get("document") is None:
        raise _no_document(name)
    return item, item_vault


def list_documents(
    engine: Engine, *, vault: str | None, archived: bool
) -> list[tuple[DocumentDict, Vault]]:
    """Return the overviews of documents, with their `size` where details may be read."""
    return [
        ({**row, "size": size}, item_vault)
        for item_vault, rows in _by_vault(engine, vault=vault, archived=archived)
        for row, size in zip(rows, _sizes(engine, item_vault, rows), strict=True)
    ]


def _documents_of(engine: Engine, *, vault: str | None, archived: bool) -> list[tuple[Item, Vault]]:
    found = _by_vault(engine, vault=vault, archived=archived)
    return [(row, item_vault) for item_vault, rows in found for row in rows]


def _by_vault(
    engine: Engine, *, vault: str | None, archived: bool
) -> list[tuple[Vault, list[Item]]]:
    places = drive(engine.vaults.list()) if vault is None else [find_vault(engine, vault)]
    return [
        (item_vault, _documents(engine, item_vault, archived=archived)) for item_vault in places
    ]


def _documents(engine: Engine, item_vault: Vault, *, archived: bool) -> list[Item]:
    rows = drive(engine.items.list(item_vault["id"], active=True, archived=archived))
    return [row for row in rows if row["category"] == _CATEGORY]


def _sizes(engine: Engine, item_vault: Vault, rows: list[Item]) -> list[int | None]:
    sizes: list[int | None] = []
    for start in range(0, len(rows), BATCH_MAX):
        ids = [row["id"] for row in rows[start : start + BATCH_MAX]]
        try:
            items = drive(engine.items.get_all(item_vault["id"], ids))
        except ForbiddenError:
            return [None] * len(rows)
        sizes += [
            (one.get("document") or {}).get("size") if isinstance(one, dict) else None
            for one in items
        ]
    return sizes


def _no_document(name: str) -> NotFoundError:
    advice = "Specify the document with its UUID or title."
    return NotFoundError(f'"{printable(name)}" isn\'t a document. {advice}')
