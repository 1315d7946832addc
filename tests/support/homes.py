"""A throw-away account on a file, and engines that work on it."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from strongroom import wiring
from strongroom.client.engine import Engine
from strongroom.client.joining import Joined
from strongroom.client.marks import Marks
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.clock import Clock, system_clock
from strongroom.ids import parse_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark

T = TypeVar("T")

PASSWORD = "correct horse battery staple"
FIRST_HEAD = HeadMark(0, 1)


@dataclass
class Home:
    """One account on one database file."""

    path: Path
    account: wiring.NewAccount
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
            wiring.open_account(
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
            wiring.open_account(
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
        joined = wiring.join_account(
            link.expose(), lambda _email: Secret(PASSWORD), clock=self.clock
        )
        drive(engine.invites.confirm(drive(engine.invites.find(email))))
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
        opening = wiring.open_token(token, runtime=InlineRuntime(), clock=self.clock)
        engine = drive(opening)
        self.opened.append(engine)
        return engine

    def close(self) -> None:
        """Close every engine that was opened."""
        for engine in self.opened:
            engine.close()


def make_home(folder: Path, *, clock: Clock = system_clock, password: str = PASSWORD) -> Home:
    """Make an account on a new file in a folder."""
    path = folder / "strongroom.db"
    account = wiring.create_account(
        url=f"file://{path}",
        name="Ana Example",
        email="ana@example.org",
        password=Secret(password),
        clock=clock,
    )
    return Home(path, account, clock)


def login(title: str = "item", **values: str) -> dict[str, Any]:
    """Return a Login item whose fields have these names and values."""
    fields = [
        {"id": name, "title": name, "fieldType": "Concealed", "value": value}
        for name, value in values.items()
    ]
    return {"title": title, "category": "Login", "fields": fields}
