"""Keys to which nothing can be sealed: they cost their owner access, and nobody else anything."""

import sqlite3

import msgspec
import pytest

from strongroom.client.change import change, ledger, records, rotation
from strongroom.client.change.change import Change, commit
from strongroom.client.people import users
from strongroom.crypto.invites import join_mac, parse_invite_link
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    InvalidKeyError,
    RotationDueError,
)
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.service import commit as service_commit
from strongroom.service.directory import keysets as service_keysets
from strongroom.wire.access import parse_access
from strongroom.wiring.accounts import join_account
from support.homes import PASSWORD, login, make_home
from support.people import join
from support.sealing_keys import with_coefficient

WRITE = SERVICE_ACCOUNT_WORDS["write_items"]


@pytest.fixture
def home(tmp_path):
    """An owner, and three members who write into one vault."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.vault = made.run(made.ana.vaults.create("vault"))["id"]
    made.ben, made.cleo, made.dan = (join(made, who) for who in ("Ben", "Cleo", "Dan"))
    made.run(made.ana.access.grant(made.vault, {who.id: WRITE for who in members(made)}))
    yield made
    made.close()


def members(home):
    return home.ben, home.cleo, home.dan


def write(home, statement, *values):
    with sqlite3.connect(home.path) as file:
        file.execute(statement, values)
    file.close()


def falsify(home, who):
    """Let the keeper serve another key of somebody than the directory names."""
    write(home, "UPDATE keysets SET enc_pk = ? WHERE principal = ?", bytes(1216), parse_id(who.id))


def record(home):
    with sqlite3.connect(home.path) as file:
        query = "SELECT body FROM access_records WHERE container = ? ORDER BY access_rev DESC"
        (body,) = file.execute(query, (parse_id(home.vault),)).fetchone()
    file.close()
    return parse_access(body)


def leave_without_rotation(home, monkeypatch, who):
    """Remove a member as somebody does whose computer stops right after."""

    async def nothing(_session):
        return []

    with monkeypatch.context() as patch:
        patch.setattr(users, "settle", nothing)
        home.run(home.ana.users.remove(who.id))


def store(home, engine, title):
    return home.run(engine.items.create(home.vault, login(title, password="y")))


# -- a key that the keeper made false ------------------------------------------------------


def test_rotation_without_a_false_key(home):
    """A removal rotates; who cannot be sealed to gets no row, and the report says so."""
    falsify(home, home.cleo)
    dues = {due.container: due for due in home.run(home.ana.users.remove(home.ben.id))}
    due = dues[home.vault]
    assert due.done
    assert home.cleo.id in due.hint
    assert home.dan.id not in due.hint
    rows = {row.principal for row in record(home).accessors}
    assert parse_id(home.dan.id) in rows
    assert not rows & {parse_id(home.ben.id), parse_id(home.cleo.id)}


def test_a_write_beside_a_false_key(home, monkeypatch):
    """One false key stops neither the rotation before a write nor the write."""
    falsify(home, home.cleo)
    leave_without_rotation(home, monkeypatch, home.ben)
    store(home, home.owner(), "new")
    assert record(home).epoch == 2
    assert home.run(home.dan.engine.secrets.resolve("op://vault/new/password")) == "y"


def test_writes_do_not_ask_for_keys(home):
    """Whether a rotation is due is judged without the keys: a false one is not even seen."""
    falsify(home, home.cleo)
    store(home, home.owner(), "new")
    store(home, home.dan.engine, "another")
    assert record(home).epoch == 1
    assert home.run(home.cleo.engine.secrets.resolve("op://vault/new/password")) == "y"


def test_removing_its_owner(home):
    """Somebody whose key is false is suspended, brought back and removed like anybody."""
    falsify(home, home.cleo)
    home.run(home.ana.users.suspend(home.cleo.id))
    assert home.run(home.ana.users.find(home.cleo.id))["state"] == "SUSPENDED"
    home.run(home.ana.users.remove(home.cleo.id))
    assert home.run(home.ana.users.find(home.cleo.id))["state"] == "DELETED"
    assert record(home).row(parse_id(home.cleo.id)) is None


def test_granting_to_a_false_key(home):
    """Who gives rights to somebody with a false key is told, and nothing is stored."""
    eve = join(home, "Eve")
    falsify(home, eve)
    before = record(home)
    with pytest.raises(IntegrityError) as refused:
        home.run(home.ana.access.grant(home.vault, {eve.id: WRITE}))
    assert refused.value.layer == "key-hash"
    assert record(home) == before


def test_nobody_left_who_manages(home, monkeypatch):
    """A rotation that would leave nobody who manages is not made, and the write neither."""
    mine = home.run(home.ana.vaults.create("mine", allow_admins_access=False))["id"]
    rights = {home.ben.id: ALL_BITS, home.cleo.id: WRITE}
    home.run(home.ana.access.grant(mine, rights))
    home.run(home.ben.engine.access.revoke(mine, format_id(home.ana.session.principal)))
    falsify(home, home.ben)
    leave_without_rotation(home, monkeypatch, home.cleo)
    with pytest.raises(RotationDueError):
        home.run(home.ben.engine.items.create(mine, login("x", password="y")))


# -- rotations that fail -------------------------------------------------------------------


FAILURES = (IntegrityError, ConflictError, ForbiddenError, RuntimeError)


def refuse_rotations(monkeypatch, error):
    """A keeper that takes every write, but no new key."""
    genuine = service_commit.change_record

    async def refuses(session, caller, change, *, founding=False):
        if parse_access(change.record.body).epoch > 1:
            raise error("no")
        await genuine(session, caller, change, founding=founding)

    monkeypatch.setattr(service_commit, "change_record", refuses)


@pytest.mark.parametrize("error", FAILURES[:3], ids=lambda error: error.__name__)
def test_a_failed_rotation(home, monkeypatch, error):
    """Nothing is written for somebody to read who left, because a rotation failed (T10)."""
    leave_without_rotation(home, monkeypatch, home.ben)
    refuse_rotations(monkeypatch, error)
    with pytest.raises(RotationDueError, match="must get a new key before anything is written"):
        store(home, home.owner(), "new")
    monkeypatch.undo()
    store(home, home.owner(), "new")
    assert record(home).epoch == 2
    assert len(home.run(home.ana.items.list(home.vault))) == 1


def test_a_failed_rotation_that_is_not_asked_about(home, monkeypatch):
    """MUTANT: a writer that goes on all the same seals to who left."""
    leave_without_rotation(home, monkeypatch, home.ben)
    refuse_rotations(monkeypatch, IntegrityError)

    async def goes_on(session, due):
        try:
            await rotation.renew(session, due.id, due.record.kind)
        except IntegrityError:
            return False
        return True

    monkeypatch.setattr(rotation, "_renewed", goes_on)
    store(home, home.owner(), "new")
    assert record(home).row(parse_id(home.ben.id)) is not None
    assert record(home).epoch == 1


def test_a_directory_that_moves_while_it_is_judged(home, monkeypatch):
    """Who finds the directory changed judges again, and does not write unjudged."""
    leave_without_rotation(home, monkeypatch, home.ben)
    begin = Change.begin.__func__
    moves = iter([True, True, False])

    async def outrun(cls, session, **options):
        if not options.get("keys", True) and next(moves, False):
            message = "the directory was changed at the same time"
            raise ConflictError(message)
        return await begin(cls, session, **options)

    monkeypatch.setattr(rotation.Change, "begin", classmethod(outrun))
    store(home, home.owner(), "new")
    assert record(home).epoch == 2


# -- a key that is bad by itself -----------------------------------------------------------


def unusable(keyset):
    """Return a public key with a coefficient outside the modulus."""
    return with_coefficient(keyset.enc_pk, 7, 3329)


def add_unusable(home, monkeypatch):
    """Let an owner and the keeper bring somebody into the vault to whom nothing can be sealed."""
    keyset, session = Keyset.make(), home.ana.session
    bad = unusable(keyset)
    vault = parse_id(home.vault)

    async def build():
        container = session.need_container(vault)
        made = await Change.begin(session, containers=[container])
        entry = made.ledger.add(PrincipalKind.USER, enc_pk=bad, sign_pk=keyset.sign_pk)
        made.set_rights(container, made.active_rights(container) | {entry.principal: WRITE})
        return made

    genuine = records.seal_key
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "try_sealing", lambda _: None)
        patch.setattr(service_keysets, "check_sealing_key", lambda _: None)
        patch.setattr(
            records,
            "seal_key",
            lambda key, enc_pk, context: (
                bytes(1168) if enc_pk == bad else genuine(key, enc_pk, context)
            ),
        )
        home.run(commit(session, build))
    kind, enc_hash = PrincipalKind.USER, sha256(bad)
    return format_id(derive_principal_id(session.account, kind, enc_hash, keyset.sign_pk))


def test_an_unusable_key_in_the_directory(home, monkeypatch):
    """Somebody with a key that is none loses the row with the next rotation, and is removed."""
    who = add_unusable(home, monkeypatch)
    assert record(home).row(parse_id(who)) is not None
    store(home, home.owner(), "one")
    leave_without_rotation(home, monkeypatch, home.ben)
    store(home, home.owner(), "two")
    assert record(home).epoch == 2
    assert record(home).row(parse_id(who)) is None
    assert home.run(home.cleo.engine.secrets.resolve("op://vault/two/password")) == "y"
    home.run(home.ana.users.remove(who))
    assert home.run(home.ana.users.find(who))["state"] == "DELETED"


def answered(home, keyset, enc_pk):
    """Let the keeper store an answer with such a key, whose MAC its maker made."""
    link = home.run(home.ana.invites.create("eve@example.org"))
    parsed = parse_invite_link(link.expose())
    join_account(link.expose(), lambda _: Secret(PASSWORD), clock=home.clock)
    account, kind = home.ana.session.account, PrincipalKind.USER
    user = derive_principal_id(account, kind, sha256(enc_pk), keyset.sign_pk)
    mac = join_mac(
        parsed.secret,
        account=account,
        user=user,
        email="eve@example.org",
        enc_pk=enc_pk,
        sign_pk=keyset.sign_pk,
    )
    query = "UPDATE invites SET joiner = ?, enc_pk = ?, sign_pk = ?, mac = ?"
    write(home, query, user, enc_pk, keyset.sign_pk, mac)
    return home.run(home.ana.invites.find("eve@example.org"))


def test_nobody_signs_an_unusable_key(home, monkeypatch):
    """A client signs no entry with a key to which a trial sealing fails; the MUTANT tries."""
    keyset = Keyset.make()
    invite = answered(home, keyset, unusable(keyset))
    with pytest.raises(InvalidKeyError, match="nothing can be sealed to the new key") as refused:
        home.run(home.ana.invites.confirm(invite))
    assert refused.value.layer == "ml-kem"
    monkeypatch.setattr(ledger, "try_sealing", lambda _: None)
    with pytest.raises(IntegrityError) as later:
        home.run(home.ana.invites.confirm(invite))
    assert later.value.layer == "key"


def test_what_is_reported(home, monkeypatch):
    """Whoever asks is told of every active principal whose key is false or unusable."""
    assert home.run(home.ana.access.unusable_keys()) == []
    who = add_unusable(home, monkeypatch)
    falsify(home, home.cleo)
    falsify(home, home.dan)
    home.run(home.ana.users.remove(home.dan.id))
    found = home.run(home.owner().access.unusable_keys())
    assert sorted(found) == sorted([who, home.cleo.id])


def test_rows_are_sealed_one_by_one(home, monkeypatch):
    """MUTANT: a writer that lets one bad key stop it does not rotate at all."""
    falsify(home, home.cleo)
    leave_without_rotation(home, monkeypatch, home.ben)
    genuine = change.Change._rows

    def strict(self, plan):
        rows, sealed = genuine(self, plan)
        if self.unsealable():
            message = "one key is false"
            raise IntegrityError(message)
        return rows, sealed

    monkeypatch.setattr(change.Change, "_rows", strict)
    with pytest.raises(RotationDueError):
        store(home, home.owner(), "new")
    assert msgspec.structs.asdict(record(home))["epoch"] == 1
