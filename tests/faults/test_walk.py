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

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from strongroom.client.view import objects
from strongroom.client.view.directory import Directory
from strongroom.store.sqlite import store as sqlite
from support.faults_forged import FORGERIES, Forger, forge, forger_of, without_hashes
from support.faults_keeper import KEYS, KINDS, Keeper
from support.faults_oracle import CRASH, OLD, REFUSED, RIGHT, WRONG
from support.faults_walk import READERS, Walk, Walker, walk_in_parts
from support.faults_walk_mutants import MUTANTS
from support.faults_walk_parts import (
    ALL_EVERY,
    FULL,
    JOINING_TABLES,
    MUTANT_CHANGES_MOST,
    PAGE_FAULTS,
    PAGE_FAULTS_SAMPLED,
    SEED,
    assert_clean,
    chosen,
    damaged_files,
    joining,
    tells,
    unlock_walk,
    withheld,
)
from support.faults_world import World


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
    monkeypatch.setattr("strongroom.trust.directory.check_head_mark", lambda *_, **__: None)
    monkeypatch.setattr("strongroom.trust.access._check_mark", lambda *_, **__: None)
    monkeypatch.setattr("strongroom.trust.revisions._check_mark", lambda *_, **__: None)
    monkeypatch.setattr(Directory, "walk", lambda *_, **__: [])
    monkeypatch.setattr(objects, "check_record_in_force", lambda *_, **__: None)
    state = READERS[1]
    world_mark = walker.state_of(state)
    world_mark.pin = world.people[state.person].pin
    result = walker.read_files([("older copy", world.old_copy)], (state,), marks=world_mark)
    assert "WRONG resolve (token with state)" in result.findings, result.report()
