"""Accounts and files for the tests of backups."""

import sqlite3
from contextlib import closing

ONE, TWO, THREE = (bytes([number]) * 16 for number in (1, 2, 3))
PUT = "INSERT INTO accounts (id, created_ms) VALUES (:id, 0)"


def put(*names):
    async def work(session):
        for name in names:
            await session.run(PUT, id=name)

    return work


async def names(session):
    return {row[0] for row in await session.all("SELECT id FROM accounts")}


def ask(path, sql):
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(sql).fetchall()
        connection.commit()
    return rows


def accounts(path):
    """Return the accounts of a sound file."""
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    return {row[0] for row in ask(path, "SELECT id FROM accounts")}


def files(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def damage(path):
    """Spoil the middle of a database."""
    raw = bytearray(path.read_bytes())
    for page in range(2, len(raw) // 16_384):
        raw[page * 16_384 : page * 16_384 + 64] = b"\xff" * 64
    path.write_bytes(raw)
