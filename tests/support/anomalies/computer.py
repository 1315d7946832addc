"""A computer with local files, on which whole commands run: the subject of local files.

Behind the gate are the calls for local files and, of the databases, the
statements. What a new process would see is read from a copy of the local files,
so that looking changes nothing.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from strongroom.cli.app import program
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.stdin import Input
from strongroom.errors import SignedOutError, StrongroomError, UnauthorizedError
from strongroom.home.device import Device, load_devices
from strongroom.home.files import Folder
from strongroom.home.kit import load_kit
from strongroom.home.paths import LATEST_NAME, SESSION_PREFIX
from strongroom.home.session import open_session
from strongroom.home.state import StateFile
from strongroom.ids import format_id
from strongroom.secret import Secret
from strongroom.wiring.accounts import unlock
from support.anomalies.loop import State
from support.anomalies.seam_files import put_gate_before_files
from support.anomalies.seam_sqlite import COMMIT, put_gate_before_sqlite

OLD, NEW = "an old password of Ana", "a new password of Ana"
START_MS = 1_700_000_000_000
_SIDES = ("-wal", "-shm")


@dataclass
class Computer:
    """A folder with the local files of a user, two databases, and what commands write."""

    folder: Path
    now_ms: int = START_MS
    # The session that the user's shell has, and the one that another shell goes on with.
    session: str = ""
    other: str = ""
    more: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Folder:
        """The local files."""
        return Folder(self.folder / "home")

    def op(self, *arguments: str, given: str = "") -> str:
        """Run a command; return what it wrote.

        Raises:
            StrongroomError: As the command.
        """
        environment = {"STRONGROOM_HOME": str(self.home.path)} | self.more
        if self.session:
            environment["OP_SESSION"] = self.session
        invocation = Invocation(
            environment,
            clock=lambda: self.now_ms,
            standard_input=lambda: Input(io.BytesIO(given.encode())),
        )
        written = io.TextIOWrapper(io.BytesIO(), write_through=True)
        words = [one.replace("HERE", str(self.folder)) for one in arguments]
        with contextlib.redirect_stdout(written):
            program().main(words, prog_name="op", standalone_mode=False, obj=invocation)
        return written.buffer.getvalue().decode()  # type: ignore[attr-defined]


def make_computer(folder: Path) -> Computer:
    """Set up an account with a session, a vault with an item, and a backup."""
    made = Computer(folder)
    url = (folder / "vault.db").as_uri()
    words = ("--url", url, "--name", "Home", "--email", "ana@example.org")
    made.op("account", "create", *words, "--password-stdin", "--kit", "HERE/kit.txt", given=OLD)
    made.session = made.other = made.op("signin", "--raw", given=OLD).strip()
    made.op("vault", "create", "work")
    made.op("item", "create", "--vault", "work", "--category", "login", "--title", "one", "a=b")
    (folder / "paper.txt").write_bytes(b"a paper")
    made.op("document", "create", "HERE/paper.txt", "--vault", "work", "--title", "paper")
    made.op("backup", "HERE/backup.db")
    made.op("item", "create", "--vault", "work", "--category", "login", "--title", "two")
    (folder / "old.txt").write_bytes(b"an older file")
    return made


class ComputerSubject:
    """One computer, put back as it was for each try."""

    # A replaced file stays where the sync of its folder fails, a removed one as well.
    stores = frozenset({COMMIT, "fsync", "replace", "rename", "link", "backup"})
    removes = frozenset({"unlink"})

    def __init__(self, made: Computer, folder: Path, patch: pytest.MonkeyPatch) -> None:
        """Take a computer, and a folder for copies."""
        self._made = made
        self._pristine = folder / "pristine"
        self._copies = folder / "copies"
        self._looked = folder / "looked"
        self._copies.mkdir()
        shutil.copytree(made.folder, self._pristine)
        self._kept: list[object] = []
        self._scene = made
        put_gate_before_files(patch)
        put_gate_before_sqlite(patch)

    def fresh(self) -> Computer:
        """Return the computer as it was; addresses name its folder, so it is the same one."""
        self._kept.clear()
        self._put(self._pristine)
        made = self._made
        self._scene = Computer(made.folder, made.now_ms, made.session, made.other)
        return self._scene

    def _put(self, files: Path) -> None:
        shutil.rmtree(self._made.folder)
        shutil.copytree(files, self._made.folder)

    def look(self, scene: Computer) -> State:
        """Return what a new process finds."""
        shutil.rmtree(self._looked, ignore_errors=True)
        shutil.copytree(scene.home.path, self._looked)
        home = Folder(self._looked)
        devices = load_devices(home)
        names = home.names()
        return {
            "accounts": sorted(_account(home, device) for device in devices),
            "latest": [
                device.account_name
                for device in devices
                if format_id(device.user_id) in (home.load(LATEST_NAME) or b"").decode()
            ],
            "session": _opens(home, scene),
            "sessions": sum(name.startswith(SESSION_PREFIX) for name in names),
            "files": {
                path.name: _file(path)
                for path in sorted(scene.folder.iterdir())
                # What a killed process did not finish has names of its own, and harms nobody.
                if path.is_file() and not path.name.startswith(".")
                if not path.name.endswith(_SIDES)
            },
        }

    def stamp(self, scene: Computer) -> object:
        """Return the hash of all files, but for the memory that users of a database share."""
        hashed = sha256()
        for path in sorted(scene.folder.rglob("*")):
            if path.is_file() and not path.name.endswith("-shm"):
                hashed.update(repr((str(path), path.read_bytes())).encode())
        return hashed.hexdigest()

    def keep(self, scene: Computer) -> None:
        """Copy all files, if anything was changed since the last time."""
        stamp = _quick_stamp(scene.folder)
        if stamp not in self._kept[-1:]:
            self._kept.append(stamp)
            shutil.copytree(scene.folder, self._copies / str(len(self._kept)))

    def left(self) -> list[State]:
        """Return what a new process finds in each copy."""
        states = []
        for number in range(1, len(self._kept) + 1):
            self._put(self._copies / str(number))
            states.append(self.look(self._scene))
            shutil.rmtree(self._copies / str(number))
        self._kept.clear()
        return states

    def rests(self, scene: Computer) -> list[str]:
        """Return the names of files that are nobody's."""
        names = {path.name for path in scene.folder.rglob("*") if path.is_file()}
        return sorted(name for name in names if name.startswith(".") and name != ".lock")


