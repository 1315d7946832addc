"""A read-only member with the file in hand: the product's own code, its checks taken out.

Inside `unchecked()` the service of this process stores whatever it is given
and the client signs whatever it is told; outside everybody is honest again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.client.view import session as client_session
from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.objects import Draft
from strongroom.crypto.public.hashes import sha256
from strongroom.ids import parse_id
from strongroom.permissions import ALL_BITS
from strongroom.service.objects import records
from strongroom.service.objects.revisions import RevisionWriter
from strongroom.wire.access import Authority
from strongroom.wire.messages import CommitRequest, RecordChange
from strongroom.wire.revisions import State
from strongroom.wire.signed import SignedBody


@contextmanager
def unchecked() -> Iterator[None]:
    """Take the service's and the own client's checks of permissions out."""

    async def nothing(*_: object, **__: object) -> None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RevisionWriter, "_check_permission", nothing)
        patch.setattr(records, "_check_authority", nothing)
        patch.setattr(records, "_check_gives_to_token", lambda *_, **__: None)
        patch.setattr(client_session, "acting_row", _as_itself)
        yield


def _as_itself(_container: Container, principal: bytes, *_: object, **__: object) -> Acting:
    return Acting(principal, b"", ALL_BITS)


def write(engine: Engine, vault: str, draft: Draft) -> None:
    """Write a revision that the engine's principal has no right to write."""
    with unchecked():
        drive(engine._session.write(parse_id(vault), [draft]))


def revive(engine: Engine, vault: str, item: str, document: dict[str, Any]) -> None:
    """Write an active version on top of whatever state an item has."""
    before = drive(engine._session.fetch(parse_id(vault), parse_id(item)))
    overview = {"title": document["title"], "category": "Login", "tags": [], "websites": []}
    details = {"fields": document["fields"], "sections": [], "notes": ""}
    draft = Draft(
        object=parse_id(item),
        overview=overview,
        details=details,
        state=State.ACTIVE,
        before=before,
    )
    write(engine, vault, draft)


def take_over(engine: Engine, vault: str, authority: Authority) -> None:
    """Sign a record that gives the engine's principal every right."""
    session = engine._session
    drive(session.sync())
    container = session.need_container(parse_id(vault))
    before, root = container.record, session.directory.root
    named: dict[int, tuple[int, bytes]] = {
        Authority.CREATOR: (0, b""),
        Authority.ROOT: (root.version, session.directory.root_hash(root.version)),
        Authority.MANAGER: (before.access_rev, container.record_hash),
    }
    rev, authority_hash = named[authority]
    accessors = tuple(
        msgspec.structs.replace(row, permissions=ALL_BITS)
        if row.principal == session.principal
        else row
        for row in before.accessors
    )
    place = session.place()
    record = msgspec.structs.replace(
        before,
        access_rev=before.access_rev + 1,
        previous=container.record_hash,
        generation=place.generation,
        directory_rev=place.directory_rev,
        authority=authority,
        authority_rev=rev,
        authority_hash=authority_hash,
        via=session.principal,
        group_hash=b"",
        created_ms=place.now,
        signer=session.principal,
        signer_fp=session.fp,
        accessors=accessors,
    )
    body = record.encode()
    change = RecordChange(record=SignedBody(body, session.keyset.sign(body)))
    assert sha256(body) != container.record_hash
    with unchecked():
        drive(session.transport.call(CommitRequest(records=(change,))))
