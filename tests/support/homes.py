"""A throw-away account on a file, and engines that work on it."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import msgspec

from strongroom.client.account.joining import Joined
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.clock import Clock, system_clock
from strongroom.ids import parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import NewAccount, create_account, join_account
from strongroom.wiring.engines import open_account, open_token

T = TypeVar("T")

PASSWORD = "correct horse battery staple"
FIRST_HEAD = HeadMark(0, 1)


@dataclass
class Home:
    """One account on one database file."""

    path: Path
    account: NewAccount
    clock: Clock = system_clock
    opened: list[Engine] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run an engine's coroutine."""
        return drive(coroutine)

    def owner(self, marks: Marks | None = None) -> Engine:
        """Return a new engine of the owner, fresh unless marks are given."""
        engine = drive(
            open_account(
                url=self.url,
                account=parse_id(self.account.account_id),
                user=parse_id(self.account.user_id),
                seed=self.account.seed,
                marks=marks or Marks(pin=self.account.pin, head=FIRST_HEAD),
                runtime=InlineRuntime(),
                clock=self.clock,
            )
        )
        self.opened.append(engine)
        return engine

    def open_as(self, joined: Joined, marks: Marks | None = None) -> Engine:
        """Return a new engine of somebody who joined, and was confirmed."""
        engine = drive(
            open_account(
                url=self.url,
                account=joined.account,
                user=joined.user,
                seed=joined.seed,
                marks=marks or Marks(pin=joined.pin, head=FIRST_HEAD),
                runtime=InlineRuntime(),
                clock=self.clock,
            )
        )
        self.opened.append(engine)
        return engine

    def invite(
        self, email: str, *, name: str = "", role: str = "member", by: Engine | None = None
    ) -> Joined:
        """Invite somebody, who answers and is confirmed."""
        engine = by or self.owner()
        link = drive(engine.invites.create(email, name=name, role=role))
        joined = join_account(link.expose(), lambda _email: Secret(PASSWORD), clock=self.clock)
        drive(engine.invites.confirm(drive(engine.invites.find(email)), role=role))
        return joined

    def token(self, vault_id: str, *words: str, **options: Any) -> str:
        """Return the token of a new service account with these words on a vault."""
        mask = 0
        for word in words or ("read_items",):
            mask |= SERVICE_ACCOUNT_WORDS[word]
        service_accounts = self.owner().service_accounts
        return drive(service_accounts.create("robot", {vault_id: mask}, **options)).expose()

    def by_token(self, token: str) -> Engine:
        """Return a new engine of a token."""
        opening = open_token(token, runtime=InlineRuntime(), clock=self.clock)
        engine = drive(opening)
        self.opened.append(engine)
        return engine

    def close(self) -> None:
        """Close every engine that was opened."""
        for engine in self.opened:
            engine.close()


def make_home(folder: Path, *, clock: Clock = system_clock, password: str = PASSWORD) -> Home:
    """Make an account on a new file in a folder.

    The key derivation takes most of the time of a test, so accounts are made
    ahead and copied: never one of them twice in a folder of one test.
    """
    path = folder / "strongroom.db"
    if clock is system_clock and password == PASSWORD and not path.exists():
        content, account = _made_ahead(_place_in_test(folder))
        path.write_bytes(content)
        path.chmod(0o600)
        return Home(path, msgspec.structs.replace(account, url=f"file://{path}"), clock)
    account = create_account(
        url=f"file://{path}",
        name="Home",
        user_name="Ana Example",
        email="ana@example.org",
        password=Secret(password),
        clock=clock,
    )
    return Home(path, account, clock)


def _place_in_test(folder: Path) -> int:
    """Return how many homes the test that owns a folder has made before."""
    owner = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
    return next(_homes_of.setdefault(owner or str(folder), count()))


_homes_of: dict[str, count[int]] = {}


@cache
def _made_ahead(_place: int) -> tuple[bytes, NewAccount]:
    """Return the file of a new account, and what its owner holds."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "strongroom.db"
        account = create_account(
            url=f"file://{path}",
            name="Home",
            user_name="Ana Example",
            email="ana@example.org",
            password=Secret(PASSWORD),
        )
        return path.read_bytes(), account


def login(title: str = "item", **values: str) -> dict[str, Any]:
    """Return a Login item whose fields have these names and values."""
    fields = [
        {"id": name, "title": name, "fieldType": "Concealed", "value": value}
        for name, value in values.items()
    ]
    return {"title": title, "category": "Login", "fields": fields}
