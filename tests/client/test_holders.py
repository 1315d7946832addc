"""Principals with their keys: a false key stops who seals to it, and nobody else."""

import sqlite3

import pytest

from strongroom.client.change import holders
from strongroom.client.change.holders import fetch_holders
from strongroom.crypto.keysets import Keyset
from strongroom.errors import IntegrityError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from support.homes import make_home
from support.people import join

READ = SERVICE_ACCOUNT_WORDS["read_items"]


@pytest.fixture
def home(tmp_path):
    """An owner with a vault, and two members."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben, made.cara = (join(made, name, by=made.ana) for name in ("Ben", "Cara"))
    made.vault = made.run(made.ana.vaults.create("Shared"))["id"]
    yield made
    made.close()


def change(home, sql, *values):
    with sqlite3.connect(home.path) as file:
        assert file.execute(sql, values).rowcount == 1
    file.close()


def falsify(home, principal):
    change(
        home, "UPDATE keysets SET enc_pk = ? WHERE principal = ?", Keyset.make().enc_pk, principal
    )


def drop(home, principal):
    change(home, "DELETE FROM keysets WHERE principal = ?", principal)


def rename(home, principal):
    change(home, "UPDATE keysets SET fp = zeroblob(32) WHERE principal = ?", principal)


def fetched(home, *principals, **options):
    engine = home.owner()
    home.run(engine.session.sync())
    return home.run(fetch_holders(engine.session, principals, **options))


DEEDS = {"false": falsify, "missing": drop, "under another name": rename}


def test_true_keys(home):
    """A holder has the key of its entry and no fault."""
    ben = parse_id(home.ben.id)
    holder = fetched(home, ben).need(ben)
    assert (holder.fault, len(holder.rows)) == ("", 1)
    assert holder.enc_pk == home.ben.engine.session.keyset.enc_pk
    assert holder.row(holder.entry.current.fp).ends_ms == 0


def test_overlapping_keys(home):
    """A service account whose token is being replaced has both keys, the older with its end."""
    old = home.by_token(home.token(home.vault)).session
    name = format_id(old.principal)
    end = home.clock() + 1_000_000
    home.run(home.ana.service_accounts.rotate(name, old_ends_ms=end))
    holder = fetched(home, old.principal).need(old.principal)
    older, newer = holder.rows
    assert (older.fp, older.ends_ms, older.enc_pk) == (old.fp, end, old.keyset.enc_pk)
    assert (newer.fp, newer.ends_ms) == (holder.entry.current.fp, 0)
    assert holder.enc_pk == newer.enc_pk
    assert holder.fault == ""


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_false_keys(home, deed):
    """A key that is not the entry's fails nobody's fetch; the holder tells it when it is used."""
    ben, cara = parse_id(home.ben.id), parse_id(home.cara.id)
    deed(home, ben)
    found = fetched(home, ben, cara)
    assert "forged or missing" in found.need(ben).fault
    assert (found.need(ben).rows, found.need(cara).fault) == ((), "")
    assert found.need(cara).enc_pk
    with pytest.raises(IntegrityError, match="forged or missing") as caught:
        _ = found.need(ben).enc_pk
    assert caught.value.layer == "key-hash"


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
def test_nobody_is_kept_by_a_false_key(home, deed):
    """Who has a false key is removed like anybody else; nothing is ever sealed to it."""
    deed(home, parse_id(home.ben.id))
    engine = home.owner()
    with pytest.raises(IntegrityError):
        home.run(engine.access.grant(home.vault, {home.ben.id: READ}))
    home.run(engine.access.grant(home.vault, {home.cara.id: READ}))
    assert all(due.done for due in home.run(engine.users.remove("Ben")))


def test_a_client_that_takes_keys_as_they_come(home, monkeypatch):
    """MUTANT: without the check against the entry a false key passes."""
    monkeypatch.setattr(holders, "check_encryption_key", lambda *_, **__: None)
    ben = parse_id(home.ben.id)
    falsify(home, ben)
    holder = fetched(home, ben).need(ben)
    assert holder.fault == ""
    assert holder.enc_pk != home.ben.engine.session.keyset.enc_pk


def test_entries_alone(home):
    """Where nothing is sealed no key is asked for, and none can be used."""
    ben = parse_id(home.ben.id)
    falsify(home, ben)
    holder = fetched(home, ben, keys=False).need(ben)
    assert (holder.rows, holder.fault) == ((), "")
    with pytest.raises(IntegrityError):
        _ = holder.enc_pk
