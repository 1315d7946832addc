"""Invites as the service keeps them: who may, until when, how many, and each answered once."""

import msgspec
import pytest

from strongroom.client.account.joining import answer_link
from strongroom.crypto.invites import derive_invite_id, parse_invite_link
from strongroom.crypto.keysets import Keyset
from strongroom.errors import (
    ConflictError,
    ExpiredError,
    ForbiddenError,
    IntegrityError,
    InvalidKeyError,
    KdfRefusedError,
    NotFoundError,
    StrongroomError,
)
from strongroom.ids import parse_id
from strongroom.limits import EMAIL_CHARACTERS_MAX, INVITE_LIFETIME_MS
from strongroom.secret import Secret
from strongroom.service.people import invites
from strongroom.service.people.credentials import SEALED_SEED_BYTES_MAX
from strongroom.wire.messages import CommitRequest
from strongroom.wire.people import (
    InviteCreateRequest,
    InviteDeleteRequest,
    InviteOpenRequest,
    InviteRow,
    InvitesRequest,
)
from support.homes import PASSWORD, make_home
from support.keeper import NOW, Keeper, keeper_of
from support.sealing_keys import with_coefficient, with_coordinate

_numbers = iter(range(1, 1 << 32))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("invites"), clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(home):
    """The owner's id."""
    return parse_id(home.account.user_id)


@pytest.fixture(scope="module")
def administrator(home):
    return home.invite("admin@example.org", role="administrator").user


def row(**changes):
    """Return a sound row of an invite that no other test has."""
    number = next(_numbers)
    sound = InviteRow(
        id=number.to_bytes(16, "big"),
        email=f"u{number}@example.org",
        role="member",
        expires_ms=NOW + INVITE_LIFETIME_MS,
        sealed=b"sealed",
    )
    return msgspec.structs.replace(sound, **changes)


def create(keeper, principal, made, *, now=NOW):
    keeper.call(InviteCreateRequest(made), principal, now=now)
    return made


def refusal(keeper, request, principal=b"", **options):
    with pytest.raises(StrongroomError) as caught:
        keeper.call(request, principal, **options)
    return type(caught.value)


def listed(keeper, owner):
    return {one.id: one for one in keeper.call(InvitesRequest(), owner).invites}


def has_user(keeper, user):
    return keeper.user_row(user) is not None


# -- making ------------------------------------------------------------------------------


def test_created_and_listed(keeper, owner):
    """An invite is listed with its maker and time, whatever its row said of them."""
    made = create(keeper, owner, row(creator=b"x" * 16, created_ms=1))
    found = listed(keeper, owner)[made.id]
    assert found == msgspec.structs.replace(made, creator=owner, created_ms=NOW)


@pytest.mark.parametrize("role", ["administrator", "owner"])
def test_roles_above_member(keeper, owner, administrator, role):
    """An administrator invites members; only an owner invites to the other roles."""
    create(keeper, administrator, row())
    create(keeper, owner, row(role=role))
    request = InviteCreateRequest(row(role=role))
    assert refusal(keeper, request, administrator) is ForbiddenError


FALSE_ROWS = {
    "unknown role": {"role": "king"},
    "no role": {"role": ""},
    "already over": {"expires_ms": NOW},
    "a millisecond too long": {"expires_ms": NOW + INVITE_LIFETIME_MS + 1},
    "a long address": {"email": "a" * (EMAIL_CHARACTERS_MAX + 1)},
    "no address": {"email": ""},
    "a long id": {"id": b"i" * 17},
    "no id": {"id": b""},
    "too large": {"sealed": bytes(4_097)},
    "answered already": {"joiner": b"j" * 16},
    "with keys": {"enc_pk": b"k"},
    "with a key to sign": {"sign_pk": b"k"},
    "with a MAC": {"mac": b"m"},
}


@pytest.mark.parametrize("facts", FALSE_ROWS.values(), ids=FALSE_ROWS.keys())
def test_false_rows(keeper, owner, facts):
    """A row that no honest client writes is refused."""
    request = InviteCreateRequest(row(**facts))
    assert refusal(keeper, request, owner) is IntegrityError


def test_edges_of_a_row(keeper, owner):
    """The shortest and the longest life, address and envelope pass."""
    create(keeper, owner, row(expires_ms=NOW + 1))
    create(keeper, owner, row(email="a" * EMAIL_CHARACTERS_MAX))
    create(keeper, owner, row(sealed=bytes(4_096)))


def test_addresses_of_users(keeper, owner):
    """Nobody is invited under an address that a user has, in whatever capitals."""
    request = InviteCreateRequest(row(email="ANA@example.org"))
    assert refusal(keeper, request, owner) is ConflictError


