"""What the tests of this folder share: made once, copied or put back by each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_forgers import Stage, make_stage
from support.faults_world import World, copy_database, make_world


@pytest.fixture(scope="session")
def made_stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The account as it is before a forgery."""
    return make_stage(tmp_path_factory.mktemp("forgers"))


@pytest.fixture
def stage(made_stage: Stage, tmp_path: Path) -> Iterator[Stage]:
    """A copy for one test."""
    copied = made_stage.copy(tmp_path / "copy")
    yield copied
    copied.crowd.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A file with everything in it; whoever changes it takes that back."""
    made = make_world(tmp_path_factory.mktemp("world"))
    yield made
    made.home.close()


@pytest.fixture(scope="session")
def pristine(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the file as honest writers left it."""
    path = tmp_path_factory.mktemp("pristine") / "strongroom.db"
    copy_database(world.path, path)
    return path
