"""Shortcuts of the tests of the SQLite driver."""

import sqlite3

from strongroom.errors import StrongroomError
from strongroom.store.sqlite.store import SqliteStore

PUT = "INSERT INTO accounts (id, created_ms) VALUES (:id, 0)"
COUNT = "SELECT count(*) FROM accounts"


async def count(session):
    return (await session.one(COUNT))[0]


def put(name):
    async def work(session):
        await session.run(PUT, id=name)

    return work


def ask(path, sql):
    """Run one statement on a connection of its own; return the rows."""
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    finally:
        connection.close()
    return rows


def files_beside(path):
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def told(path):
    """Return which errors opening, reading and writing give, and how often nothing."""
    try:
        store = SqliteStore.open(path)
        store.read(count)
        store.write(put(b"b"))
    except StrongroomError as error:
        return type(error).__name__
    return None