def test_ids_are_taken_once(keeper, owner, home):
    """An id names one invite, in all accounts of the file: who answers knows nothing else."""
    made = create(keeper, owner, row())
    again = InviteCreateRequest(row(id=made.id))
    assert refusal(keeper, again, owner) is ConflictError
    other = make_home(home.path.parent)
    elsewhere = Keeper(keeper.store, parse_id(other.account.account_id))
    theirs = parse_id(other.account.user_id)
    assert refusal(elsewhere, again, theirs) is ConflictError
    delete = InviteDeleteRequest(made.id)
    assert refusal(elsewhere, delete, theirs) is NotFoundError
    assert made.id not in listed(elsewhere, theirs)
    closing = CommitRequest(invite=made.id)
    assert refusal(elsewhere, closing, theirs) is NotFoundError
    other.close()


def test_how_many(keeper, owner, monkeypatch):
    """An account holds so many invites, and not one more; expired ones do not count."""
    assert invites.INVITES_MAX == 2_000
    now = NOW + INVITE_LIFETIME_MS + 1  # by which all others have expired
    monkeypatch.setattr(invites, "INVITES_MAX", 3)
    for _ in range(3):
        create(keeper, owner, row(expires_ms=now + 10), now=now)
    assert len(listed(keeper, owner)) == 3
    more = InviteCreateRequest(row(expires_ms=now + 10))
    assert refusal(keeper, more, owner, now=now) is ConflictError
    late = row(expires_ms=now + 20)
    create(keeper, owner, late, now=now + 10)
    assert [*listed(keeper, owner)] == [late.id]


# -- answering -----------------------------------------------------------------------------


@pytest.fixture
def link(home):
    """A link for somebody new, as its parts."""
    number = next(_numbers)
    made = home.run(home.owner().invites.create(f"new{number}@example.org"))
    return parse_invite_link(made.expose())


@pytest.fixture
def answer(home, keeper, link):
    """A sound answer to that link."""
    opened = keeper.call(InviteOpenRequest(derive_invite_id(link.secret)), b"")
    _, request = answer_link(link, opened, Secret(PASSWORD))
    return request


def now_of(keeper, owner, answer):
    """Return the end of an invite."""
    return listed(keeper, owner)[answer.id].expires_ms


def test_opening(keeper, home, link):
    """Who holds the link learns the account, the address, and the directory up to the pin."""
    request = InviteOpenRequest(derive_invite_id(link.secret))
    opened = keeper.call(request, b"", now=home.clock())
    assert opened.account == keeper.account
    assert opened.email.endswith("@example.org")
    assert opened.roots
    assert refusal(keeper, InviteOpenRequest(b"n" * 16)) is NotFoundError


def test_joining_once(keeper, home, owner, answer):
    """An answer is kept with its row; the invite can then be neither opened nor answered."""
    now = home.clock()
    keeper.call(answer, b"", now=now)
    found = listed(keeper, owner)[answer.id]
    assert (found.joiner, found.enc_pk) == (answer.joiner, answer.enc_pk)
    assert (found.sign_pk, found.mac) == (answer.sign_pk, answer.mac)
    assert has_user(keeper, answer.joiner)
    assert refusal(keeper, answer, now=now) is NotFoundError
    again = InviteOpenRequest(answer.id)
    assert refusal(keeper, again, now=now) is NotFoundError


def test_expiry(keeper, owner, answer):
    """An invite is good up to the millisecond before its end, for opening and for answering."""
    end = now_of(keeper, owner, answer)
    opening = InviteOpenRequest(answer.id)
    for request in (opening, answer):
        assert refusal(keeper, request, now=end) is ExpiredError
    keeper.call(opening, b"", now=end - 1)
    keeper.call(answer, b"", now=end - 1)


def changed_user(answer, **facts):
    return {"user": msgspec.structs.replace(answer.user, **facts)}


