"""A database with an account, and a backup of it."""

import pytest

from strongroom.store.sqlite.store import SqliteStore
from support.sqlite_backups import ONE, put


@pytest.fixture
def path(tmp_path):
    return tmp_path / "strongroom.db"


@pytest.fixture
def store(path):
    """A database with the account ONE."""
    made = SqliteStore.create(path)
    made.write(put(ONE))
    yield made
    made.close()
