"""Invites and profiles forged by whoever holds the file.

Whose keys come in is decided by a MAC under the secret of a link that the keeper
never sees, and by terms that are sealed to the administrators; the row beside
them counts for nothing. Whose name is whose is decided by profiles that their
authors had the right to write; lists show them unproven (T21). Mutants beside
the refusals; an honest service refuses the same as a request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from strongroom.client.people import invites
from strongroom.client.view import objects
from strongroom.crypto.invites import join_mac, make_invite_secret
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.errors import NotFoundError, StrongroomError
from strongroom.ids import format_id, parse_id
from strongroom.secret import Secret
from strongroom.trust.revisions import RevisionVerifier
from strongroom.wire.entries import parse_entry
from strongroom.wire.messages import CommitRequest, StoredRevision
from strongroom.wiring.accounts import join_account
from support.faults_forgers import Forger, Stage
from support.homes import PASSWORD
from support.keeper import keeper_of

Rule = tuple[str, str | None]
EMAIL, OTHER = "lea@example.org", "max@example.org"


def invited(stage: Stage, email: str, *, role: str = "member", answers: bool = True) -> bytes:
    """Invite somebody, who answers; return the invite's id."""
    ana, run = stage.crowd.open("Ana"), stage.crowd.home.run
    link = run(ana.invites.create(email, role=role))
    if answers:
        join_account(link.expose(), lambda _email: Secret(PASSWORD))
    return run(ana.invites.find(email)).row.id


def confirmed(stage: Stage, email: str) -> Rule | str:
    """Let an administrator confirm an invite; return the new user's role, or the refusal."""
    ana, run = stage.crowd.open("Ana"), stage.crowd.home.run
    try:
        user = run(ana.invites.confirm(run(ana.invites.find(email))))
    except StrongroomError as error:
        return type(error).__name__, error.layer
    return str(run(ana.users.find(user))["role"])


def joiner(stage: Stage, keyset: Keyset) -> bytes:
    enc_hash = sha256(keyset.enc_pk)
    return derive_principal_id(stage.file.account, PrincipalKind.USER, enc_hash, keyset.sign_pk)


def put_joiner(stage: Stage, invite: bytes, keyset: Keyset, mac: bytes) -> None:
    """Put other keys under an answered invite."""
    stage.file.run(
        "UPDATE invites SET joiner = ?, enc_pk = ?, sign_pk = ?, mac = ? WHERE id = ?",
        joiner(stage, keyset),
        keyset.enc_pk,
        keyset.sign_pk,
        mac,
        invite,
    )


def mac_of(stage: Stage, invite: bytes) -> bytes:
    ((mac,),) = stage.file.all("SELECT mac FROM invites WHERE id = ?", invite)
    return mac


def own_mac(stage: Stage, _invite: bytes, keyset: Keyset) -> bytes:
    return join_mac(
        make_invite_secret(),
        account=stage.file.account,
        user=joiner(stage, keyset),
        email=EMAIL,
        enc_pk=keyset.enc_pk,
        sign_pk=keyset.sign_pk,
    )


MACS: dict[str, Callable[[Stage, bytes, Keyset], bytes]] = {
    "a MAC under another secret": own_mac,
    "the MAC of the true answer": lambda s, invite, _: mac_of(s, invite),
    "the MAC of another invite": lambda s, *_: mac_of(s, invited(s, OTHER)),
    "no MAC": lambda *_: b"",
}


