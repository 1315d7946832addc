"""`op document …`: items that are one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from strongroom.cli.document.find import find_document, get_document, list_documents
from strongroom.cli.item.change import repeated
from strongroom.cli.program.contents import (
    Content,
    content_of_input,
    content_of_path,
    deliver,
)
from strongroom.cli.program.files import take_out_file
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import (
    Item,
    Vault,
    default_vault,
    find_vault,
    named,
    named_vault,
)
from strongroom.cli.program.refusals import TO_READ, TO_WRITE, permission_to
from strongroom.cli.program.shapes import size_text
from strongroom.cli.program.stdin import NAMES, take_names
from strongroom.cli.program.times import json_time
from strongroom.client.runtime import drive
from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.cli.document.find import DocumentDict
    from strongroom.client.engine import Engine

_WHAT = "the document"
# The file name of a document that came from standard input under no name.
_UNNAMED = "document"


@click.group("document", cls=Noun)
def document() -> None:
    """Documents: items that are one file."""


@document.command("create")
@click.argument("file", required=False)
@click.option("--title", metavar="TITLE", help="Title; the file's name by default.")
@click.option("--file-name", metavar="NAME", help="Name of the file.")
@click.option("--tags", metavar="LIST", help="Tags, separated by commas.")
@click.option(
    "--vault",
    metavar="VAULT",
    help="The vault to put it in, by name or ID; your own if you name none.",
)
@pass_invocation
def create(
    invocation: Invocation,
    *,
    file: str | None,
    title: str | None,
    file_name: str | None,
    tags: str | None,
    vault: str | None,
) -> None:
    """Store a file as a document; without FILE, or with -, store standard input."""
    content = _content(invocation, file)
    if content is None:
        message = f"expected {_WHAT} on stdin but none found"
        raise InputError(message, hint="name a file, or pipe one in")
    name = file_name or content.name or title or _UNNAMED
    new: Item = {"title": title or name, "category": "Document", "tags": _tags(tags or "")}
    with invocation.engine() as engine:
        item_vault = _place(engine, vault)
        with permission_to(engine, f"create items in {named_vault(item_vault)}", TO_WRITE):
            new["document"] = content.new_file(name)
            made = drive(engine.items.create(item_vault["id"], new))
    _write_made(invocation, made, item_vault)


@document.command("get")
@click.argument("name")
@click.option("-o", "--out-file", "--output", metavar="PATH", help="Write to a file.")
@click.option(
    "--file-mode", metavar="MODE", default="0600", help="Mode of the file, in octal digits."
)
@flag("--force", help="Overwrite a file without asking.")
@flag("--include-archive", help="Look in the archive too (OP_INCLUDE_ARCHIVE).")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@pass_invocation
def get(
    invocation: Invocation,
    *,
    name: str,
    out_file: str | None,
    file_mode: str,
    force: bool,
    include_archive: bool,
    vault: str | None,
) -> None:
    """Write a document's content to standard output, byte for byte, or into a file."""
    target = take_out_file(path=out_file, mode=file_mode, force=force)
    archived = include_archive or invocation.is_set("OP_INCLUDE_ARCHIVE")
    with invocation.engine() as engine:
        item, item_vault = get_document(engine, name, vault=vault, archived=archived)
        with permission_to(engine, f"read {named(item, item_vault)}", TO_READ):
            opening = engine.files.open(item_vault["id"], item["id"], item["document"]["id"])
            deliver(drive(opening), invocation.output, target)


@document.command("edit")
@click.argument("name")
@click.argument("file", required=False)
@click.option("--title", metavar="TITLE", help="New title.")
@click.option("--file-name", metavar="NAME", help="New name of the file.")
@click.option(
    "--tags", metavar="LIST", help="Tags, separated by commas; an empty list removes them all."
)
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@pass_invocation
def edit(
    invocation: Invocation,
    *,
    name: str,
    file: str | None,
    title: str | None,
    file_name: str | None,
    tags: str | None,
    vault: str | None,
) -> None:
    """Change a document: its content (from a file or standard input), title, file name or tags."""
    content = _content(invocation, file)
    if content is None and title is None and file_name is None and tags is None:
        message = f"expected {_WHAT} on stdin but none found"
        raise InputError(message, hint="name a file, pipe one in, or add --title or --tags")
    with invocation.engine() as engine:
        found, item_vault = get_document(engine, name, vault=vault)

        def put(item: Item) -> Item:
            changed: Item = {**item}
            if title is not None:
                changed["title"] = title
            if tags is not None:
                changed["tags"] = _tags(tags)
            if content is None:
                return drive(engine.items.put(changed, document_name=file_name))
            called = file_name or content.name or item["document"]["name"]
            return drive(engine.items.put(changed, document=content.new_file(called)))

        with permission_to(engine, f"change {named(found, item_vault)}", TO_WRITE):
            again = engine.items.get
            repeated(found, put=put, again=lambda: drive(again(item_vault["id"], found["id"])))


