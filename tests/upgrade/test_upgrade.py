"""Files that older releases wrote: opened, read, written and read again by this one.

A folder per schema version holds what its last release left: the database, its
Emergency Kit, and what a token and the items must say (`make.py` tells how). In
`before` lie the databases of versions that were never final; nothing reads them
(`tests/store/test_sqlite_schema.py`).
"""

import json
import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from strongroom.base64url import decode_base64url
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.tokens import Token, format_token
from strongroom.errors import NotFoundError, StoreNewerError
from strongroom.home.kit import load_kit
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.store.schema import FIRST_VERSION, SCHEMA_VERSION
from strongroom.wiring.accounts import unlock
from strongroom.wiring.engines import open_account, open_token
from support.homes import login

HERE = Path(__file__).parent
VERSIONS = range(FIRST_VERSION, SCHEMA_VERSION + 1)


class Old:
    """A copy of what an older release left."""

    def __init__(self, folder, version):
        source = HERE / f"v{version}"
        self.version = version
        self.path = folder / "strongroom.db"
        shutil.copyfile(source / "strongroom.db", self.path)
        self.kit = load_kit(source / "kit.txt")
        self.facts = json.loads((source / "facts.json").read_text(encoding="utf-8"))
        self.expected = self.facts["expected"]
        self.engines = []

    def now(self):
        """Shortly after the file was made: nothing deleted is to be purged yet."""
        return self.facts["made_ms"] + 1000

    def owner(self):
        """Return the owner's engine, by Emergency Kit and password."""
        kit = msgspec.structs.replace(self.kit, url=self.path.as_uri())
        unlocked = unlock(kit, Secret(self.facts["password"]))
        opening = open_account(
            url=kit.url,
            account=kit.account_id,
            user=kit.user_id,
            seed=unlocked.seed,
            marks=Marks(pin=kit.pin, head=unlocked.head),
            runtime=InlineRuntime(),
            clock=self.now,
        )
        return self._keep(drive(opening))

    def robot(self):
        """Return the engine of the token, whose own address leads nowhere."""
        parts = self.facts["token"]
        token = Token(
            url=parts["url"],
            srv=b"",
            account=parse_id(parts["account"]),
            principal=parse_id(parts["principal"]),
            seed=decode_base64url(parts["seed"]),
            root_version=parts["root"][0],
            root_hash=decode_base64url(parts["root"][1]),
            generation=parts["head"][0],
            rev=parts["head"][1],
            expires_ms=None,
        )
        opening = open_token(
            format_token(token),
            runtime=InlineRuntime(),
            clock=self.now,
            url_override=self.path.as_uri(),
        )
        return self._keep(drive(opening))

    def _keep(self, engine):
        self.engines.append(engine)
        return engine

    def stored_version(self):
        connection = sqlite3.connect(self.path)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        return version


@pytest.fixture(params=VERSIONS, ids=lambda version: f"v{version}")
def old(request, tmp_path):
    made = Old(tmp_path, request.param)
    yield made
    for engine in made.engines:
        engine.close()


def value_of(item):
    return item["fields"][0]["value"]


def check_vault(old, engine):
    """Everything in the fixture's vault is as it was."""
    expected, items, vault = old.expected, engine.items, old.expected["vault"]
    changed = expected["changed"]
    assert value_of(drive(items.get(vault, changed["id"]))) == changed["values"][-1]
    reference = f"op://{expected['vaults'][vault]}/changed/password"
    assert drive(engine.secrets.resolve(reference)) == changed["values"][-1]
    assert len(drive(items.history(vault, changed["id"]))) == len(changed["values"])
    archived = drive(items.get(vault, expected["archived"]["id"]))
    assert (archived["state"], value_of(archived)) == ("archived", expected["archived"]["value"])
    with pytest.raises(NotFoundError):
        drive(items.get(vault, expected["deleted"]["id"]))
    assert len(drive(items.history(vault, expected["deleted"]["id"]))) == 2


def write_and_read(engine, vault, title):
    made = drive(engine.items.create(vault, login(title, password=f"value of {title}")))
    assert value_of(drive(engine.items.get(vault, made["id"]))) == f"value of {title}"
    drive(engine.items.put(drive(engine.items.get(vault, made["id"]))))


def test_every_older_version_has_a_fixture():
    """There is a file of each version that a release ever wrote."""
    assert [HERE / f"v{version}" / "strongroom.db" for version in VERSIONS] == sorted(
        HERE.glob("v*/strongroom.db")
    )


def test_fixture_is_of_its_version(old):
    """The fixture is a file of the older version, complete without a WAL."""
    header = old.path.read_bytes()[:100]
    assert int.from_bytes(header[60:64], "big") == old.version
    assert [file.name for file in old.path.parent.iterdir()] == ["strongroom.db"]


def test_the_owner_goes_on(old):
    """With Kit and password the owner finds all vaults and items, writes, and reads again."""
    engine = old.owner()
    vaults = {row["id"]: row["title"] for row in drive(engine.vaults.list())}
    assert vaults == old.expected["vaults"]
    personal = old.expected["personal"]
    assert (
        value_of(drive(engine.items.get(personal["vault"], personal["item"])))
        == (personal["value"])
    )
    check_vault(old, engine)
    write_and_read(engine, old.expected["vault"], "new of the owner")
    write_and_read(engine, personal["vault"], "new and private")
    check_vault(old, old.owner())
    assert old.stored_version() == SCHEMA_VERSION


def test_the_token_goes_on(old):
    """A token reads what it could, writes, and reads again."""
    engine = old.robot()
    check_vault(old, engine)
    write_and_read(engine, old.expected["vault"], "new of the token")
    check_vault(old, old.robot())
    assert old.stored_version() == SCHEMA_VERSION


def test_the_log_goes_on(old):
    """The audit log tells what was done before and after."""
    engine = old.owner()
    before = len(drive(engine.audit.list()))
    assert before
    write_and_read(engine, old.expected["vault"], "first")
    told = [(row["action"], row["object_type"]) for row in drive(engine.audit.list())]
    assert told[before:] == [("create", "item"), ("update", "item")]


def test_a_deleted_item_comes_back(old):
    """What was deleted under the older version is recovered under this one."""
    engine, vault = old.owner(), old.expected["vault"]
    back = drive(engine.items.recover(vault, old.expected["deleted"]["id"]))
    assert back["title"] == "deleted"


def test_an_old_item_becomes_a_favorite(old):
    """What an older release wrote is no favorite until it is marked."""
    engine, vault = old.owner(), old.expected["vault"]
    item = drive(engine.items.get(vault, old.expected["changed"]["id"]))
    assert "favorite" not in item
    drive(engine.items.put(item | {"favorite": True}))
    rows = drive(old.robot().items.list(vault))
    assert {row["id"] for row in rows if row.get("favorite")} == {item["id"]}


def test_a_newer_file_is_refused_unchanged(old):
    """A file that a newer release brought up to date is refused, byte for byte as it was."""
    connection = sqlite3.connect(old.path)
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.commit()
    connection.close()
    before = old.path.read_bytes()
    for opening in (old.owner, old.robot):
        with pytest.raises(StoreNewerError):
            opening()
    assert old.path.read_bytes() == before
    assert [file.name for file in old.path.parent.iterdir()] == ["strongroom.db"]
