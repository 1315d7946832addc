"""Groups' records that a former administrator signs: nobody honest makes them genuine (T5, T9).

An owner or administrator signs a group's record anew where nobody stands for
it any more, also without being in the group, and by itself after a removal.
The restored file stands here too, since it brings former members back.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from strongroom.client.account import restoring
from strongroom.client.change import outside_groups
from strongroom.client.change.dues import Due
from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.directory import Directory
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import RollbackError, RotationDueError, StrongroomError
from strongroom.ids import parse_id
from strongroom.permissions import ALL_BITS, MANAGE_VAULT
from strongroom.wire.access import Accessor, Authority
from strongroom.wire.messages import CommitRequest, RecordChange
from strongroom.wiring.backups import back_up, restore
from strongroom.wiring.engines import accept_restored
from support.faults_exmember import Loot
from support.faults_file import File, Record
from support.faults_forgers import Forger, rotation
from support.homes import Home, login, make_home
from support.keeper import keeper_of
from support.people import Member, join

KNOWN_KEY = SymmetricKey(bytes(range(32)))
WRITER = ALL_BITS & ~MANAGE_VAULT


class Place:
    """An administrator's group, of which the owner is no member, that manages a vault."""

    def __init__(self, home: Home) -> None:
        self.home, self.ana, run = home, home.owner(), home.run
        self.ben = join(home, "Ben", role="administrator", by=self.ana)
        self.xan = join(home, "Xan", role="administrator", by=self.ana)
        self.cara, self.dan, self.pat = (
            join(home, name, by=self.ana) for name in ("Cara", "Dan", "Pat")
        )
        self.group = run(self.ben.engine.groups.create("Devs"))["id"]
        run(self.ben.engine.groups.add("Devs", self.cara.id, role="manager"))
        self.vault = run(self.ana.vaults.create("vault"))["id"]
        rights = {self.group: ALL_BITS, self.dan.id: WRITER}
        run(self.ana.access.grant(self.vault, rights))
        run(self.ana.items.create(self.vault, login("one", password="x")))
        self.file = File(home.path, parse_id(home.account.account_id))

    @property
    def record(self) -> Record:
        """The group's current record."""
        return self.file.record(parse_id(self.group))

    def forger(self, member: Member) -> Forger:
        """Return somebody who forges, without any key of a container."""
        session = member.engine.session
        self.home.run(session.sync())
        return Forger("forger", session.principal, session.kind, session.keyset, {})

    def forge(self, *more: Accessor, after: Callable[[], object] = bool) -> Forger:
        """Let Xan lose the role, and sign the group's record with itself in it, as of then.

        Args:
            after: What is done between the two.
        """
        then, (root, body) = self.file.head()[0].rev, self.file.root()
        self.home.run(self.ana.groups.remove("Administrators", self.xan.id))
        self.home.run(self.ana.groups.members("Devs"))
        after()
        xan = self.forger(self.xan)
        own = Accessor(xan.principal, 1, xan.fp, ALL_BITS, sha256(b""))
        rows = sorted([*self.record.parsed.accessors, own, *more], key=lambda row: row.principal)
        facts: dict[str, Any] = {"directory_rev": then, "authority": Authority.ROOT}
        facts |= {"authority_rev": root.version, "authority_hash": sha256(body)}
        self.file.put_record(xan.record(self.file, self.record, accessors=tuple(rows), **facts))
        return xan

    def take_over(self, forger: Forger, group_hash: bytes) -> None:
        """Rotate the vault through the group to a key that the forger knows."""
        before = self.file.record(parse_id(self.vault))
        via = {"via": parse_id(self.group), "group_hash": group_hash}
        self.file.put_record(rotation(self.file, forger, before, KNOWN_KEY, **via))

    def opened_after_a_write(self, engine: Engine) -> bool:
        """Tell whether somebody writes what the known key opens."""
        try:
            self.home.run(engine.items.create(self.vault, login("new", password="secret")))
        except StrongroomError:
            return False
        return bool(Loot(keys={KNOWN_KEY}).opened(self.home.path))

    def of_group(self, dues: list[Due]) -> list[bool]:
        """Tell which of the dues of the group were done."""
        return [due.done for due in dues if due.container == self.group]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = make_home(tmp_path)
    yield Place(home)
    home.close()


def never(*_: object) -> bool:
    return True


@pytest.mark.parametrize("asks", [True, False])
@pytest.mark.parametrize("looked", ["after it", "before it", "never"])
def test_who_is_no_member_and_takes_a_role_or_person_away(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, looked: str, asks: bool
) -> None:
    """A record that nobody stands for is not signed anew, unless that very one was seen before.

    MUTANT: who takes what continues its memory, or the first thing it sees,
    makes the false record genuine: everybody but who looked after the unlisting.
    """
    before = copy.deepcopy(place.ana.session.marks)
    xan = place.forge()
    marks = {"after it": place.ana.session.marks, "before it": before, "never": None}[looked]
    owner = place.home.owner(copy.deepcopy(marks))
    if not asks:
        monkeypatch.setattr(outside_groups, "_is_remembered", never)
    dues = place.home.run(owner.users.remove(place.pat.id))
    caught = asks or looked == "after it"
    assert place.of_group(dues) == [not caught]
    assert place.of_group(place.home.run(owner.access.settle())) == [False] * caught
    place.take_over(xan, place.record.hash)
    assert place.opened_after_a_write(place.home.open_as(place.dan.joined)) != caught


