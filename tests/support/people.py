"""People of an account under test, and what the raw file gives to somebody with old keys."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from strongroom.client.account.joining import Joined
from strongroom.client.engine import Engine
from strongroom.client.view.containers import Container
from strongroom.client.view.objects import Opened, Verified, open_verified
from strongroom.client.view.session import Session
from strongroom.errors import StrongroomError
from strongroom.ids import format_id
from strongroom.wire.messages import ContainerState, EpochLink, SealedRow, StoredRevision
from strongroom.wire.revisions import parse_revision
from strongroom.wire.signed import SignedBody

from .homes import Home

_RECORD = """SELECT body, signature FROM access_records WHERE container = ?
    ORDER BY access_rev DESC LIMIT 1"""
_SEALED = "SELECT principal, fp, sealed FROM accessors WHERE container = ?"
_LINKS = "SELECT epoch, link FROM epochs WHERE container = ? AND link <> x''"
_REVISION = """SELECT body, signature, overview, details FROM revisions
    WHERE container = ? AND object = ? ORDER BY version DESC LIMIT 1"""


@dataclass
class Member:
    """Somebody who joined: what the device keeps, and an engine."""

    joined: Joined
    engine: Engine

    @property
    def id(self) -> str:
        """The user's id."""
        return format_id(self.joined.user)


def join(home: Home, name: str, *, role: str = "member", by: Engine | None = None) -> Member:
    """Invite and confirm somebody; return them with an engine of their own."""
    joined = home.invite(f"{name.lower()}@example.org", name=name, role=role, by=by)
    return Member(joined, home.open_as(joined))


def raw_state(home: Home, container: bytes) -> ContainerState:
    """Return a container as the file has it, with the sealed keys of everybody."""
    with sqlite3.connect(home.path) as connection:
        body, signature = connection.execute(_RECORD, (container,)).fetchone()
        sealed = connection.execute(_SEALED, (container,)).fetchall()
        links = connection.execute(_LINKS, (container,)).fetchall()
    connection.close()
    return ContainerState(
        id=container,
        record=SignedBody(body, signature),
        sealed=tuple(SealedRow(*row) for row in sealed),
        links=tuple(EpochLink(*row) for row in links),
    )


def raw_revision(home: Home, container: bytes, object_id: bytes) -> StoredRevision:
    """Return the newest revision of an object as the file has it."""
    with sqlite3.connect(home.path) as connection:
        row = connection.execute(_REVISION, (container, object_id)).fetchone()
    connection.close()
    return StoredRevision(*row)


def thief_opens(
    home: Home, session: Session, old: Container, container: bytes, object_id: bytes
) -> Opened | None:
    """Try to open an object with everything that a former accessor ever held; no rule is asked.

    Args:
        session: The former accessor's, with the groups as it last saw them.
        old: The container as it last saw it, whose keys it kept.
    """
    state = raw_state(home, container)
    stored = raw_revision(home, container, object_id)
    tries = [Container(state, session._keyset_of), Container.with_key(state, old.key())]
    groups = {
        key: Container(raw_state(home, key), session._keyset_of) for key in session.view.groups
    }
    tries.append(
        Container(state, lambda who, fp: groups[who].group_keyset(fp) if who in groups else None)
    )
    for one in tries:
        try:
            return open_verified(one, Verified(parse_revision(stored.body), stored))
        except StrongroomError:
            continue
    return None
