"""A hostile keeper walks through the whole file, one change at a time (T1, T2, T6).

After every change four readers list and resolve everything: a token without
state, one that remembers newer state, one whose process is already running,
and the owner. Each answer is right, a typed error, or a difference that
docs/reference/threats.md admits; never a wrong value, never another exception.

`STRONGROOM_FAULTS=full` walks every row instead of a seeded sample. Every walk
has its mutant: a client with one protection taken out, which the same oracle
must catch.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from strongroom import wiring
from strongroom.client import directory, names, objects
from strongroom.client.directory import Directory
from strongroom.client.session import Session
from strongroom.crypto.tokens import parse_token
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.store import sqlite
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import parse_access
from strongroom.wire.entries import parse_entry
from strongroom.wire.revisions import parse_revision
from support.faults_device import FaultDevice
from support.faults_keeper import Change, Keeper
from support.faults_oracle import CRASH, RIGHT
from support.faults_walk import Walk, Walker
from support.faults_world import World, copy_database, make_world
from support.homes import PASSWORD

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_607
NEWEST_VERSION = 3  # of `alpha/login`; the deletion of `alpha/gone` has it too
PAGE_FAULTS_SAMPLED = 60
PAGE_FAULTS = 2_000 if FULL else PAGE_FAULTS_SAMPLED

Changes = Callable[..., Iterator[Change]]
KINDS: dict[str, Changes] = {
    "a flipped bit": Keeper.flips,
    "a cut value": Keeper.cuts,
    "values of two rows swapped": Keeper.swaps,
    "the content of another row": Keeper.transplants,
    "an older state": Keeper.older,
    "a missing row": Keeper.hides,
    "a value of another type": Keeper.retypes,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One populated file for all walks; each change is taken back."""
    made = make_world(tmp_path_factory.mktemp("walk"))
    yield made
    made.home.close()


@pytest.fixture(scope="module")
def walker(world: World) -> Walker:
    """The readers, with what they saw before any change."""
    return Walker(world)


