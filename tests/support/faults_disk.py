"""A walk over every call by which a work reaches the disk, each refused once, and what is left."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from strongroom.store.sqlite.store import SqliteStore
from support.faults_processes import Child, Event
from support.faults_whole import assert_whole
from support.homes import Home, make_home

CHILDREN = Path(__file__).parents[1] / "faults" / "children"
STICKY, HALF, LIE, SYNCS = 1, 2, 4, 8
BATCH = 6
# The same work takes some calls more or less, since pages of the tree split now and then.
MARGIN = 6


@dataclass(frozen=True)
class Refusal:
    """One way in which a disk refuses."""

    name: str
    error: int
    how: int


# A full disk stays full and takes what still fits; a failing one may fail once.
NO_ROOM = Refusal("no room", errno.ENOSPC, STICKY | HALF)
NO_QUOTA = Refusal("no quota", errno.EDQUOT, STICKY)
ONE_ERROR = Refusal("one error", errno.EIO, 0)
DEAD = Refusal("a dead disk", errno.EIO, STICKY)
REFUSALS = (NO_ROOM, NO_QUOTA, ONE_ERROR, DEAD)
NO_SYNC = Refusal("no sync", errno.EIO, SYNCS)
LYING_SYNC = Refusal("a lying sync", errno.EIO, SYNCS | LIE | STICKY)


def build_shim(name: str, folder: Path) -> Path:
    """Compile one of the libraries that stand between a child and its disk."""
    compiler = shutil.which("cc") if sys.platform == "linux" else None
    if compiler is None:
        pytest.skip("a refusing disk needs Linux and a C compiler; limits are tested without")
    built = folder / f"{name}.so"
    source = CHILDREN / f"{name}.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", built, source, "-ldl"], check=True)
    return built


def titles_of(work: str, title: str) -> set[str]:
    """Return what a work makes: one title, or all those of a batch."""
    return {f"{title}-{turn}" for turn in range(BATCH)} if work == "batch" else {title}


@dataclass
class Walk:
    """One home, one child that works on it, and what the child acknowledged."""

    home: Home
    vault: str
    child: Child
    spare: Path
    synced: Path | None = None
    kept: set[str] = field(default_factory=set)
    findings: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def ask(self, order: str, **more: Any) -> Event:
        """Give the child one order; return its answer."""
        self.child.tell(json.dumps({"order": order, **more}))
        answer = self.child.next()
        assert answer is not None, self.child.stderr()
        return answer

    def find(self, what: str) -> None:
        """Note something that must not be."""
        self.findings.append(what)

    def refuse(self, work: str, title: str, refusal: Refusal, nth: int) -> tuple[str, Event]:
        """Refuse one call of a work; return where that was, and what came of it."""
        how = {"nth": nth, "error": refusal.error, "how": refusal.how}
        answer = self.ask("do", work=work, title=title, **how)
        return self._noted(f"{work}, {refusal.name} at call {nth}", answer), answer

    def limit(self, work: str, title: str, size: int) -> tuple[str, Event]:
        """Let no file grow beyond a size while a work is done."""
        answer = self.ask("do", work=work, title=title, limit=size)
        return self._noted(work, answer), answer

    def _noted(self, where: str, answer: Event) -> str:
        if answer["hit"]:
            self.refused[answer["refused"]] += 1
        if "error" in answer["outcome"]:
            self.errors[answer["outcome"]["error"][0]] += 1
        return f"{where} ({answer['refused']})"

    def count(self, work: str, title: str) -> int:
        """Return how many calls a work makes where the disk refuses none."""
        return int(self.ask("do", work=work, title=title, nth=0, error=0, how=0)["seen"])

    def name(self, work: str) -> str:
        """Return a title that nothing has yet."""
        self.number += 1
        return f"{work}{self.number}"

    def go_on(self, where: str, work: str, title: str) -> bool:
        """Do a work on a disk that refuses nothing any more; return whether that went well."""
        again = self.ask("do", work=work, title=title)["outcome"]
        if "error" in again:
            self.find(f"{where}: does not go on: {again}")
        return "error" not in again

    # -- steps on one vault ------------------------------------------------------------

    def step(self, work: str, refusal: Refusal, nth: int) -> None:
        """Refuse one call of a work, look at everything, and go on."""
        title = self.name(work)
        self._judge(work, title, *self.refuse(work, title, refusal, nth))

    def step_limited(self, work: str, size: int) -> None:
        """Do the same under the kernel's own limit on the size of files."""
        title = self.name(work)
        self._judge(work, title, *self.limit(work, title, size))

    def _judge(self, work: str, title: str, where: str, answer: Event) -> None:
        made, told = titles_of(work, title), answer["outcome"].get("error")
        if told is None:
            self.kept |= made
        elif "StoreError" not in told:
            self.find(f"{where}: {answer['outcome']}")
        full = answer["full"]
        if "value" in full and not self.kept <= set(full["value"]):
            self.find(f"{where}: lost while it lasts: {sorted(self.kept - set(full['value']))}")
        if "error" in full and "StoreError" not in full["error"]:
            self.find(f"{where}: reading while it lasts: {full}")
        # What failed may be there as a whole after a crash, and SQLite cannot know: its commit
        # stands in the WAL where only the sync failed, or where the half of a page that found
        # no room is the same as what stood there before.
        self._look_around(where, set() if told is None else made, closed=work == "cold")
        again = self.name(work)
        if self.go_on(where, work, again):
            self.kept |= titles_of(work, again)

    def _look_around(self, where: str, maybe: set[str], *, closed: bool) -> None:
        # As if the process had died here: what it left, without the memory that it shares.
        self._compare(f"{where}, after a crash", self._copied(self.home.path), maybe)
        if self.synced is not None:
            self._compare(f"{where}, after a power cut", self._copied(self.synced), maybe)
        seen = set(self.ask("look").get("value", ()))
        if closed and seen == self.kept | maybe:
            self.kept = seen  # closing on a dead disk is as good as a crash
        if seen != self.kept:
            self.find(f"{where}, in the same process: {self._difference(seen)}")
        self._compare(f"{where}, in another process", self.home.path, set())

    def _copied(self, path: Path) -> Path:
        for file in self.spare.iterdir():
            file.unlink()
        return copied(path, self.spare)

    def _compare(self, where: str, path: Path, maybe: set[str]) -> None:
        """Compare a file with what was acknowledged; what failed is there as a whole or not."""
        try:
            titles = listed(path, self.home, self.vault)
        except Exception as error:  # noqa: BLE001  (that is the finding)
            self.find(f"{where}: {type(error).__name__}: {error}")
            return
        if titles not in (self.kept, self.kept | maybe):
            self.find(f"{where}: {self._difference(titles)}")

    def _difference(self, titles: Iterable[str]) -> str:
        lost, more = self.kept - set(titles), set(titles) - self.kept
        return f"lost {sorted(lost)}, too much {sorted(more)}"


