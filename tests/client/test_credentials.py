"""Changing a password and a Secret Key through the engine."""

import json
import sqlite3
from dataclasses import dataclass

import pytest

from strongroom.client.account import unlocking
from strongroom.client.account.credentials import Held
from strongroom.client.runtime import InlineRuntime
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.costs import KdfParameters
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    IntegrityError,
    InvalidPasswordError,
    KdfDowngradeError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.limits import PASSWORD_CHARACTERS_MIN
from strongroom.secret import Secret
from strongroom.wire.messages import CostsRequest, SeedRequest
from strongroom.wiring.accounts import unlock
from support.homes import PASSWORD, make_home

NEW = Secret("a better password")


@dataclass
class Device:
    """What a device knows of an account."""

    url: str
    account_id: bytes
    user_id: bytes
    secret_key: Secret
    kdf: KdfParameters


@pytest.fixture
def own(tmp_path):
    """An account of this test's own."""
    made = make_home(tmp_path)
    yield made
    made.close()


@pytest.fixture
def device(own):
    return device_of(own)


def device_of(home):
    account = home.account
    return Device(
        url=account.url,
        account_id=parse_id(account.account_id),
        user_id=parse_id(account.user_id),
        secret_key=account.secret_key,
        kdf=account.kdf,
    )


def held(device, password=PASSWORD):
    return Held(Secret(password), device.secret_key, device.kdf)


def row(home):
    connection = sqlite3.connect(home.path)
    found = connection.execute(
        "SELECT email, salt, t, m, lanes, keyset, seed, auth_pk FROM users"
    ).fetchone()
    connection.close()
    return dict(
        zip(("email", "salt", "t", "m", "lanes", "keyset", "seed", "auth_pk"), found, strict=True)
    )


def test_new_password(own, device):
    """The new password opens the same seed with the same Secret Key; the old one opens nothing."""
    before = row(own)
    kdf = own.run(own.owner().credentials.change_password(held(device), NEW))
    opened = unlock(device, NEW)
    assert (opened.seed, opened.kdf) == (own.account.seed, kdf)
    with pytest.raises(UnauthorizedError):
        unlock(device, Secret(PASSWORD))
    after = row(own)
    assert {key for key in after if after[key] != before[key]} == {"salt", "seed", "auth_pk"}


def test_new_secret_key(own, device):
    """The new Secret Key opens the same seed with the same password; the old one opens nothing."""
    credentials = own.owner().credentials
    prepared = own.run(credentials.prepare(held(device)))
    assert unlock(device, Secret(PASSWORD)).seed == own.account.seed  # nothing stored yet
    own.run(credentials.store(prepared))
    with pytest.raises(UnauthorizedError):
        unlock(device, Secret(PASSWORD))
    device.secret_key = prepared.secret_key
    assert unlock(device, Secret(PASSWORD)).seed == own.account.seed
    assert prepared.request.renews_secret_key


def test_the_newest_pin_is_sealed(own, device):
    """A new device starts from the directory that the change has seen, not from the first one."""
    engine = own.owner()
    vault = own.run(engine.vaults.create("vault"))["id"]
    own.token(vault)
    first = unlock(device, Secret(PASSWORD)).head
    own.run(engine.credentials.change_password(held(device), NEW))
    opened = unlock(device, NEW)
    assert opened.head.rev == first.rev + 1
    assert opened.pin == engine.marks.pin


def test_the_sealed_document(own, device, monkeypatch):
    """What is sealed has the keys of specs/formats.md section 2, and no others."""
    seen = []
    genuine = unlocking._parse_seed
    monkeypatch.setattr(
        unlocking, "_parse_seed", lambda raw, kdf: seen.append(raw) or genuine(raw, kdf)
    )
    own.run(own.owner().credentials.change_password(held(device), NEW))
    unlock(device, NEW)
    record = json.loads(seen[-1])
    assert list(record) == ["seed", "root", "head", "keyset"]
    assert (record["head"], record["keyset"]) == ([0, 1], 1)


def test_an_open_engine_goes_on(own, device):
    """A session that is open keeps working: the keys behind it are the same."""
    other = own.owner()
    own.run(own.owner().credentials.change_password(held(device), NEW))
    own.run(other.vaults.create("after the change"))


@pytest.mark.parametrize("wrong", ["password", "Secret Key"])
def test_what_is_held_is_verified(own, device, wrong):
    """With a wrong password or Secret Key nothing is changed, and the refusal is the same."""
    before = row(own)
    if wrong == "Secret Key":
        device.secret_key = Secret("2" * 26)
    present = "not the password" if wrong == "password" else PASSWORD
    with pytest.raises(UnauthorizedError) as refused:
        own.run(own.owner().credentials.change_password(held(device, present), NEW))
    assert refused.value.message == "the password or the Secret Key is wrong"
    assert row(own) == before


