"""Names of principals: what a name may be, and whom a name leads to (T4, T21)."""

import sqlite3

import pytest

from strongroom.client.people import profiles
from strongroom.client.people.profiles import (
    DESCRIPTION_CHARACTERS_MAX,
    check_description,
    check_email,
    check_name,
    find_principal,
    list_principals,
    names_container,
    open_profile,
)
from strongroom.client.view.containers import Acting
from strongroom.client.view.entries import list_entries
from strongroom.client.view.objects import Draft, seal_revision
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.errors import (
    AmbiguousError,
    ConflictError,
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
)
from strongroom.ids import format_id, parse_id
from strongroom.limits import EMAIL_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from strongroom.permissions import ALL_BITS
from strongroom.wire.people import PeopleAnswer
from support.homes import make_home
from support.people import join

# -- texts ---------------------------------------------------------------------------------


def test_names():
    """A name has 1 to 254 printable characters; blanks at its ends are dropped."""
    assert check_name("  Ana B ") == "Ana B"
    assert check_name("a" * NAME_CHARACTERS_MAX)
    for name in ("", "  ", "a" * (NAME_CHARACTERS_MAX + 1), "a\nb", "a\x00", "\u202ea"):
        with pytest.raises(InputError):
            check_name(name)


def test_addresses():
    """An address has an @ inside, no blank, and at most 254 characters."""
    for email in ("a@b", "A@b.c", "a" * (EMAIL_CHARACTERS_MAX - 2) + "@b"):
        assert check_email(email) == email
    for email in ("", "a", "@a", "a@", "a b@c", "a@b\n", "a" * EMAIL_CHARACTERS_MAX + "@b"):
        with pytest.raises(InputError):
            check_email(email)