def copied(path: Path, folder: Path) -> Path:
    """Copy a database as it lies there, with what waits beside it."""
    for end in ("", "-wal", "-journal"):
        if Path(f"{path}{end}").exists():
            shutil.copy(f"{path}{end}", folder / f"{path.name}{end}")
    return folder / path.name


def listed(path: Path, home: Home, vault: str) -> set[str]:
    """Return all titles of a file that is whole, as a reader of its own sees them."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert_whole(db)
    reading = Home(path, home.account)
    try:
        engine = reading.owner()
        items = reading.run(engine.items.list(vault))
        for item in reading.run(engine.items.get_all(vault, [row["id"] for row in items[-3:]])):
            assert isinstance(item, dict), item
            assert item["fields"][0]["value"] == f"v-{item['title']}"
        return {row["title"] for row in [*items, *reading.run(engine.vaults.list())]}
    finally:
        reading.close()


def start_walk(folder: Path, shims: Iterable[Path], *changes: str, **environment: str) -> Walk:
    """Make a home with a vault in a folder, and the child that will work on it."""
    home = make_home(folder)
    vault = str(home.run(home.owner().vaults.create("vault"))["id"])
    home.close()
    account = home.account
    child = Child(
        "disk",
        script=CHILDREN / "disk.py",
        environment={"LD_PRELOAD": " ".join(map(str, shims)), **environment},
        folder=str(folder),
        url=home.url,
        account=account.account_id,
        user=account.user_id,
        seed=account.seed.hex(),
        pin=[account.pin.version, account.pin.hash.hex()],
        vault=vault,
        changes=list(changes),
    )
    spare = folder.parent / f"{folder.name}-spare"
    spare.mkdir()
    walk = Walk(home, vault, child, spare)
    try:
        child.until("ready")
        first = walk.ask("look")
        assert "value" in first, first
    except BaseException:
        child.kill()
        raise
    walk.kept = set(first["value"])
    return walk


def calls(walk: Walk, work: str, *, every: int) -> Iterator[tuple[Refusal, int]]:
    """Return each refusal with the calls to refuse: all of them, or some for each."""
    title = walk.name(work)
    most = walk.count(work, title) + MARGIN
    if work not in ("account", "local"):
        walk.kept |= titles_of(work, title)
    for place, refusal in enumerate(REFUSALS):
        first = 1 + place * every // len(REFUSALS)
        yield from ((refusal, nth) for nth in range(first, most + 1, every))


# -- other works -------------------------------------------------------------------------


def step_account(walk: Walk, refusal: Refusal, nth: int) -> None:
    """Refuse one call of the making of an account, look at what is left, and go on."""
    title = walk.name("account")
    path = walk.home.path.with_name(f"{title}.db")
    where, answer = walk.refuse("account", title, refusal, nth)
    told = answer["outcome"].get("error")
    if told is None:
        _check_account(walk, where, path, {1})
        return
    if "StoreError" not in told:
        walk.find(f"{where}: {answer['outcome']}")
    sides = [side.name for side in path.parent.glob(f"{path.name}*")]
    if sides and not path.exists():
        walk.find(f"{where}: left {sides}")
    # As for items, what failed may be there, as a whole.
    before = _check_account(walk, where, path, {0, 1}) if path.exists() else 0
    if walk.go_on(where, "account", title):
        _check_account(walk, f"{where}, again", path, {before + 1})


def _check_account(walk: Walk, where: str, path: Path, allowed: set[int]) -> int:
    """Look at what the making of an account left, as the next process would."""
    copy = copied(path, walk.spare)
    accounts = 0
    try:
        SqliteStore.create(copy).close()
        with closing(sqlite3.connect(copy)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert_whole(db)
            tables = ("accounts", "users", "roots", "heads")
            found = {db.execute(f"SELECT count(*) FROM {one}").fetchone()[0] for one in tables}
        (accounts,) = found
        assert accounts in allowed, accounts
        assert path.stat().st_mode & 0o777 == 0o600
    except Exception as error:  # noqa: BLE001  (that is the finding)
        walk.find(f"{where}: {type(error).__name__}: {error}")
    return accounts


def step_local(walk: Walk, refusal: Refusal, nth: int) -> None:
    """Refuse one call of the replacing of a private file, look at what is left, and go on."""
    folder = walk.home.path.with_name("private")
    old, new = walk.name("old"), walk.name("new")
    walk.ask("do", work="local", title=old)
    where, answer = walk.refuse("local", new, refusal, nth)
    told = answer["outcome"].get("error")
    if told is not None and "LocalFileError" not in told:
        walk.find(f"{where}: {answer['outcome']}")
    allowed = {new * 1000} if told is None else {old * 1000, new * 1000}
    if (folder / "file").read_text(encoding="utf-8") not in allowed:
        walk.find(f"{where}: neither the old content nor the new")
    if left := [one.name for one in folder.iterdir() if one.name != "file"]:
        walk.find(f"{where}: left {left}")
    walk.go_on(where, "local", old)
