"""The accounts that are measured, made once and kept in `.bench/`.

*small*: 1 user, 1 vault, 10 items. *team*: 1,000 principals, 100 vaults
granted, 10,000 items in the target vault. *flat*: vaults of 100 and of 100,000
items.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strongroom.client.engine import Engine
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.ids import parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.store.schema import SCHEMA_VERSION
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import create_account
from strongroom.wiring.engines import open_account

READ = SERVICE_ACCOUNT_WORDS["read_items"]
REFERENCE = "op://vault/item/field"
_BATCH = 5_000
_DOCUMENT_BYTES = 30_000_000


@dataclass(frozen=True)
class Fixture:
    """A database file and a token for it."""

    path: Path
    token: str


class Fixtures:
    """Makes each fixture at its first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def small(self) -> Fixture:
        """1 user, 1 vault, 10 items."""
        return self._made("small", lambda owner: _fill(owner, vaults=1, items=10, principals=5))

    def team(self) -> Fixture:
        """1,000 principals, 100 vaults granted, 10,000 items in the target vault."""
        return self._made(
            "team", lambda owner: _fill(owner, vaults=100, items=10_000, principals=1_000)
        )

    def flat(self, items: int) -> Fixture:
        """One vault with so many items."""
        return self._made(
            f"flat-{items}", lambda owner: _fill(owner, vaults=1, items=items, principals=5)
        )

    def document(self) -> Fixture:
        """As small, with a document of 30 MB."""

        def fill(owner: Engine) -> str:
            token = _fill(owner, vaults=1, items=10, principals=5)
            (vault,) = [row["id"] for row in drive(owner.vaults.list()) if row["title"] == "vault"]
            source = MemorySource(bytes(_DOCUMENT_BYTES))
            file = NewFile(name="large", size=_DOCUMENT_BYTES, source=source)
            draft = {"title": "large", "category": "Document", "document": file}
            drive(owner.items.create(vault, draft))
            return token

        return self._made("document", fill)

    def _made(self, name: str, fill: Any) -> Fixture:
        folder = self._folder / f"{name}-{SCHEMA_VERSION}"
        path, kept = folder / "strongroom.db", folder / "token"
        if not kept.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            owner = make_owner(path)
            token = fill(owner)
            owner.close()
            kept.write_text(token)
        return Fixture(path, kept.read_text())


def make_owner(path: Path) -> Engine:
    """Make an account on a new file; return its owner's engine."""
    url = f"file://{path}"
    account = create_account(
        url=url, name="Bench", email="bench@example.org", password=Secret("a bench's password")
    )
    return drive(
        open_account(
            url=url,
            account=parse_id(account.account_id),
            user=parse_id(account.user_id),
            seed=account.seed,
            marks=Marks(pin=account.pin, head=HeadMark(0, 1)),
            runtime=InlineRuntime(),
        )
    )


def _fill(owner: Engine, *, vaults: int, items: int, principals: int) -> str:
    target = drive(owner.vaults.create("vault"))["id"]
    others = [drive(owner.vaults.create(f"vault {n}"))["id"] for n in range(1, vaults)]
    rows = list(_items(items))
    for start in range(0, len(rows), _BATCH):
        drive(owner.items.create_all(target, rows[start : start + _BATCH]))
    # The directory starts with the owner and three groups; one more is the token itself.
    for number in range(principals - 5):
        drive(owner.service_accounts.create(f"robot {number}", {}))
    granted = dict.fromkeys([target, *others], READ)
    return drive(owner.service_accounts.create("bench", granted)).expose()


def _items(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        title = "item" if number == 0 else f"item {number}"
        field = {"id": "field", "title": "field", "fieldType": "Concealed", "value": "made-up"}
        yield {"title": title, "category": "Login", "fields": [field]}
