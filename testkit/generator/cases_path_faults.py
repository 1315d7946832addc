"""Entries with a wrong path, id, state or key (section 4 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace

from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad
from generator.crypto import sha256
from generator.directory import REMOVED, SUSPENDED
from generator.ids import principal_id
from generator.keys import Keyset
from generator.path_question import OTHER, ask_path, with_entry
from generator.roots import Listed
from generator.world import (
    ADAM,
    ADMINISTRATORS,
    EDITORS,
    ENTRIES,
    MONA,
    OLGA,
    OWNERS,
    ROOT_1,
    RUNNER,
    WALT,
    make_entry,
    make_tree,
)


def _wrong_paths() -> Iterator[Case]:
    path = [node.hex() for node in make_tree()[1][5]]
    mona = MONA.keys.enc_pk
    wrong = {
        "sibling_changed": ("one node is another", [sha256(b"else").hex(), *path[1:]]),
        "node_missing": ("the last node is missing", path[:-1]),
        "node_added": ("a node too many", [*path, sha256(b"else").hex()]),
        "nodes_swapped": ("two nodes in the other order", [path[1], path[0], *path[2:]]),
        "no_path": ("no node at all", []),
    }
    for condition, (comment, nodes) in wrong.items():
        yield bad("path", condition, comment, ask_path(5, enc_pk=mona, path=nodes), "path")
    newer = replace(ENTRIES[5], flags=1, entry_rev=49)
    beyond = with_entry(12, replace(ENTRIES[12], index=13))
    moved = with_entry(5, replace(ENTRIES[5], index=6))
    table = {
        "entry_replaced": (
            "another body of the same entry",
            ask_path(5, enc_pk=mona, entry=newer.body.hex()),
        ),
        "index_beyond_count": (
            "index 13 of 13 entries",
            ask_path(12, beyond, EDITORS.keys.enc_pk),
        ),
        "other_index": ("the entry says that it is elsewhere", ask_path(5, moved, mona)),
    }
    yield from all_bad("path", "path", table)


def path_bad() -> Iterator[Case]:
    """One fault for every question about an entry."""
    yield from _wrong_paths()
    mona = MONA.keys.enc_pk
    first = MONA.keysets[0]
    foreign_id = principal_id(OTHER, 1, first.enc_pk_hash, first.sign_pk)
    foreign = with_entry(5, replace(ENTRIES[5], account=OTHER, principal=foreign_id))
    given = ask_path(5, foreign, mona)
    yield bad("path", "other_account", "an entry of another account", given, "context")
    yield from _principal_faults()
    yield from _small_order_faults()
    yield from _listed_faults()
    keys = {
        "older_key": (
            "the encryption key of the keyset before",
            ask_path(8, enc_pk=RUNNER.keysets[0].enc_pk),
        ),
        "cut_key": ("an encryption key without its last byte", ask_path(5, enc_pk=mona[:-1])),
    }
    yield from all_bad("path", "key-hash", keys)


def _principal_faults() -> Iterator[Case]:
    entry, mona = ENTRIES[5], MONA.keys.enc_pk
    renamed = with_entry(5, replace(entry, principal=derive_bytes("id/else", 16)))
    stolen = with_entry(5, replace(entry, principal=WALT.id))
    other_kind = with_entry(5, replace(entry, kind=3))
    dropped = with_entry(8, replace(ENTRIES[8], keysets=ENTRIES[8].keysets[1:]))
    table = {
        "other_id": ("an id that does not follow from keyset 1", ask_path(5, renamed, mona)),
        "id_of_another": ("joins under the id of another user", ask_path(5, stolen, mona)),
        "kind_changed": ("the id of a user, kind 3", ask_path(5, other_kind, mona)),
        "first_keyset_dropped": (
            "keyset 1 of a service account must stay",
            ask_path(8, dropped, RUNNER.keys.enc_pk),
        ),
    }
    yield from all_bad("path", "principal-id", table)


def _small_order_faults() -> Iterator[Case]:
    """A group's entry: no id depends on the key, so nothing else is wrong."""
    order_eight = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
    points = {
        "zero": bytes(32),
        "one": b"\1" + bytes(31),
        "order_eight": bytes.fromhex(order_eight),
    }
    for name, point in points.items():
        first, second = ENTRIES[12].keysets
        weak = replace(ENTRIES[12], keysets=(first, replace(second, sign_pk=point)))
        given = ask_path(12, with_entry(12, weak), EDITORS.keys.enc_pk)
        yield bad("path", f"small_order_{name}", "a signing key of small order", given, "form")


def _listed_faults() -> Iterator[Case]:
    olga, adam = ENTRIES[0], ENTRIES[4]
    states = {
        "owner_suspended": (0, OLGA, replace(olga, state=SUSPENDED, entry_rev=49, state_rev=49)),
        "administrator_removed": (
            4,
            ADAM,
            replace(adam, state=REMOVED, entry_rev=49, state_rev=49),
        ),
        "owners_group_removed": (
            1,
            OWNERS,
            replace(ENTRIES[1], state=REMOVED, entry_rev=49, state_rev=49),
        ),
        "administrators_group_suspended": (
            2,
            ADMINISTRATORS,
            replace(ENTRIES[2], state=SUSPENDED, entry_rev=49, state_rev=49),
        ),
    }
    for condition, (index, who, entry) in states.items():
        yield bad(
            "path",
            condition,
            "listed in the root document and not active",
            ask_path(index, with_entry(index, entry), who.keys.enc_pk),
            "listed",
        )
    rotated = replace(OWNERS, keysets=(*OWNERS.keysets, Keyset(derive_bytes("seed/owners/2"))))
    entries = with_entry(1, make_entry(1, rotated, 40))
    yield bad(
        "path",
        "owners_with_newer_keyset",
        "the current keyset is not the one in the root document",
        ask_path(1, entries, rotated.keys.enc_pk),
        "listed",
    )
    row = Listed(WALT.id, MONA.fp, MONA.keys.sign_pk)
    root = replace(ROOT_1, administrators=(row,))
    yield bad(
        "path",
        "listed_with_other_fp",
        "the root document gives an administrator other keys",
        ask_path(6, enc_pk=WALT.keys.enc_pk, root=root),
        "listed",
    )
