"""Rows of the audit log: their hash covers every part, in one order."""

import hashlib

import msgspec
import pytest

from strongroom.wire.audit import AuditRow, hash_row

ACCOUNT = b"a" * 16
ROW = AuditRow(
    id=b"i" * 16,
    position=7,
    created_ms=1_750_000_000_000,
    actor=b"p" * 16,
    actor_kind=1,
    action="update",
    object_type="item",
    object=b"o" * 16,
    aux=b"c" * 16,
    aux_info="archive",
    hash=b"",
)


def test_hash():
    """The hash is the one that specs/formats.md section 20 describes, byte for byte."""
    parts = (
        b"sr/v1/audit",
        ACCOUNT,
        (7).to_bytes(8, "little"),
        b"h" * 32,
        b"i" * 16,
        (1_750_000_000_000).to_bytes(8, "little"),
        b"p" * 16,
        (1).to_bytes(8, "little"),
        b"update",
        b"item",
        b"o" * 16,
        b"c" * 16,
        b"archive",
    )
    raw = len(parts).to_bytes(8, "little")
    raw += b"".join(len(part).to_bytes(8, "little") + part for part in parts)
    assert hash_row(ACCOUNT, ROW, b"h" * 32) == hashlib.sha256(raw).digest()


@pytest.mark.parametrize("name", [name for name in AuditRow.__struct_fields__ if name != "hash"])
def test_every_part_counts(name):
    """Another value of any part, another account or another row before give another hash."""
    value = getattr(ROW, name)
    other = value + 1 if isinstance(value, int) else value + value[:1]
    changed = msgspec.structs.replace(ROW, **{name: other})
    before = hash_row(ACCOUNT, ROW, b"")
    assert hash_row(ACCOUNT, changed, b"") != before
    assert hash_row(b"b" * 16, ROW, b"") != before
    assert hash_row(ACCOUNT, ROW, bytes(32)) != before
