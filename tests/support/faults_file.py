"""The whole file in a forger's hands: reads what it needs, writes whatever it likes.

No rule of the service is asked; what is written has the shape that the service
would have left, so that only the readers' own rules stand in the way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from strongroom.crypto.public.hashes import sha256
from strongroom.trust.merkle import hash_leaf, hash_node
from strongroom.wire.access import AccessRecord, parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.messages import RecordChange, StoredRevision
from strongroom.wire.revisions import Revision, parse_revision
from strongroom.wire.roots import RootDocument, parse_root
from strongroom.wire.signed import SignedBody, SignedRoot


class Record(NamedTuple):
    """An access record as stored."""

    parsed: AccessRecord
    hash: bytes
    signed: SignedBody


@dataclass(frozen=True)
class File:
    """One database file."""

    path: Path
    account: bytes

    @contextmanager
    def db(self) -> Iterator[sqlite3.Connection]:
        """Give a connection; whatever is changed by it is news to everybody who asks."""
        with closing(sqlite3.connect(self.path)) as db, db:
            yield db
            if db.total_changes:
                db.execute("DELETE FROM account_stamps")

    def run(self, sql: str, *values: Any) -> None:
        with self.db() as db:
            db.execute(sql, values)

    def all(self, sql: str, *values: Any) -> list[Any]:
        with self.db() as db:
            return db.execute(sql, values).fetchall()

    # -- reading -------------------------------------------------------------------------

    def records(self, container: bytes) -> list[Record]:
        rows = self.all(
            "SELECT body, signature FROM access_records WHERE container = ? ORDER BY access_rev",
            container,
        )
        return [Record(parse_access(b), sha256(b), SignedBody(b, s)) for b, s in rows]

    def record(self, container: bytes) -> Record:
        return self.records(container)[-1]

    def head(self) -> tuple[Head, SignedBody]:
        ((body, signature),) = self.all(
            "SELECT body, signature FROM heads ORDER BY rev DESC LIMIT 1"
        )
        return parse_head(body), SignedBody(body, signature)

    def root(self) -> tuple[RootDocument, bytes]:
        ((body,),) = self.all("SELECT body FROM roots ORDER BY version DESC LIMIT 1")
        return parse_root(body), body

    def entry(self, principal: bytes) -> tuple[Entry, bytes]:
        """Return an entry and the encryption key beside it."""
        ((body,),) = self.all("SELECT body FROM entries WHERE principal = ?", principal)
        entry = parse_entry(body)
        rows = self.all("SELECT enc_pk FROM keysets WHERE fp = ?", entry.current.fp)
        return entry, rows[0][0] if rows else b""

    def newest(self, object_id: bytes) -> tuple[Revision, bytes] | None:
        """Return the newest revision of an object, and its body."""
        rows = self.all(
            "SELECT body FROM revisions WHERE object = ? ORDER BY version DESC LIMIT 1", object_id
        )
        return (parse_revision(rows[0][0]), rows[0][0]) if rows else None

    # -- writing -------------------------------------------------------------------------

    def put_revision(self, stored: StoredRevision) -> None:
        """Make a revision the newest of its object."""
        revision = parse_revision(stored.body)
        where = (self.account, revision.container, revision.object)
        with self.db() as db:
            db.execute(
                "INSERT OR REPLACE INTO revisions (account, container, object, version, body,"
                " signature, overview, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *where,
                    revision.version,
                    stored.body,
                    stored.signature,
                    stored.overview,
                    stored.details,
                ),
            )
            db.execute(
                "INSERT OR REPLACE INTO objects (account, container, id, version, state, epoch,"
                " tag, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*where, revision.version, revision.state, revision.epoch, revision.tag, 0),
            )

    def put_record(self, change: RecordChange) -> None:
        """Make a record the current one of its container."""
        record = parse_access(change.record.body)
        container = record.container
        held = self.all(
            "SELECT principal, fp, sealed FROM accessors WHERE container = ?", container
        )
        sealed = {(who, fp): envelope for who, fp, envelope in held}
        sealed |= {(row.accessor, row.fp): row.sealed for row in change.sealed}
        with self.db() as db:
            db.execute(
                "INSERT OR REPLACE INTO access_records VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self.account,
                    container,
                    record.access_rev,
                    sha256(change.record.body),
                    change.record.body,
                    change.record.signature,
                ),
            )
            db.execute(
                "UPDATE containers SET access_rev = ?, epoch = ? WHERE id = ?",
                (record.access_rev, record.epoch, container),
            )
            db.execute(
                "INSERT OR IGNORE INTO epochs VALUES (?, ?, ?, ?, 0)",
                (self.account, container, record.epoch, change.link),
            )
            db.execute("DELETE FROM accessors WHERE container = ?", (container,))
            for row in record.accessors:
                envelope = sealed.get((row.principal, row.fp), b"")
                db.execute(
                    "INSERT INTO accessors (account, principal, container, fp, permissions,"
                    " sealed_hash, sealed) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        self.account,
                        row.principal,
                        container,
                        row.fp,
                        row.permissions,
                        row.sealed_hash,
                        envelope,
                    ),
                )

    def put_entry(self, entry: Entry, enc_pk: bytes, *, position: int | None = None) -> bytes:
        """Put an entry at its place, or at another; return the root of the tree with it.

        The stored keys stay as they are where none is given.
        """
        place = entry.index if position is None else position
        with self.db() as db:
            count = db.execute(
                "UPDATE entries SET body = ?, principal = ? WHERE position = ?",
                (entry.encode(), entry.principal, place),
            ).rowcount
            if not count:
                db.execute(
                    "INSERT INTO entries (account, position, principal, body) VALUES (?, ?, ?, ?)",
                    (self.account, place, entry.principal, entry.encode()),
                )
            if enc_pk:
                db.execute(
                    "INSERT OR REPLACE INTO keysets (account, principal, fp, enc_pk, auth_pk)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (self.account, entry.principal, entry.current.fp, enc_pk, b""),
                )
        return self._grow_tree()

    def _grow_tree(self) -> bytes:
        with self.db() as db:
            bodies = [b for (b,) in db.execute("SELECT body FROM entries ORDER BY position")]
            nodes, height = [hash_leaf(body) for body in bodies], 0
            while True:
                db.executemany(
                    "INSERT OR REPLACE INTO tree VALUES (?, ?, ?, ?)",
                    [(self.account, height, at, node) for at, node in enumerate(nodes)],
                )
                if len(nodes) == 1:
                    return nodes[0]
                pairs = [nodes[at : at + 2] for at in range(0, len(nodes), 2)]
                nodes = [hash_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
                height += 1

    def put_head(self, head: SignedBody) -> None:
        self.run(
            "INSERT OR REPLACE INTO heads VALUES (?, ?, ?, ?)",
            self.account,
            parse_head(head.body).rev,
            head.body,
            head.signature,
        )

    def put_root(self, root: SignedRoot) -> None:
        version = parse_root(root.body).version
        with self.db() as db:
            db.execute(
                "INSERT OR REPLACE INTO roots VALUES (?, ?, ?)", (self.account, version, root.body)
            )
            db.execute("DELETE FROM root_signatures WHERE version = ?", (version,))
            db.executemany(
                "INSERT INTO root_signatures VALUES (?, ?, ?, ?)",
                [(self.account, version, *row) for row in root.signatures],
            )
