"""An account with people, for fault tests; made once and copied for each test.

Ana owns it, Ben administers it, Cleo and Dan are members, and Robot is a
service account. Engines work on whichever copy a test has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.tokens import parse_token
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS, SERVICE_ACCOUNT_WORDS
from strongroom.trust.directory import HeadMark, Pin
from strongroom.wiring.engines import open_account, open_token
from support.faults_world import copy_database
from support.homes import Home, make_home

READER = SERVICE_ACCOUNT_WORDS["read_items"]
EDITOR = SERVICE_ACCOUNT_WORDS["write_items"]
MANAGER = ALL_BITS
PEOPLE = {"Ben": "administrator", "Cleo": "member", "Dan": "member"}


@dataclass(frozen=True)
class Person:
    """What one person keeps outside the file."""

    name: str
    account: bytes
    user: bytes
    seed: bytes
    pin: Pin

    @property
    def id(self) -> str:
        return format_id(self.user)

    def marks(self) -> Marks:
        """What a new device has seen: nothing beyond the pin."""
        return Marks(pin=self.pin, head=HeadMark(0, 1))

    def orders(self, path: Path) -> dict[str, Any]:
        """Tell a child process who it is; through its standard input only."""
        return {
            "url": f"file://{path}",
            "account": self.account.hex(),
            "user": self.user.hex(),
            "seed": self.seed.hex(),
            "pin": [self.pin.version, self.pin.hash.hex()],
        }


@dataclass
class Crowd:
    """The people of one file, and the token of its service account, if it has one."""

    home: Home
    people: dict[str, Person]
    token: str = ""

    @property
    def path(self) -> Path:
        return self.home.path

    def open(self, name: str, marks: Marks | None = None) -> Engine:
        """Return a new engine of somebody, fresh unless marks are given."""
        if name == "Robot":
            engine = self._open_token()
        else:
            person = self.people[name]
            engine = drive(
                open_account(
                    url=self.home.url,
                    account=person.account,
                    user=person.user,
                    seed=person.seed,
                    marks=marks or person.marks(),
                    runtime=InlineRuntime(),
                    clock=self.home.clock,
                )
            )
        self.home.opened.append(engine)
        return engine

    def _open_token(self) -> Engine:
        # A token names the file for which it was made; this one is a copy.
        return drive(
            open_token(
                self.token,
                runtime=InlineRuntime(),
                clock=self.home.clock,
                url_override=self.home.url,
            )
        )

    def id_of(self, name: str) -> str:
        """Return somebody's principal id."""
        if name == "Robot":
            return format_id(parse_token(self.token).principal)
        return self.people[name].id

    def copy(self, folder: Path) -> Crowd:
        """Copy the file into another folder."""
        folder.mkdir(exist_ok=True)
        path = folder / "strongroom.db"
        copy_database(self.path, path)
        home = Home(path, self.home.account, self.home.clock)
        return replace(self, home=home, people=dict(self.people))

    def join(self, name: str, role: str = "member") -> Person:
        """Invite somebody, who answers and is confirmed."""
        joined = self.home.invite(f"{name.lower()}@example.org", name=name, role=role)
        person = Person(name, joined.account, joined.user, joined.seed, joined.pin)
        self.people[name] = person
        return person

    def close(self) -> None:
        """Close every engine."""
        self.home.close()
        self.home.opened.clear()


def make_crowd(folder: Path, **options: Any) -> Crowd:
    """Make the account; nobody shares anything yet."""
    home = make_home(folder, **options)
    account = home.account
    ana = Person(
        "Ana", parse_id(account.account_id), parse_id(account.user_id), account.seed, account.pin
    )
    crowd = Crowd(home, {"Ana": ana})
    for name, role in PEOPLE.items():
        crowd.join(name, role)
    return crowd


def make_robot(crowd: Crowd, vaults: dict[str, int]) -> None:
    """Give the crowd its service account."""
    made = crowd.open("Ana").service_accounts.create("Robot", vaults)
    crowd.token = crowd.home.run(made).expose()
