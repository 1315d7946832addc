"""The SQLite driver at work: full disks, locks, transactions, threads and forks."""

import contextlib
import errno
import gc
import os
import resource
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from strongroom.errors import StoreBusyError, StoreError, StoreFullError
from strongroom.store.sqlite.errors import translated
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.sqlite_files import COUNT, PUT, ask, count, files_beside, put

# -- full, busy, broken off ------------------------------------------------------------


def test_full(path, connections):
    """Without room nothing is written, reading goes on, and with room writing does too."""
    store = SqliteStore.create(path)
    store.write(put(b"a"))

    async def much(session):
        await session.run(PUT, id=b"b")
        for number in range(100):
            await session.run(PUT, id=bytes([number]) * 20_000)

    # SQLite's own limit on pages gives the same SQLITE_FULL as a full disk.
    _limit_pages(connections, 60)
    with pytest.raises(StoreFullError):
        store.write(much)
    assert store.read(count) == 1
    _limit_pages(connections, 1_000_000)
    store.write(put(b"c"))
    assert store.read(count) == 2
    store.close()


def _small_files(most):
    """Let no file of this process grow beyond a size, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


@pytest.mark.parametrize("most", [0, 5_000, 40_000])
def test_full_from_the_start(tmp_path, most):
    """A database that cannot be made leaves nothing, in a new folder entry or an empty file."""
    there = tmp_path / "there.db"
    there.touch()

    def work():
        _small_files(most)
        for path in (tmp_path / "new.db", there):
            with pytest.raises(StoreError):
                SqliteStore.create(path)

    fork(work)()
    assert files_beside(there) == {"there.db": b""}
    SqliteStore.create(there).close()


def _limit_pages(connections, most):
    for connection in connections:
        with contextlib.suppress(sqlite3.ProgrammingError):  # those of `create` are closed
            connection.execute(f"PRAGMA max_page_count={most}")


def test_busy(path, store):
    """While another holds the write lock a writer waits until its deadline; readers go on."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO accounts VALUES (x'00', 0)")
    with pytest.raises(StoreBusyError, match="in use"):
        store.write(put(b"a"), wait_seconds=0.1)
    assert store.read(count) == 0
    other.execute("ROLLBACK")
    other.close()
    store.write(put(b"a"), wait_seconds=0.1)
    assert store.read(count) == 1


def test_threads_that_write(store):
    """The deadline of a write counts the wait for another thread of this process too."""
    started, told = threading.Event(), []

    async def long(session):
        started.set()
        time.sleep(0.5)  # noqa: ASYNC251  (there is no loop)
        await session.run(PUT, id=b"a")

    thread = threading.Thread(target=store.write, args=(long,))
    thread.start()
    started.wait()
    before = time.monotonic()
    with pytest.raises(StoreBusyError) as caught:
        store.write(put(b"b"), wait_seconds=0.1)
    told.append(time.monotonic() - before)
    thread.join()
    assert caught.value.hint == "try again; nothing was written"
    assert 0.1 <= told[0] < 0.4
    store.write(put(b"b"), wait_seconds=0.1)
    assert store.read(count) == 2


def test_threads_that_read(store):
    """A read beside a long one of another thread is refused soon: it may be an event loop's."""
    started, go_on = threading.Event(), threading.Event()

    async def long(session):
        started.set()
        go_on.wait()
        return await count(session)

    thread = threading.Thread(target=store.read, args=(long,))
    thread.start()
    started.wait()
    before = time.monotonic()
    for use in (lambda: store.read(count), store.change_token):
        with pytest.raises(StoreBusyError):
            use()
    assert time.monotonic() - before < 0.3
    go_on.set()
    thread.join()
    assert store.read(count) == 0


def test_held_whole(path, store):
    """While another holds the whole file, opening waits until its deadline."""
    store.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("INSERT INTO accounts VALUES (x'00', 0)")
    with pytest.raises(StoreBusyError):
        SqliteStore.open(path, wait_seconds=0.1)
    other.close()
    again = SqliteStore.open(path)
    assert again.read(count) == 1
    again.close()


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt, sqlite3.IntegrityError])
def test_rolled_back(store, kind):
    """A transaction that fails leaves nothing behind, and the next one works."""

    async def work(session):
        await session.run(PUT, id=b"a")
        raise kind

    with pytest.raises((kind, StoreError)):
        store.write(work)
    assert store.read(count) == 0
    store.write(put(b"b"))
    assert store.read(count) == 1


def test_reading_cannot_write(store):
    """A statement that writes is refused where only reading was announced."""
    with pytest.raises(StoreError):
        store.read(put(b"a"))
    assert store.read(count) == 0


def test_statement_errors_tell_no_values(store):
    """A driver's error is told without the values of the statement."""
    store.write(put(b"very-private"))
    with pytest.raises(StoreError) as caught:
        store.write(put(b"very-private"))
    assert "very-private" not in f"{caught.value!r}{caught.value}"
    assert caught.value.__cause__ is None


def test_closed(store):
    """A closed store is not used again, and closing it twice is no error."""
    store.close()
    store.close()
    for use in (lambda: store.read(count), lambda: store.write(put(b"a")), store.change_token):
        with pytest.raises(StoreError, match="closed"):
            use()


# -- several at once -------------------------------------------------------------------


