"""The SQLite driver on real files: refusals, durability settings, locks, forks."""

import contextlib
import gc
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from strongroom.errors import (
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreFullError,
    StoreMissingError,
    StoreNewerError,
    StoreReadOnlyError,
    StrongroomError,
)
from strongroom.store.schema import APPLICATION_ID, SCHEMA_VERSION
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork

NOBODY = 65534
PUT = "INSERT INTO accounts (id, created_ms) VALUES (:id, 0)"
COUNT = "SELECT count(*) FROM accounts"


async def count(session):
    return (await session.one(COUNT))[0]


def put(name):
    async def work(session):
        await session.run(PUT, id=name)

    return work


@pytest.fixture
def path(tmp_path):
    return tmp_path / "strongroom.db"


@pytest.fixture
def store(path):
    made = SqliteStore.create(path)
    yield made
    made.close()


@pytest.fixture
def connections(monkeypatch):
    """Every connection that is opened during the test."""
    opened, real = [], sqlite3.connect

    def connect(*args, **options):
        opened.append(real(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    return opened


def is_closed(connection):
    """Tell whether a connection can be used no more."""
    try:
        connection.total_changes  # noqa: B018  (asks the connection, not the file)
    except sqlite3.ProgrammingError:
        return True
    return False


def ask(path, sql):
    """Run one statement on a connection of its own; return the rows."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    finally:
        connection.close()
    return rows


def files_beside(path):
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


# -- making and opening ------------------------------------------------------------


def test_new_file(path, store):
    """A new database says what it is, and only its owner may read it."""
    assert ask(path, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert ask(path, "PRAGMA user_version") == [(SCHEMA_VERSION,)]
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_new_file_under_a_wide_umask(path):
    """The mode of a new file does not depend on the umask."""
    before = os.umask(0)
    try:
        store = SqliteStore.create(path)
        store.write(put(b"a"))
    finally:
        os.umask(before)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()
    assert set(modes.values()) == {0o600}


def test_every_connection_is_durable(path, connections):
    """All connections write through to the disk, in WAL; those that only read cannot write."""
    SqliteStore.create(path).close()
    connections.clear()
    store = SqliteStore.open(path)
    store.write(put(b"a"))
    store.read(count)
    kept = [connection for connection in connections if not is_closed(connection)]
    asked = [
        [connection.execute(f"PRAGMA {name}").fetchone()[0] for connection in kept]
        for name in ("synchronous", "journal_mode", "query_only")
    ]
    assert [set(values) for values in asked] == [{2}, {"wal"}, {0, 1}]
    store.close()


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_refusal_closes_what_it_opened(path, store, connections, work):
    """A file that is refused is not kept open."""
    store.close()
    ask(path, f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connections.clear()
    with pytest.raises(StoreNewerError):
        work(path)
    for connection in connections:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")


def test_create_opens_what_is_there(path, store):
    """Making a database where there is one already keeps all that is in it."""
    store.write(put(b"a"))
    again = SqliteStore.create(path)
    assert again.read(count) == 1
    again.close()


@pytest.mark.parametrize("name", ["a b.db", "a?mode=ro.db", "a#b%20c.db", "ä.db"])
def test_names_of_files(tmp_path, name):
    """Whatever a file is called, it is the one that is opened."""
    store = SqliteStore.create(tmp_path / name)
    store.close()
    SqliteStore.open(tmp_path / name).close()
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_missing(tmp_path):
    """A missing file or folder is told, and opening makes neither."""
    for path in (tmp_path / "no.db", tmp_path / "no" / "no.db"):
        with pytest.raises(StoreMissingError, match=r"no\.db"):
            SqliteStore.open(path)
    with pytest.raises(StoreMissingError):
        SqliteStore.create(tmp_path / "no" / "no.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_folder_instead_of_a_file(tmp_path, work):
    """A folder at the address is a typed error."""
    with pytest.raises(StoreError):
        work(tmp_path)


# -- other people's files ------------------------------------------------------------


def text(path):
    path.write_text("dear diary\n" * 500)


def noise(path):
    path.write_bytes(bytes(range(256)) * 200)


def cut_header(path):
    path.write_bytes(b"SQLite format 3\0" + bytes(50))


def another_application(path):
    ask(path, "CREATE TABLE notes (text)")


def another_application_in_wal(path):
    ask(path, "PRAGMA journal_mode=WAL")
    ask(path, "CREATE TABLE notes (text)")


def another_application_without_tables(path):
    ask(path, "PRAGMA application_id=7")
    ask(path, "PRAGMA user_version=3")


FOREIGN = {
    "text": text,
    "noise": noise,
    "a cut header": cut_header,
    "another application": another_application,
    "another application in WAL": another_application_in_wal,
    "another application without tables": another_application_without_tables,
}


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
@pytest.mark.parametrize("make", FOREIGN.values(), ids=FOREIGN.keys())
def test_foreign(path, make, work):
    """A file that is not ours is refused and stays as it was, byte for byte."""
    make(path)
    before = files_beside(path)
    with pytest.raises(StoreForeignError):
        work(path)
    assert files_beside(path) == before


def test_empty_file(path):
    """An empty file is no database to open; making one there is what it is for."""
    path.touch()
    with pytest.raises(StoreForeignError):
        SqliteStore.open(path)
    assert path.read_bytes() == b""
    SqliteStore.create(path).close()
    SqliteStore.open(path).close()


def test_mode_of_an_empty_file(path):
    """A database made in a file that was there already is closed to others all the same."""
    path.touch(0o644)
    path.chmod(0o644)
    SqliteStore.create(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_pipe(path, work):
    """A named pipe at the address is refused, and nobody waits for its other end."""
    os.mkfifo(path)
    with pytest.raises(StoreForeignError):
        work(path)


TRY_TO_WRITE = """
import sqlite3, sys
try:
    sqlite3.connect(sys.argv[1], isolation_level=None, timeout=0).execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error.sqlite_errorname)
"""


def test_looking_keeps_the_locks_of_this_process(path, store):
    """Opening a file drops no lock that another connection of this process has on it."""
    store.close()
    ask(path, "PRAGMA journal_mode=DELETE")
    held = sqlite3.connect(path, isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreBusyError):
        SqliteStore.open(path, wait_seconds=0)
    asked = [sys.executable, "-I", "-c", TRY_TO_WRITE, path]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "SQLITE_BUSY\n"
    held.close()


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_newer_in_wal(path, tmp_path, work):
    """A newer release's WAL is read to know it, and neither emptied nor removed."""
    busy = tmp_path / "busy.db"
    SqliteStore.create(busy).close()
    connection = sqlite3.connect(busy)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    for end in ("", "-wal"):
        shutil.copy(f"{busy}{end}", f"{path}{end}")
    connection.close()
    before = _regular(path)
    with pytest.raises(StoreNewerError):
        work(path)
    assert len(before) == 2
    assert _regular(path) == before


@pytest.mark.parametrize("work", [SqliteStore.open, SqliteStore.create], ids=["open", "create"])
def test_newer(path, store, work):
    """A database of a newer release is refused and stays as it was, byte for byte."""
    store.close()
    ask(path, f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = files_beside(path)
    with pytest.raises(StoreNewerError):
        work(path)
    assert files_beside(path) == before


def test_unfinished_work_of_another_application(path, tmp_path):
    """What another application has not yet moved out of its WAL is not moved by us either."""
    busy = tmp_path / "busy"
    busy.mkdir()
    connection = sqlite3.connect(busy / "notes.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE notes (text)")
    connection.commit()
    for end in ("", "-wal"):
        shutil.copy(busy / f"notes.db{end}", f"{path}{end}")
    connection.close()
    before = _regular(path)
    with pytest.raises(StoreForeignError):
        SqliteStore.open(path)
    assert _regular(path) == before


def _regular(path):
    names = (path, Path(f"{path}-wal"))
    return {file.name: file.read_bytes() for file in names if file.exists()}


def test_damaged(path, store):
    """A database with overwritten pages gives typed errors, whatever is asked."""
    for number in range(200):
        store.write(put(bytes([number]) * 16))
    store.close()
    raw = bytearray(path.read_bytes())
    raw[16_384:] = b"\xa5" * (len(raw) - 16_384)
    path.write_bytes(bytes(raw))
    with pytest.raises(StoreForeignError, match="damaged"):
        SqliteStore.open(path).read(count)


def test_damaged_schema(path, store):
    """A schema with bytes that are no text is told as damage, not as a fault of ours."""
    store.close()
    raw = path.read_bytes()
    assert raw.count(b"TABLE roots") == 1
    path.write_bytes(raw.replace(b"TABLE roots", b"T\xffBLE roo\xfe\xff"))
    with pytest.raises(StoreForeignError, match="damaged"):
        SqliteStore.open(path)


# -- without the right to write ------------------------------------------------------


@pytest.fixture
def shared():
    """A folder that another user may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(folder)


def told(path):
    """Return which errors opening, reading and writing give, and how often nothing."""
    try:
        store = SqliteStore.open(path)
        store.read(count)
        store.write(put(b"b"))
    except StrongroomError as error:
        return type(error).__name__
    return None


def as_nobody(work):
    """Run work as a user who owns nothing."""
    if os.getuid() != 0:
        pytest.skip("needs root to become another user for a moment")
    return fork(work, uid=NOBODY)()


MODES = {
    "a file closed to us": (0o777, 0o600, False),
    "a read-only file": (0o777, 0o644, True),
    "a read-only folder": (0o555, 0o666, True),
    "a closed folder": (0o700, 0o666, False),
}


@pytest.mark.parametrize(("folder", "file", "readable"), MODES.values(), ids=MODES.keys())
def test_read_only(shared, folder, file, readable):
    """Without the right to write, the error says so and nothing is changed."""
    path = shared / "strongroom.db"
    SqliteStore.create(path).close()
    path.chmod(file)
    before = path.read_bytes()
    shared.chmod(folder)
    assert as_nobody(lambda: told(path)) == StoreReadOnlyError.__name__
    assert as_nobody(lambda: os.access(path, os.R_OK)) is readable
    shared.chmod(0o777)
    assert path.read_bytes() == before


def test_creating_without_the_right(shared):
    """A folder that cannot be written takes no new database."""
    shared.chmod(0o555)

    def work():
        with pytest.raises(StoreReadOnlyError):
            SqliteStore.create(shared / "new.db")

    as_nobody(work)
    assert list(shared.iterdir()) == []


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
