"""A revision with its envelopes, and the question about it (section 8 of specs/formats.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator import records as r
from generator.access import Access
from generator.bytestream import derive_bytes
from generator.crypto import sha256
from generator.envelope import Sealing, seal
from generator.revision import Revision, envelope_contexts
from generator.titles import title_tag
from generator.world import (
    ACCOUNT,
    EDITORS,
    OLGA,
    T0,
    Principal,
    known_json,
)

Json = dict[str, Any]
ITEM = derive_bytes("object/item", 16)
OTHER = derive_bytes("account/other", 16)
OVERVIEW = b'{"title":"Mail","category":"LOGIN","x-unknown":[1,2]}'
DETAILS = b'{"fields":[{"id":"password","value":"example"}],"x-unknown":{}}'
EMPTY = b"{}"
Known = Sequence[tuple[Access, Principal]]
BASE: Known = ((r.VAULT_1, OLGA),)


@dataclass(frozen=True)
class Written:
    """A revision, its envelopes, and who signs it."""

    revision: Revision
    overview: bytes
    details: bytes
    key: bytes
    author: Principal

    def changed(self, **fields: Any) -> "Written":
        """The same with other fields in the body, to be signed anew."""
        return replace(self, revision=replace(self.revision, **fields))


def _describe(
    author: Principal, version: int, state: int, container: r.Container, record: Access, item: bytes
) -> Revision:
    """A revision whose envelopes are not sealed yet."""
    key = container.key(record.epoch)
    own = item == container.id
    tag = bytes(16) if own or state == 3 else title_tag(key, container.id, "Mail")
    return Revision(
        ACCOUNT,
        container.kind,
        container.id,
        record.epoch,
        record.access_rev,
        record.hash,
        0,
        28,
        item,
        version,
        b"" if version == 1 else sha256(b"version %d" % (version - 1)),
        state,
        tag,
        T0,
        T0 + version,
        author.id,
        author.fp,
        author.id,
        b"",
        b"",
        b"",
    )


def write(
    author: Principal,
    version: int = 2,
    state: int = 1,
    *,
    container: r.Container = r.VAULT,
    record: Access = r.VAULT_1,
    item: bytes = ITEM,
    overview: bytes = OVERVIEW,
    details: bytes = DETAILS,
    sealed_as: Json | None = None,
    **fields: Any,
) -> Written:
    """Seal and describe one version.  `sealed_as` changes only what is sealed."""
    key = container.key(record.epoch)
    revision = _describe(author, version, state, container, record, item)
    bound = replace(revision, **(sealed_as or {}))
    label = f"salt/{container.name}/{author.name}/{version}/{state}/"
    salts = [derive_bytes(label + sha256(data).hex(), 24) for data in (overview, details)]
    first = seal(Sealing(1, key, envelope_contexts(bound, b"")[0], salts[0]), overview)
    second = seal(Sealing(2, key, envelope_contexts(bound, first)[1], salts[1]), details)
    whole = replace(revision, overview_hash=sha256(first), details_hash=sha256(second))
    return Written(replace(whole, **fields), first, second, key, author)


def ask(
    written: Written,
    known: Known = BASE,
    *,
    body: bytes | None = None,
    signature: bytes | None = None,
    **fields: Any,
) -> Json:
    """The question about a revision, signed by its author as it is."""
    body = written.revision.body if body is None else body
    named = [r.signed(record, signer) for record, signer in known]
    given = {
        **known_json(named),
        "body": body.hex(),
        "sig": (signature or written.author.sign(body)).hex(),
        "overview": written.overview.hex(),
        "details": written.details.hex(),
        "key": written.key.hex(),
        "kind": written.revision.kind,
        "container": written.revision.container.hex(),
        "object": written.revision.object.hex(),
    }
    return {**given, **fields}


def by_group(record: Access = r.EDITORS_1) -> Json:
    """The fields of an author who acts as one of the editors."""
    return {"via": EDITORS.id, "group_record": record.hash}


GROUPED: Known = (*BASE, (r.EDITORS_1, OLGA))
