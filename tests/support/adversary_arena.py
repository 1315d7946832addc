"""Where a forgery is tried: one file that is never really changed.

Everything happens on one connection inside one transaction, and is taken back.
So an honest service judges a request, or the keeper writes it into the file as
it is, and honest readers look at that.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import StrongroomError
from strongroom.service.authorize import Caller
from strongroom.service.operations import dispatch
from strongroom.store.sqlite.store import SqliteTransaction
from strongroom.wire.access import parse_access
from strongroom.wire.entries import Entry, parse_entry
from strongroom.wire.messages import CommitAnswer, CommitRequest, RecordChange
from strongroom.wire.operations import Answer, Request
from strongroom.wire.roots import parse_root
from support.adversary_cast import Cast
from support.adversary_story import START_MS
from support.faults_file import File
from support.faults_readers import Person, copy_marks

NOW_MS = START_MS + 10_000_000


class Hasty(InlineRuntime):
    """Waits for nothing: nobody else works on the file."""

    async def pause(self, seconds: float) -> None:
        """Go on at once."""


@dataclass(frozen=True)
class HeldFile(File):
    """The file on the one connection, so that what is written can be taken back."""

    connection: sqlite3.Connection

    @contextmanager
    def db(self) -> Iterator[sqlite3.Connection]:
        yield self.connection

    def count_entries(self) -> int:
        return len(self.all("SELECT position FROM entries"))

    def put_aside(self, change: RecordChange) -> None:
        """Keep a record that others name, without making it the current one."""
        record, body = parse_access(change.record.body), change.record.body
        row = (self.account, record.container, record.access_rev, sha256(body))
        sql = "INSERT OR REPLACE INTO access_records VALUES (?, ?, ?, ?, ?, ?)"
        self.run(sql, *row, body, change.record.signature)

    def put_back(self, old: Path, container: bytes) -> None:
        """Show a container's record as it was in an older copy of the file."""
        before = File(old, self.account)
        ((rev, epoch),) = before.all(
            "SELECT access_rev, epoch FROM containers WHERE id = ?", container
        )
        self.run(
            "UPDATE containers SET access_rev = ?, epoch = ? WHERE id = ?", rev, epoch, container
        )
        self.run("DELETE FROM accessors WHERE container = ?", container)
        names = "account, principal, container, fp, permissions, sealed_hash, sealed"
        for row in before.all(f"SELECT {names} FROM accessors WHERE container = ?", container):
            self.run(f"INSERT INTO accessors ({names}) VALUES (?, ?, ?, ?, ?, ?, ?)", *row)

    def put_container(self, change: RecordChange) -> None:
        """Put a new container there, with its first record."""
        record = parse_access(change.record.body)
        self.run(
            "INSERT INTO containers VALUES (?, ?, ?, ?, 1, 0, 0, 0, 0, 0, 0)",
            self.account,
            record.container,
            record.kind,
            record.access_rev,
        )
        self.put_record(change)


class HeldTransport:
    """The service in this process, on the one connection.

    With `keeper`, whatever the client signs is welcome: the service belongs to
    the one who forged, so the client's own rules alone stand in the way.
    """

    url = "file:///nowhere"

    def __init__(self, arena: Arena, person: Person, *, keeper: bool) -> None:
        self._arena, self._person, self._keeper = arena, person, keeper

    async def call(self, request: Request[Answer]) -> Answer:
        if self._keeper and isinstance(request, CommitRequest):
            return cast("Answer", CommitAnswer())
        return self._arena.serve(request, self._person)

    def change_token(self) -> object | None:
        return None

    def close(self) -> None:
        pass


