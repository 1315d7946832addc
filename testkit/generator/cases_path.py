"""Entries that a client believes, and the wrong shapes (section 4 of specs/formats.md)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.case import Case, bad, good
from generator.crypto import sha256
from generator.directory import SUSPENDED, Entry, EntryKeyset
from generator.ids import principal_id
from generator.keys import Keyset
from generator.pae import Part, encode
from generator.path_question import RawEntry, ask_path, with_entry
from generator.world import (
    ACCOUNT,
    ADAM,
    EDITORS,
    ENTRIES,
    MONA,
    OLGA,
    RITA,
    ROBOT,
    RUNNER,
)


def path_good() -> Iterator[Case]:
    """Entries that a client believes."""
    for index, who, name in (
        (4, ADAM, "administrator"),
        (8, RUNNER, "second_keyset"),
        (11, ROBOT, "service_account"),
        (12, EDITORS, "last_leaf"),
    ):
        yield good(
            "path",
            name,
            "entry, path and encryption key of the current keyset",
            ask_path(index, enc_pk=who.keys.enc_pk),
        )
    paused = with_entry(7, replace(ENTRIES[7], entry_rev=48, state=SUSPENDED, state_rev=48))
    yield good(
        "path",
        "suspended",
        "who is suspended still has an entry",
        ask_path(7, paused, RITA.keys.enc_pk),
    )
    alone = (ENTRIES[0],)
    yield good(
        "path",
        "only_leaf",
        "a tree of one leaf has an empty path",
        ask_path(0, alone, OLGA.keys.enc_pk),
    )
    full = with_entry(12, _many_keysets(16))
    yield good(
        "path",
        "sixteen_keysets",
        "as many as an entry can hold",
        ask_path(12, full, EDITORS.keys.enc_pk),
    )


def _many_keysets(count: int) -> Entry:
    """The editors' entry with `count` keysets, the last one current."""
    entry = ENTRIES[12]
    last = entry.keysets[-1]
    older = tuple(
        EntryKeyset(
            n,
            sha256(b"%d" % n),
            sha256(b"e%d" % n),
            Keyset(derive_bytes(f"k{n}")).sign_pk,
            n,
            n + 1,
        )
        for n in range(1, count)
    )
    return replace(entry, keysets=(*older, replace(last, number=count, since=count)))


def _path_form_faults() -> dict[str, tuple[str, int, Entry]]:
    mona, runner, editors = ENTRIES[5], ENTRIES[8], ENTRIES[12]
    first_of_runner, closed = runner.keysets[0], replace(runner.keysets[1], until=40)
    first, second = editors.keysets
    keys = mona.keysets[0]
    fourth_kind = principal_id(ACCOUNT, 4, keys.enc_pk_hash, keys.sign_pk)
    return {
        "no_keyset": ("an entry without keysets", 5, replace(mona, keysets=())),
        "seventeen_keysets": ("one keyset too many", 12, _many_keysets(17)),
        "keysets_unsorted": (
            "number 2 before number 1",
            12,
            replace(editors, keysets=(replace(first, number=2), replace(second, number=1))),
        ),
        "keyset_twice": (
            "two keysets with number 1",
            12,
            replace(editors, keysets=(first, replace(second, number=1))),
        ),
        "current_keyset_closed": (
            "the last keyset has an until",
            8,
            replace(runner, entry_rev=40, keysets=(first_of_runner, closed)),
        ),
        "unknown_kind": ("kind 4", 5, replace(mona, kind=4, principal=fourth_kind)),
        "unknown_state": ("state 4", 5, replace(mona, state=4)),
        "time_too_large": ("expires at 2^53", 5, replace(mona, expires=2**53)),
    }


def path_shapes() -> Iterator[Case]:
    """The shape of an entry, in a tree that holds it as it is."""
    for condition, (comment, index, entry) in _path_form_faults().items():
        enc_pk = {5: MONA, 8: RUNNER, 12: EDITORS}[index].keys.enc_pk
        yield bad(
            "path", condition, comment, ask_path(index, with_entry(index, entry), enc_pk), "form"
        )
    tail: dict[str, tuple[str, Callable[[list[Part]], bytes]]] = {
        "left_over_part": ("a part behind the gaps", lambda parts: encode(*parts, b"")),
        "part_missing": ("the count of the gaps is missing", lambda parts: encode(*parts[:-1])),
    }
    for condition, (comment, make) in tail.items():
        raw = RawEntry(make(ENTRIES[5].parts()))
        entries: Any = with_entry(5, raw)  # type: ignore[arg-type]
        yield bad("path", condition, comment, ask_path(5, entries, MONA.keys.enc_pk), "form")