@pytest.mark.parametrize("password", ["x" * (PASSWORD_CHARACTERS_MIN - 1), "", "a\0" * 10])
def test_bad_new_passwords(own, device, password):
    """A new password that is too short or none at all changes nothing, before any work."""
    before = row(own)
    with pytest.raises(InvalidPasswordError):
        own.run(own.owner().credentials.change_password(held(device, "wrong"), Secret(password)))
    assert row(own) == before


def test_the_shortest_password(own, device):
    """A new password of just enough characters is one."""
    shortest = Secret("x" * PASSWORD_CHARACTERS_MIN)
    own.run(own.owner().credentials.change_password(held(device), shortest))
    assert unlock(device, shortest)


def test_two_devices_at_once(own, device):
    """Of two devices that change at once one is told of a conflict, and the other's is valid."""
    first, second = (own.owner().credentials for _ in range(2))
    renewed = own.run(first.prepare(held(device)))
    changed = own.run(second.prepare(held(device), new_password=NEW))
    own.run(second.store(changed))
    with pytest.raises(ConflictError):
        own.run(first.store(renewed))
    assert unlock(device, NEW).seed == own.account.seed


def test_a_service_account(own, device):
    """A service account has no password to change."""
    vault = own.run(own.owner().vaults.create("vault"))["id"]
    engine = own.by_token(own.token(vault))
    with pytest.raises(ForbiddenError):
        own.run(engine.credentials.change_password(held(device), NEW))


def test_costs_never_fall(own, device):
    """A change keeps passes, memory and lanes of a row that is dearer than the usual."""
    dearer = KdfParameters(b"s" * 16, 4, 70_000, 2)
    make_dearer(own, dearer)
    kdf = own.run(own.owner().credentials.change_password(held(device), NEW))
    assert (kdf.t, kdf.m, kdf.lanes) == (4, 70_000, 2)
    assert kdf.salt != dearer.salt
    assert unlock(device, NEW).kdf == kdf


def make_dearer(home, kdf):
    """Seal the seed anew, as a later release with higher costs might."""
    account = home.account
    user = unlocking.seal_user_row(
        unlocking.UserKeys(
            account=parse_id(account.account_id),
            user=parse_id(account.user_id),
            seed=account.seed,
            keyset=1,
            pin=account.pin,
            head=home.owner().marks.head,
        ),
        email="ana@example.org",
        password=Secret(PASSWORD),
        secret_key=account.secret_key,
        kdf=kdf,
    )
    connection = sqlite3.connect(home.path)
    connection.execute(
        "UPDATE users SET salt = ?, t = ?, m = ?, lanes = ?, seed = ?, auth_pk = ?",
        (user.salt, user.t, user.m, user.lanes, user.seed, user.auth_pk),
    )
    connection.commit()
    connection.close()


def test_a_false_keeper(own, device):
    """Costs below those that the device remembers stop a change before any password is used."""
    device.kdf = KdfParameters(device.kdf.salt, 4)
    with pytest.raises(KdfDowngradeError):
        own.run(own.owner().credentials.change_password(held(device), NEW))


def test_keys_that_are_not_in_use(own, device):
    """A row that opens to another seed than the one at work is not sealed over."""
    engine = own.owner()
    credentials = engine.credentials
    call = engine._session.transport.call
    costs = own.run(call(CostsRequest(device.account_id, device.user_id)))
    derived = credentials._derive(costs, held(device))
    sealed = own.run(call(SeedRequest()))
    credentials._check_held(derived, sealed)
    engine._session.keyset = Keyset(b"x" * 32)
    with pytest.raises(IntegrityError, match="not the ones in use"):
        credentials._check_held(derived, sealed)


def test_changed_between_the_two_steps(own, device):
    """A seed that was sealed anew since the costs were asked for is told as such, not as wrong."""
    engine = own.owner()
    transport = engine._session.transport
    genuine = transport.call

    async def call(request):
        answer = await genuine(request)
        if request.operation == "account/costs":
            transport.call = genuine
            await own.owner().credentials.change_password(held(device), NEW)
        return answer

    transport.call = call
    with pytest.raises(ConflictError, match="changed at the same time"):
        own.run(engine.credentials.change_password(held(device), Secret("one password more")))
    assert unlock(device, NEW).seed == own.account.seed


class WatchingRuntime(InlineRuntime):
    """Knows whether blocking work is under way."""

    def __init__(self):
        self.is_working = False

    async def call(self, work):
        self.is_working = True
        try:
            return work()
        finally:
            self.is_working = False


def test_derivations_leave_the_event_loop(own, device, monkeypatch):
    """Key derivations go through the session's runtime, where they stop no event loop."""
    engine, runtime = own.owner(), WatchingRuntime()
    engine._session.runtime = runtime
    seen, genuine = [], unlocking._derive

    def derive(*parts, **named):
        seen.append(runtime.is_working)
        return genuine(*parts, **named)

    monkeypatch.setattr(unlocking, "_derive", derive)
    own.run(engine.credentials.change_password(held(device), NEW))
    assert seen == [True, True]
