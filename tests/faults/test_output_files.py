"""Files that are written for the user: whole, the user's own, and never more open than asked for.

Every command that writes a file meets one that is wider, belongs to somebody
else, or is held open by somebody else, who must see nothing of the new content.
Mutants write as most programs do.
"""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.program import SECRET, Op, make_account, sign_in
from strongroom.errors import LocalFileError
from strongroom.home.files import FILE_MODE, create_file, replace_file, write_parts
from support.children import fork

STRANGER = 12_345
OLD = b"what stood there before"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
Write = Callable[[Path, int], None]


@pytest.fixture(scope="module")
def op(tmp_path_factory: pytest.TempPathFactory) -> Op:
    """A signed-in owner with an item and a document."""
    op = sign_in(make_account(tmp_path_factory.mktemp("outputs"))[0])
    op("vault", "create", "dev")
    op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "db"),
        "password=-",
        given=SECRET,
    )
    op(*("document", "create", "-", "--vault", "dev", "--title", "paper"), given="paper")
    return op


# Each command with what its file must hold, and whether it knows `--file-mode`.
COMMANDS: dict[str, tuple[tuple[str, ...], bytes, bool]] = {
    "read": (("read", "op://dev/db/password", "-f", "-o"), SECRET.encode(), True),
    "read a file": (("read", "op://dev/paper/paper", "-f", "-o"), b"paper", True),
    "document get": (("document", "get", "paper", "--force", "-o"), b"paper", True),
    "item template get": (("item", "template", "get", "login", "-f", "-o"), b"LOGIN", True),
    "backup": (("backup", "--force"), b"SQLite format 3", False),
}


def spoil(path: Path, *, mode: int = 0o666, owner: int | None = None) -> Path:
    """Put a file of somebody else's making in the way."""
    path.write_bytes(OLD)
    path.chmod(mode)
    if owner is not None:
        os.chown(path, owner, owner)
    return path


def facts(path: Path) -> tuple[int, int]:
    status = path.stat()
    return stat.S_IMODE(status.st_mode), status.st_uid


def run(op: Op, name: str, path: Path, *more: str) -> None:
    arguments, content, _ = COMMANDS[name]
    op(*arguments, str(path), *more)
    assert content in path.read_bytes()


OWNERS = [pytest.param(None, id="own"), pytest.param(STRANGER, id="another's", marks=AS_ROOT)]


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_in_the_way(op: Op, tmp_path: Path, name: str, owner: int | None) -> None:
    """Over a wider or foreign file the output is this user's, with 0600 or the mode asked for."""
    path = spoil(tmp_path / "out", owner=owner)
    with path.open("rb") as held:
        run(op, name, path)
        assert held.read() == OLD
    assert facts(path) == (0o600, os.geteuid())
    if COMMANDS[name][2]:
        spoil(path, mode=0o777, owner=owner)
        run(op, name, path, "--file-mode", "0640")
        assert facts(path) == (0o640, os.geteuid())
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", [name for name, row in COMMANDS.items() if row[2]])
def test_a_link_in_the_way(op: Op, tmp_path: Path, name: str) -> None:
    """A user's own link stays one; what it leads to is replaced like any other file."""
    target = spoil(tmp_path / "target")
    (tmp_path / "out").symlink_to(target)
    run(op, name, tmp_path / "out")
    assert (tmp_path / "out").is_symlink()
    assert facts(target) == (0o600, os.geteuid())


def test_kits_take_no_place(op: Op, tmp_path: Path) -> None:
    """An Emergency Kit replaces nothing, whatever lies there, and has 0600 where nothing does."""
    made = Op(tmp_path)
    for number, name in enumerate(("file", "link", "new")):
        path = tmp_path / name
        if name == "file":
            spoil(path)
        if name == "link":
            path.symlink_to(tmp_path / "elsewhere")
        done = made.run(
            *("account", "create", "--url", (tmp_path / f"{number}.db").as_uri(), "--name", "x"),
            *("--email", "ana@example.org", "--password-stdin", "--kit", str(path)),
            given="correct horse battery\n",
        )
        assert (done.code == 0) == (name == "new")
    assert (tmp_path / "file").read_bytes() == OLD
    assert not (tmp_path / "elsewhere").exists()
    assert facts(tmp_path / "new") == (0o600, os.geteuid())


# -- broken off --------------------------------------------------------------------------


@pytest.mark.parametrize("there", [False, True], ids=["new", "replaced"])
def test_killed_in_the_middle(tmp_path: Path, there: bool) -> None:
    """Who is killed while it writes leaves the old file or none, never half of the new one."""
    path = tmp_path / "out"
    if there:
        spoil(path)
    before = facts(path) if there else None

    def work() -> None:
        with write_parts(path, replace=there) as write:
            write(b"half of " * 100_000)
            os.kill(os.getpid(), signal.SIGKILL)

    with pytest.raises(AssertionError, match="did not answer"):
        fork(work)()
    assert path.exists() == there
    if there:
        assert (path.read_bytes(), facts(path)) == (OLD, before)


def test_a_kit_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file whose disk is full leaves nothing under its name, nor beside it."""

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LocalFileError, match="no space left"):
        create_file(tmp_path / "kit.txt", b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


# -- mutants -----------------------------------------------------------------------------


def genuine(path: Path, mode: int) -> None:
    replace_file(path, b"new", mode=mode)


def in_place(path: Path, mode: int) -> None:
    """MUTANT: as most programs write, into the file that is there."""
    del mode
    path.write_bytes(b"new")


def of_the_old_mode(path: Path, mode: int) -> None:
    """MUTANT: a new file that is as open as the one before it."""
    replace_file(path, b"new", mode=stat.S_IMODE(path.stat().st_mode) if path.exists() else mode)


def closed_too_late(path: Path, mode: int) -> None:
    """MUTANT: the mode is set when the content is there already."""
    path.write_bytes(b"new")
    path.chmod(mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    yield
    os.umask(before)


def faults(write: Write, folder: Path) -> list[str]:
    """Return what somebody else sees of a file, or finds at its name, that must not be."""
    found = []
    for mask in (0o000, 0o022, 0o077):
        for mode in (FILE_MODE, 0o640, 0o644):
            for old in (0o666, 0o600, 0o444):
                path = spoil(folder / "out", mode=old)
                with path.open("rb") as held, umask(mask):
                    write(path, mode)
                    if held.read() != OLD:
                        found.append("read by who had it open")
                if facts(path)[0] != mode:
                    found.append(f"{facts(path)[0]:o} for {mode:o}")
                path.unlink()
    return found


def test_modes(tmp_path: Path) -> None:
    """The mode is the one asked for, whatever stood there and whatever the umask takes."""
    assert faults(genuine, tmp_path) == []


@pytest.mark.parametrize("mutant", [in_place, of_the_old_mode, closed_too_late])
def test_writers_as_most_are(tmp_path: Path, mutant: Write) -> None:
    """MUTANT: a writer that keeps the file or its mode is found out."""
    assert faults(mutant, tmp_path) != []