FALSE_ANSWERS = {
    "another id": (lambda _: {"joiner": b"x" * 16}, IntegrityError),
    "other keys": (lambda _: {"enc_pk": Keyset(bytes(32)).enc_pk}, IntegrityError),
    "short keys": (lambda answer: {"enc_pk": answer.enc_pk[:-1]}, InvalidKeyError),
    "a coefficient too high": (
        lambda answer: {"enc_pk": with_coefficient(answer.enc_pk, 767, 3329)},
        InvalidKeyError,
    ),
    "a coordinate of small order": (
        lambda answer: {"enc_pk": with_coordinate(answer.enc_pk, 1)},
        InvalidKeyError,
    ),
    "another key to sign": (lambda _: {"sign_pk": b"k" * 32}, IntegrityError),
    "a long key to sign": (lambda _: {"sign_pk": b"k" * 33}, IntegrityError),
    "a short MAC": (lambda answer: {"mac": answer.mac[:-1]}, IntegrityError),
    "another address": (lambda a: changed_user(a, email="other@example.org"), IntegrityError),
    "another keyset": (lambda a: changed_user(a, keyset=2), IntegrityError),
    "a long seed": (
        lambda a: changed_user(a, seed=bytes(SEALED_SEED_BYTES_MAX + 1)),
        IntegrityError,
    ),
    "no seed": (lambda a: changed_user(a, seed=b""), IntegrityError),
    "a short auth key": (lambda a: changed_user(a, auth_pk=b"k"), IntegrityError),
    "an auth key of small order": (lambda a: changed_user(a, auth_pk=bytes(32)), IntegrityError),
    "costs too low": (lambda a: changed_user(a, t=1), KdfRefusedError),
    "a short salt": (lambda a: changed_user(a, salt=b"s"), KdfRefusedError),
}


@pytest.mark.parametrize(("change", "kind"), FALSE_ANSWERS.values(), ids=FALSE_ANSWERS.keys())
def test_false_answers(keeper, home, answer, change, kind):
    """An answer whose parts do not fit each other is refused, and the invite stays open."""
    false = msgspec.structs.replace(answer, **change(answer))
    assert refusal(keeper, false, now=home.clock()) is kind
    keeper.call(answer, b"", now=home.clock())


def test_keys_of_somebody_else(keeper, home, owner, answer):
    """Nobody answers an invite with keys that are, or were, in the account."""
    now = home.clock()
    keeper.call(answer, b"", now=now)
    link = parse_invite_link(home.run(home.owner().invites.create("twice@example.org")).expose())
    second = msgspec.structs.replace(
        answer,
        id=derive_invite_id(link.secret),
        user=msgspec.structs.replace(answer.user, email="twice@example.org"),
    )
    assert refusal(keeper, second, now=now) is ConflictError
    engine = home.owner()
    home.run(engine.invites.confirm(home.run(engine.invites.find(answer.user.email))))
    home.run(engine.users.remove(answer.user.email))
    assert not has_user(keeper, answer.joiner)
    assert refusal(keeper, second, now=now) is ConflictError


def test_two_invites_for_one_address(keeper, home):
    """Of two invites for one address one is answered; the other has come too late."""
    links = [home.run(home.owner().invites.create("both@example.org")) for _ in range(2)]
    requests = []
    for link in map(parse_invite_link, (one.expose() for one in links)):
        opened = keeper.call(
            InviteOpenRequest(derive_invite_id(link.secret)), b"", now=home.clock()
        )
        requests.append(answer_link(link, opened, Secret(PASSWORD))[1])
    keeper.call(requests[0], b"", now=home.clock())
    assert refusal(keeper, requests[1], now=home.clock()) is ConflictError


# -- dropping and closing --------------------------------------------------------------------


def test_dropping(keeper, home, owner, answer):
    """Who withdraws an invite drops what its joiner left; the address is free again."""
    keeper.call(answer, b"", now=home.clock())
    keeper.call(InviteDeleteRequest(answer.id), owner)
    assert answer.id not in listed(keeper, owner)
    assert not has_user(keeper, answer.joiner)
    delete = InviteDeleteRequest(answer.id)
    assert refusal(keeper, delete, owner) is NotFoundError
    create(keeper, owner, row(email=answer.user.email))


def test_expired_answers_are_dropped(keeper, home, owner, answer):
    """An answer that nobody confirmed in time goes with the next invite."""
    keeper.call(answer, b"", now=home.clock())
    end = now_of(keeper, owner, answer)
    create(keeper, owner, row(expires_ms=end + 5), now=end - 1)
    assert has_user(keeper, answer.joiner)
    create(keeper, owner, row(expires_ms=end + 5), now=end)
    assert not has_user(keeper, answer.joiner)


def test_closing(keeper, home, owner, answer):
    """A change closes an invite only if it adds the one who answered."""
    closing = CommitRequest(invite=answer.id)
    assert refusal(keeper, closing, owner) is NotFoundError
    keeper.call(answer, b"", now=home.clock())
    assert refusal(keeper, closing, owner) is IntegrityError
    robot = home.by_token(home.token(home.run(home.owner().vaults.create("v"))["id"]))
    assert refusal(keeper, closing, robot._session.principal) is ForbiddenError
    assert answer.id in listed(keeper, owner)
    engine = home.owner()
    home.run(engine.invites.confirm(home.run(engine.invites.find(answer.user.email))))
    assert answer.id not in listed(keeper, owner)
    assert has_user(keeper, answer.joiner)
    assert refusal(keeper, closing, owner) is NotFoundError