def test_a_record_that_names_the_owner_without_giving_the_key(place: Place) -> None:
    """Nobody renews a group as its member who does not hold its key."""
    owner = parse_id(place.ana.identity()["principalId"])
    entry, _ = place.file.entry(owner)
    row = Accessor(owner, 1, entry.current.fp, ALL_BITS, sha256(b"no key"))
    xan = place.forge(row)
    # The keeper keeps her row under another fingerprint, so that there is nothing to open.
    sql = "UPDATE accessors SET fp = ? WHERE container = ? AND principal = ?"
    place.file.run(sql, bytes(32), parse_id(place.group), owner)
    fresh = place.home.owner()
    assert place.of_group(place.home.run(fresh.access.settle())) == [False]
    assert place.record.parsed.signer == xan.principal
    place.take_over(xan, place.record.hash)
    assert not place.opened_after_a_write(place.home.open_as(place.dan.joined))


def test_a_member_from_whom_the_group_is_hidden(place: Place) -> None:
    """An owner to whom the keeper does not show its own group takes nobody's word for it."""
    owner = place.ana.identity()["principalId"]
    place.home.run(place.ben.engine.groups.add("Devs", owner))
    xan = place.forge()
    place.file.put_record(xan.record(place.file, place.record))  # one more, by a manager of today
    transport = place.ana.session.transport
    genuine = transport.call

    async def call(request: Any) -> Any:
        answer = await genuine(request)
        if request.operation != "sync":
            return answer
        rest = tuple(row for row in answer.containers if row.id != parse_id(place.group))
        left = (*answer.left, parse_id(place.group))
        return msgspec.structs.replace(answer, same=False, containers=rest, left=left)

    transport.call = call  # type: ignore[method-assign]
    assert place.of_group(place.home.run(place.ana.users.remove(place.pat.id))) == [False]
    assert place.record.parsed.signer == xan.principal
    place.take_over(xan, place.record.hash)
    assert not place.opened_after_a_write(place.home.open_as(place.dan.joined))


def test_records_that_nobody_stands_for(place: Place) -> None:
    """The service stores no record of a group that its members could not act by."""
    by_ben = place.record
    place.home.run(place.ana.groups.remove("Administrators", place.ben.id))
    keeper = keeper_of(place.home)
    plain = {"authority": Authority.CREATOR, "authority_rev": 0, "authority_hash": b""}
    older = {"authority_rev": by_ben.parsed.access_rev, "authority_hash": by_ben.hash}
    for member, facts in ((place.ben, plain), (place.cara, older)):
        forger = place.forger(member)
        false = CommitRequest(records=(forger.record(place.file, place.record, **facts),))
        with pytest.raises(RotationDueError):
            keeper.call(false, forger.principal)
    cara = place.forger(place.cara)
    keeper.call(CommitRequest(records=(cara.record(place.file, place.record),)), cara.principal)
    keeper.close()


# -- a restored file ---------------------------------------------------------------------------


@pytest.mark.parametrize("renews", [True, False])
def test_a_membership_of_the_time_that_was_lost(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, renews: bool
) -> None:
    """Who came and went after the backup was made holds no key of the restored account (T10).

    MUTANT: without new keys after a restore, the lost record counts in the epoch that came back.
    """
    home, account = place.home, parse_id(place.home.account.account_id)
    home.run(place.ben.engine.groups.add("Devs", place.ana.identity()["principalId"]))
    backup = tmp_path / "backup.db"
    back_up(home.url, backup, replace=False)
    home.run(place.ben.engine.groups.add("Devs", place.pat.id))
    lost = place.record
    home.run(place.ana.groups.remove("Devs", place.pat.id))
    restore(home.url, backup, account=account, force=False)
    user, seed = parse_id(home.account.user_id), home.account.seed
    runtime = InlineRuntime()
    again = drive(
        accept_restored(
            url=home.url,
            account=account,
            user=user,
            seed=seed,
            seen=place.ana.marks,
            runtime=runtime,
        )
    )
    if not renews:
        monkeypatch.setattr(Directory, "generation_rev", lambda _: 0)
    assert place.of_group(home.run(again.access.settle())) == [True] * renews
    pat = place.forger(place.pat)
    row = (place.file.account, parse_id(place.group), 999, lost.hash)
    sql = "INSERT INTO access_records VALUES (?, ?, ?, ?, ?, ?)"
    place.file.run(sql, *row, lost.signed.body, lost.signed.signature)
    dan = home.open_as(place.dan.joined, copy.deepcopy(place.dan.engine.marks))
    place.take_over(pat, lost.hash)
    assert place.opened_after_a_write(dan) != renews


@pytest.mark.parametrize("compares", [True, False])
def test_a_record_added_to_a_restored_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, compares: bool
) -> None:
    """An owner accepts no file with a record that it would have refused before the restore (T6).

    MUTANT: without a look at what is remembered, the next renewal makes it genuine.
    """
    home, account = place.home, parse_id(place.home.account.account_id)
    home.run(place.ben.engine.groups.add("Devs", place.ana.identity()["principalId"]))
    backup = tmp_path / "backup.db"
    xan = place.forge(after=lambda: back_up(home.url, backup, replace=False))
    forged = place.record
    restore(home.url, backup, account=account, force=False)
    place.file.put_record(RecordChange(forged.signed))
    if not compares:
        monkeypatch.setattr(restoring, "_check_records", lambda *_, **__: None)
    user, seed = parse_id(home.account.user_id), home.account.seed
    facts = {"url": home.url, "account": account, "user": user, "seed": seed}
    accepting = accept_restored(
        **facts, seen=copy.deepcopy(place.ana.session.marks), runtime=InlineRuntime()
    )
    if compares:
        with pytest.raises(RollbackError):
            drive(accepting)
        return
    engine = drive(accepting)
    home.opened.append(engine)
    home.run(engine.access.settle())
    assert place.record.parsed.row(xan.principal) is not None
