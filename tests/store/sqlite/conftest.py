"""A database for each test of the driver, and what it opens."""

import sqlite3

import pytest

from strongroom.store.sqlite.store import SqliteStore


@pytest.fixture
def path(tmp_path):
    return tmp_path / "strongroom.db"


@pytest.fixture
def store(path):
    made = SqliteStore.create(path)
    yield made
    made.close()


@pytest.fixture
def connections(monkeypatch):
    """Every connection that is opened during the test."""
    opened, real = [], sqlite3.connect

    def connect(*args, **options):
        opened.append(real(*args, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", connect)
    return opened
