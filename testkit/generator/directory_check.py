"""What a client verifies of the directory (section 4 of specs/formats.md).

The order is the one of the text: root chain; account, named root, signer,
signature and mark of the head; path, entry body, principal id, listed, key
hash.
"""

from dataclasses import dataclass
from typing import Any

from generator.crypto import is_small_order, sha256, verifies
from generator.directory import ACTIVE, GROUP, Entry, Head, parse_entry, parse_head
from generator.entry_check import check_entry_step
from generator.errors import refuse, require
from generator.ids import principal_id
from generator.limits import check_numbers
from generator.merkle import leaf_hash, root_from_path
from generator.roots import Root, parse_root

Signature = tuple[bytes, bytes]


@dataclass(frozen=True)
class Document:
    """A root document and its signature rows (signer, signature)."""

    body: bytes
    signatures: tuple[Signature, ...]


def check_root_chain(account: bytes, pin: tuple[int, bytes], documents: list[Document]) -> Root:
    """Walk from the pin to the newest document and return it."""
    roots = [parse_root(document.body) for document in documents]
    for root in roots:
        require(root.account == account, "context")
        check_numbers(root.version, root.generation, root.from_rev)
    for root in roots:
        if root.version == pin[0]:
            require(root.hash == pin[1], "pin", "fork")
    require(any(root.version >= pin[0] for root in roots), "pin", "rollback")
    for position in range(1, len(roots)):
        before, body = roots[position - 1], documents[position - 1].body
        _check_step(before, body, roots[position], documents[position], pin[0])
    require(any(root.version == pin[0] for root in roots), "chain")
    return roots[-1]


def _check_step(
    before: Root, previous_body: bytes, after: Root, document: Document, pinned: int
) -> None:
    require(after.version == before.version + 1, "chain")
    require(after.previous == sha256(previous_body), "chain")
    require(after.generation >= before.generation, "chain")
    require(after.from_rev > before.from_rev, "chain")
    if after.version <= pinned:
        # What the pin commits to needs no signature of its own.
        return
    rows = [(before.lists(signer, owners_only=True), sig) for signer, sig in document.signatures]
    known = [(row, sig) for row, sig in rows if row is not None]
    require(bool(known), "signer", "forbidden")
    signed = any(verifies(row.sign_pk, sig, document.body) for row, sig in known)
    require(signed, "signature")


def check_head(
    body: bytes, signature: bytes, *, account: bytes, roots: list[Root], mark: list[Any] | None
) -> Head:
    """A head under the newest root document that the client has accepted."""
    head = parse_head(body)
    require(head.account == account, "context")
    check_numbers(head.generation, head.rev, head.root_version)
    newest = roots[-1]
    named = (head.root_version, head.root_hash) == (newest.version, newest.hash)
    require(named, "root")
    require(head.generation == newest.generation, "root")
    require(head.rev >= newest.from_rev, "root")
    signer = newest.lists(head.signer)
    if signer is None:
        refuse("signer", "forbidden")
    require(verifies(signer.sign_pk, signature, body), "signature")
    if mark is not None:
        _check_head_mark(head, mark)
    return head


def _check_head_mark(head: Head, mark: list[Any]) -> None:
    seen, now = (mark[0], mark[1]), (head.generation, head.rev)
    require(now >= seen, "mark", "rollback")
    if now == seen and mark[2]:
        require(head.hash == bytes.fromhex(mark[2]), "mark", "fork")


def check_path(
    head: Head,
    root: Root,
    entry_body: bytes,
    path: list[bytes],
    enc_pk: bytes,
    before_body: bytes | None = None,
) -> Entry:
    """An entry under a verified head, the encryption key beside it, the entry held before."""
    entry = parse_entry(entry_body)
    proven = root_from_path(leaf_hash(entry_body), index=entry.index, count=head.count, path=path)
    require(proven == head.tree_root, "path")
    require(entry.account == head.account, "context")
    _check_revs(entry, head.rev)
    require(not any(is_small_order(k.sign_pk) for k in entry.keysets), "form")
    _check_principal(entry)
    _check_listed(entry, root)
    require(sha256(enc_pk) == entry.keysets[-1].enc_pk_hash, "key-hash")
    if before_body is not None:
        check_entry_step(parse_entry(before_body), entry)
    return entry


def _check_revs(entry: Entry, head_rev: int) -> None:
    """Nothing in an entry comes from the future."""
    revs = [entry.state_rev]
    revs += [rev for keyset in entry.keysets for rev in (keyset.since, keyset.until)]
    revs += [rev for gap in entry.inactive for rev in (gap.start, gap.until)]
    require(max(revs) <= entry.entry_rev <= head_rev, "context")


def _check_principal(entry: Entry) -> None:
    if entry.kind == GROUP:
        # The id of a group is its container's, which its access records prove.
        return
    first = entry.keysets[0]
    require(first.number == 1, "principal-id")
    expected = principal_id(entry.account, entry.kind, first.enc_pk_hash, first.sign_pk)
    require(entry.principal == expected, "principal-id")


def _check_listed(entry: Entry, root: Root) -> None:
    fps = {root.owners_group: root.owners_fp, root.administrators_group: root.administrators_fp}
    row = root.lists(entry.principal)
    fp = row.fp if row is not None else fps.get(entry.principal)
    if fp is not None:
        require(entry.state == ACTIVE and entry.keysets[-1].fp == fp, "listed")