@document.command("delete")
@click.argument("name", required=False)
@flag("--archive", help="Move to the archive instead.")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@pass_invocation
def delete(
    invocation: Invocation,
    *,
    name: str | None,
    archive: bool,
    vault: str | None,
) -> None:
    """Delete documents: one by title or ID, or those that standard input names; prints nothing."""
    names = take_names(invocation.input, name, what=_WHAT)
    with invocation.engine() as engine:
        # All are found before the first is deleted: a typing error costs nothing.
        documents = [find_document(engine, one, vault=vault, archived=not archive) for one in names]
        for item, item_vault in documents:
            verb = "archive" if archive else "delete"
            with permission_to(engine, f"{verb} {named(item, item_vault)}", TO_WRITE):
                change = engine.items.archive if archive else engine.items.delete
                drive(change(item_vault["id"], item["id"]))


@document.command("list")
@click.option("--vault", metavar="VAULT", help="List this vault only.")
@flag("--include-archive", help="List the archive too (OP_INCLUDE_ARCHIVE).")
@pass_invocation
def list_(invocation: Invocation, *, vault: str | None, include_archive: bool) -> None:
    """List documents."""
    archived = include_archive or invocation.is_set("OP_INCLUDE_ARCHIVE")
    output, style = invocation.output, invocation.time_style
    with invocation.engine() as engine:
        rows = list_documents(engine, vault=vault, archived=archived)
    if output.wants_json:
        output.json([_row_json(one, item_vault) for one, item_vault in rows])
        return
    header = ("ID", "TITLE", "VAULT", "EDITED")
    output.table(
        header,
        (
            (one["id"], one["title"], item_vault["title"], style.show(one["updatedAt"]))
            for one, item_vault in rows
        ),
    )


def _content(invocation: Invocation, file: str | None) -> Content | None:
    """Return the content that the command line means; `None` if there is none.

    Standard input is asked where no file is named. A program may leave an empty
    pipe there without meaning it; whoever means an empty file names `-`.
    """
    if file is not None and file not in NAMES:
        return content_of_path(Path(file))
    if file is None and not invocation.input.is_usable:
        return None
    content = content_of_input(invocation.input, _WHAT)
    return None if file is None and not content.size else content


def _place(engine: Engine, vault: str | None) -> Vault:
    if vault is None:
        return default_vault(engine, verb="create", noun="document")
    return find_vault(engine, vault)


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _write_made(invocation: Invocation, made: Item, item_vault: Vault) -> None:
    output, style = invocation.output, invocation.time_style
    if output.wants_json:
        times = {
            "createdAt": json_time(made["createdAt"]),
            "updatedAt": json_time(made["updatedAt"]),
        }
        output.json({"uuid": made["id"], **times, "vaultUuid": item_vault["id"]})
        return
    output.block(
        {
            "ID": made["id"],
            "Title": made["title"],
            "File": f"{made['document']['name']} ({size_text(made['document']['size'])})",
            "Vault": f"{item_vault['title']} ({item_vault['id']})",
            "Created": style.show(made["createdAt"]),
        }
    )


def _row_json(item: DocumentDict, item_vault: Vault) -> dict[str, object]:
    size = item.get("size")
    row = {
        "id": item["id"],
        "title": item["title"],
        "tags": item.get("tags"),
        "version": item["version"],
        "vault": {"id": item_vault["id"], "name": item_vault["title"]},
        "last_edited_by": item.get("lastEditedBy"),
        "created_at": json_time(item["createdAt"]),
        "updated_at": json_time(item["updatedAt"]),
        "overview.ainfo": None if size is None else size_text(size),
    }
    return {key: value for key, value in row.items() if value not in (None, [])}
