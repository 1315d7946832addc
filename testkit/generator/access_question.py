"""The question about an access record, as vectors write it (section 6 of specs/formats.md)."""

from collections.abc import Sequence
from typing import Any

from generator import records as r
from generator.access import ALL, MANAGER, Access
from generator.bytestream import derive_bytes
from generator.directory import Entry
from generator.roots import Root
from generator.world import (
    EDITORS,
    ENTRIES,
    OLGA,
    ROOT_0,
    ROOT_1,
    WALT,
    Principal,
    known_json,
)

Json = dict[str, Any]
OTHER = derive_bytes("account/other", 16)
BASE_ROOTS = (ROOT_0, ROOT_1)


def ask(
    record: Access,
    who: Principal,
    known: Sequence[tuple[Access, Principal]] = (),
    *,
    roots: Sequence[Root] = BASE_ROOTS,
    entries: Sequence[Entry] = ENTRIES,
    signature: bytes | None = None,
    body: bytes | None = None,
    **fields: Any,
) -> Json:
    """The question about a record, signed by `who` as it is."""
    body = record.body if body is None else body
    named = [r.signed(other, signer) for other, signer in known]
    given = {
        "op": "record",
        **known_json(named, roots, entries),
        "body": body.hex(),
        "sig": (signature or who.sign(body)).hex(),
    }
    return {**given, **fields}


def ask_step(
    before: Access,
    after: Access,
    who: Principal,
    *later: tuple[Access, Principal],
    roots: Sequence[Root] = BASE_ROOTS,
    entries: Sequence[Entry] = ENTRIES,
    **fields: Any,
) -> Json:
    """The question about a step from a remembered record to the next, signed by `who`."""
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA), *later]
    named = [r.signed(record, signer) for record, signer in known]
    given = {
        "op": "step",
        **known_json(named, roots, entries),
        "before": before.body.hex(),
        "after": after.body.hex(),
        "sig": who.sign(after.body).hex(),
    }
    return {**given, **fields}


# A vault that the editors manage.
MANAGED_ROWS = ((OLGA, ALL), (EDITORS, MANAGER))
EDITORS_MANAGE = r.make_record(r.VAULT, OLGA, MANAGED_ROWS, r.VAULT_0)


def through_group_record(group: Access, fields: Json) -> Access:
    """A record by Walt, who acts as one of the editors."""
    through = {**r.under_record(EDITORS_MANAGE), **r.through_group(EDITORS, group), **fields}
    return r.make_record(r.VAULT, WALT, r.FULL_ROWS, EDITORS_MANAGE, **through)


def ask_through_group(group: Access, fields: Json, **asked: Any) -> Json:
    """The question about it; the group's record is among what is known."""
    known = [(r.VAULT_0, OLGA), (EDITORS_MANAGE, OLGA), (group, OLGA)]
    return ask(through_group_record(group, fields), WALT, known, **asked)
