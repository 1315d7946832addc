"""How the files of this folder were made: by the last release that wrote schema version 4.

Run with that release's `src` first in PYTHONPATH, and with a folder to write into:
`python make.py FOLDER`. A later release would write a later version, so these files are kept
and never made again.
"""

import json
import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from strongroom.base64url import encode_base64url
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.tokens import parse_token
from strongroom.home.device import Device
from strongroom.home.kit import format_kit
from strongroom.ids import format_id, parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.store.schema import SCHEMA_VERSION
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import create_account
from strongroom.wiring.engines import open_account

PASSWORD = "fixture password, of no account"
# No such place: whoever opens the token or the Kit says where the file is.
ADDRESS = "file:///strongroom-test-fixture/strongroom.db"
# A time that is not today's: nothing here may depend on when it was made.
MADE_MS = 1_750_000_000_000
NOTICE = "TEST FIXTURE: made for tests/upgrade, opens nothing but the file beside it"


def login(title, value):
    field = {"id": "password", "title": "password", "fieldType": "Concealed", "value": value}
    return {"title": title, "category": "Login", "fields": [field]}


def put(items, item, value):
    item["fields"][0]["value"] = value
    return drive(items.put(item))


def fill(engine):
    """Store everything that the tests expect; return it as JSON."""
    personal = drive(engine.vaults.list())[0]
    vault = drive(engine.vaults.create("fixture vault", description="for tests"))
    drive(engine.groups.create("fixture group"))
    variables = [{"name": "NAME", "value": "fixture", "masked": False}]
    drive(engine.environments.create("fixture environment", variables=variables))
    items = engine.items
    private = drive(items.create(personal["id"], login("private", "private value")))
    changed = drive(items.create(vault["id"], login("changed", "value 1")))
    changed = put(items, changed, "value 2")
    changed = put(items, changed, "value 3 ünd mehr")
    archived = drive(items.create(vault["id"], login("archived", "archived value")))
    drive(items.archive(vault["id"], archived["id"]))
    deleted = drive(items.create(vault["id"], login("deleted", "deleted value")))
    drive(items.delete(vault["id"], deleted["id"]))
    return {
        "vaults": {personal["id"]: personal["title"], vault["id"]: vault["title"]},
        "personal": {"vault": personal["id"], "item": private["id"], "value": "private value"},
        "vault": vault["id"],
        "changed": {"id": changed["id"], "values": ["value 1", "value 2", "value 3 ünd mehr"]},
        "archived": {"id": archived["id"], "value": "archived value"},
        "deleted": {"id": deleted["id"]},
    }


def token_parts(engine, vault):
    """Return the parts of a token: a whole one in a file looks like somebody's."""
    mask = SERVICE_ACCOUNT_WORDS["write_items"]
    made = drive(engine.service_accounts.create("fixture token", {vault: mask}))
    token = parse_token(made.expose())
    return {
        "url": ADDRESS,
        "account": format_id(token.account),
        "principal": format_id(token.principal),
        "seed": encode_base64url(token.seed),
        "root": [token.root_version, encode_base64url(token.root_hash)],
        "head": [token.generation, token.rev],
    }


def write_database(source, target):
    """Copy the file as one, without anything that waits in a WAL."""
    held = sqlite3.connect(source)
    held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.execute("VACUUM")
    held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held.close()
    target.write_bytes(source.read_bytes())


def main(folder):
    assert SCHEMA_VERSION == 4
    with TemporaryDirectory() as place:
        path = Path(place) / "strongroom.db"
        made = create_account(
            url=path.as_uri(),
            name="Fixture account",
            email="fixture@example.org",
            password=Secret(PASSWORD),
            clock=lambda: MADE_MS,
        )
        engine = drive(
            open_account(
                url=path.as_uri(),
                account=parse_id(made.account_id),
                user=parse_id(made.user_id),
                seed=made.seed,
                marks=Marks(pin=made.pin, head=HeadMark(0, 1)),
                runtime=InlineRuntime(),
                clock=lambda: MADE_MS,
            )
        )
        expected = fill(engine)
        token = token_parts(engine, expected["vault"])
        engine.close()
        write_database(path, folder / "strongroom.db")
    device = Device(
        url=ADDRESS,
        account_name=made.account_name,
        email=made.email,
        account_id=parse_id(made.account_id),
        user_id=parse_id(made.user_id),
        pin=made.pin,
        kdf=made.kdf,
        secret_key=made.secret_key,
    )
    (folder / "kit.txt").write_text(f"{NOTICE}\n\n{format_kit(device)}", encoding="utf-8")
    facts = {
        "notice": NOTICE,
        "made_ms": MADE_MS,
        "password": PASSWORD,
        "token": token,
        "expected": expected,
    }
    text = json.dumps(facts, indent=1, ensure_ascii=False)
    (folder / "facts.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
