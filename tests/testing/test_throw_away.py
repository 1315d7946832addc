"""Accounts that live as long as a test."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from onepassword import Client, VaultCreateParams
from strongroom import testing
from strongroom.errors import (
    InputError,
    LocalFileError,
    NotFoundError,
    StoreMissingError,
    UnauthorizedError,
)
from strongroom.ids import format_id, is_throw_away
from strongroom.sync import SyncClient
from strongroom.testing import make_template, throw_away_account
from strongroom.testing.seeds import SEED_BYTES_MAX, load_seed

SEED = {
    "vault": {
        "db": {
            "username": "app",
            "password": "only for tests",
            "notes": "see the handbook",
            "server": {"host": "db.example.org"},
            "code": "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8",
        },
        "card": {"category": "SecureNote", "notes": "plain"},
    },
    "empty": {},
}
VALUES = {
    "op://vault/db/username": "app",
    "op://vault/db/password": "only for tests",
    "op://vault/db/notesPlain": "see the handbook",
    "op://vault/db/server/host": "db.example.org",
    "op://vault/card/notesPlain": "plain",
    # RFC 6238 appendix B: eight digits of SHA-1 at 59 seconds.
    "op://vault/db/code?attribute=otp": "94287082",
}
CLOCK = "1970-01-01T00:00:59Z"
PROGRAM = """
import asyncio, os
from onepassword import Client
async def main():
    client = await Client.authenticate(os.environ["OP_SERVICE_ACCOUNT_TOKEN"], "tests", "1.0")
    print(await client.secrets.resolve("op://vault/db/code?attribute=otp"))
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def template():
    """The account of the seed above, at a fixed time."""
    return make_template(SEED, clock=CLOCK)


def connect(account):
    return SyncClient.authenticate(account.token, "tests", "1.0")


def test_seeded_values(template, monkeypatch):
    """Every field of a seed is where a reference finds it, codes at the fixed time."""
    with throw_away_account(template) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        with connect(account) as client:
            found = {one: client.secrets.resolve(one) for one in VALUES}
    assert found == VALUES


def test_child_processes(template):
    """A program of its own, which knows `onepassword` only, uses the account and its clock."""
    with throw_away_account(template) as account:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | account.environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert (done.stdout, done.stderr) == ("94287082\n", "")


def test_id(template):
    """The id of a throw-away account says what it is, and no two are alike."""
    other = make_template()
    for one in (template, other):
        assert format_id(one.account).startswith("throwawayaccount")
        assert is_throw_away(one.account)
    assert template.account != other.account
    almost = bytearray(template.account)
    almost[9] ^= 1
    assert not is_throw_away(bytes(almost))


def test_clock_without_form(template, monkeypatch):
    """A time that cannot be read is refused, not passed over."""
    monkeypatch.setenv("STRONGROOM_TEST_CLOCK", "noon")
    with throw_away_account(template) as account, pytest.raises(InputError, match="a time"):
        connect(account)


def test_copies_stand_alone(template):
    """Two accounts of one template share nothing that a test writes."""
    with throw_away_account(template) as one, throw_away_account(template) as other:
        one.add("empty", "new", password="x")
        with connect(one) as client:
            assert client.secrets.resolve("op://empty/new/password") == "x"
        with connect(other) as client:
            assert client.items.list(other.vault("empty")) == []


def test_what_the_token_may(template):
    """The token writes in the seeded vaults and makes vaults of its own."""
    with throw_away_account(template) as account, connect(account) as client:
        made = client.vaults.create(VaultCreateParams(title="mine"))
        client.vaults.delete(made.id)
        titles = {vault.title for vault in client.vaults.list()}
    assert titles == {"vault", "empty"}


def test_nothing_is_left(template):
    """The folder is private, and gone afterwards, whatever happened."""
    with throw_away_account(template) as account:
        path = Path(account.url.removeprefix("file://"))
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.parent.exists()
    with pytest.raises(StoreMissingError):
        connect(account)


def test_nobody_unlocks_it(template, tmp_path):
    """There is no row to unlock the owner with."""
    from strongroom.service.authorize import Caller
    from strongroom.service.operations import dispatch
    from strongroom.store.sqlite.store import SqliteStore
    from strongroom.wire.messages import SeedRequest

    with throw_away_account(template) as account:
        store = SqliteStore.open(Path(account.url.removeprefix("file://")))
        caller = Caller(template.account, template.user, 0)

        async def unlock(session):
            return await dispatch(session, caller, SeedRequest())

        with pytest.raises(UnauthorizedError):
            store.read(unlock)
        store.close()
    assert format_id(template.user) not in repr(template)


