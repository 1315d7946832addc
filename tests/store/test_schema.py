"""The schema: what a keeper may see, and nothing else."""

import sqlite3

from strongroom.store.schema import APPLICATION_ID, FIRST_VERSION, MIGRATIONS, SCHEMA_VERSION


def test_application():
    """The file says SRDB to whoever looks into its header."""
    assert APPLICATION_ID.to_bytes(4, "big") == b"SRDB"
    assert FIRST_VERSION + len(MIGRATIONS) == SCHEMA_VERSION + 1


def test_text_columns():
    """The only texts that a keeper can read are e-mail addresses and words of a closed list."""
    connection = sqlite3.connect(":memory:")
    for statements in MIGRATIONS:
        for statement in statements:
            connection.execute(statement)
    rows = connection.execute(
        """SELECT t.name, c.name, c.type FROM sqlite_master t, pragma_table_info(t.name) c
        WHERE t.type = 'table'"""
    ).fetchall()
    connection.close()
    assert {kind for _, _, kind in rows} == {"BLOB", "INTEGER", "TEXT"}
    assert {(table, name) for table, name, kind in rows if kind == "TEXT"} == {
        ("users", "email"),
        ("invites", "email"),
        ("invites", "role"),
        ("audit", "action"),
        ("audit", "object_type"),
        ("audit", "aux_info"),
    }
