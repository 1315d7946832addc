"""Public keys put in the place of others, wherever one is read, and a thief who tries to open.

A `Plot` is one substitution: in the file, or in what a hostile service answers.
`loot` is what the thief's private key opens of everything that was sealed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.crypto.grants import GrantContext, open_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.errors import IntegrityError
from strongroom.transport.protocol import Transport
from strongroom.trust.merkle import hash_leaf, parents
from strongroom.wire.access import parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.heads import parse_head
from strongroom.wire.messages import CommitRequest, EntryProof, KeyRow
from strongroom.wire.operations import Answer, Request
from strongroom.wire.roots import RootSigner, parse_root

# Gets the name of an operation and its true answer.
Liar = Callable[[str, Any], Any]


@dataclass
class Hostile:
    """A transport to a service that answers falsely, and that keeps what it is sent."""

    inner: Transport
    answer: Liar
    commits: list[CommitRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.inner.url

    async def call(self, request: Request[Answer]) -> Answer:
        """Pass a request on and change the answer."""
        if isinstance(request, CommitRequest):
            self.commits.append(request)
        answer: Answer = self.answer(request.operation, await self.inner.call(request))
        return answer

    def change_token(self) -> object | None:
        return self.inner.change_token()

    def close(self) -> None:
        self.inner.close()


def honest(_operation: str, answer: Any) -> Any:
    """Answer as the service does."""
    return answer


def tap(engine: Engine, answer: Liar = honest) -> Hostile:
    """Put a hostile service between an engine and its file."""
    hostile = Hostile(engine.session.transport, answer)
    engine.session.transport = hostile
    return hostile


@dataclass(frozen=True)
class Plot:
    """One substitution for one principal; either the file or the answers are changed.

    Attributes:
        only: Of whom it can be made, if not of everybody.
    """

    name: str
    on_file: Callable[[sqlite3.Connection, Thief, bytes], None] | None = None
    on_answer: Callable[[Thief, bytes], Liar] | None = None
    only: tuple[str, ...] = ()


class Thief:
    """Whose public key is put in the place of others."""

    def __init__(self) -> None:
        self.keyset = Keyset.make()

    def entry(self, body: bytes) -> bytes:
        """Return an entry with the thief's keys as its current ones."""
        entry = parse_entry(body)
        return self._with(entry, self.keyset.enc_pk, self.keyset.sign_pk).encode()

    def signing(self, body: bytes) -> bytes:
        """Return an entry with the thief's signing key alone."""
        entry = parse_entry(body)
        last = msgspec.structs.replace(entry.current, sign_pk=self.keyset.sign_pk)
        return msgspec.structs.replace(entry, keysets=(*entry.keysets[:-1], last)).encode()

    def _with(self, entry: Entry, enc_pk: bytes, sign_pk: bytes) -> Entry:
        last = msgspec.structs.replace(
            entry.current,
            fp=self.keyset.fingerprint(entry.principal, entry.kind),
            enc_pk_hash=sha256(enc_pk),
            sign_pk=sign_pk,
        )
        return msgspec.structs.replace(entry, keysets=(*entry.keysets[:-1], last))

    # -- what it got ---------------------------------------------------------------------

    def loot(self, hostile: Hostile, path: Path, before: frozenset[bytes]) -> list[str]:
        """Return everything new that the thief opens, and every key of the thief's in an entry.

        Args:
            before: The sealed keys that the file held already.
        """
        return [
            *(what for commit in hostile.commits for what in self._in_commit(commit)),
            *self._in_file(path, before),
        ]

    def _in_commit(self, commit: CommitRequest) -> Iterator[str]:
        for change in commit.records:
            for row in change.sealed:
                if self._opens(change.record.body, row.accessor, row.fp, row.sealed):
                    yield "a sealed key that was sent"
        for write in commit.directory.entries if commit.directory else ():
            if self._is_in(write.body) or write.enc_pk == self.keyset.enc_pk:
                yield "an entry that was signed"

    def _in_file(self, path: Path, before: frozenset[bytes]) -> Iterator[str]:
        with sqlite3.connect(path) as db:
            rows = db.execute(
                "SELECT r.body, a.principal, a.fp, a.sealed FROM accessors a"
                " JOIN access_records r ON r.container = a.container"
            ).fetchall()
        db.close()
        for body, principal, fp, sealed in rows:
            if sealed not in before and self._opens(body, principal, fp, sealed):
                yield "a sealed key in the file"

    def _is_in(self, body: bytes) -> bool:
        keys = {self.keyset.sign_pk, sha256(self.keyset.enc_pk)}
        rows = parse_entry(body).keysets
        return any(key in (row.sign_pk, row.enc_pk_hash) for row in rows for key in keys)

    def _opens(self, record_body: bytes, accessor: bytes, fp: bytes, sealed: bytes) -> bool:
        record = parse_access(record_body)
        own = [self.keyset.fingerprint(accessor, kind) for kind in PrincipalKind]
        for named in {fp, *own}:
            context = GrantContext(
                account=record.account,
                kind=record.kind,
                container=record.container,
                epoch=record.epoch,
                accessor=accessor,
                fp=named,
            )
            try:
                open_key(
                    sealed,
                    self.keyset,
                    context,
                    sealed_hash=sha256(sealed),
                    key_id=record.key_id,
                )
            except IntegrityError:
                continue
            return True
        return False


