"""Answering an invite: whom the link leads to, and what is sent."""

import msgspec
import pytest

from strongroom.client.account.joining import answer_link
from strongroom.client.account.unlocking import derive, open_seed
from strongroom.crypto.invites import (
    check_join_mac,
    derive_invite_id,
    format_invite_link,
    parse_invite_link,
)
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import derive_public_key
from strongroom.errors import (
    ForkError,
    InputError,
    IntegrityError,
    InvalidPasswordError,
    NotFoundError,
    StrongroomError,
)
from strongroom.secret import Secret
from strongroom.wire.messages import CostsAnswer, SeedAnswer
from strongroom.wire.people import InviteOpenRequest
from strongroom.wire.signed import SignedBody
from strongroom.wiring.accounts import join_account
from support.homes import PASSWORD, make_home
from support.keeper import keeper_of

_numbers = iter(range(1, 1 << 32))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("joining"))
    made.invite("ben@example.org", role="administrator")  # so that there are two root documents
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture
def link(home):
    email = f"n{next(_numbers)}@example.org"
    return parse_invite_link(home.run(home.owner().invites.create(email)).expose())


@pytest.fixture
def opened(home, keeper, link):
    request = InviteOpenRequest(derive_invite_id(link.secret))
    return keeper.call(request, b"", now=home.clock())


def answered(link, opened):
    return answer_link(link, opened, Secret(PASSWORD))


def test_answer(home, link, opened):
    """The answer has the MAC of its keys, and a row that password and Secret Key open."""
    joined, request = answered(link, opened)
    check_join_mac(
        link.secret,
        account=opened.account,
        user=joined.user,
        email=opened.email,
        enc_pk=request.enc_pk,
        sign_pk=request.sign_pk,
        mac=request.mac,
    )
    assert request.id == derive_invite_id(link.secret)
    assert request.user.email == opened.email == joined.email
    row, names = request.user, {"account": joined.account, "user": joined.user}
    derived = derive(
        CostsAnswer(row.salt, row.t, row.m, row.lanes),
        **names,
        secret_key=joined.secret_key,
        password=Secret(PASSWORD),
        remembered=None,
    )
    assert row.auth_pk == derive_public_key(derived.keys.auth_seed)
    found = open_seed(derived, SeedAnswer(row.salt, row.keyset, row.seed), **names)
    assert found.seed == joined.seed
    assert found.pin == joined.pin


def test_pin_and_mark(link, opened):
    """A new device starts from the newest root document that the account has."""
    joined, _ = answered(link, opened)
    assert (joined.pin.version, joined.pin.hash) == (1, sha256(opened.roots[-1].body))


def test_an_older_link(home, keeper, link, opened):
    """A link from before a change of owners still leads there, through the chain."""
    older = msgspec.structs.replace(link, root_hash=sha256(opened.roots[0].body))
    joined, _ = answered(older, opened)
    assert joined.pin.version == 1


def another_account(home, opened):
    return msgspec.structs.replace(opened, account=b"B" * 16)


def without_roots(home, opened):
    return msgspec.structs.replace(opened, roots=())


def without_the_pin(home, opened):
    return msgspec.structs.replace(opened, roots=opened.roots[:1])


def without_the_first(home, opened):
    return msgspec.structs.replace(opened, roots=opened.roots[1:])


def twice(home, opened):
    return msgspec.structs.replace(opened, roots=(*opened.roots, opened.roots[-1]))


def another_head(home, opened):
    head = SignedBody(opened.head.body, bytes(64))
    return msgspec.structs.replace(opened, head=head)


def no_head(home, opened):
    return msgspec.structs.replace(opened, head=SignedBody(b"", b""))


FALSE = [
    another_account,
    without_roots,
    without_the_pin,
    without_the_first,
    twice,
    another_head,
    no_head,
]


@pytest.mark.parametrize("change", FALSE, ids=lambda change: change.__name__)
def test_false_accounts(home, link, opened, change):
    """An account that is not the link's, or not to be trusted, gets no keys."""
    with pytest.raises(IntegrityError):
        answered(link, change(home, opened))


def test_another_accounts_link(home, link, opened):
    """A link that pins another account is told as such."""
    with pytest.raises(ForkError):
        answered(msgspec.structs.replace(link, root_hash=bytes(32)), opened)


def test_links(home, link):
    """Text that is no link, or leads nowhere, is refused before a password is asked."""

    def never(_email):
        pytest.fail("no password is asked for")

    for text in ("", "join", home.url, home.url + "/join#x"):
        with pytest.raises(InputError):
            join_account(text, never, clock=home.clock)
    unknown = format_invite_link(home.url, b"s" * 32, link.root_hash)
    with pytest.raises(NotFoundError):
        join_account(unknown, never, clock=home.clock)
    nowhere = format_invite_link(home.url + "x", link.secret, link.root_hash)
    with pytest.raises(StrongroomError):
        join_account(nowhere, never, clock=home.clock)


def test_weak_passwords(home, link):
    """A short password is refused, and the invite stays open."""
    text = format_invite_link(link.url, link.secret, link.root_hash)
    with pytest.raises(InvalidPasswordError):
        join_account(text, lambda _email: Secret("short"), clock=home.clock)
    join_account(text, lambda _email: Secret(PASSWORD), clock=home.clock)


def test_nothing_is_shown(link, opened):
    """What is kept of a new person shows no secret."""
    joined, _ = answered(link, opened)
    assert repr(joined) == "Joined([secret])"
