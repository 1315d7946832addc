"""Invites from both sides, and a keeper who plays with the answers (T4)."""

import sqlite3

import msgspec
import pytest

from strongroom.client.people.invites import Invite
from strongroom.crypto.invites import (
    InviteKeys,
    InviteTerms,
    derive_invite_id,
    format_invite_link,
    make_invite_secret,
    parse_invite_link,
    seal_invite,
)
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.errors import (
    AmbiguousError,
    ConflictError,
    ExpiredError,
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
)
from strongroom.ids import format_id
from strongroom.limits import INVITE_LIFETIME_MS
from strongroom.secret import Secret
from strongroom.wire.access import ContainerKind
from strongroom.wire.people import InviteCreateRequest, InviteRow
from strongroom.wiring.accounts import join_account
from support.homes import PASSWORD, make_home
from support.keeper import NOW
from support.people import join


class Hands:
    """A clock that a test moves."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def home(tmp_path):
    """An owner and an administrator, on a clock of the test's."""
    made = make_home(tmp_path, clock=Hands())
    made.ana = made.owner()
    yield made
    made.close()


@pytest.fixture
def ben(home):
    return join(home, "Ben", role="administrator", by=home.ana)


def invite(home, email="cara@example.org", *, by=None, **options):
    return home.run((by or home.ana).invites.create(email, **options)).expose()


def answer(home, link):
    return join_account(link, lambda _email: Secret(PASSWORD), clock=home.clock)


def found(home, text="cara@example.org", by=None):
    return home.run((by or home.ana).invites.find(text))


def confirm(home, text="cara@example.org", by=None, role="member"):
    engine = by or home.ana
    return home.run(engine.invites.confirm(found(home, text, engine), role=role))


# -- making and finding --------------------------------------------------------------------


def test_create(home):
    """A link leads to this file and pins the newest root document; the list shows the terms."""
    link = parse_invite_link(invite(home, name="Cara"))
    assert link.url == home.url
    assert link.root_hash == home.ana.marks.pin.hash
    (one,) = home.run(home.ana.invites.list())
    shown = one.as_dict()
    assert (shown["email"], shown["name"], shown["role"]) == ("cara@example.org", "Cara", "member")
    assert (shown["state"], shown["userId"]) == ("INVITED", "")
    assert shown["expiresAt"] == NOW + INVITE_LIFETIME_MS


FALSE_INVITES = {
    "no address": ({"email": ""}, InputError),
    "no at": ({"email": "cara"}, InputError),
    "a blank": ({"email": "ca ra@example.org"}, InputError),
    "a line end": ({"email": "cara@example.org\n"}, InputError),
    "a long address": ({"email": "c@" + "e" * 253}, InputError),
    "an unknown role": ({"role": "king"}, InputError),
    "a name of two lines": ({"name": "a\nb"}, InputError),
    "a user's address": ({"email": "ana@example.org"}, ConflictError),
}


@pytest.mark.parametrize(("options", "kind"), FALSE_INVITES.values(), ids=FALSE_INVITES.keys())
def test_false_invites(home, options, kind):
    """An address, name or role that cannot be one is refused before anything is stored."""
    with pytest.raises(kind):
        invite(home, **options)
    assert home.run(home.ana.invites.list()) == []


def test_who_invites(home, ben):
    """Administrators invite members, owners also to roles, members nobody."""
    invite(home, by=ben.engine)
    for role in ("administrator", "owner"):
        with pytest.raises(ForbiddenError):
            invite(home, "dan@example.org", by=ben.engine, role=role)
    eve = join(home, "Eve", by=home.ana)
    for coroutine in (
        eve.engine.invites.create("x@example.org"),
        eve.engine.invites.list(),
        eve.engine.invites.delete("cara@example.org"),
    ):
        with pytest.raises(ForbiddenError):
            home.run(coroutine)


