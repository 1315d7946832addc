"""A disk that is full or fails, at every call of a write: nothing lost, nothing half there.

The child's calls of the operating system go through children/failing.c, which
refuses the n-th one; n walks over all calls of each work. After each refusal
the error has its type, and the same process, another process, and the file as
a crash or a power cut would leave it hold all that was acknowledged, and of
what failed all or nothing. Then there is room again, and work goes on. The
kernel's own limit on file sizes does the same without the shim.

Mutants: a store that ignores a failed commit, one without transactions, one
that does not translate errors, a private file written in place, and a disk
whose syncs lie.

`STRONGROOM_FAULTS=full` refuses every call in every way (an account's in one);
otherwise each way takes every few calls, at other places.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.faults_disk import (
    LYING_SYNC,
    NO_ROOM,
    NO_SYNC,
    ONE_ERROR,
    REFUSALS,
    Refusal,
    Walk,
    build_shim,
    calls,
    start_walk,
    step_account,
    step_local,
)
from support.faults_world import copy_database

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
Starter = Callable[..., Walk]


@dataclass(frozen=True)
class Work:
    """What is walked: which calls at the least, and how sparsely where not all are."""

    name: str
    every: int
    meets: frozenset[str]
    changes: tuple[str, ...] = ()


WORKS = {
    "an item": Work("item", 4, frozenset({"pwrite-wal", "sync-wal"})),
    "a batch": Work("batch", 8, frozenset({"pwrite-wal", "sync-wal"})),
    "a vault": Work("vault", 12, frozenset({"pwrite-wal", "sync-wal"})),
    "a checkpoint": Work(
        "item",
        8,
        frozenset({"pwrite-wal", "sync-wal", "pwrite", "sync"}),
        ("checkpoint_always",),
    ),
    "opening, writing, closing": Work(
        "cold", 12, frozenset({"pwrite-wal", "sync-wal", "pwrite-shm", "pwrite", "sync"})
    ),
}


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that refuses."""
    return build_shim("failing", tmp_path_factory.mktemp("shim"))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    """Start a walk in a folder of its own; its child ends with the test."""
    walks = []

    def start_one(*shims: Path, changes: tuple[str, ...] = (), **environment: str) -> Walk:
        folder = tmp_path / "home"
        folder.mkdir()
        walks.append(start_walk(folder, shims, *changes, **environment))
        return walks[-1]

    yield start_one
    for walk in walks:
        walk.child.kill()


def report(walk: Walk) -> None:
    print(f"refused {sum(walk.refused.values())}: {dict(walk.refused)}; told: {dict(walk.errors)}")


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS.keys())
def test_a_refusing_disk_loses_nothing(work: Work, shim: Path, start: Starter) -> None:
    """Wherever the disk refuses a write, what was acknowledged stays and nothing is half there."""
    walk = start(shim, changes=work.changes)
    for refusal, nth in calls(walk, work.name, every=1 if FULL else work.every):
        walk.step(work.name, refusal, nth)
    for nth in range(1, 6):  # a sparse walk passes them by, and they matter most
        walk.step(work.name, NO_SYNC, nth)
    report(walk)
    assert walk.findings == []
    assert work.meets <= set(walk.refused)
    assert {"StoreError", "StoreFullError"} <= set(walk.errors)


def test_a_refused_account_is_made_later(shim: Path, start: Starter) -> None:
    """An account that could not be made leaves no part of it, and is made when there is room."""
    walk = start(shim)
    # Each try derives a key: a full run refuses every call in one of the ways.
    for refusal, nth in calls(walk, "account", every=4 if FULL else 88):
        step_account(walk, refusal, nth)
    step_account(walk, NO_SYNC, 1)
    report(walk)
    assert walk.findings == []
    assert {"pwrite-wal", "StoreFullError"} <= set(walk.refused) | set(walk.errors)


def test_no_room_for_a_new_file_is_told_as_such(shim: Path, start: Starter) -> None:
    """Where not even an empty file can be made, the error says that there is no room."""
    walk = start(shim)
    _, answer = walk.refuse("account", "first", NO_ROOM, 1)
    assert answer["outcome"]["error"][0] == "StoreFullError"
    assert not walk.home.path.with_name("first.db").exists()