def test_descriptions():
    """A description has at most 4,096 characters, of any kind."""
    assert check_description("a\n" * (DESCRIPTION_CHARACTERS_MAX // 2))
    with pytest.raises(InputError):
        check_description("a" * (DESCRIPTION_CHARACTERS_MAX + 1))


# -- whom a name leads to --------------------------------------------------------------------


@pytest.fixture
def home(tmp_path):
    """An owner and three members."""
    made = make_home(tmp_path)
    made.ana = made.owner()
    made.ben, made.cara, made.dan = (
        join(made, name, by=made.ana) for name in ("Ben", "Cara", "Dan")
    )
    yield made
    made.close()


def find(home, text, *, by=None, kind=PrincipalKind.USER):
    engine = home.ana if by is None else by
    row = home.run(find_principal(engine.session, text, kind))
    return format_id(row.entry.principal)


def write(home, statement, *values):
    with sqlite3.connect(home.path) as file:
        file.execute(statement, values)
    file.close()


def forge(home, whom, overview):
    """Let Cara, who may only read names, write a profile into the file with the keeper's help."""
    session = home.cara.engine.session
    home.run(session.sync())
    names = names_container(session)
    before = home.run(open_profile(session, parse_id(whom)))
    draft = Draft(object=parse_id(whom), overview=overview, details={}, before=before)
    acting = Acting(session.principal, b"", ALL_BITS)
    stored = seal_revision(session.place(), names, acting, draft, session.keyset)
    write(
        home,
        "INSERT INTO revisions SELECT account, container, object, version + 1, ?, ?, ?, ?"
        " FROM revisions WHERE container = ? AND object = ?",
        stored.body,
        stored.signature,
        stored.overview,
        stored.details,
        names.id,
        parse_id(whom),
    )
    write(
        home,
        "UPDATE objects SET version = version + 1 WHERE container = ? AND id = ?",
        names.id,
        parse_id(whom),
    )


def test_found(home):
    """A name, an address or an id leads to one principal of the kind that is asked for."""
    for text in ("Ben", "ben@example.org", home.ben.id):
        assert find(home, text) == home.ben.id
    with pytest.raises(NotFoundError):
        find(home, "Ben", kind=PrincipalKind.GROUP)


def test_two_of_one_name(home):
    """Two users of one name are told apart by address or id."""
    home.run(home.ana.users.edit("Dan", name="Ben"))
    with pytest.raises(AmbiguousError) as caught:
        find(home, "Ben")
    assert set(caught.value.candidates) == {home.ben.id, home.dan.id}
    assert find(home, "dan@example.org") == home.dan.id
    home.run(home.ana.users.remove(home.dan.id))
    assert find(home, "ben") == home.ben.id


def test_an_address_before_a_name(home):
    """Somebody who is called by the address of another does not get what is meant for it."""
    home.run(home.ana.users.edit("Dan", name="ben@example.org"))
    assert find(home, "ben@example.org") == home.ben.id


def test_forged_name(home):
    """A name that a member forged is in the list (T21) and leads nowhere (T4)."""
    forge(home, home.dan.id, {"name": "Ben", "email": "ben@example.org"})
    fresh = home.owner()
    names = [row["name"] for row in home.run(fresh.users.list())]
    assert names.count("Ben") == 2
    with pytest.raises(AmbiguousError):
        find(home, "Ben", by=fresh)
    write(home, "DELETE FROM objects WHERE id = ?", parse_id(home.ben.id))
    write(home, "DELETE FROM users WHERE id = ?", parse_id(home.ben.id))
    for text in ("Ben", "ben@example.org"):
        for engine in (fresh, home.ana):
            with pytest.raises((IntegrityError, ForbiddenError, NotFoundError)):
                find(home, text, by=engine)


def test_forged_name_without_the_check(home, monkeypatch):
    """The same, with the check of the profile patched out: the name leads to another."""
    forge(home, home.dan.id, {"name": "Nina"})

    async def unchecked(*_, **__):
        return

    fresh = home.owner()
    with pytest.raises((IntegrityError, ForbiddenError, NotFoundError)):
        find(home, "Nina", by=fresh)
    monkeypatch.setattr(profiles, "_check_profile", unchecked)
    assert find(home, "Nina", by=fresh) == home.dan.id


def test_the_keepers_address(home):
    """An address that only the keeper names leads to nobody."""
    write(home, "UPDATE users SET email = 'eve@example.org' WHERE id = ?", parse_id(home.dan.id))
    assert find(home, "dan@example.org") == home.dan.id
    write(home, "DELETE FROM objects WHERE id = ?", parse_id(home.dan.id))
    fresh = home.owner()
    assert "eve@example.org" in {row["email"] for row in home.run(fresh.users.list())}
    with pytest.raises(NotFoundError):
        find(home, "eve@example.org", by=fresh)


def test_a_damaged_profile(home):
    """One damaged profile hides no other; its principal is found by id."""
    write(
        home,
        "UPDATE revisions SET overview = zeroblob(200) WHERE object = ?",
        parse_id(home.dan.id),
    )
    fresh = home.owner()
    rows = {row["id"]: row["name"] for row in home.run(fresh.users.list())}
    assert rows[home.dan.id] == ""
    assert rows[home.ben.id] == "Ben"
    assert find(home, home.dan.id, by=fresh) == home.dan.id


# -- complete lists --------------------------------------------------------------------------


def answering(monkeypatch, engine, change):
    call = engine.session.transport.call

    async def changed(request):
        answer = await call(request)
        return change(answer) if request.operation == "people/list" else answer

    monkeypatch.setattr(engine.session.transport, "call", changed)


LIES = {
    "the last left out": lambda a: PeopleAnswer(a.head, a.rows[:-1], a.next),
    "one left out": lambda a: PeopleAnswer(a.head, a.rows[:2] + a.rows[3:], a.next),
    "one twice": lambda a: PeopleAnswer(a.head, a.rows + a.rows[-1:], a.next),
    "another order": lambda a: PeopleAnswer(a.head, a.rows[::-1], a.next),
    "nobody": lambda a: PeopleAnswer(a.head, (), 0),
    "a page that leads back": lambda a: PeopleAnswer(a.head, a.rows[:3], 0),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_incomplete_lists(home, monkeypatch, lie):
    """The head says how many principals there are: none is hidden, none comes twice."""
    assert len(home.run(list_entries(home.ana.session))) == 7
    answering(monkeypatch, home.ana, lie)
    with pytest.raises(IntegrityError):
        home.run(list_principals(home.ana.session))


def test_pages(home, monkeypatch):
    """A list of several pages is the same list."""
    whole = home.run(list_entries(home.ana.session))
    monkeypatch.setattr("strongroom.service.people.people.PAGE_OBJECTS_MAX", 2)
    assert home.run(list_entries(home.ana.session)) == whole


def test_a_list_that_moves(home, monkeypatch):
    """A list is of one head; one that moved in between is read again."""
    moved = []

    def move(answer):
        if not moved:
            moved.append(True)
            home.invite("late@example.org")
        return answer

    monkeypatch.setattr("strongroom.service.people.people.PAGE_OBJECTS_MAX", 2)
    answering(monkeypatch, home.ana, move)
    assert len(home.run(list_entries(home.ana.session))) == 8


def test_a_list_that_never_stands_still(home, monkeypatch):
    """Who is overtaken at every attempt is told."""

    def stale(answer):
        return PeopleAnswer(type(answer.head)(b"", b""), answer.rows, answer.next)

    answering(monkeypatch, home.ana, stale)
    with pytest.raises(ConflictError):
        home.run(list_entries(home.ana.session))


# -- who reads names -------------------------------------------------------------------------


def test_service_accounts(home):
    """A service account lists ids; names only if it may make vaults, and addresses never."""
    vault = home.run(home.ana.vaults.create("v"))["id"]
    for options, names in (({}, {""}), ({"can_create_vaults": True}, {"Ben", "Cara", "Dan"})):
        robot = home.by_token(home.token(vault, **options))
        rows = home.run(list_principals(robot.session, PrincipalKind.USER))
        assert len(rows) == 4
        assert names <= {row.name for row in rows}
        if not options:
            assert {row.email for row in rows} == {""}
            with pytest.raises(ForbiddenError):
                names_container(robot.session)


def test_a_second_container_of_names(home):
    """Names come from the container whose id the founding document gives, and from no other."""
    session = home.ana.session
    names = names_container(session)
    double = type(names)(names.state, lambda *_: None)
    session.view.containers[b"x" * 16] = double
    assert names_container(session) is names
    del session.view.containers[names.id]
    with pytest.raises(ForbiddenError):
        names_container(session)
