"""A hostile keeper walks through the whole file, one change at a time (T1, T2, T5, T6).

Every cell of every column of every table is changed in every way. After every
change readers ask for everything that it can concern: tokens, an owner, a
member who reads through a group, with and without state, one already running.
Each answer is right, a typed error, or a difference that
docs/reference/threats.md admits; never a wrong value, never another exception.

`STRONGROOM_FAULTS=full` makes every change instead of a seeded sample. Every
walk has its mutant: a client with one protection taken out, which the same
oracle must catch.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from strongroom.client.account import joining as joining_rules
from strongroom.client.account.joining import open_link
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view import directory, names, objects
from strongroom.client.view.directory import Directory
from strongroom.client.view.session import Session
from strongroom.crypto.invites import join_mac, parse_invite_link
from strongroom.crypto.public.hashes import sha256
from strongroom.errors import IntegrityError, StrongroomError
from strongroom.ids import parse_id
from strongroom.permissions import REVEAL_ITEM_PASSWORD
from strongroom.secret import Secret
from strongroom.store.sqlite import store as sqlite
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.trust.access import AccessVerifier
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.access import parse_access
from strongroom.wire.entries import parse_entry
from strongroom.wire.revisions import parse_revision
from strongroom.wiring.accounts import unlock
from support.faults_device import FaultDevice
from support.faults_forged import FORGERIES, Forger, forge, forger_of, without_hashes
from support.faults_keeper import KEYS, KINDS, Change, Keeper, Values
from support.faults_oracle import CRASH, OLD, REFUSED, RIGHT, WRONG
from support.faults_readers import failure
from support.faults_walk import READERS, Walk, Walker, walk_in_parts
from support.faults_world import START_MS, World
from support.homes import PASSWORD
from support.loose import loosen

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
SEED = 20_240_607
# Enough for every column of every table to be among a kind's changes.
CHANGES_SAMPLED = 106
# Of each column of the log: its rows are alike, and one check reads all of them.
LOG_CHANGES_MOST = 150
MUTANT_CHANGES_MOST = 300
# Every n-th change is followed by every question, wherever the change was made.
ALL_EVERY = 50 if FULL else 12
PAGE_FAULTS_SAMPLED = 40
PAGE_FAULTS = 1_000 if FULL else PAGE_FAULTS_SAMPLED


@pytest.fixture(scope="module")
def walker(world: World, pristine: Path) -> Walker:
    """The readers, with what they saw before any change."""
    del pristine  # copied before anything happens
    return Walker(world)


@pytest.fixture(scope="module")
def keeper(world: World, walker: Walker) -> Iterator[Keeper]:
    """Full control of the file."""
    del walker
    made = Keeper(world.path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def forger(world: World, keeper: Keeper) -> Forger:
    """The keeper with a member's help."""
    return forger_of(world, keeper)


# -- the walks ---------------------------------------------------------------------


def test_an_honest_file_reads_right(walker: Walker, pristine: Path) -> None:
    """Without a change every reader gets every value right, so the walks start from the truth."""
    result = walker.read_files([("unchanged", pristine)], READERS)
    assert set(result.counts) == {RIGHT}, result.report()


