"""Old files with a head that somebody unlisted signs today, given to an owner to accept (T6).

Whoever was administrator or owner once and kept the file of then can go on in
it with honest programs: every reader that is as old as the file believes it.
An owner who restores that file and accepts it would carry it into the next
generation, for everybody. Mutants stand beside the refusals.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from strongroom.client.account import restoring
from strongroom.client.account.joining import Joined
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.errors import ForbiddenError, ForkError, IntegrityError
from strongroom.ids import format_id, parse_id
from strongroom.trust.directory import Pin
from strongroom.wiring.engines import accept_restored
from support.faults_world import copy_database
from support.homes import Home, make_home

MALLORY = "mallory@example.org"


@dataclass
class Place:
    """An account with two owners and two administrators, and its file of that time."""

    home: Home
    old: Path
    people: dict[str, Joined]

    @classmethod
    def make(cls, folder: Path) -> Place:
        home = make_home(folder)
        roles = {"Ben": "administrator", "Eve": "administrator", "Oona": "owner"}
        people = {
            name: home.invite(f"{name.lower()}@example.org", name=name, role=role)
            for name, role in roles.items()
        }
        old = folder / "old.db"
        copy_database(home.path, old)
        return cls(home, old, people)

    def unlist(self, name: str, group: str = "Administrators") -> Marks:
        """Take somebody's role; return what the owner remembers then."""
        owner = self.home.owner()
        self.home.run(owner.groups.remove(group, format_id(self.people[name].user)))
        return copy.deepcopy(owner.marks)

    def bring_back(self) -> None:
        """Put the old file in the place of the present one."""
        self.home.close()
        self.home.opened.clear()
        copy_database(self.old, self.home.path)

    def add_mallory(self, name: str) -> bytes:
        """Let somebody take in a person of their own, in the file as it is; return the head."""
        engine = self.home.open_as(self.people[name])
        self.home.invite(MALLORY, by=engine)
        return engine.marks.head.hash

    def accept(self, seen: Marks, **options: Any) -> Engine:
        account = self.home.account
        engine = drive(
            accept_restored(
                url=self.home.url,
                account=parse_id(account.account_id),
                user=parse_id(account.user_id),
                seed=account.seed,
                seen=copy.deepcopy(seen),
                runtime=InlineRuntime(),
                **options,
            )
        )
        self.home.opened.append(engine)
        return engine

    def emails(self, engine: Engine) -> set[str]:
        return {user["email"] for user in self.home.run(engine.users.list())}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The account before anything happens."""
    made = Place.make(tmp_path)
    yield made
    made.home.close()


YES = {"confirm": lambda _file: True}


def ways(head: bytes) -> list[dict[str, Any]]:
    """Return every way in which an owner may say that a file is meant."""
    return [{}, YES, {"head": head}, {"head": head, **YES}]


def test_a_head_signed_by_a_former_administrator(place: Place) -> None:
    """Whoever was unlisted signs no head that an owner accepts, whatever the owner says."""
    seen = place.unlist("Eve")
    place.bring_back()
    head = place.add_mallory("Eve")
    before = place.home.path.read_bytes()
    for options in ways(head):
        with pytest.raises(ForbiddenError) as refused:
            place.accept(seen, **options)
        assert refused.value.layer == "signer"
    assert place.home.path.read_bytes() == before


def test_an_owner_who_asks_the_old_document(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: an owner who takes the file's own list of signers lets the new person in."""
    seen = place.unlist("Eve")
    place.bring_back()
    place.add_mallory("Eve")

    async def believe(*_: Any, **__: Any) -> None:
        """Ask only what any reader asks: whether the file's root document lists the signer."""

    monkeypatch.setattr(restoring, "_check_head", believe)
    assert MALLORY in place.emails(place.accept(seen))


def test_a_head_signed_by_who_is_still_listed(place: Place) -> None:
    """A head that the owner never saw, by an administrator of today: shown, confirmed, accepted."""
    seen = place.unlist("Eve")
    place.bring_back()
    head = place.add_mallory("Ben")
    with pytest.raises(IntegrityError) as refused:
        place.accept(seen)
    assert refused.value.layer == "mark"
    shown: list[restoring.RestoredFile] = []

    def confirm(file: restoring.RestoredFile) -> bool:
        shown.append(file)
        return True

    accepted = place.accept(seen, confirm=confirm)
    [file] = shown
    assert (file.hash, file.head.signer) == (head, place.people["Ben"].user)
    new = [one.email for one in file.principals if one.entry.entry_rev > file.seen_before]
    assert MALLORY in new
    assert MALLORY in place.emails(accepted)
    roles = {user["email"]: user["role"] for user in place.home.run(accepted.users.list())}
    assert roles["eve@example.org"] == "member"


def test_an_owner_who_confirms_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: an owner whose computer takes every head for a known one is asked nothing."""
    seen = place.unlist("Eve")
    place.bring_back()
    place.add_mallory("Eve")
    monkeypatch.setattr(Marks, "has_seen", lambda *_, **__: True)
    assert MALLORY in place.emails(place.accept(seen))


def test_root_documents_of_a_former_owner(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A former owner's next root document, in the old file, is another history: a fork.

    MUTANT: an owner who starts from the last document that both have takes the
    former owner's for the newest.
    """
    seen = place.unlist("Oona", "Owners")
    place.bring_back()
    oona = place.home.open_as(place.people["Oona"])
    place.home.run(oona.groups.remove("Administrators", format_id(place.people["Ben"].user)))
    place.home.invite(MALLORY, role="administrator", by=oona)
    for options in ways(oona.marks.head.hash):
        with pytest.raises(ForkError) as refused:
            place.accept(seen, **options)
        assert refused.value.layer == "pin"

    async def from_the_last_in_common(*_: Any) -> Pin:
        return place.people["Oona"].pin

    monkeypatch.setattr(restoring, "common_pin", from_the_last_in_common)
    monkeypatch.setattr(restoring, "verify_root_chain", lambda *_, **__: None)
    monkeypatch.setattr(restoring, "_check_records", lambda *_, **__: None)  # which finds it, too
    accepted = place.accept(seen, **YES)
    roles = {user["email"]: user["role"] for user in place.home.run(accepted.users.list())}
    assert roles[MALLORY] == "administrator"


def test_the_honest_way(place: Place) -> None:
    """The old file as it was is accepted without a question by an owner who has seen it."""
    known = place.home.owner().marks.heads
    seen = place.unlist("Eve")
    seen.heads |= known
    place.bring_back()
    accepted = place.accept(seen)
    roles = {user["email"]: user["role"] for user in place.home.run(accepted.users.list())}
    assert roles == {
        "ana@example.org": "owner",
        "ben@example.org": "administrator",
        "eve@example.org": "member",
        "oona@example.org": "owner",
    }
