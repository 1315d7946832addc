"""What must hold of a database file at any time, whoever was interrupted in it."""

from __future__ import annotations

import sqlite3


def assert_whole(db: sqlite3.Connection) -> None:
    """No part of a write is there without its other parts."""
    assert not db.execute(
        "SELECT o.id FROM objects o WHERE o.version <>"
        " (SELECT count(*) FROM revisions r WHERE r.container = o.container AND r.object = o.id)"
    ).fetchall()
    assert not db.execute(
        "SELECT r.object FROM revisions r LEFT JOIN objects o"
        " ON o.container = r.container AND o.id = r.object WHERE o.id IS NULL"
    ).fetchall()
    items = "FROM objects o WHERE o.container = c.id AND o.id <> c.id"
    assert not db.execute(
        f"SELECT c.id FROM containers c WHERE c.kind = 1 AND (c.active_items <>"
        f" (SELECT count(*) {items} AND o.state = 1) OR c.content_version <>"
        f" (SELECT coalesce(sum(o.version), 0) {items}))"
    ).fetchall()
    # Every write of an item has its row in the audit log, in the same transaction.
    assert not db.execute(
        "SELECT o.id FROM objects o JOIN containers c ON c.id = o.container AND c.kind = 1"
        " WHERE o.id <> c.id AND o.version <> (SELECT count(*) FROM audit a WHERE a.object = o.id)"
    ).fetchall()
    assert not db.execute(
        "SELECT e.container FROM epochs e JOIN containers c ON c.id = e.container"
        f" WHERE c.kind = 1 AND e.live_objects <>"
        f" (SELECT count(*) {items} AND o.state <> 3 AND o.epoch = e.epoch)"
    ).fetchall()
