"""From a signed request to its caller: which key, which keyset, and nothing told to strangers."""

import pytest

from strongroom.base64url import encode_base64url
from strongroom.client.account.unlocking import derive
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.signatures import sign
from strongroom.errors import IntegrityError, UnauthorizedError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.secret import Secret
from strongroom.service import callers
from strongroom.service.callers import identify
from strongroom.service.operations import dispatch
from strongroom.trust import requests
from strongroom.wire.audit import AuditLinkRequest, AuditListRequest
from strongroom.wire.messages import (
    CostsRequest,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    Query,
    SeedRequest,
    SyncRequest,
)
from strongroom.wire.people import InvitesRequest, PeopleRequest, RecordRequest
from strongroom.wire.requests import KeyKind, SignatureBase
from support.homes import PASSWORD, make_home
from support.keeper import NOW, Hand, keeper_of, make_robot


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("callers"), clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture(scope="module")
def keeper(home):
    made = keeper_of(home)
    yield made
    made.close()


@pytest.fixture(scope="module")
def owner(home):
    engine = home.owner()
    vault = home.run(engine.vaults.create("vault"))
    return Hand(engine, parse_id(vault["id"]))


@pytest.fixture(scope="module")
def robot(home, owner):
    """A service account whose older token still works."""
    made = make_robot(home, owner, ALL_BITS)
    made.newer = home.by_token(
        home.run(
            owner.engine.service_accounts.rotate(format_id(made.me), old_ends_ms=NOW + 1000)
        ).expose()
    ).session
    return made


@pytest.fixture(scope="module")
def auth_seed(home, keeper):
    """The owner's auth key, as a device derives it from what the service tells anybody."""
    account = home.account
    names = {"account": keeper.account, "user": parse_id(account.user_id)}
    derived = derive(
        keeper.call(CostsRequest(**names), b""),
        **names,
        secret_key=account.secret_key,
        password=Secret(PASSWORD),
        remembered=None,
    )
    return derived.keys.auth_seed


def request_of(keeper, principal, kind, **facts):
    usual = {
        "srv": b"s" * 16,
        "authority": "strongroom.example:443",
        "account": keeper.account,
        "principal": principal,
        "key_kind": kind,
        "method": "POST",
        "path": "/v1/account/seed",
        "body_hash": sha256(b"{}"),
        "time_ms": NOW,
        "nonce": b"n" * 16,
    }
    return SignatureBase(**(usual | facts))


def who(keeper, request, seed, then=None):
    """Identify whoever signed a request with a key; go on as that caller."""
    signature = sign(seed, request.encode())

    async def work(session):
        caller = await identify(session, request, signature, now=NOW)
        return caller if then is None else await dispatch(session, caller, then)

    return keeper.store.read(work)


def test_users(keeper, owner, auth_seed):
    """The auth key of a user gives the user, and the sealed seed."""
    request = request_of(keeper, owner.me, KeyKind.USER)
    caller = who(keeper, request, auth_seed)
    assert (caller.account, caller.principal, caller.now) == (keeper.account, owner.me, NOW)
    assert (caller.fp, caller.key_kind, caller.entry) == (b"", KeyKind.USER, None)
    answer = who(keeper, request, auth_seed, then=SeedRequest())
    assert answer.seed == keeper.user_row(owner.me).seed


def test_tokens(keeper, robot):
    """The auth key of each open keyset gives the service account with that keyset's fingerprint."""
    request = request_of(keeper, robot.me, KeyKind.SERVICE_ACCOUNT)
    for session in (robot.session, robot.newer):
        caller = who(keeper, request, session.keyset.auth_seed)
        assert (caller.principal, caller.fp) == (robot.me, session.fp)
        then = SyncRequest(root_version=0)
        assert who(keeper, request, session.keyset.auth_seed, then=then).containers


def test_the_seed_is_for_the_auth_key(keeper, robot, owner):
    """No other key than the user's auth key gets at a sealed seed."""
    seed = robot.session.keyset.auth_seed
    request = request_of(keeper, robot.me, KeyKind.SERVICE_ACCOUNT)
    with pytest.raises(UnauthorizedError):
        who(keeper, request, seed, then=SeedRequest())

    async def by_device(session):
        caller = callers.Caller(keeper.account, owner.me, NOW, key_kind=KeyKind.DEVICE)
        await dispatch(session, caller, SeedRequest())

    with pytest.raises(UnauthorizedError):
        keeper.store.read(by_device)