def test_the_keeper_changes_every_table(pristine: Path, keeper: Keeper) -> None:
    """No table is left out of the walks, and none is empty."""
    db = sqlite3.connect(pristine)
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    db.close()
    assert {table for table in tables if not table.startswith("sqlite_")} == set(KEYS)
    assert all(keeper.rows[table] for table in KEYS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_row_never_gives_a_wrong_value(
    kind: str, world: World, walker: Walker, keeper: Keeper, pristine: Path, tmp_path: Path
) -> None:
    """Whatever the keeper changes in a row, no reader is told a wrong value (T1, T2)."""
    rng = random.Random(SEED)
    changes = chosen(KINDS[kind](keeper, rng), rng)
    if FULL:
        result = walk_in_parts(world, pristine, tmp_path, changes, all_every=ALL_EVERY)
    else:
        result = walker.walk(keeper, changes, readers=1, all_every=ALL_EVERY)
    assert_clean(kind, result)


def test_an_older_row_never_gives_a_wrong_value(
    world: World, walker: Walker, keeper: Keeper
) -> None:
    """Older copies of cells, rows, tables, heads and records fool nobody who saw newer (T6)."""
    changes = chosen(keeper.older([world.old_copy]), random.Random(SEED))
    assert_clean("an older state", walker.walk(keeper, changes, readers=8 if FULL else 2))


@pytest.mark.parametrize("protection", FORGERIES)
def test_what_is_consistent_up_to_one_protection_is_refused(
    protection: str, walker: Walker, keeper: Keeper, forger: Forger
) -> None:
    """Each protection stands alone: what only it can tell from the truth is refused (T1 to T5)."""
    change = forge(protection, forger)
    result = walker.walk(keeper, [change], readers=len(READERS))
    assert_clean(protection, result)
    assert result.counts[REFUSED]


def test_whoever_answers_an_invite_is_led_to_the_account_or_refused(
    world: World, keeper: Keeper
) -> None:
    """A joiner starts from the account and a true root document, or from nothing (T4, T6)."""
    rng = random.Random(SEED)
    every = [change for kind in KINDS.values() for change in kind(keeper, rng)]
    few = chosen([change for change in every if change.rows[0][0][0] in JOINING_TABLES], rng)
    result = Walk(changes=len(few))
    for change in few:
        with keeper.changed(change):
            verdict = joining(world, keeper)
        result.counts[verdict] += 1
        if verdict.startswith((WRONG, CRASH)):
            result.findings.setdefault(verdict, change.what)
    assert_clean("an answered invite", result)
    assert result.counts[RIGHT]


def test_the_oracle_catches_a_joiner_who_takes_any_root_document(
    world: World, keeper: Keeper, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: without the check of the chain a joiner is pinned to a document nobody signed."""
    change = forge("root chain", forger)
    with keeper.changed(change):
        assert joining(world, keeper) == REFUSED
    FORGERIES["root chain"][1](monkeypatch)
    with keeper.changed(change):
        assert joining(world, keeper) == WRONG


def test_details_that_are_withheld_are_not_an_empty_item(walker: Walker, keeper: Keeper) -> None:
    """A keeper who withholds details makes the item unreadable, not empty (T1)."""
    result = walker.walk(keeper, withheld(keeper), readers=4)
    assert_clean("withheld details", result)
    assert result.counts[REFUSED]


def test_a_changed_byte_of_the_file_never_gives_a_wrong_value(
    walker: Walker, pristine: Path, tmp_path: Path
) -> None:
    """A damaged byte anywhere in the file is a typed error or changes nothing (T1)."""
    readers = READERS[:2] if FULL else READERS[2:3]
    result = walker.read_files(damaged_files(pristine, tmp_path, PAGE_FAULTS), readers)
    assert_clean("a changed byte of the file", result)


def test_an_older_file_is_refused_by_whoever_has_seen_a_newer_one(
    world: World, walker: Walker
) -> None:
    """An older copy of the whole file is refused by marks, and by a token that is newer (T6)."""
    newer = [reader for reader in READERS if reader.remembers or reader.person == "later token"]
    result = walker.read_files([("older copy", world.old_copy)], tuple(newer))
    assert set(result.counts) == {REFUSED}, result.report()


def test_an_older_file_is_only_old_to_a_fresh_reader(world: World, walker: Walker) -> None:
    """A token from before the copy is told what was true then, and nothing else (T6)."""
    result = walker.read_files([("older copy", world.old_copy)], READERS[:1])
    assert_clean("an older file", result)
    assert result.counts[OLD]


def test_a_changed_user_row_never_unlocks_anything_else(world: World, pristine: Path) -> None:
    """Whatever the keeper does to a user's row, unlocking gives the seed or a typed error (T12)."""
    findings = unlock_walk(world, pristine)
    assert not findings, "\n".join(findings)


# -- the mutants -------------------------------------------------------------------


@pytest.mark.parametrize("protection", FORGERIES)
def test_the_oracle_catches_a_client_without_one_protection(
    protection: str,
    walker: Walker,
    keeper: Keeper,
    forger: Forger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """MUTANT: without that one check the forgery that it stops is reported as a wrong value."""
    change = forge(protection, forger)
    with monkeypatch.context() as patch:
        FORGERIES[protection][1](patch)
        result = walker.walk(keeper, [change], readers=1, until="WRONG")
    assert any(what.startswith("WRONG") for what in result.findings), result.report()


def test_details_are_bound_to_their_overview_besides_the_hashes(
    walker: Walker, keeper: Keeper, forger: Forger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Details of another overview do not open even where no hash is compared (T1)."""
    change = forge("overview and details", forger)
    without_hashes(monkeypatch)
    assert_clean("binding", walker.walk(keeper, [change], readers=1))


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
        patch.setattr(Directory, "walk", lambda *_, **__: [])
        patch.setattr(directory, "verify_entry", lambda _h, _r, body, _p: parse_entry(body))
        patch.setattr(names, "check_title", lambda *_, **__: None)
        patch.setattr(objects, "check_record_in_force", lambda *_: None)
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
    "a flipped bit": (trust_accepts, "WRONG"),
    "a cut value": (broken_seals_open_empty, "WRONG get"),
    "a value of another type": (errors_lose_their_type, "CRASH ValueError"),
    "values of two rows swapped": (trust_accepts, "WRONG"),
    "values of one row swapped": (errors_lose_their_type, "CRASH ValueError"),
    "the content of another row": (trust_accepts, "WRONG"),
    "a missing row": (lookups_are_bare, "CRASH KeyError"),
    "an older state": (trust_accepts, "WRONG"),
}


@pytest.mark.parametrize("kind", MUTANTS)
def test_the_walk_catches_a_client_without_that_protection(
    kind: str, world: World, walker: Walker, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: with the protection taken out the same walk reports wrong values or crashes."""
    mutant, caught_by = MUTANTS[kind]
    rng = random.Random(SEED)
    made = KINDS[kind](keeper, rng) if kind in KINDS else keeper.older([world.old_copy])
    telling = [change for change in made if tells(kind, change, keeper)]
    few = rng.sample(telling, min(MUTANT_CHANGES_MOST, len(telling)))
    with mutant(monkeypatch):
        result = walker.walk(keeper, few, readers=3, until=caught_by)
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
    files = damaged_files(pristine, tmp_path, PAGE_FAULTS_SAMPLED)
    result = Walk()
    for file in files:
        result = walker.read_files([file], READERS[2:3])
        if result.counts[CRASH]:
            break
    assert result.counts[CRASH], result.report()


def test_the_walk_catches_a_reader_without_marks(
    world: World, walker: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a client that ignores its marks takes the older file for the present one (T6)."""
    monkeypatch.setattr("strongroom.trust.directory.check_head_mark", lambda *_: None)
    monkeypatch.setattr("strongroom.trust.access._check_mark", lambda *_: None)
    monkeypatch.setattr("strongroom.trust.revisions._check_mark", lambda *_: None)
    monkeypatch.setattr(Directory, "walk", lambda *_, **__: [])
    monkeypatch.setattr(objects, "check_record_in_force", lambda *_: None)
    state = READERS[1]
    world_mark = walker.state_of(state)
    world_mark.pin = world.people[state.person].pin
    result = walker.read_files([("older copy", world.old_copy)], (state,), marks=world_mark)
    assert "WRONG resolve (token with state)" in result.findings, result.report()


# -- parts -------------------------------------------------------------------------


def assert_clean(kind: str, result: Walk) -> None:
    print(f"{kind}: {result.report()}")
    assert result.changes
    assert not result.findings, f"{kind}: {result.report()}"


def chosen(changes: Iterable[Change], rng: random.Random) -> list[Change]:
    """Return all changes in the full form, else a sample with something of every column."""
    groups: dict[tuple[str, ...], list[Change]] = defaultdict(list)
    for change in changes:
        (table, _), values = change.rows[0]
        groups[(table, *sorted(values or ()))].append(change)
    if FULL:
        return [
            change
            for (table, *_), group in groups.items()
            for change in (sampled(group, rng, LOG_CHANGES_MOST) if table == "audit" else group)
        ]
    ordered = sorted(groups.values(), key=lambda _: rng.random())
    most = -(-CHANGES_SAMPLED // len(ordered))
    few = [change for group in ordered for change in sampled(group, rng, most)]
    return few[:CHANGES_SAMPLED]


def sampled(group: list[Change], rng: random.Random, most: int) -> list[Change]:
    return rng.sample(group, min(most, len(group)))


def tells(kind: str, change: Change, keeper: Keeper) -> bool:
    """Tell whether a change is of those that the kind's mutant falls for."""
    what = change.what
    if kind in ("a flipped bit", "a cut value"):
        (table, rowid), _ = change.rows[0]
        row = keeper.rows[table][rowid]
        column = "body" if kind == "a flipped bit" else "details"
        return what.startswith(f"revisions.{column}") and is_newest(row, keeper)
    if kind == "a missing row":
        return what.startswith("access_records")
    if kind in ("a value of another type", "values of one row swapped"):
        return what.startswith(("heads", "access_records"))
    return all(table in ("revisions", "objects") for (table, _), _ in change.rows)


def is_newest(revision: Values, keeper: Keeper) -> bool:
    where = {"container": revision["container"], "id": revision["object"]}
    _, found = keeper.find("objects", **where)
    return bool(found["version"] == revision["version"] and found["tag"] != bytes(16))


JOINING_TABLES = ("roots", "root_signatures", "heads", "invites")


def joining(world: World, keeper: Keeper) -> str:
    """Return what becomes of the first step of somebody who was invited."""
    link = parse_invite_link(world.links["dora"].expose())
    transport = EmbeddedTransport(
        SqliteStore.open(world.path),
        url=world.home.url,
        account=b"",
        principal=b"",
        runtime=InlineRuntime(),
        clock=lambda: START_MS,
    )
    try:
        opened = drive(open_link(transport, link))
        pin, _ = joining_rules._verified(link, opened)  # what `answer_link` begins with
        key = bytes(32)
        facts = {"account": opened.account, "user": bytes(16), "email": opened.email}
        join_mac(link.secret, **facts, enc_pk=key, sign_pk=key)
    except Exception as error:  # noqa: BLE001  (sorted by `failure`)
        found = failure(error)
        return REFUSED if found.kind == "error" else f"{CRASH} {found.value}"
    finally:
        transport.close()
    true = {row["version"]: sha256(row["body"]) for row in keeper.rows["roots"].values()}
    same = opened.account == parse_id(world.home.account.account_id)
    return RIGHT if true.get(pin.version) == pin.hash and same else WRONG


def withheld(keeper: Keeper) -> Iterator[Change]:
    """The keeper clears REVEAL in its own table of permissions; the signed record keeps it."""
    rows = keeper.rows["accessors"]
    for container in sorted({row["container"] for row in rows.values()}):
        cleared = tuple(
            (("accessors", rowid), {"permissions": row["permissions"] & ~REVEAL_ITEM_PASSWORD})
            for rowid, row in rows.items()
            if row["container"] == container
        )
        yield Change("withheld", f"details of a container with {len(cleared)} rows", cleared)


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


def user_changes() -> dict[str, dict[str, object]]:
    """Return what is done to the row; in the full form every seeded bit of salt and seed too."""
    made: dict[str, dict[str, object]] = dict(USER_CHANGES)
    rng = random.Random(SEED)
    for column, size in (("salt", 16), ("seed", 77)) if FULL else ():
        for place in range(size):
            bit = 1 << rng.randrange(8)

            def flip(old: bytes, place: int = place, bit: int = bit) -> bytes:
                return old[:place] + bytes((old[place] ^ bit,)) + old[place + 1 :]

            made[f"a bit of byte {place} of the {column}"] = {column: flip}
    return made


def unlock_walk(world: World, pristine: Path) -> list[str]:
    account = world.home.account
    path = pristine.with_name("users.db")
    shutil.copy(pristine, path)
    db = sqlite3.connect(path, isolation_level=None)
    loosen(db)
    who = (parse_id(account.user_id),)
    others = db.execute("SELECT salt, seed, auth_pk FROM users WHERE id <> ?", who).fetchall()
    swapped = dict(zip(("salt", "seed", "auth_pk"), others[0], strict=True))
    device = FaultDevice(f"file://{path}", account)
    findings = []
    changes = user_changes() | {
        f"the {name} of another user": {name: value} for name, value in swapped.items()
    }
    for what, values in changes.items():
        for column, new in values.items():
            (old,) = db.execute(f"SELECT {column} FROM users WHERE id = ?", who).fetchone()
            value = new(old) if callable(new) else new
            db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (value, *who))
            try:
                seed = unlock(device, Secret(PASSWORD)).seed
                if seed != account.seed:
                    findings.append(f"{what}: a wrong seed")
            except StrongroomError as error:
                if type(error) is StrongroomError:
                    findings.append(f"{what}: {error!r}")
            except Exception as error:  # noqa: BLE001  (that is the finding)
                findings.append(f"{what}: {type(error).__name__}: {error}")
            db.execute(f"UPDATE users SET {column} = ? WHERE id = ?", (old, *who))
    db.close()
    return findings