def _quick_stamp(folder: Path) -> object:
    """Return what tells two states of files apart, without reading them."""
    found = ((path, path.stat()) for path in sorted(folder.rglob("*")))
    return [
        (path, at.st_ino, at.st_size, at.st_mtime_ns)
        for path, at in found
        if not path.name.endswith("-shm")
    ]


def _account(home: Folder, device: Device) -> tuple[Any, ...]:
    """Return an account of a computer: its keys, what opens it, and whether it remembers."""
    opening = []
    for key in ("current", "pending"):
        held = device
        if key == "pending":
            if device.pending_secret_key is None:
                continue
            held = replace(device, secret_key=device.pending_secret_key)
        for password in (OLD, NEW):
            try:
                seed = unlock(held, Secret(password)).seed
            except UnauthorizedError:
                continue
            known = StateFile(home, device.account_id, device.user_id).load(seed) is not None
            opening.append((key, password, known))
    return device.account_name, device.pending_secret_key is not None, tuple(opening)


def _opens(home: Folder, scene: Computer) -> bool:
    try:
        open_session(home, Secret(scene.other), clock=lambda: scene.now_ms)
    except SignedOutError:
        return False
    return True


def _file(path: Path) -> str:
    """Return what a file is, or what is in it."""
    if path.suffix == ".db":
        return _database(path)
    if path.name.startswith("kit"):
        try:
            load_kit(path)
        except StrongroomError as error:
            return error.code
        return "a kit"
    return path.read_bytes().decode()


def _database(path: Path) -> str:
    with closing(sqlite3.connect(path)) as db:
        try:
            (accounts,) = db.execute("SELECT count(*) FROM accounts").fetchone()
        except sqlite3.OperationalError:
            return "no database"
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (objects,) = db.execute("SELECT count(*) FROM objects").fetchone()
        return f"{accounts} accounts, {objects} objects"