def sealed_keys(path: Path) -> frozenset[bytes]:
    """Return every sealed key of a file."""
    db = sqlite3.connect(path)
    rows = db.execute("SELECT sealed FROM accessors").fetchall()
    db.close()
    return frozenset(sealed for (sealed,) in rows)


# -- in the file ----------------------------------------------------------------------


def _column(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    db.execute("UPDATE keysets SET enc_pk = ? WHERE principal = ?", (thief.keyset.enc_pk, who))


def _row(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    """The thief's key under the thief's fingerprint, beside an entry that does not name it."""
    (body,) = db.execute("SELECT body FROM entries WHERE principal = ?", (who,)).fetchone()
    fp = thief.keyset.fingerprint(who, parse_entry(body).kind)
    db.execute(
        "UPDATE OR IGNORE keysets SET enc_pk = ?, fp = ? WHERE principal = ?",
        (thief.keyset.enc_pk, fp, who),
    )


def _body(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    _row(db, thief, who)
    (body,) = db.execute("SELECT body FROM entries WHERE principal = ?", (who,)).fetchone()
    db.execute("UPDATE entries SET body = ? WHERE principal = ?", (thief.entry(body), who))


def _signing_key(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    (body,) = db.execute("SELECT body FROM entries WHERE principal = ?", (who,)).fetchone()
    db.execute("UPDATE entries SET body = ? WHERE principal = ?", (thief.signing(body), who))


def _in_tree(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    _body(db, thief, who)
    _grow(db)


def _grow(db: sqlite3.Connection) -> bytes:
    """Compute the tree over the entries as they stand; return its root."""
    rows = db.execute("SELECT body FROM entries ORDER BY position").fetchall()
    level, height = [hash_leaf(body) for (body,) in rows], 0
    while True:
        for position, node in enumerate(level):
            where = (node, height, position)
            db.execute("UPDATE tree SET hash = ? WHERE height = ? AND position = ?", where)
        if len(level) == 1:
            return level[0]
        level, height = parents(level), height + 1


def _in_head(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    _body(db, thief, who)
    root = _grow(db)
    rev, body = db.execute("SELECT rev, body FROM heads ORDER BY rev DESC LIMIT 1").fetchone()
    head = msgspec.structs.replace(parse_head(body), tree_root=root)
    signature = thief.keyset.sign(head.encode())
    db.execute(
        "UPDATE heads SET body = ?, signature = ? WHERE rev = ?", (head.encode(), signature, rev)
    )


def _in_root(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    """The newest root document lists the thief's keys, and so does the entry."""
    version, body = db.execute(
        "SELECT version, body FROM roots ORDER BY version DESC LIMIT 1"
    ).fetchone()
    root = parse_root(body)
    assert root.listed(who)
    (entry,) = db.execute("SELECT body FROM entries WHERE principal = ?", (who,)).fetchone()
    fp = thief.keyset.fingerprint(who, parse_entry(entry).kind)
    row = RootSigner(who, fp, thief.keyset.sign_pk)
    changes: dict[str, Any] = {
        "owners": tuple(row if one.principal == who else one for one in root.owners)
    }
    for group in ("owners_group", "administrators_group"):
        if getattr(root, group) == who:
            changes[f"{group}_fp"] = fp
    new = msgspec.structs.replace(root, **changes).encode()
    db.execute("UPDATE roots SET body = ? WHERE version = ?", (new, version))
    db.execute(
        "UPDATE root_signatures SET signature = ? WHERE version = ?",
        (thief.keyset.sign(new), version),
    )
    _in_head(db, thief, who)
    rev, body = db.execute("SELECT rev, body FROM heads ORDER BY rev DESC LIMIT 1").fetchone()
    head = msgspec.structs.replace(parse_head(body), root_hash=sha256(new)).encode()
    db.execute(
        "UPDATE heads SET body = ?, signature = ? WHERE rev = ?",
        (head, thief.keyset.sign(head), rev),
    )


def _accessor(db: sqlite3.Connection, thief: Thief, who: bytes) -> None:
    (body,) = db.execute("SELECT body FROM entries WHERE principal = ?", (who,)).fetchone()
    fp = thief.keyset.fingerprint(who, parse_entry(body).kind)
    # A token in an overlap has two rows, and the table takes one with this fingerprint.
    db.execute("UPDATE OR IGNORE accessors SET fp = ? WHERE principal = ?", (fp, who))


# -- in the answers -------------------------------------------------------------------


def _false_keys(thief: Thief, who: bytes) -> Liar:
    def answer(operation: str, given: Any) -> Any:
        if operation != "principals":
            return given
        owners = [parse_entry(proof.body).principal for proof in given.proofs]
        keys = tuple(
            tuple(
                msgspec.structs.replace(row, enc_pk=thief.keyset.enc_pk) if owner == who else row
                for row in rows
            )
            for owner, rows in zip(owners, given.keys, strict=False)
        )
        return msgspec.structs.replace(given, keys=keys)

    return answer


def _false_proofs(thief: Thief, who: bytes) -> Liar:
    keys = _false_keys(thief, who)

    def answer(operation: str, given: Any) -> Any:
        if operation != "principals":
            return given
        proofs = tuple(_replaced(proof, thief, who) for proof in given.proofs)
        last = _replaced(given.last, thief, who)
        return msgspec.structs.replace(keys(operation, given), proofs=proofs, last=last)

    return answer


def _false_people(thief: Thief, who: bytes) -> Liar:
    def answer(operation: str, given: Any) -> Any:
        if operation != "people/list":
            return given
        rows = tuple(
            msgspec.structs.replace(row, proof=_replaced(row.proof, thief, who))
            for row in given.rows
        )
        return msgspec.structs.replace(given, rows=rows)

    return answer


def _false_evidence(thief: Thief, who: bytes) -> Liar:
    def answer(_operation: str, given: Any) -> Any:
        if not hasattr(given, "evidence"):
            return given
        entries = tuple(_replaced(proof, thief, who) for proof in given.evidence.entries)
        evidence = msgspec.structs.replace(given.evidence, entries=entries)
        return msgspec.structs.replace(given, evidence=evidence)

    return answer


def _everywhere(thief: Thief, who: bytes) -> Liar:
    parts = [make(thief, who) for make in (_false_proofs, _false_people, _false_evidence)]

    def answer(operation: str, given: Any) -> Any:
        for part in parts:
            given = part(operation, given)
        return given

    return answer


def _somebody_else(_thief: Thief, who: bytes) -> Liar:
    """The last principal's true entry and key, for whoever was asked for."""
    keys: dict[bytes, tuple[KeyRow, ...]] = {}

    def answer(operation: str, given: Any) -> Any:
        if operation != "principals":
            return given
        owners = [parse_entry(proof.body).principal for proof in given.proofs]
        keys.update(zip(owners, given.keys or ((),) * len(owners), strict=True))
        others = [owner for owner in keys if owner != who]
        if not others or who not in owners:
            return given
        proofs = dict(zip(owners, given.proofs, strict=True))
        other = next((owner for owner in owners if owner != who), None)
        if other is None:
            return given
        at = owners.index(who)
        swapped = (*given.proofs[:at], proofs[other], *given.proofs[at + 1 :])
        rows = (*given.keys[:at], keys[other], *given.keys[at + 1 :]) if given.keys else ()
        return msgspec.structs.replace(given, proofs=swapped, keys=rows)

    return answer


def _replaced(proof: EntryProof, thief: Thief, who: bytes) -> EntryProof:
    if parse_entry(proof.body).principal != who:
        return proof
    return msgspec.structs.replace(proof, body=thief.entry(proof.body))


PLOTS = (
    Plot("the column of encryption keys", on_file=_column),
    Plot("the row of an open keyset", on_file=_row),
    Plot("the entry", on_file=_body),
    Plot("the signing key in the entry", on_file=_signing_key),
    Plot("the entry and its path", on_file=_in_tree),
    Plot("the entry, its path and the head", on_file=_in_head),
    Plot("the root document", on_file=_in_root, only=("owner", "administrators")),
    Plot("the fingerprint beside the sealed key", on_file=_accessor),
    Plot("keys in the answer about principals", on_answer=_false_keys),
    Plot("entries in the answer about principals", on_answer=_false_proofs),
    Plot("entries in the list of people", on_answer=_false_people),
    Plot("entries in the evidence", on_answer=_false_evidence),
    Plot("entries in every answer", on_answer=_everywhere),
    Plot("somebody else's entry in the answer about principals", on_answer=_somebody_else),
)


# -- invites --------------------------------------------------------------------------


def steal_invites(thief: Thief, account: bytes) -> dict[str, dict[str, Any]]:
    """Return what the thief puts into the row of an answered invite, by what it is called."""
    keyset = thief.keyset
    joiner = derive_principal_id(account, PrincipalKind.USER, sha256(keyset.enc_pk), keyset.sign_pk)
    everything = {"joiner": joiner, "enc_pk": keyset.enc_pk, "sign_pk": keyset.sign_pk}
    return {
        "the encryption key": {"enc_pk": keyset.enc_pk},
        "the signing key": {"sign_pk": keyset.sign_pk},
        "both keys": {"enc_pk": keyset.enc_pk, "sign_pk": keyset.sign_pk},
        "keys and id": everything,
        "keys, id and an empty MAC": everything | {"mac": b""},
        "keys, id and a MAC of zeros": everything | {"mac": bytes(32)},
    }


def connected(engine: Engine) -> Engine:
    """Return an engine that has read the directory."""
    drive(engine.connect())
    return engine
