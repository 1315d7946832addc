"""An ex-member with the whole file in hand: tries every key that it could ever come by.

Its old keys, everything that is sealed to them in the file as it is now, the
groups behind those, and every epoch link. What it can open, it finds.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.client.engine import Engine
from strongroom.crypto.grants import GrantContext, open_epoch_link, open_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.sealing import Purpose, open_envelope
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import StrongroomError
from strongroom.wire.access import AccessRecord, ContainerKind, parse_access
from strongroom.wire.revisions import Revision, parse_revision

# A principal and the fingerprint of one of its keysets.
Holder = tuple[bytes, bytes]


@dataclass
class Loot:
    """Every key that somebody holds or ever held."""

    keysets: dict[Holder, Keyset] = field(default_factory=dict)
    keys: set[SymmetricKey] = field(default_factory=set)

    @classmethod
    def of(cls, engine: Engine) -> Loot:
        """Take all that an engine of the member can open while it is one."""
        session, loot = engine.session, cls()
        loot.take(session.principal, session.kind, session.keyset)
        for container in session.containers.values():
            for epoch in range(1, container.record.epoch + 1):
                loot.found(container.record, container.key(epoch))
        return loot

    def take(self, principal: bytes, kind: int, keyset: Keyset) -> None:
        self.keysets[principal, keyset.fingerprint(principal, kind)] = keyset

    def found(self, record: AccessRecord, key: SymmetricKey) -> None:
        """Keep a container's key; a group's is the seed of its keyset."""
        self.keys.add(key)
        if record.kind == ContainerKind.GROUP:
            self.take(record.container, PrincipalKind.GROUP, Keyset.of_group(key))

    def search(self, path: Path) -> None:
        """Open whatever the file holds for these keys, until nothing new is found."""
        with closing(sqlite3.connect(path)) as db:
            bodies = db.execute("SELECT body FROM access_records").fetchall()
            sealed = db.execute("SELECT container, principal, fp, sealed FROM accessors").fetchall()
            links = db.execute(
                "SELECT container, epoch, link FROM epochs WHERE link <> ''"
            ).fetchall()
        records = [parse_access(body) for (body,) in bodies]
        before = -1
        while before != len(self.keys):
            before = len(self.keys)
            for record in records:
                for container, principal, fp, envelope in sealed:
                    if container == record.container:
                        self._open_row(record, principal, fp, envelope)
                for container, epoch, link in links:
                    if container == record.container:
                        self._open_link(record, epoch, link)

    def _open_row(self, record: AccessRecord, principal: bytes, fp: bytes, envelope: bytes) -> None:
        keyset, row = self.keysets.get((principal, fp)), record.row(principal, fp)
        if keyset is None or row is None or row.sealed_hash != sha256(envelope):
            return
        context = GrantContext(
            account=record.account,
            kind=record.kind,
            container=record.container,
            epoch=record.epoch,
            accessor=principal,
            fp=fp,
        )
        key = open_key(envelope, keyset, context, sealed_hash=row.sealed_hash, key_id=record.key_id)
        self.found(record, key)

    def _open_link(self, record: AccessRecord, epoch: int, link: bytes) -> None:
        for key in list(self.keys):
            try:
                older = open_epoch_link(
                    link,
                    key,
                    account=record.account,
                    kind=record.kind,
                    container=record.container,
                    epoch=epoch - 1,
                    link_hash=sha256(link),
                    key_id=None,
                )
            except StrongroomError:
                continue
            self.found(record, older)

    def opened(self, path: Path) -> list[Revision]:
        """Return every revision in the file whose details one of the keys opens."""
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT body, overview, details FROM revisions").fetchall()
        found = []
        for body, overview, details in rows:
            revision = parse_revision(body)
            if any(_opens(key, revision, overview, details) for key in self.keys):
                found.append(revision)
        return found


def _opens(key: SymmetricKey, revision: Revision, overview: bytes, details: bytes) -> bool:
    where = (
        revision.account,
        revision.kind,
        revision.container,
        revision.epoch,
        revision.object,
        revision.version,
    )
    opened = 0
    for purpose, bound, envelope in (
        (Purpose.OVERVIEW, b"", overview),
        (Purpose.DETAILS, revision.overview_hash, details),
    ):
        try:
            open_envelope(key, purpose, (*where, bound), envelope, what="loot")
        except StrongroomError:
            continue
        opened += 1
    return opened > 0