def test_find(home):
    """An invite is found by id, address, name or who answered; several are told apart by id."""
    joined = answer(home, invite(home, name="Cara"))
    one = found(home)
    texts = (format_id(one.row.id), "CARA@example.org", "cara", format_id(joined.user))
    assert {found(home, text).row.id for text in texts} == {one.row.id}
    for text in ("", "nobody"):
        with pytest.raises(NotFoundError):
            found(home, text)
    links = [invite(home, "two@example.org") for _ in range(2)]
    assert len(set(links)) == 2
    with pytest.raises(AmbiguousError) as caught:
        found(home, "two@example.org")
    assert len(caught.value.candidates) == 2


def test_delete(home):
    """A withdrawn invite cannot be answered, nor an answer be confirmed."""
    link = invite(home)
    home.run(home.ana.invites.delete("cara@example.org"))
    with pytest.raises(NotFoundError):
        answer(home, link)
    answer(home, invite(home))
    one = found(home)
    home.run(home.ana.invites.delete("cara@example.org"))
    with pytest.raises(NotFoundError):
        home.run(home.ana.invites.confirm(one))


# -- confirming ------------------------------------------------------------------------------


def test_confirm(home, ben):
    """Any administrator confirms; the user has name, address and role of the invite."""
    joined = answer(home, invite(home, name="Cara"))
    assert found(home).as_dict()["state"] == "PENDING"
    assert confirm(home, by=ben.engine) == format_id(joined.user)
    user = home.run(home.ana.users.find("Cara"))
    assert (user["id"], user["email"]) == (format_id(joined.user), "cara@example.org")
    assert home.run(home.ana.invites.list()) == []
    assert home.run(home.open_as(joined).users.me())["name"] == "Cara"


def test_without_a_name(home):
    """Who was invited without a name is called by the address."""
    answer(home, invite(home))
    confirm(home)
    assert home.run(home.ana.users.find("cara@example.org"))["name"] == "cara@example.org"


@pytest.mark.parametrize("role", ["administrator", "owner"])
def test_roles(home, ben, role):
    """A role comes with the confirmation, which then only an owner gives."""
    joined = answer(home, invite(home, role=role))
    with pytest.raises(ForbiddenError):
        confirm(home, by=ben.engine, role=role)
    with pytest.raises(InputError, match=f"for the role of {role}, not member"):
        confirm(home)
    confirm(home, role=role)
    assert home.run(home.ana.users.find(format_id(joined.user)))["role"] == role
    home.run(home.open_as(joined).groups.create("Theirs"))


def test_a_role_that_was_not_meant(home):
    """Who names a higher role than the invite's gives none."""
    answer(home, invite(home))
    with pytest.raises(InputError, match="for the role of member, not owner"):
        confirm(home, role="owner")
    assert len(home.run(home.ana.users.list())) == 1


def test_roles_as_an_administrator_sees_them(home, ben):
    """Invites to a higher role are for owners; administrators see only that they are there."""
    invite(home, role="owner", name="Cara")
    (one,) = home.run(ben.engine.invites.list())
    shown = one.as_dict()
    assert (shown["role"], shown["state"], shown["name"]) == ("owner", "INVITED", "")
    home.run(ben.engine.invites.delete("cara@example.org"))


def smuggled(home, ben, role, row_role):
    """An invite of an administrator's, whose sealed terms say another role than a member's."""
    session = ben.engine.session
    group = session.directory.root.administrators_group
    key = session.need_container(group, ContainerKind.GROUP).key()
    secret = make_invite_secret()
    terms = InviteTerms(secret, "cara@example.org", role, NOW + INVITE_LIFETIME_MS)
    sealed = seal_invite(InviteKeys(key, key), session.account, derive_invite_id(secret), terms)
    expires = NOW + INVITE_LIFETIME_MS
    row = InviteRow(
        id=derive_invite_id(secret),
        email=terms.email,
        role="member",
        expires_ms=expires,
        sealed=sealed,
    )
    home.run(session.transport.call(InviteCreateRequest(row)))
    write(home, "UPDATE invites SET role = ?", row_role)  # what only a keeper can do, if it differs
    answer(home, format_invite_link(home.url, secret, home.ana.marks.pin.hash))


