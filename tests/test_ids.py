"""Ids, hashes and fingerprints: plain bytes at run time, and no two of them alike to mypy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from strongroom import ids
from strongroom.crypto.public import digests
from strongroom.wire.messages import CommitAnswer, KeyRow, Query

ROOT = Path(__file__).resolve().parents[1]
ID = bytes(range(16))
KINDS = [
    ids.AccountId,
    ids.PrincipalId,
    ids.ContainerId,
    ids.ObjectId,
    ids.FileId,
    ids.InviteId,
    ids.Stamp,
    digests.Hash,
    digests.Fingerprint,
]
MIXED = """
from strongroom.crypto.public.digests import Fingerprint, Hash
from strongroom.ids import ContainerId, PrincipalId, container_of_group, parse_id
from strongroom.wire.access import AccessRecord
from strongroom.wire.entries import Entry

def mixed(vault: ContainerId, user: PrincipalId, record: AccessRecord, entry: Entry) -> None:
    record.row(user)
    record.row(vault)
    record.row(parse_id("x", PrincipalId))
    record.row(parse_id("x"))
    entry.keyset(record.signer_fp)
    entry.keyset(record.previous)
    record.container == user
    record.container == container_of_group(user)
    print(Hash(b""), Fingerprint(b""))
"""


def test_another_kind_is_refused(tmp_path):
    """A vault's id in the place of a user's, an untyped id and a hash in the place of a fingerprint
    do not pass mypy; the right ones and the named conversion do."""
    program = tmp_path / "mixed.py"
    program.write_text(MIXED)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    refused = [
        MIXED.splitlines()[int(line.split(":")[1]) - 1].strip()
        for line in done.stdout.splitlines()
        if ": error:" in line
    ]
    assert refused == [
        "record.row(vault)",
        'record.row(parse_id("x"))',
        "entry.keyset(record.previous)",
        "record.container == user",
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_plain_bytes(kind):
    """At run time an id is the bytes that it was."""
    assert kind(ID) is ID


def test_reading_with_a_kind():
    """An id that is read as somebody's is the same bytes as one that is read as nobody's."""
    text = ids.format_id(ID)
    assert ids.parse_id(text) == ids.parse_id(text, ids.FileId) == ID
    assert type(ids.parse_id(text, ids.FileId)) is bytes


@pytest.mark.parametrize(
    ("convert", "back"),
    [(ids.container_of_group, ids.principal_of_group), (ids.own_object, ids.profile_object)],
)
def test_conversions(convert, back):
    """What has one id in two roles keeps its bytes."""
    assert convert(ID) == back(ID) == ID


@pytest.mark.parametrize("row", [KeyRow(ID, ID), Query(ID, ID), CommitAnswer(before=ID)])
def test_messages_travel_as_before(row):
    """Messages are encoded as bytes and decoded strictly."""
    raw = msgspec.msgpack.encode(row)
    assert msgspec.msgpack.decode(raw, type=type(row)) == row
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"fp": 5, "enc_pk": 5, "container": 5, "before": 5}, type(row))
