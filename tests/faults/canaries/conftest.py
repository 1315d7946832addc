"""The scene that all tests of a module search."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest

from support.faults_canaries import Cage
from support.faults_scene import Scene, make_scene, read_files, use_facade


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """An account of canaries, after everything was used once."""
    folder = tmp_path_factory.mktemp("canaries")
    cage = Cage()
    logs = io.StringIO()
    handler = logging.StreamHandler(logs)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    made = make_scene(folder, cage, logs)
    asyncio.run(use_facade(made), debug=True)
    made.files = read_files(made.home.path)  # while it is open: the side files are there
    yield made
    made.home.close()
    root.removeHandler(handler)
    root.setLevel(level)
