"""Areas about signed bodies: directory, access records, revisions."""

from __future__ import annotations

from typing import Any

from runner.secrets import Values, same
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.sealing import Purpose, open_envelope
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.titles import check_title
from strongroom.errors import NotFoundError
from strongroom.trust import directory
from strongroom.trust.access import AccessMark, AccessVerifier, derive_names_container
from strongroom.trust.revisions import AskedObject, ObjectMark, RevisionVerifier
from strongroom.wire.access import parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.heads import parse_head
from strongroom.wire.revisions import State
from strongroom.wire.roots import RootDocument, parse_root
from strongroom.wire.signed import SignedBody, SignedRoot


class VectorEvidence:
    """What a vector says the client has verified or may ask for."""

    def __init__(self, data: Values) -> None:
        bodies = [bytes.fromhex(body) for body in data["entries"]]
        self._entries = {entry.principal: entry for entry in map(parse_entry, bodies)}
        root_bodies = [bytes.fromhex(body) for body in data["roots"]]
        self._roots = [parse_root(body) for body in root_bodies]
        self._root_hashes = {
            root.version: sha256(body) for root, body in zip(self._roots, root_bodies, strict=True)
        }
        rows = [(bytes.fromhex(body), bytes.fromhex(sig)) for body, sig in data["records"]]
        self._records = {sha256(body): SignedBody(body, sig) for body, sig in rows}
        self._head_rev = data["head_rev"]
        self._head_generation = data.get("head_generation", self._roots[-1].generation)

    def entry(self, principal: bytes) -> Entry | None:
        return self._entries.get(principal)

    def roots(self) -> list[RootDocument]:
        return self._roots

    def root_hash(self, version: int) -> bytes:
        return self._root_hashes[version]

    def head_rev(self) -> int:
        return self._head_rev

    def names_container(self) -> bytes:
        return derive_names_container(self._roots, self.root_hash)

    def head_generation(self) -> int:
        return self._head_generation

    def record(self, record_hash: bytes) -> SignedBody | None:
        return self._records.get(record_hash)


def mark_parts(mark: list[Any] | None) -> tuple[list[int], bytes] | None:
    """Split a mark into its numbers, in order, and its hash."""
    if mark is None:
        return None
    numbers = [value for value in mark if isinstance(value, int)]
    hashes = [bytes.fromhex(value) for value in mark if isinstance(value, str)]
    return numbers, hashes[0] if hashes else b""


def root(data: Values) -> Values:
    documents = [
        SignedRoot(
            bytes.fromhex(row["body"]),
            tuple((bytes.fromhex(who), bytes.fromhex(sig)) for who, sig in row["signatures"]),
        )
        for row in data["documents"]
    ]
    pin = directory.Pin(data["pin"][0], bytes.fromhex(data["pin"][1]))
    roots = directory.verify_root_chain(bytes.fromhex(data["account"]), pin, documents)
    for parsed, document in zip(roots, documents, strict=True):
        same(parsed.encode(), document.body)
    newest = roots[-1]
    return {
        "version": newest.version,
        "hash": sha256(documents[-1].body).hex(),
        "generation": newest.generation,
    }


def head(data: Values) -> Values:
    bodies = [bytes.fromhex(body) for body in data["roots"]]
    mark = mark_parts(data.get("mark"))
    body = bytes.fromhex(data["head"])
    found = directory.verify_head(
        bytes.fromhex(data["account"]),
        [parse_root(root_body) for root_body in bodies],
        sha256(bodies[-1]),
        body=body,
        signature=bytes.fromhex(data["sig"]),
        mark=directory.HeadMark(*mark[0], hash=mark[1]) if mark else None,
    )
    same(found.encode(), body)
    return {
        "generation": found.generation,
        "rev": found.rev,
        "count": found.count,
        "hash": sha256(body).hex(),
    }


def path(data: Values) -> Values:
    body = bytes.fromhex(data["entry"])
    entry = directory.verify_entry(
        parse_head(bytes.fromhex(data["head"])),
        parse_root(bytes.fromhex(data["root"])),
        body,
        [bytes.fromhex(node) for node in data["path"]],
    )
    if data.get("before"):
        directory.check_entry_follows(parse_entry(bytes.fromhex(data["before"])), entry)
    if data.get("enc_pk"):
        directory.check_encryption_key(entry, bytes.fromhex(data["enc_pk"]))
    same(entry.encode(), body)
    return {
        "principal": entry.principal.hex(),
        "index": entry.index,
        "state": entry.state,
        "fp": entry.current.fp.hex(),
    }


def access_record(data: Values) -> Values:
    evidence = VectorEvidence(data)
    verifier = AccessVerifier(bytes.fromhex(data["account"]), evidence)
    mark = mark_parts(data.get("mark"))
    body = bytes.fromhex(data["body"])
    record = verifier.verify(
        SignedBody(body, bytes.fromhex(data["sig"])),
        container=bytes.fromhex(data["container"]) if data.get("container") else None,
        mark=_access_mark(mark) if mark else None,
    )
    if data.get("for_writing"):
        verifier.check_writable(record)
    same(record.encode(), body)
    return {
        "access_rev": record.access_rev,
        "epoch": record.epoch,
        "hash": sha256(body).hex(),
        "signature_checks": verifier.signature_checks,
    }


def _access_mark(mark: tuple[list[int], bytes]) -> AccessMark:
    numbers, record_hash = mark
    return AccessMark(numbers[0], record_hash, *numbers[1:2])


def access_step(data: Values) -> Values:
    verifier = AccessVerifier(bytes.fromhex(data["account"]), VectorEvidence(data))
    before = bytes.fromhex(data["before"])
    after = bytes.fromhex(data["after"])
    signed = SignedBody(after, bytes.fromhex(data["sig"]))
    seen_rev = data.get("seen_rev", 0)
    verifier.verify_step(parse_access(before), sha256(before), signed, seen_rev=seen_rev)
    return {"access_rev": parse_access(after).access_rev}


def revision(data: Values) -> Values:
    evidence = VectorEvidence(data)
    account, container = bytes.fromhex(data["account"]), bytes.fromhex(data["container"])
    mark = mark_parts(data.get("mark"))
    asked = AskedObject(account, data["kind"], container, bytes.fromhex(data["object"]))
    body = bytes.fromhex(data["body"])
    overview, details = bytes.fromhex(data["overview"]), bytes.fromhex(data["details"])
    verifier = RevisionVerifier(evidence, AccessVerifier(account, evidence))
    found = verifier.verify(
        asked,
        SignedBody(body, bytes.fromhex(data["sig"])),
        overview=overview,
        details=details,
        mark=ObjectMark(mark[0][0], mark[1], *mark[0][1:2]) if mark else None,
    )
    same(found.encode(), body)
    context = (account, found.kind, container, found.epoch, found.object, found.version)
    key, what = SymmetricKey(bytes.fromhex(data["key"])), "the object"
    opened = open_envelope(key, Purpose.OVERVIEW, (*context, b""), overview, what=what)
    bound = (*context, found.overview_hash)
    detail = open_envelope(key, Purpose.DETAILS, bound, details, what=what)
    if "asked" in data:
        _check_answer(data["asked"], opened, found.state)
    return {
        "version": found.version,
        "state": found.state,
        "overview": opened.decode(),
        "details": detail.decode(),
    }


def _check_answer(asked: str, overview: bytes, state: int) -> None:
    import json

    check_title(asked=asked, title=json.loads(overview).get("title", ""), what="the object")
    if state != State.ACTIVE:
        message = "the object is not active"
        raise NotFoundError(message, layer="state")
