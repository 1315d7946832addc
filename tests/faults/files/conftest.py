"""A file of each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.faults_stored import Place, make_place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A file of this test's own."""
    made = make_place(tmp_path)
    yield made
    made.home.close()
