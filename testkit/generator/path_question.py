"""The question about an entry, as vectors write it (section 4 of specs/formats.md)."""

from collections.abc import Sequence
from typing import Any

from generator.bytestream import derive_bytes
from generator.directory import Entry
from generator.roots import Root
from generator.world import (
    ENTRIES,
    ROOT_1,
    make_head,
    make_tree,
)

Json = dict[str, Any]
OTHER = derive_bytes("account/other", 16)


class RawEntry:
    """A leaf whose bytes are no entry, for a tree that holds them all the same."""

    def __init__(self, body: bytes) -> None:
        self.body = body


def ask_path(
    index: int,
    entries: Sequence[Entry] = ENTRIES,
    enc_pk: bytes = b"",
    root: Root = ROOT_1,
    **fields: Any,
) -> Json:
    """An entry of a tree; head and path fit whatever the entries are."""
    path = make_tree(entries)[1][index]
    given = {
        "head": make_head(entries=entries, root=root).body.hex(),
        "root": root.body.hex(),
        "entry": entries[index].body.hex(),
        "path": [node.hex() for node in path],
        "enc_pk": enc_pk.hex(),
    }
    return {**given, **fields}


def with_entry(index: int, entry: Entry) -> tuple[Entry, ...]:
    """All entries, one of them replaced."""
    return (*ENTRIES[:index], entry, *ENTRIES[index + 1 :])