def test_a_private_file_is_whole_whatever_the_disk_refuses(shim: Path, start: Starter) -> None:
    """A private file holds its old or its new content wherever the disk refuses, and no trace."""
    walk = start(shim)
    for refusal, nth in calls(walk, "local", every=1):
        step_local(walk, refusal, nth)
    report(walk)
    assert walk.findings == []
    assert {"open", "write", "sync", "rename"} <= set(walk.refused)


@pytest.mark.parametrize("work", ["item", "batch", "vault", "cold"])
def test_the_limit_of_the_kernel_loses_nothing(work: str, start: Starter) -> None:
    """A write that the kernel refuses at some size of a file is there as a whole or not at all."""
    walk = start()
    wal = Path(f"{walk.home.path}-wal")
    rooms = range(-20_000, 120_000, 4_000 if FULL else 35_000)
    for room in rooms:
        size = wal.stat().st_size if wal.exists() else walk.home.path.stat().st_size
        walk.step_limited(work, max(0, size + room))
    report(walk)
    assert walk.findings == []
    assert walk.errors["StoreError"] >= 1


# -- power cuts ------------------------------------------------------------------------


def start_synced(
    start: Starter, shim: Path, tmp_path: Path, factory: pytest.TempPathFactory
) -> Walk:
    """Start a walk that also keeps what was synced, as a power cut would leave it."""
    kept = tmp_path / "synced"
    kept.mkdir()
    path = tmp_path / "home" / "strongroom.db"
    walk = start(
        shim,
        build_shim("synced", factory.mktemp("shim")),
        changes=("checkpoint_always",),
        FAULTS_SYNCED_FROM=str(path),
        FAULTS_SYNCED_TO=str(kept),
    )
    copy_database(path, kept / path.name)
    walk.synced = kept / path.name
    return walk


def test_a_failed_sync_is_no_acknowledgement(
    shim: Path, start: Starter, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whichever sync fails, what is acknowledged is in what was synced."""
    walk = start_synced(start, shim, tmp_path, tmp_path_factory)
    for nth in range(1, 7):
        walk.step("item", NO_SYNC, nth)
    report(walk)
    assert walk.findings == []
    assert {"sync-wal", "sync"} <= set(walk.refused)


def test_the_walk_catches_a_sync_that_is_not_one(
    shim: Path, start: Starter, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """MUTANT: where the error of a sync is ignored, a power cut loses an acknowledged write."""
    walk = start_synced(start, shim, tmp_path, tmp_path_factory)
    walk.step("item", LYING_SYNC, 1)
    assert any("after a power cut: lost" in finding for finding in walk.findings)


# -- mutants -----------------------------------------------------------------------------

MUTANTS = {
    "commit_errors_ignored": "lost",
    "bare_statements": "AssertionError",
    "untranslated": "'OperationalError'",
}


@pytest.mark.parametrize(("mutant", "finding"), MUTANTS.items(), ids=MUTANTS.keys())
def test_the_walk_catches_a_store_without_that_protection(
    mutant: str, finding: str, shim: Path, start: Starter
) -> None:
    """MUTANT: a store that ignores errors, does not undo, or does not translate is found out."""
    walk = start(shim, changes=(mutant,))
    for nth in range(1, 18, 4):
        walk.step("item", NO_ROOM, nth)
    assert any(finding in one for one in walk.findings), walk.findings


def test_the_walk_catches_a_file_written_in_place(shim: Path, start: Starter) -> None:
    """MUTANT: a private file that is overwritten where it stands is lost when there is no room."""
    walk = start(shim, changes=("in_place",))
    for nth in range(1, 4):
        step_local(walk, NO_ROOM, nth)
    assert any("neither the old content nor the new" in one for one in walk.findings)


def test_the_walk_refuses_what_it_says(shim: Path, start: Starter) -> None:
    """MUTANT: a walk that meets no call at all is not taken for one that found nothing."""
    walk = start(shim)
    seen: list[Refusal] = [refusal for refusal, _ in calls(walk, "item", every=16)]
    assert set(seen) == set(REFUSALS)
    walk.step("item", ONE_ERROR, 10_000)
    assert walk.findings == []
    assert not walk.refused
