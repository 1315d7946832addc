"""A home with a vault, tokens for it, and a server in front of its file."""

import pytest

from strongroom.client.items.content import MemorySource, NewFile
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from support.homes import make_home
from support.servers import serving

READ = SERVICE_ACCOUNT_WORDS["read_items"]
CONTENT = bytes(range(256)) * 40_000


class Served:
    """A home, two tokens, and where it is served."""

    def __init__(self, folder):
        self.home = make_home(folder)
        engine = self.home.owner()
        self.vault = self.home.run(engine.vaults.create("dev"))["id"]
        self.item = self.home.run(engine.items.create(self.vault, draft("db", "hunter")))
        self.home.run(engine.items.create_all(self.vault, [draft(f"i{n}", n) for n in range(40)]))
        document = NewFile(name="large", size=len(CONTENT), source=MemorySource(CONTENT))
        large = {"title": "large", "category": "Document", "document": document}
        self.document = self.home.run(engine.items.create(self.vault, large))["id"]
        self.token = self.make_token(READ)
        self.writer = self.make_token(ALL_BITS)
        self.url = ""

    def make_token(self, bits):
        accounts = self.home.owner().service_accounts
        return self.home.run(accounts.create("robot", {self.vault: bits})).expose()


def draft(title, value):
    """Return an item with a user name and one concealed value."""
    fields = [
        {"id": "username", "title": "username", "fieldType": "Text", "value": "app"},
        {"id": "password", "title": "password", "fieldType": "Concealed", "value": str(value)},
    ]
    return {"title": title, "category": "Login", "fields": fields}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The home, served over plain HTTP on this computer."""
    made = Served(tmp_path_factory.mktemp("served"))
    with serving(made.home.path) as url:
        made.url = url
        yield made
    for engine in made.home.opened:
        engine.close()