@pytest.fixture
def refusals(keeper, owner, robot, auth_seed):
    """Requests of which none has a caller, by what is wrong."""
    token = robot.session.keyset.auth_seed
    group = owner.session.directory.root.owners_group
    user, service, device = KeyKind.USER, KeyKind.SERVICE_ACCOUNT, KeyKind.DEVICE
    return {
        "a wrong signature": (request_of(keeper, owner.me, user), b"w" * 32),
        "an unknown user": (request_of(keeper, b"x" * 16, user), auth_seed),
        "an unknown token": (request_of(keeper, b"x" * 16, service), token),
        "another account": (request_of(keeper, owner.me, user, account=b"B" * 16), auth_seed),
        "a user as a service account": (request_of(keeper, owner.me, service), auth_seed),
        "a service account as a user": (request_of(keeper, robot.me, user), token),
        "a group": (request_of(keeper, group, service), token),
        "a device": (request_of(keeper, owner.me, device, device=b"d" * 16), auth_seed),
        "the signing key": (
            request_of(keeper, robot.me, service),
            robot.session.keyset._sign_seed,
        ),
    }


def verifications(keeper, request, seed, monkeypatch):
    """Return how a request was refused, and how often something was verified for it."""
    count = []
    genuine = requests.verify
    with monkeypatch.context() as patch:
        patch.setattr(requests, "verify", lambda *a, **k: count.append(1) or genuine(*a, **k))
        with pytest.raises(IntegrityError) as caught:
            who(keeper, request, seed)
    return caught.value.message, caught.value.layer, len(count)


def test_refusals(keeper, refusals, monkeypatch):
    """Whatever is wrong, it is told in the same words, after one verification."""
    told = {
        name: verifications(keeper, request, seed, monkeypatch)
        for name, (request, seed) in refusals.items()
        if name != "the signing key"  # of the one with two keysets
    }
    assert set(told.values()) == {("the signature of the request is wrong", "signature", 1)}


def test_two_keysets(keeper, refusals, monkeypatch):
    """With two open keysets there are two keys to try, for every signature alike."""
    request, seed = refusals["the signing key"]
    assert verifications(keeper, request, seed, monkeypatch)[2] == 2


def test_a_service_that_has_no_stand_in(keeper, refusals, monkeypatch):
    """MUTANT: a service that refuses the unknown at once verifies nothing for them."""

    async def impatient(session, request):
        rows = await genuine(session, request)
        if not rows:
            message = "the signature of the request is wrong"
            raise IntegrityError(message, layer="signature")
        return rows

    genuine = callers._keys
    monkeypatch.setattr(callers, "_keys", impatient)
    request, seed = refusals["an unknown user"]
    assert verifications(keeper, request, seed, monkeypatch)[2] == 0


def test_no_auth_key_in_any_answer(keeper, owner, robot):
    """The keys that verify requests are in the file and in no answer."""

    async def work(session):
        rows = await session.all("SELECT auth_pk FROM users")
        rows += await session.all("SELECT auth_pk FROM keysets WHERE auth_pk <> :none", none=b"")
        return [row[0] for row in rows]

    keys = keeper.store.read(work)
    assert len(keys) >= 3
    for request in sound_requests(keeper, owner, robot):
        shown = repr(keeper.call(request, owner.me))
        for key in keys:
            assert repr(key)[2:-1] not in shown, request.operation
            assert encode_base64url(key) not in shown, request.operation


def sound_requests(keeper, owner, robot):
    """Return a request for every operation that answers with more than that it is done."""
    return [
        CostsRequest(keeper.account, owner.me),
        SeedRequest(),
        SyncRequest(root_version=0),
        LookupRequest(queries=(Query(owner.vault, owner.vault),)),
        ListRequest(owner.vault, (1, 2, 3)),
        PrincipalsRequest((owner.me, robot.me)),
        PeopleRequest(),
        RecordRequest(owner.vault),
        InvitesRequest(),
        AuditLinkRequest(),
        AuditListRequest(),
    ]