SMUGGLED = [("owner", "member"), ("owner", "owner"), ("administrator", "administrator")]


@pytest.mark.parametrize(("role", "row_role"), SMUGGLED)
def test_an_administrator_makes_no_owner(home, ben, role, row_role):
    """A higher role that an administrator sealed is given by nobody, whatever the row says (T5)."""
    smuggled(home, ben, role, row_role)
    before = home.run(home.ana.users.list())
    for named in ("member", role):
        with pytest.raises((IntegrityError, InputError)):
            confirm(home, role=named)
    assert home.run(home.ana.users.list()) == before


def test_an_administrator_makes_an_owner_where_any_key_counts(home, ben, monkeypatch):
    """MUTANT: if the administrators' key could give every role, it would have been an owner."""
    smuggled(home, ben, "owner", "owner")
    genuine = InviteKeys.for_role
    monkeypatch.setattr(InviteKeys, "for_role", lambda keys, _role: genuine(keys, "member"))
    user = confirm(home, role="owner")
    assert home.run(home.ana.users.find(user))["role"] == "owner"


def test_nobody_answered(home):
    """There is nobody to confirm before the answer."""
    invite(home)
    with pytest.raises(NotFoundError):
        confirm(home)


def test_confirmed_once(home, ben):
    """An invite is good for one use: of two who confirm at once one finds it gone."""
    answer(home, invite(home))
    held = found(home, by=ben.engine)
    confirm(home)
    with pytest.raises((NotFoundError, IntegrityError)):
        home.run(ben.engine.invites.confirm(held))
    assert len(home.run(home.ana.users.list())) == 3


def test_waiting_people_are_let_in_nowhere(home):
    """Who waits to be confirmed has a row to unlock, and no rights."""
    joined = answer(home, invite(home))
    with pytest.raises(Exception, match="not valid here"):
        home.open_as(joined)


# -- expiry -----------------------------------------------------------------------------------


def test_expiry(home):
    """At the millisecond of its end an invite is neither answered nor confirmed."""
    late, early = invite(home, "late@example.org"), invite(home)
    home.clock.now = NOW + INVITE_LIFETIME_MS - 1
    answer(home, early)
    held = found(home)
    home.clock.now += 1
    with pytest.raises(ExpiredError):
        answer(home, late)
    with pytest.raises(ExpiredError):
        home.run(home.ana.invites.confirm(held))
    home.clock.now -= 1
    home.run(home.ana.invites.confirm(held))


def write(home, statement, *values):
    with sqlite3.connect(home.path) as file:
        file.execute(statement, values)
    file.close()


def test_a_row_that_says_longer(home):
    """What counts is the sealed end: a row that promises more changes nothing."""
    link = invite(home)
    write(home, "UPDATE invites SET expires_ms = expires_ms + 1000000")
    home.clock.now = NOW + INVITE_LIFETIME_MS
    answer(home, link)
    assert found(home).as_dict()["expiresAt"] == NOW + INVITE_LIFETIME_MS
    with pytest.raises(ExpiredError):
        confirm(home)


# -- a keeper's answers -----------------------------------------------------------------------


def tampered(home, change):
    """Let the keeper change the row of an answered invite before it is confirmed."""
    answer(home, invite(home))
    held = found(home)
    return Invite(msgspec.structs.replace(held.row, **change(home, held.row)), held.terms)


def own_keys(home, _row):
    keyset = Keyset(b"k" * 32)
    account = home.ana.session.account
    kind = PrincipalKind.USER
    user = derive_principal_id(account, kind, sha256(keyset.enc_pk), keyset.sign_pk)
    return {"joiner": user, "enc_pk": keyset.enc_pk, "sign_pk": keyset.sign_pk}


def other_id(_home, _row):
    return {"joiner": b"j" * 16}


def other_mac(_home, _row):
    return {"mac": bytes(32)}


def other_invite(home, row):
    """Give the answer to another invite's terms."""
    invite(home, "other@example.org")
    other = found(home, "other@example.org").row
    return {"id": other.id, "sealed": other.sealed}


