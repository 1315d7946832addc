"""Signed bodies for tests: whole ones by strategy, and ones with a part changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import IntegrityError
from strongroom.limits import GAPS_PER_PRINCIPAL_MAX, INTEGER_MAX
from strongroom.pae import Part, pae, parse_pae
from strongroom.wire.access import Accessor, AccessRecord
from strongroom.wire.entries import Entry, EntryKeyset, Gap
from strongroom.wire.heads import Head
from strongroom.wire.revisions import Revision
from strongroom.wire.roots import RootDocument, RootSigner

IDS = st.binary(min_size=16, max_size=16)
HASHES = st.binary(min_size=32, max_size=32)
INTEGERS = st.integers(0, INTEGER_MAX)
OPTIONAL_HASHES = st.just(b"") | HASHES


def integers(low: int, high: int = INTEGER_MAX) -> st.SearchStrategy[int]:
    """Return integers that have a lower bound."""
    return st.integers(low, high)


def change_part(body: bytes, place: int, part: Part) -> bytes:
    """Return a body with one of its parts replaced."""
    parts: list[Part] = list(parse_pae(body))
    parts[place] = part
    return pae(*parts)


def check_every_part(body: bytes, parse: Callable[[bytes], Any], *, free: set[int]) -> None:
    """Check that each part of a body has a fixed length, that none may be missing or added.

    Args:
        free: Places of parts that may have any length.
    """
    parts: list[Part] = list(parse_pae(body))
    broken = [pae(*parts[:-1]), pae(*parts, b""), pae("sr/v1/other", *parts[1:]), body + b"\0"]
    for place, part in enumerate(parts):
        if place not in free:
            broken.append(change_part(body, place, bytes(part) + b"\0"))
            broken.append(change_part(body, place, bytes(part)[:-1] or b"\0"))
    for changed in broken:
        refuse_form(changed, parse)


def refuse_form(body: bytes, parse: Callable[[bytes], Any]) -> None:
    """Check that a body is refused for its form."""
    with pytest.raises(IntegrityError) as caught:
        parse(body)
    assert caught.value.layer == "form"


# -- one strategy per kind of body -------------------------------------------------


def _ascending(rows: list[Any], key: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(sorted({key(row): row for row in rows}.values(), key=key))


_SIGNERS = st.builds(RootSigner, IDS, HASHES, HASHES)
_POLICIES = st.dictionaries(st.text(max_size=5), st.booleans(), max_size=2)


def _signers(*, least: int) -> st.SearchStrategy[tuple[RootSigner, ...]]:
    rows = st.lists(_SIGNERS, min_size=least, max_size=3)
    return rows.map(lambda found: _ascending(found, lambda row: row.principal))


ROOTS = st.builds(
    RootDocument,
    account=IDS,
    version=st.just(0),
    previous=st.just(b""),
    generation=INTEGERS,
    from_rev=INTEGERS,
    created_ms=INTEGERS,
    owners=_signers(least=1),
    administrators=_signers(least=0),
    owners_group=IDS,
    owners_group_fp=HASHES,
    administrators_group=IDS,
    administrators_group_fp=HASHES,
    team_members_group=IDS,
    policy=_POLICIES.map(lambda row: json.dumps(row).encode()),
)
HEADS = st.builds(
    Head,
    account=IDS,
    generation=INTEGERS,
    rev=INTEGERS,
    previous=OPTIONAL_HASHES,
    root_version=INTEGERS,
    root_hash=HASHES,
    count=integers(1, 1_000_000),
    tree_root=HASHES,
    created_ms=INTEGERS,
    signer=IDS,
)


def _keysets(rows: list[EntryKeyset]) -> tuple[EntryKeyset, ...]:
    ascending = _ascending(rows, lambda row: row.number)
    last = ascending[-1]
    open_end = EntryKeyset(
        last.number, last.fp, last.enc_pk_hash, last.sign_pk, last.since, until=0
    )
    return (*ascending[:-1], open_end)


def _with_gaps(entry: Entry, revs: list[int]) -> Entry:
    """Return an entry with gaps between pairs of revs; a user keeps one keyset."""
    revs = sorted(revs)
    gaps = tuple(Gap(*pair) for pair in zip(revs[::2], revs[1::2], strict=False))
    state_rev = max([entry.state_rev, *revs])
    entry = msgspec.structs.replace(entry, gaps=gaps, state_rev=state_rev)
    if entry.kind != PrincipalKind.USER:
        return entry
    only = msgspec.structs.replace(entry.keysets[0], number=1, until=0)
    return msgspec.structs.replace(entry, keysets=(only,))


_ENTRIES_WITHOUT_GAPS = st.builds(
    Entry,
    account=IDS,
    index=INTEGERS,
    principal=IDS,
    kind=integers(1, 3),
    entry_rev=INTEGERS,
    state=integers(1, 3),
    state_rev=INTEGERS,
    flags=INTEGERS,
    creator=IDS,
    expires_ms=INTEGERS,
    keysets=st.lists(
        st.builds(EntryKeyset, integers(1), HASHES, HASHES, HASHES, INTEGERS, INTEGERS),
        min_size=1,
        max_size=4,
    ).map(_keysets),
    gaps=st.just(()),
)
_REVS = st.lists(INTEGERS, unique=True, max_size=2 * GAPS_PER_PRINCIPAL_MAX)
ENTRIES = st.builds(_with_gaps, _ENTRIES_WITHOUT_GAPS, _REVS)
_ROWS = st.lists(st.builds(Accessor, IDS, st.just(1), HASHES, INTEGERS, HASHES), max_size=4)
ACCESS_RECORDS = st.builds(
    AccessRecord,
    account=IDS,
    kind=integers(1, 4),
    subtype=st.just(0),
    container=IDS,
    access_rev=integers(1),
    previous=HASHES,
    creator=IDS,
    salt=HASHES,
    epoch=integers(2),
    key_id=IDS,
    link_hash=HASHES,
    generation=INTEGERS,
    directory_rev=INTEGERS,
    authority=integers(1, 3),
    authority_rev=INTEGERS,
    authority_hash=OPTIONAL_HASHES,
    via=IDS,
    group_hash=OPTIONAL_HASHES,
    created_ms=INTEGERS,
    signer=IDS,
    signer_fp=HASHES,
    accessors=_ROWS.map(lambda rows: _ascending(rows, lambda row: row.principal)),
)
REVISIONS = st.builds(
    Revision,
    account=IDS,
    kind=integers(1, 4),
    container=IDS,
    epoch=integers(1),
    access_rev=INTEGERS,
    access_hash=HASHES,
    generation=INTEGERS,
    directory_rev=INTEGERS,
    object=IDS,
    version=integers(2),
    previous=HASHES,
    state=integers(1, 3),
    tag=IDS,
    created_ms=INTEGERS,
    updated_ms=INTEGERS,
    author=IDS,
    author_fp=HASHES,
    via=IDS,
    group_hash=OPTIONAL_HASHES,
    overview_hash=HASHES,
    details_hash=HASHES,
)

# One revision, for tests to which its facts do not matter: version 3 of an active item.
REVISION = Revision(
    account=b"a" * 16,
    kind=1,
    container=b"c" * 16,
    epoch=1,
    access_rev=0,
    access_hash=bytes(32),
    generation=0,
    directory_rev=1,
    object=b"o" * 16,
    version=3,
    previous=bytes(32),
    state=1,
    tag=b"t" * 16,
    created_ms=0,
    updated_ms=1,
    author=b"p" * 16,
    author_fp=bytes(32),
    via=b"p" * 16,
    group_hash=b"",
    overview_hash=bytes(32),
    details_hash=bytes(32),
)