class Arena:
    """One file, its service and its readers."""

    def __init__(self, cast: Cast, path: Path | None = None) -> None:
        """Take the cast's file, or an older copy of it."""
        self.cast = cast
        self.connection = sqlite3.connect(path or cast.home.path, isolation_level=None)
        self.connection.execute("BEGIN")
        self.file = HeldFile(path or cast.home.path, cast.people["Ana"].account, self.connection)
        self.head = self.file.head()[0]
        self.entries = _entries(self.file)
        self.old_entries = _entries(File(cast.old, self.file.account))
        self._enc_pks = {one.principal: one.keyset.enc_pk for one in cast.people.values()}
        self.roots = self.file.all("SELECT body FROM roots ORDER BY version")
        signatures = "SELECT signer, signature FROM root_signatures ORDER BY version DESC LIMIT 1"
        # One that the owner made of another document, for whoever wants to show it elsewhere.
        self.root_signature: tuple[bytes, bytes] = self.file.all(signatures)[0]

    def close(self) -> None:
        self.connection.execute("ROLLBACK")
        self.connection.close()

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Take back whatever is written in a block."""
        self.connection.execute("SAVEPOINT adversary")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK TO adversary")
            self.connection.execute("RELEASE adversary")

    def person(self, role: str) -> Person:
        """Return who asks the service in a role; an outsider has no entry."""
        forger, ana = self.cast.forgers[role], self.cast.people["Ana"]
        return replace(ana, principal=forger.principal, kind=forger.kind, keyset=forger.keyset)

    def encryption_key(self, who: bytes) -> bytes:
        """Return the key of somebody's current keyset, even of whom the service has dropped it."""
        return self.file.entry(who)[1] or self._enc_pks[who]

    def root_at(self, rev: int) -> tuple[int, bytes]:
        """Return version and body of the root document that was in force at a head rev."""
        parsed = [(parse_root(body), body) for (body,) in self.roots]
        return [(root.version, body) for root, body in parsed if root.from_rev <= rev][-1]

    # -- the service -----------------------------------------------------------------

    def serve(self, request: Request[Answer], person: Person) -> Answer:
        """Run one operation; a refused one changes nothing."""
        fp = person.keyset.fingerprint(person.principal, person.kind) if person.kind == 3 else b""
        caller = Caller(person.account, person.principal, NOW_MS, fp)
        self.connection.execute("SAVEPOINT served")
        try:
            return drive(dispatch(SqliteTransaction(self.connection), caller, request))
        except BaseException:
            self.connection.execute("ROLLBACK TO served")
            raise
        finally:
            self.connection.execute("RELEASE served")

    # -- readers ---------------------------------------------------------------------

    def engine(self, who: str, marks: Marks | None = None, *, keeper: bool = False) -> Engine:
        """Return an honest engine, fresh unless marks are given; it has asked nothing yet."""
        person = self.cast.people[who]
        session = Session(
            account=person.account,
            principal=person.principal,
            kind=person.kind,
            keyset=person.keyset,
            marks=person.marks() if marks is None else copy_marks(marks),
            transport=HeldTransport(self, person, keeper=keeper),
            runtime=Hasty(),
            clock=lambda: NOW_MS,
        )
        return Engine(session)

    def readers(self, who: str, *, keeper: bool = False) -> dict[str, Callable[[], Engine]]:
        """Return the three readers that somebody can be; the fresh one comes first."""
        return {
            "fresh": lambda: self.engine(who, keeper=keeper),
            "remembering": lambda: self.engine(who, self.cast.marks[who], keeper=keeper),
            "early": lambda: self.engine(who, self.cast.early[who], keeper=keeper),
        }

    def at_work(self, who: str) -> Callable[[], Engine]:
        """Return one who has read the whole directory already, and goes on when it is called."""
        engine = self.engine(who)
        drive(engine.users.list(deleted=True))
        return lambda: engine


def _entries(file: File) -> dict[bytes, Entry]:
    entries = [parse_entry(body) for (body,) in file.all("SELECT body FROM entries")]
    return {entry.principal: entry for entry in entries}


def outcome(work: Callable[[], Any]) -> str:
    """Return the empty text if a block of work goes through, or else why it does not."""
    try:
        work()
    except StrongroomError as error:
        layer = f" ({error.layer})" if error.layer else ""
        return f"{error.code}{layer}: {error.message}"
    except Exception as error:  # noqa: BLE001  (a crash is a finding, told as what it is)
        return f"CRASH {type(error).__name__}: {error}"
    return ""