@pytest.mark.parametrize("mac", MACS)
def test_an_answer_of_others(stage: Stage, mac: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that whoever holds the link did not make are refused; the MUTANT takes them in (T4)."""
    thief, invite = Keyset.make(), invited(stage, EMAIL)
    put_joiner(stage, invite, thief, MACS[mac](stage, invite, thief))
    entries = len(stage.file.all("SELECT position FROM entries"))
    assert confirmed(stage, EMAIL) == ("IntegrityError", "mac")
    assert len(stage.file.all("SELECT position FROM entries")) == entries
    monkeypatch.setattr(invites, "check_join_mac", lambda *_, **__: None)
    assert confirmed(stage, EMAIL) == "member"
    bodies = [body for (body,) in stage.file.all("SELECT body FROM entries")]
    assert thief.sign_pk in {parse_entry(body).current.sign_pk for body in bodies}


def test_the_terms_of_another_invite(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another member's terms do not open under an invite of this one's (T4).

    MUTANT: who takes terms from wherever they were sealed takes the other's address.
    """
    invite, better = invited(stage, EMAIL), invited(stage, OTHER)
    ((sealed,),) = stage.file.all("SELECT sealed FROM invites WHERE id = ?", better)
    stage.file.run("UPDATE invites SET sealed = ? WHERE id = ?", sealed, invite)
    assert confirmed(stage, EMAIL) == ("IntegrityError", "commitment")
    genuine = invites.open_invite
    monkeypatch.setattr(
        invites,
        "open_invite",
        lambda keys, account, _id, row, *, role: genuine(keys, account, better, row, role=role),
    )
    monkeypatch.setattr(invites, "check_join_mac", lambda *_, **__: None)
    assert confirmed(stage, format_id(invite)) == "member"
    ana, run = stage.crowd.open("Ana"), stage.crowd.home.run
    assert run(ana.users.find(OTHER))["role"] == "member"


@pytest.mark.parametrize("value", ["owner", "administrator", "guest", ""])
def test_a_role_in_the_row(stage: Stage, value: str) -> None:
    """Who wants a member takes nobody in whose row says another role than the terms (T5)."""
    invite = invited(stage, EMAIL)
    stage.file.run("UPDATE invites SET role = ? WHERE id = ?", value, invite)
    assert confirmed(stage, EMAIL) == ("IntegrityError", "key-id")


@pytest.mark.parametrize(("column", "value"), [("expires_ms", 2**52), ("email", "eve@example.org")])
def test_what_the_row_says(stage: Stage, column: str, value: Any) -> None:
    """End and address in the row count for nothing: the sealed terms do (T4)."""
    invite = invited(stage, EMAIL)
    stage.file.run(f"UPDATE invites SET {column} = ? WHERE id = ?", value, invite)
    assert confirmed(stage, EMAIL) == "member"
    ana, run = stage.crowd.open("Ana"), stage.crowd.home.run
    assert run(ana.users.find(EMAIL))["role"] == "member"


def test_an_expired_invite_made_young(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An invite ends when its sealed terms say; the MUTANT that does not ask takes it (T4)."""
    invite = invited(stage, EMAIL)
    stage.file.run("UPDATE invites SET expires_ms = ? WHERE id = ?", 2**52, invite)
    later = stage.crowd.home.clock() + 100 * 60 * 60 * 1000
    stage.crowd.home.clock = lambda: later
    assert confirmed(stage, EMAIL) == ("ExpiredError", "expiry")
    monkeypatch.setattr(invites, "check_invite_expiry", lambda *_, **__: None)
    assert confirmed(stage, EMAIL) == "member"


def test_an_invite_of_the_keeper(stage: Stage) -> None:
    """An invite that nobody with the administrators' key sealed opens for nobody (T4)."""
    invite, thief = invited(stage, EMAIL), Keyset.make()
    stage.file.run("UPDATE invites SET sealed = ? WHERE id = ?", bytes(200), invite)
    put_joiner(stage, invite, thief, own_mac(stage, invite, thief))
    assert confirmed(stage, EMAIL) == ("IntegrityError", "version")


@pytest.mark.parametrize("who", ["Eve", "Gus", "Hal", "Ivy", "Joe", "Robot"])
def test_inviting_without_a_role(stage: Stage, who: str) -> None:
    """Who is not listed neither invites, nor reads, nor drops, nor confirms invites (T5)."""
    invited(stage, EMAIL)
    engine, run = stage.crowd.open(who), stage.crowd.home.run
    for work in (
        lambda: engine.invites.create("new@example.org"),
        engine.invites.list,
        lambda: engine.invites.delete(EMAIL),
    ):
        with pytest.raises(StrongroomError) as refused:
            run(work())
        assert refused.value.code == "forbidden"


# -- profiles ------------------------------------------------------------------------------


def profile(stage: Stage, forger: Forger, whose: bytes, name: str, email: str) -> StoredRevision:
    """Sign the next profile of somebody."""
    ((names,),) = stage.file.all("SELECT id FROM containers WHERE kind = 4")
    record = stage.file.record(names)
    shown = {"name": name, "email": email}
    return forger.revision(stage.file, record, whose, overview=shown)


@pytest.mark.parametrize("who", ["Eve", "Gus", "Hal", "Ivy", "Joe"])
def test_a_false_profile(stage: Stage, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member's false name stands in lists (T21); nothing is given to whom it points.

    MUTANT: who does not ask for the author's right finds the forger under that name.
    """
    forger = stage.forgers[who]
    stored = profile(stage, forger, forger.principal, "Mia", "mia@example.org")
    keeper = keeper_of(stage.crowd.home)
    with pytest.raises(StrongroomError):
        keeper.rehearse(CommitRequest(revisions=(stored,)), forger.principal)
    keeper.close()
    stage.file.put_revision(stored)
    owner, run = stage.remembering("Ana"), stage.crowd.home.run
    assert "Mia" in {row["name"] for row in run(owner.users.list())}
    for text in ("Mia", "mia@example.org"):
        for engine in (stage.fresh("Ana"), owner):
            with pytest.raises(StrongroomError) as refused:
                run(engine.users.find(text))
            assert (type(refused.value).__name__, refused.value.layer) == (
                "ForbiddenError",
                "permission",
            )
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    assert run(stage.fresh("Ana").users.find("Mia"))["id"] == format_id(forger.principal)


def test_anothers_profile_on_oneself(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two profiles that change places lead nobody to the wrong keys (T1, T4).

    MUTANT: who does not ask whose it is goes on, and is stopped by the name in it alone.
    """
    ((names,),) = stage.file.all("SELECT id FROM containers WHERE kind = 4")
    cleo, joe = parse_id(stage.crowd.id_of("Cleo")), stage.forgers["Joe"].principal
    for before, after in ((cleo, bytes(16)), (joe, cleo), (bytes(16), joe)):
        for table, column in (("revisions", "object"), ("objects", "id")):
            sql = f"UPDATE {table} SET {column} = ? WHERE {column} = ? AND container = ?"
            stage.file.run(sql, after, before, names)
    run = stage.crowd.home.run
    for engine in (stage.fresh("Ana"), stage.remembering("Ana")):
        with pytest.raises(StrongroomError) as refused:
            run(engine.users.find("Cleo"))
        assert (type(refused.value).__name__, refused.value.layer) == ("IntegrityError", "context")
        assert run(engine.users.find(stage.crowd.id_of("Cleo")))["state"] == "ACTIVE"
    monkeypatch.setattr(objects, "AskedObject", Anything)
    with pytest.raises(NotFoundError):
        run(stage.fresh("Ana").users.find("Cleo"))


class Anything:
    """MUTANT: what was asked for is whatever came."""

    def __init__(self, _account: bytes, _kind: int, _container: bytes, asked: bytes) -> None:
        self.object = asked

    def __eq__(self, _other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0