@pytest.fixture(scope="module")
def pristine(world: World, walker: Walker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the file as honest writers left it."""
    path = tmp_path_factory.mktemp("pristine") / "strongroom.db"
    copy_database(world.path, path)
    return path


@pytest.fixture(scope="module")
def keeper(world: World, walker: Walker, pristine: Path) -> Iterator[Keeper]:
    """Full control of the file."""
    reader = parse_token(world.token).principal
    ids = (parse_id(text) for text in (world.alpha, world.beta, *world.ids.values()))
    made = Keeper(world.path, focus=frozenset((reader, *ids)))
    yield made
    made.close()


# -- the walks ---------------------------------------------------------------------


def test_an_honest_file_reads_right(walker: Walker, pristine: Path) -> None:
    """Without a change every reader gets every value right, so the walks start from the truth."""
    result = walker.read_files([("unchanged", pristine)])
    assert set(result.counts) == {RIGHT}, result.report()


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_row_never_gives_a_wrong_value(kind: str, walker: Walker, keeper: Keeper) -> None:
    """Whatever the keeper changes in a row, no reader is told a wrong value (T1, T2, T6)."""
    result = walker.walk(keeper, KINDS[kind](keeper, random.Random(SEED), full=FULL))
    assert_clean(kind, result)


def test_details_that_are_withheld_are_not_an_empty_item(walker: Walker, keeper: Keeper) -> None:
    """A keeper who withholds details makes the item unreadable, not empty (T1)."""
    assert_clean("withheld details", walker.walk(keeper, withheld(keeper)))


def test_a_changed_byte_of_the_file_never_gives_a_wrong_value(
    walker: Walker, pristine: Path, tmp_path: Path
) -> None:
    """A damaged byte anywhere in the file is a typed error or changes nothing (T1)."""
    result = walker.read_files(damaged_files(pristine, tmp_path, PAGE_FAULTS))
    assert_clean("a changed byte of the file", result)


def test_an_older_file_is_refused_by_whoever_has_seen_a_newer_one(
    world: World, walker: Walker
) -> None:
    """An older copy of the whole file is refused by marks, and by a token that is newer (T6)."""
    result = walker.read_files([("older copy", world.old_copy)])
    # The reader's token was made after the copy, so its own head refuses it even without marks.
    assert set(result.counts) == {"refused"}, result.report()


def test_a_changed_user_row_never_unlocks_anything_else(
    world: World, keeper: Keeper, pristine: Path
) -> None:
    """Whatever the keeper does to a user's row, unlocking gives the seed or a typed error (T12)."""
    findings = unlock_walk(world, pristine)
    assert not findings, "\n".join(findings)


# -- the mutants -------------------------------------------------------------------


@contextmanager
def trust_accepts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that checks no signature, record, path, mark or title."""
    with monkeypatch.context() as patch:
        patch.setattr(
            RevisionVerifier,
            "verify",
            lambda _self, _asked, signed, **_: parse_revision(signed.body),
        )
        patch.setattr(
            AccessVerifier, "verify", lambda _self, signed, **_: parse_access(signed.body)
        )
        patch.setattr(Directory, "walk", lambda *_: None)
        patch.setattr(directory, "verify_entry", lambda _h, _r, body, _p: parse_entry(body))
        patch.setattr(names, "check_title", lambda *_, **__: None)
        yield


@contextmanager
def broken_seals_open_empty(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that takes what it cannot open for an empty document."""
    genuine = objects.open_envelope

    def lenient(*args: object, **keywords: object) -> bytes:
        try:
            return genuine(*args, **keywords)  # type: ignore[arg-type]
        except IntegrityError:
            return b"{}"

    with monkeypatch.context() as patch:
        patch.setattr(RevisionVerifier, "verify", lambda _s, _a, b, **_: parse_revision(b.body))
        patch.setattr(objects, "open_envelope", lenient)
        yield


@contextmanager
def lookups_are_bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client that takes records from its table without asking whether they are there."""
    with monkeypatch.context() as patch:
        patch.setattr(Directory, "record", lambda self, record_hash: self._records[record_hash])
        yield


@contextmanager
def errors_lose_their_type(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A client whose sync raises what Python raises."""
    genuine = Session.sync

    async def untyped(self: Session) -> None:
        try:
            await genuine(self)
        except StrongroomError as error:
            raise ValueError(error.message) from None

    with monkeypatch.context() as patch:
        patch.setattr(Session, "sync", untyped)
        yield


Mutant = Callable[[pytest.MonkeyPatch], AbstractContextManager[None]]
# kind -> the broken client, and a finding that it must cause (a sound client has none)
MUTANTS: dict[str, tuple[Mutant, str]] = {
    "a flipped bit": (trust_accepts, "WRONG get"),
    "a cut value": (broken_seals_open_empty, "WRONG get"),
    "values of two rows swapped": (trust_accepts, "WRONG resolve"),
    "the content of another row": (trust_accepts, "WRONG get"),
    "an older state": (trust_accepts, "WRONG resolve (remembering reader)"),
    "a missing row": (lookups_are_bare, "CRASH KeyError"),
    "a value of another type": (errors_lose_their_type, "CRASH ValueError"),
}


@pytest.mark.parametrize("kind", MUTANTS)
def test_the_walk_catches_a_client_without_that_protection(
    kind: str, walker: Walker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: with the protection taken out the same walk reports wrong values or crashes."""
    mutant, caught_by = MUTANTS[kind]
    changes = list(KINDS[kind](keeper, random.Random(SEED), full=True))
    telling = [change for change in changes if tells(kind, change, keeper)]
    few = random.Random(SEED).sample(telling, min(60, len(telling)))
    with mutant(monkeypatch):
        result = walker.walk(keeper, few)
    print(f"mutant of {kind}:\n{result.report()}")
    assert any(what.startswith(caught_by) for what in result.findings), result.report()


def test_the_walk_catches_untranslated_database_errors(
    walker: Walker, pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the translation of SQLite's errors, damaged files are reported as crashes."""

    @contextmanager
    def untranslated(_path: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(sqlite, "translated", untranslated)
    result = walker.read_files(damaged_files(pristine, tmp_path, PAGE_FAULTS_SAMPLED))
    assert result.counts[CRASH], result.report()


def test_the_walk_catches_a_reader_without_marks(
    world: World, walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a client that ignores its marks takes the older file for the present one (T6)."""
    monkeypatch.setattr("strongroom.trust.directory.check_head_mark", lambda *_: None)
    monkeypatch.setattr("strongroom.trust.access._check_mark", lambda *_: None)
    monkeypatch.setattr("strongroom.trust.revisions._check_mark", lambda *_: None)
    monkeypatch.setattr(Directory, "walk", lambda *_: None)
    result = walker.read_files([("older copy", world.old_copy)])
    assert "WRONG resolve (owner reader)" in result.findings, result.report()


# -- parts -------------------------------------------------------------------------


def assert_clean(kind: str, result: Walk) -> None:
    print(f"{kind}: {result.report()}")
    assert result.changes
    assert not result.findings, f"{kind}: {result.report()}"


def tells(kind: str, change: Change, keeper: Keeper) -> bool:
    """Tell whether a change is of those that the kind's mutant falls for."""
    if kind == "a flipped bit":
        (_, rowid), _ = change.rows[0]
        is_body = change.what.startswith("revisions.body")
        return is_body and keeper.rows["revisions"][rowid]["version"] == NEWEST_VERSION
    if kind == "a missing row":
        return change.what.startswith("access_records")
    if kind == "a value of another type":
        return change.what.startswith(("heads", "access_records"))
    return all(table in ("revisions", "objects") for (table, _), _ in change.rows)


def withheld(keeper: Keeper) -> Iterator[Change]:
    """The keeper clears REVEAL in its own table of permissions; the signed record keeps it."""
    for rowid, row in keeper.rows["accessors"].items():
        values = {"permissions": row["permissions"] & ~16}
        yield Change("withheld", f"accessors row {rowid}", ((("accessors", rowid), values),))


def damaged_files(pristine: Path, folder: Path, faults: int) -> Iterable[tuple[str, Path]]:
    rng = random.Random(SEED)
    raw = pristine.read_bytes()
    used = [place for place in range(0, len(raw), 7) if raw[place]]
    places = [*range(0, 100, 9), *rng.sample(used, faults)]
    for number, place in enumerate(places):
        path = folder / f"{number}.db"
        flipped = bytes((raw[place] ^ (1 << rng.randrange(8)),))
        path.write_bytes(raw[:place] + flipped + raw[place + 1 :])
        yield f"byte {place}", path
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            (folder / name).unlink(missing_ok=True)


USER_CHANGES = {
    "another salt": {"salt": bytes(16)},
    "a short salt": {"salt": b""},
    "t below the floor": {"t": 2},
    "t above the ceiling": {"t": 17},
    "a negative t": {"t": -3},
    "m below the floor": {"m": 1024},
    "m above the ceiling": {"m": 1 << 21},
    "no lanes": {"lanes": 0},
    "too many lanes": {"lanes": 17},
    "other lanes": {"lanes": 1},
    "another keyset": {"keyset": 2},
    "a negative keyset": {"keyset": -1},
    "a huge keyset": {"keyset": 1 << 62},
    "no seed": {"seed": b""},
    "half a seed": {"seed": lambda old: old[: len(old) // 2]},
    "another seed": {"seed": lambda old: old[:-1] + bytes((old[-1] ^ 1,))},
    "a newer envelope": {"seed": lambda old: old[:3] + b"\x02" + old[4:]},
    "a salt of text": {"salt": "x"},
    "a salt of nothing": {"salt": None},
    "a t of text": {"t": "x"},
    "a seed of text": {"seed": "x"},
    "a seed of nothing": {"seed": None},
    "another e-mail": {"email": "mallory@example.org"},
    "another auth key": {"auth_pk": bytes(32)},
}


def unlock_walk(world: World, pristine: Path) -> list[str]:
    account = world.home.account
    path = pristine.with_name("users.db")
    shutil.copy(pristine, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("CREATE TABLE bare AS SELECT * FROM users")
    db.execute("DROP TABLE users")
    db.execute("ALTER TABLE bare RENAME TO users")
    device = FaultDevice(f"file://{path}", account)
    findings = []
    for what, values in USER_CHANGES.items():
        for column, new in values.items():
            (old,) = db.execute(f"SELECT {column} FROM users").fetchone()
            db.execute(f"UPDATE users SET {column} = ?", (new(old) if callable(new) else new,))
            try:
                seed = wiring.unlock(device, Secret(PASSWORD)).seed
                if seed != account.seed:
                    findings.append(f"{what}: a wrong seed")
            except StrongroomError as error:
                if type(error) is StrongroomError:
                    findings.append(f"{what}: {error!r}")
            except Exception as error:  # noqa: BLE001  (that is the finding)
                findings.append(f"{what}: {type(error).__name__}: {error}")
            db.execute(f"UPDATE users SET {column} = ?", (old,))
    db.close()
    return findings
