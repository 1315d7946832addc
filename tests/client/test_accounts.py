"""Making an account, and unlocking it with password and Secret Key."""

import sqlite3
from dataclasses import dataclass

import pytest

from strongroom.crypto.public.costs import KdfParameters
from strongroom.errors import (
    InputError,
    IntegrityError,
    InvalidPasswordError,
    KdfDowngradeError,
    KdfRefusedError,
    StoreForeignError,
    StoreMissingError,
    StrongroomError,
    UnauthorizedError,
)
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.wiring import accounts
from support.homes import PASSWORD, login, make_home


@dataclass
class Device:
    """What a device knows of an account."""

    url: str
    account_id: bytes
    user_id: bytes
    secret_key: Secret
    kdf: KdfParameters


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    made = make_home(tmp_path_factory.mktemp("accounts"))
    yield made
    made.close()


@pytest.fixture
def device(home):
    account = home.account
    return Device(
        url=account.url,
        account_id=parse_id(account.account_id),
        user_id=parse_id(account.user_id),
        secret_key=account.secret_key,
        kdf=account.kdf,
    )


def unlock(device, password=PASSWORD):
    return accounts.unlock(device, Secret(password))


def test_unlock(home, device):
    """Password and Secret Key give seed and pin; blanks around the password do not matter."""
    opened = unlock(device, f" {PASSWORD} ")
    assert opened.seed == home.account.seed
    assert opened.pin == home.account.pin
    assert opened.head.rev == 1


def test_wrong_password_or_secret_key(device):
    """A wrong password and a wrong Secret Key are one and the same refusal."""
    with pytest.raises(UnauthorizedError) as wrong_password:
        unlock(device, "another password")
    device.secret_key = Secret("2" * 26)
    with pytest.raises(UnauthorizedError) as wrong_key:
        unlock(device)
    assert wrong_password.value.args == wrong_key.value.args
    assert wrong_password.value.message == "the password or the Secret Key is wrong"


def test_impossible_passwords(device):
    """What cannot be a password is refused as such."""
    for password in ("", "  ", "x" * 1025, "a\0b"):
        with pytest.raises(InvalidPasswordError):
            unlock(device, password)


@pytest.mark.parametrize("part", ["account_id", "user_id"])
def test_unknown(device, part):
    """Unknown users and accounts are refused alike, before any derivation."""
    setattr(device, part, b"x" * 16)
    with pytest.raises(UnauthorizedError):
        unlock(device)


class Column:
    """A column of the user's row that a keeper changes for a while."""

    def __init__(self, path, name, value):
        self._path, self._name, self._value = path, name, value

    def _write(self, value):
        connection = sqlite3.connect(self._path)
        (before,) = connection.execute(f"SELECT {self._name} FROM users").fetchone()
        connection.execute(f"UPDATE users SET {self._name} = ?", (value,))
        connection.commit()
        connection.close()
        return before

    def __enter__(self):
        self._before = self._write(self._value)

    def __exit__(self, *_):
        self._write(self._before)


KEEPERS = {
    "fewer passes than the floor": ("t", 2, KdfRefusedError),
    "less memory than the floor": ("m", 65_535, KdfRefusedError),
    "more passes than the ceiling": ("t", 17, KdfRefusedError),
    "more memory than the ceiling": ("m", 1_048_577, KdfRefusedError),
    "no lanes": ("lanes", 0, KdfRefusedError),
    "another salt": ("salt", b"x" * 16, UnauthorizedError),
    "a short salt": ("salt", b"x", KdfRefusedError),
    "other lanes": ("lanes", 2, UnauthorizedError),
    "another keyset": ("keyset", 2, UnauthorizedError),
    "a cut seed": ("seed", b"SR1", IntegrityError),
    "another seed": ("seed", b"x" * 400, IntegrityError),
}


@pytest.mark.parametrize(("column", "value", "kind"), KEEPERS.values(), ids=KEEPERS.keys())
def test_false_keepers(home, device, column, value, kind):
    """A keeper who changes the user's row gets a typed refusal, whatever it changes (T12)."""
    with Column(home.path, column, value), pytest.raises(kind):
        unlock(device)
    assert unlock(device).seed == home.account.seed


ILL_TYPED = {"text": "x", "nothing like a number": b"\xff", "negative": -1, "a fraction": 3.5}


@pytest.mark.parametrize("column", ["t", "keyset"])
@pytest.mark.parametrize("value", ILL_TYPED.values(), ids=ILL_TYPED.keys())
def test_ill_typed_rows(home, device, column, value):
    """A row with another type than ours is a typed error too: the file is not trusted."""
    with Column(home.path, column, value), pytest.raises(StrongroomError):
        unlock(device)


@pytest.mark.parametrize(("t", "m"), [(4, 65_536), (3, 65_537)], ids=["passes", "memory"])
def test_downgrade(device, t, m):
    """Costs below those that the device remembers are refused before the password is used."""
    device.kdf = KdfParameters(device.kdf.salt, t, m)
    with pytest.raises(KdfDowngradeError):
        unlock(device, "another password")


def test_refusal_precedes_the_password(home, device):
    """Costs outside the limits are told even where the password is wrong."""
    with Column(home.path, "t", 2), pytest.raises(KdfRefusedError):
        unlock(device, "another password")


# -- making --------------------------------------------------------------------------------


def create(url, **changes):
    facts = {"name": "Ana", "email": "ana@example.org", "password": Secret(PASSWORD)}
    return accounts.create_account(url=url, **(facts | changes))


def test_false_passwords_make_nothing(tmp_path):
    """A password that is refused leaves no file behind."""
    for password in ("short", "", " " * 20, "x" * 1025):
        with pytest.raises(InvalidPasswordError):
            create(f"file://{tmp_path}/new.db", password=Secret(password))
    assert list(tmp_path.iterdir()) == []


NOT_HOMES = {
    "a server, not yet": ("https://example.org", InputError),
    "no address": ("", InputError),
    "an open bracket": ("file://[", InputError),
    "a folder that is not there": ("file://{folder}/no/new.db", StoreMissingError),
    "a folder": ("file://{folder}", StrongroomError),
    "somebody's text": ("file://{folder}/text", StoreForeignError),
}


@pytest.mark.parametrize(("url", "kind"), NOT_HOMES.values(), ids=NOT_HOMES.keys())
def test_false_homes(tmp_path, url, kind):
    """An address that is no home is refused, and what is there stays as it is."""
    (tmp_path / "text").write_text("dear diary\n" * 100)
    with pytest.raises(kind):
        create(url.format(folder=tmp_path))
    assert [file.name for file in tmp_path.iterdir()] == ["text"]
    assert (tmp_path / "text").read_text() == "dear diary\n" * 100


def test_nothing_readable_in_the_file(home):
    """Titles, values, names and passwords are nowhere in the files; e-mail addresses are."""
    engine = home.owner()
    vault = home.run(engine.vaults.create("CanaryVault", description="CanaryWhy"))["id"]
    item = login("CanaryTitle", CanaryField="CanaryValue") | {
        "tags": ["CanaryTag"],
        "notes": "CanaryNotes",
    }
    home.run(engine.items.create(vault, item))
    home.token(vault)
    raw = b"".join(file.read_bytes() for file in home.path.parent.iterdir())
    assert b"ana@example.org" in raw
    secrets = (b"Canary", b"Ana Example", b"robot", PASSWORD.encode(), home.account.seed)
    assert [one for one in secrets if one in raw] == []