def test_unknown_vault(template):
    """A vault that the seed does not have is named in the error."""
    with throw_away_account(template) as account, pytest.raises(NotFoundError, match="nothing"):
        account.vault("nothing")


def test_default():
    """Without a seed there is one empty vault, and time goes on."""
    with testing.throw_away_account() as account:
        assert "STRONGROOM_TEST_CLOCK" not in account.environment
        assert account.add("vault", "item", password="x")


def test_async_client(template):
    """The async client works on it as the other one does."""

    async def read(token):
        async with await Client.authenticate(token, "tests", "1.0") as client:
            return await client.secrets.resolve("op://vault/db/password")

    with throw_away_account(template) as account:
        assert asyncio.run(read(account.token)) == "only for tests"


TOML = '[vault.db]\npassword = "x"\n[vault.db.server]\nhost = "h"\n'
YAML = "vault:\n  db:\n    password: x\n    server: {host: h}\n"


@pytest.mark.parametrize(("name", "text"), [("s.toml", TOML), ("s.yaml", YAML), ("s.yml", YAML)])
def test_seed_files(tmp_path, name, text):
    """Seeds are read from TOML, and from YAML where a library for it is installed."""
    if not name.endswith("toml"):
        pytest.importorskip("yaml")
    path = tmp_path / name
    path.write_text(text)
    assert load_seed(path) == {"vault": {"db": {"password": "x", "server": {"host": "h"}}}}


FALSE_SEEDS = {
    "no mapping": (["vault"], "vaults by title"),
    "a vault of text": ({"vault": "x"}, "vault"),
    "an item of text": ({"vault": {"db": "x"}}, "db"),
    "notes twice": ({"vault": {"db": {"notes": "x", "notesPlain": "y"}}}, "notes twice"),
    "notes of a number": ({"vault": {"db": {"notes": 5}}}, "notes of item 'db'"),
    "a number": ({"vault": {"db": {"port": 5432}}}, "port"),
    "a list in a section": ({"vault": {"db": {"s": {"a": ["secret-value"]}}}}, "field 'a'"),
}


@pytest.mark.parametrize(("seed", "named"), FALSE_SEEDS.values(), ids=FALSE_SEEDS.keys())
def test_false_seeds(seed, named):
    """A seed of another form is refused by the name of the place, never with a value."""
    with pytest.raises(InputError, match=named) as caught:
        make_template(seed)
    assert "secret-value" not in str(caught.value)


PLACED = [
    ("s.toml", "[vault.db]\npassword = x\n", "is not TOML: line 2, column 12"),
    ("s.toml", '[vault.db]\npassword = "x', "is not TOML: it ends too early"),
    ("s.yaml", "vault:\n  db: [a\n", "is not YAML: line 3, column 1"),
    ("seed", "\xff", "is not TOML: line 1, column 1"),
    ("s.toml", f"a = {'1' * 5000}", "has a number that is too long"),
    ("s.toml", f"a = {'[' * 20_000}", "is nested too deep"),
    ("s.yaml", f"a: {'[' * 20_000}", "is nested too deep"),
    *(
        ("s.yaml", f"a: {word}", "has a date or number that is none: put texts in quotes")
        for word in ("2024-13-45", "0x_", "!!timestamp x", "!!float x", "!!bool x", "1" * 5000)
    ),
]


@pytest.mark.parametrize(("name", "text", "told"), PLACED)
def test_places_of_faults(tmp_path, name, text, told):
    """Broken text is told by its line and column or its kind of fault, never quoted."""
    if name.endswith("yaml"):
        pytest.importorskip("yaml")
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_seed(path)
    assert caught.value.message == f"the seed {path} {told}"


def test_unreadable_file(tmp_path):
    """What cannot be opened is a typed refusal."""
    with pytest.raises(LocalFileError, match="cannot be read"):
        load_seed(tmp_path / ("x" * 300))


def test_false_files(tmp_path):
    """Another kind of file, broken text and a file that is too large are refused."""
    for name, text in {"s.json": "{}", "s.toml": "= secret-value"}.items():
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            load_seed(path)
        assert "secret-value" not in str(caught.value)
    path = tmp_path / "large.toml"
    path.write_text("# " + "x" * (SEED_BYTES_MAX - 2))
    assert load_seed(path) == {}
    path.write_text("# " + "x" * (SEED_BYTES_MAX - 1))
    with pytest.raises(InputError):
        load_seed(path)


@pytest.mark.parametrize(
    "clock", ["yesterday", "2026-01-02", "2026-01-02T03:04:05", "1969-01-01T00:00Z"]
)
def test_false_clocks(clock):
    """A time without zone, or before 1970, is no clock."""
    with pytest.raises(InputError):
        make_template(clock=clock)
