"""The question about an access record, as vectors write it (section 6 of specs/formats.md)."""

from collections.abc import Sequence
from typing import Any

from generator import records as r
from generator.access import (
    Access,
)
from generator.bytestream import derive_bytes
from generator.directory import Entry
from generator.roots import Root
from generator.world import (
    ENTRIES,
    ROOT_0,
    ROOT_1,
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
