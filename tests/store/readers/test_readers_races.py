"""What is read without locks is true, or is not told."""

import contextlib
import os
import sqlite3
import time

import pytest

from strongroom.errors import StoreBusyError, StoreForeignError
from strongroom.store.sqlite import readers
from strongroom.store.sqlite.store import SqliteStore
from support.sqlite_files import COUNT, PUT, count
from support.users import ANA, BOB, NEEDS_ROOT, as_user

pytestmark = NEEDS_ROOT


ROWS = 60


def write_much(path, seconds):
    """Add rows by sixties, each time with an open and a close, thus a checkpoint; tell how many."""

    async def work(session):
        (there,) = await session.one(COUNT)
        for number in range(ROWS):
            await session.run(PUT, id=(there + number).to_bytes(4, "big") * 300)

    until, batches = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        store = SqliteStore.open(path)
        store.write(work)
        store.close()
        batches += 1
        if batches % 3 == 0:
            time.sleep(0.06)  # lets the file alone be read, too
    return batches


def read_much(path, done):
    """Read until the writer is done; return how often the file alone, the last count, what's wrong.

    A connection to the WAL keeps it there, so each is closed after one read.
    """
    alone, last, wrong, store = 0, 0, [], SqliteStore.open(path)

    async def work(session):
        rows = await session.all("SELECT id FROM accounts")
        return [len(rows), await count(session), len({bytes(row[0]) for row in rows})]

    ends = False
    while not ends and not wrong:
        ends = done.exists()
        try:
            rows = store.read(work)
        except StoreBusyError:
            time.sleep(0.002)
            ends = False
            continue
        except StoreForeignError as error:
            wrong.append(repr(error))
            break
        if len(set(rows)) != 1 or rows[0] % ROWS != 1 or rows[0] < last:
            wrong.append(f"{rows} after {last}")
        last = rows[0]
        if isinstance(store._open.way, readers.Beside):
            store.close()
            store = SqliteStore.open(path)
        else:
            alone += 1
    store.close()
    return alone, last, wrong


def race(path, change=lambda: None):
    """Let bob read while ana writes; return what he saw and what there is."""
    done = path.parent / "done"

    def reads():
        change()
        return read_much(path, done)

    answer = as_user(reads, BOB)
    batches = as_user(lambda: write_much(path, 2.0))()
    done.touch()
    return (*answer(), batches * ROWS + 1)


def test_reads_beside_writes(path):
    """A reader without locks of its own sees whole commits, in their order, up to the last."""
    alone, last, wrong, there = race(path)
    assert wrong == []
    assert alone > 5
    assert last == there
    assert {one.stat().st_uid for one in path.parent.glob("strongroom.db*")} == {ANA}


def test_the_race_catches_an_immutable_file(path):
    """MUTANT: to read as if the file never changed is found out."""

    def trusting():
        readers.Alone.is_current = lambda _self: True
        readers.Alone.checked = lambda _self: contextlib.nullcontext()

    _, last, wrong, there = race(path, trusting)
    assert wrong or last != there


def test_a_change_during_a_read(path):
    """What was read of a file that was changed meanwhile does not count, nor does its error."""
    for fails in (False, True):

        def work(fails=fails):
            async def slow(session):
                rows = await count(session)
                os.utime(path)
                if fails:
                    message = "rows that do not fit together"
                    raise ValueError(message)
                return rows

            store = SqliteStore.open(path)
            assert isinstance(store._open.way, readers.Alone)
            with pytest.raises(StoreBusyError, match="changed while it was read"):
                store.read(slow)

        path.parent.chmod(0o555)
        as_user(work)()


def test_a_refusal_while_reading(path, writer):
    """A reader whom SQLite refuses what it needs looks anew, and is not told of modes."""

    def work():
        store = SqliteStore.open(path)
        assert isinstance(store._open.way, readers.Beside)
        refusal = sqlite3.OperationalError()
        refusal.sqlite_errorcode = sqlite3.SQLITE_READONLY_RECOVERY

        async def refuse(_session):
            raise refusal

        with pytest.raises(StoreBusyError):
            store.read(refuse)
        held = store._open
        assert store.read(count) == 2
        assert store._open is not held

    as_user(work, BOB)()


def test_a_moment_ago(path):
    """A file of this very moment is not trusted to show its next change by its time."""
    os.utime(path)
    with pytest.raises(StoreBusyError, match="a moment ago"):
        readers._look(path)
    time.sleep(0.03)
    assert isinstance(readers._look(path), readers.Alone)


def test_whole_seconds(path, monkeypatch):
    """Where times are whole seconds, a moment is longer than the coarsest of them."""
    stamp = readers.stamp_of(path)
    now = time.time_ns() // readers._SECOND_NS * readers._SECOND_NS
    for seconds, trusted in ((2, False), (4, True)):
        coarse = stamp._replace(changed_ns=now - seconds * readers._SECOND_NS)
        monkeypatch.setattr(readers, "stamp_of", lambda _path, coarse=coarse: coarse)
        if trusted:
            assert isinstance(readers._look(path), readers.Alone)
        else:
            with pytest.raises(StoreBusyError):
                readers._look(path)