def other_terms(home, row):
    invite(home, "other@example.org", role="administrator")
    return {"sealed": found(home, "other@example.org").row.sealed}


def cut_terms(_home, row):
    return {"sealed": row.sealed[:-1]}


def short_keys(_home, row):
    return {"enc_pk": row.enc_pk[:-1]}


FORGERIES = [own_keys, other_id, other_mac, other_invite, other_terms, cut_terms, short_keys]


@pytest.mark.parametrize("change", FORGERIES, ids=lambda change: change.__name__)
def test_forged_answers(home, change):
    """Keys that were not made by who holds the link are not signed into the directory."""
    false = tampered(home, change)
    before = home.ana.session.directory.head.rev
    with pytest.raises(IntegrityError):
        home.run(home.ana.invites.confirm(false))
    home.run(home.ana.session.sync())
    assert home.ana.session.directory.head.rev == before


def test_forged_answers_without_the_mac(home, monkeypatch):
    """The same, with the MAC's check patched out: the keeper's own keys would be a member's."""
    false = tampered(home, own_keys)
    monkeypatch.setattr("strongroom.client.people.invites.check_join_mac", lambda *_, **__: None)
    write(
        home,
        "UPDATE invites SET joiner = ?, enc_pk = ?, sign_pk = ?",
        false.row.joiner,
        false.row.enc_pk,
        false.row.sign_pk,
    )
    assert home.run(home.ana.invites.confirm(false)) == format_id(false.row.joiner)


def test_row_that_says_another_role(home):
    """Where row and terms name different roles, nobody is taken in."""
    answer(home, invite(home))
    write(home, "UPDATE invites SET role = 'owner'")
    for role in ("member", "owner"):
        with pytest.raises(IntegrityError):
            confirm(home, "cara@example.org", role=role)


def test_row_that_says_another_address(home):
    """Address, name and role come out of the envelope, whatever the row says."""
    answer(home, invite(home, name="Cara"))
    write(home, "UPDATE invites SET email = 'eve@example.org'")
    shown = found(home).as_dict()
    assert (shown["email"], shown["role"]) == ("cara@example.org", "member")
    user = home.run(home.ana.users.find(confirm(home)))
    assert (user["email"], user["role"]) == ("cara@example.org", "member")


def test_replayed_answer(home):
    """An answer to one invite does not fit the next one for the same address."""
    joined = answer(home, invite(home))
    old = found(home).row
    home.run(home.ana.invites.delete("cara@example.org"))
    invite(home)
    fresh = found(home)
    parts = {name: getattr(old, name) for name in ("joiner", "enc_pk", "sign_pk", "mac")}
    replayed = Invite(msgspec.structs.replace(fresh.row, **parts), fresh.terms)
    assert replayed.row.joiner == joined.user
    with pytest.raises(IntegrityError):
        home.run(home.ana.invites.confirm(replayed))


# -- rotations void invites --------------------------------------------------------------------


def demote(home, ben):
    group = format_id(home.ana.session.directory.root.administrators_group)
    home.run(home.ana.groups.remove(group, ben.id))


def test_rotations_void_invites(home, ben):
    """When the administrators get new keys, open invites do not open any more."""
    link = invite(home)
    demote(home, ben)
    (one,) = home.run(home.ana.invites.list())
    assert one.terms is None
    assert one.as_dict()["state"] == "VOID"
    answer(home, link)
    with pytest.raises(IntegrityError):
        confirm(home)
    home.run(home.ana.invites.delete("cara@example.org"))
    assert home.run(home.ana.invites.list()) == []


def test_a_rotation_while_confirming(home, ben, monkeypatch):
    """A rotation that comes between the look at the invite and its confirmation voids it too."""
    answer(home, invite(home))
    held = found(home)
    other = home.owner()
    group = format_id(other.session.directory.root.administrators_group)
    home.run(other.groups.remove(group, ben.id))
    with pytest.raises(IntegrityError):
        home.run(home.ana.invites.confirm(held))
