"""The SQLite driver on real files: what it opens, makes and refuses."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from strongroom.errors import (
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreMissingError,
    StoreNewerError,
    StoreReadOnlyError,
)
from strongroom.store.schema import APPLICATION_ID, SCHEMA_VERSION
from strongroom.store.sqlite.store import SqliteStore
from support.children import fork
from support.sqlite_files import ask, count, files_beside, put, told

NOBODY = 65534


def is_closed(connection):
    """Tell whether a connection can be used no more."""
    try:
        connection.total_changes  # noqa: B018  (asks the connection, not the file)
    except sqlite3.ProgrammingError:
        return True
    return False


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