def test_change_token(path, store):
    """The token changes with every commit of anybody, and with nothing else."""
    first = store.change_token()
    store.read(count)
    assert store.change_token() == first
    store.write(put(b"a"))
    second = store.change_token()
    ask(path, "INSERT INTO accounts VALUES (x'00', 0)")
    assert len({first, second, store.change_token()}) == 3


def test_writers_in_many_processes(path, store):
    """Writers in several processes queue up, and none of their rows is lost."""

    def work(name):
        own = SqliteStore.open(path)
        for number in range(20):
            own.write(put(bytes([name, number])))
        own.close()

    children = [fork(lambda name=name: work(name)) for name in range(3)]
    for child in children:
        child()
    assert store.read(count) == 60


def open_files(path):
    """Return how many descriptors this process has on a database file."""
    names = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one that lists the folder
            names.append(link.readlink())
    return names.count(path.resolve())


def test_fork(path, store):
    """A child of a process with an open store reads and writes; the parent goes on."""
    store.write(put(b"a"))
    parents_token = store.change_token()

    def work():
        seen = store.read(count)
        store.write(put(b"b"))
        return [seen, store.read(count), store.change_token() == parents_token]

    assert fork(work)() == [1, 2, False]
    store.write(put(b"c"))
    assert store.read(count) == 3
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
@pytest.mark.parametrize("used", [True, False], ids=["used in the child", "never used"])
def test_nothing_is_inherited(path, store, used):
    """A child starts without the connections of its parent and closes what it opens itself."""
    assert open_files(path) >= 2

    def work():
        inherited = open_files(path)
        if used:
            store.read(count)
        store.close()
        gc.collect()
        return [inherited, open_files(path)]

    assert fork(work)() == [0, 0]


def test_child_writes_after_the_parent_closed(path, store):
    """What a child was told is written is there, also when the parent closed in between."""
    store.write(put(b"a"))
    ready, go = os.pipe(), os.pipe()

    def work():
        seen = store.read(count)
        os.write(ready[1], b"x")
        os.read(go[0], 1)
        store.write(put(b"b"))
        return [seen, store.read(count)]

    child = fork(work)
    os.read(ready[0], 1)
    store.write(put(b"c"))
    store.close()
    os.write(go[1], b"x")
    assert child() == [1, 3]
    for end in (*ready, *go):
        os.close(end)
    assert ask(path, COUNT) == [(3,)]
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_child_of_a_child(path, store):
    """Every generation of forks writes, and nothing is lost."""

    def grandchild():
        store.write(put(b"c"))

    def child():
        store.write(put(b"b"))
        fork(grandchild)()
        store.write(put(b"d"))
        return store.read(count)

    store.write(put(b"a"))
    assert fork(child)() == 4
    store.write(put(b"e"))
    assert ask(path, COUNT) == [(5,)]


# Later releases of Python warn of forks beside threads; this test is about exactly that.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_forks_beside_working_threads(path, store):
    """Threads read and write while the process forks; no error, and nothing is lost."""
    errors, running = [], threading.Event()
    running.set()
    written = iter(range(1 << 30))

    def use():
        while running.is_set():
            try:
                store.write(put(next(written).to_bytes(16, "big")))
                _patiently(lambda: store.read(count))
            except Exception as error:  # noqa: BLE001  (whatever it is, the test tells it)
                errors.append(error)

    threads = [threading.Thread(target=use) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(20):
        fork(lambda number=number: store.write(put(b"child%d" % number)))()
    running.clear()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.read(count) == 20 + next(written)


def _patiently(work):
    """Repeat what may be refused for a moment."""
    while True:
        with contextlib.suppress(StoreBusyError):
            return work()


def test_fork_inside_a_transaction(store):
    """A fork in the middle of a write leaves it whole, and the child is told to open its own."""

    def child():
        with pytest.raises(StoreError, match="forked"):
            store.read(count)
        store.close()

    async def work(session):
        await session.run(PUT, id=b"a")
        fork(child)()
        await session.run(PUT, id=b"b")

    store.write(work)
    assert store.read(count) == 2


def test_interrupted_at_the_begin(path, store, monkeypatch):
    """Whoever is interrupted as soon as a transaction has begun leaves none open."""
    armed = []

    class Interrupted(sqlite3.Connection):
        def execute(self, sql, *parameters):
            cursor = super().execute(sql, *parameters)
            if armed and sql.startswith("BEGIN"):
                armed.clear()
                raise KeyboardInterrupt
            return cursor

    store.close()
    genuine = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **more: genuine(*args, factory=Interrupted, **more)
    )
    store = SqliteStore.open(path)
    for work in (lambda: store.write(put(b"a")), lambda: store.read(count)):
        armed.append(True)
        with pytest.raises(KeyboardInterrupt):
            work()
    store.write(put(b"a"))
    assert store.read(count) == 1
    store.close()


def test_no_room_is_no_promise(path):
    """Where there was no room, nobody is told that nothing was written: a crash may show it."""
    full = sqlite3.OperationalError("full")
    full.sqlite_errorcode, full.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    for error in (full, OSError(errno.ENOSPC, "no space"), OSError(errno.EDQUOT, "no quota")):
        with pytest.raises(StoreFullError) as caught, translated(path):
            raise error
        assert caught.value.hint == (
            "free space; before you repeat the last change, look whether it was stored"
        )
