"""What happened in the account of the review: how it began, and what was taken away later.

Everything here is done honestly, by the clients of those who may.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from strongroom.client.change.change import Change, commit
from strongroom.client.change.roles import MANAGER as GROUP_MANAGER
from strongroom.client.change.roles import MEMBER, role_containers
from strongroom.client.engine import Engine
from strongroom.client.items.content import MemorySource, NewFile
from strongroom.client.people.profiles import names_container, new_profile
from strongroom.client.runtime import drive
from strongroom.client.view.marks import Marks
from strongroom.client.view.session import Session
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import UnauthorizedError
from strongroom.ids import format_id, parse_id
from strongroom.permissions import CREATE_ITEMS, READ_ITEMS
from strongroom.wire.access import ContainerKind
from strongroom.wire.entries import EntryState
from strongroom.wire.roots import RootSigner
from support.faults_exmember import Loot
from support.faults_file import File
from support.faults_people import EDITOR, MANAGER, READER
from support.faults_readers import Person, open_engine, owner_of, robot_of
from support.homes import FIRST_HEAD, login, make_home

T = TypeVar("T")
START_MS = 1_700_000_000_000
CREATOR_ONLY = READ_ITEMS | CREATE_ITEMS
GROUP, ENVIRONMENT = ContainerKind.GROUP, ContainerKind.ENVIRONMENT

# Who has which rights in the vault at first; afterwards `take_away` leaves some of them less.
VAULT_RIGHTS = {
    "Cleo": READER,
    "Dan": EDITOR,
    "reader": READER,
    "former reader": READER,
    "creator only": CREATOR_ONLY,
    "editor": EDITOR,
    "demoted editor": EDITOR,
    "removed editor": EDITOR,
    "suspended editor": EDITOR,
    "manager": MANAGER,
    "removed manager": MANAGER,
    "returned manager": MANAGER,
}
# Vaults of others: in the first two nobody has signed a record since somebody lost something.
OTHERS = {"still": "removed manager", "quiet": "manager", "machine": "making token"}
INVITED = "open@example.org"
# Those of whom the service has a row that a password opens.
UNLOCKS = ("reader", "administrator")
# Who forges nothing; the others are named by their role.
HONEST = ("Ana", "Cleo", "Cora", "Dan")
PEOPLE = (
    *VAULT_RIGHTS,
    "Cora",
    "maker",
    "member",
    "through a group",
    "left the group",
    "left as manager",
    "group manager",
    "demoted group manager",
    "administrator",
    "former administrator",
    "removed administrator",
    "former owner",
    "demoted owner",
)
ADMINISTRATORS = ("administrator", "former administrator", "removed administrator")
GONE = (
    "removed manager",
    "removed editor",
    "removed administrator",
    "suspended editor",
    "revoked token",
)
TOKENS = {
    "token": READER,
    "making token": EDITOR,
    "revoked token": EDITOR,
    "old token": EDITOR,
    "expired token": EDITOR,
}
EXPIRES_MS = START_MS + 5_000_000  # later than everything that is told here
ITEMS = ("item", "archived", "deleted")
KINDS = {
    "vault": ContainerKind.VAULT,
    "private": ContainerKind.VAULT,
    "personal": ContainerKind.VAULT,
    "still": ContainerKind.VAULT,
    "quiet": ContainerKind.VAULT,
    "machine": ContainerKind.VAULT,
    "environment": ENVIRONMENT,
    "names": ContainerKind.ACCOUNT,
    **dict.fromkeys(("crew", "keepers", "Owners", "Administrators", "Team Members"), GROUP),
}


class Build:
    """Makes the account, step by step."""

    def __init__(self, folder: Path) -> None:
        ticks = count(START_MS, 1000)
        self.home = make_home(folder, clock=lambda: next(ticks))
        self.people: dict[str, Person] = {"Ana": owner_of(self.home)}
        self.places: dict[str, bytes] = {}
        self.objects: dict[tuple[str, str], bytes] = {}
        self.keys: dict[str, dict[bytes, SymmetricKey]] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return drive(work)

    def engine(self, who: str, marks: Marks | None = None) -> Engine:
        engine = open_engine(self.people[who], self.home.path, self.home.clock, marks)
        self.home.opened.append(engine)
        self.run(engine.connect())
        return engine

    def id(self, who: str) -> str:
        return format_id(self.people[who].principal)

    def place(self, name: str) -> str:
        return format_id(self.places[name])

    def change(self, who: str, build: Callable[[Session], Coroutine[Any, Any, Change]]) -> None:
        session = self.engine(who).session
        self.run(commit(session, lambda: build(session)))

    @property
    def head(self) -> int:
        return File(self.home.path, self.people["Ana"].account).head()[0].rev

    def collect_keys(self) -> None:
        """Note what everybody can open now, on top of what they could before."""
        for who in self.people:
            held = self.keys.setdefault(who, {})
            with suppress(UnauthorizedError):  # who was shut out keeps what it had
                held |= {key.id: key for key in Loot.of(self.engine(who)).keys}


# -- how it began ------------------------------------------------------------------------------


def enrol(build: Build, names: Iterable[str]) -> None:
    """Take people in at once; without a password, since nobody of them unlocks anything."""
    keysets = {name: Keyset.make() for name in names}
    entries: dict[str, bytes] = {}

    async def enrol(session: Session) -> Change:
        names_box = names_container(session)
        team = session.need_container(session.directory.root.team_members_group, GROUP)
        change = await Change.begin(session, containers=[team, names_box])
        rights = change.active_rights(team)
        for name, keyset in keysets.items():
            user = change.ledger.add_keyset(PrincipalKind.USER, keyset).principal
            entries[name] = user
            rights[user] = MEMBER
            change.write(names_box.id, new_profile(user, name))
        change.set_rights(team, rights)
        return change

    build.change("Ana", enrol)
    ana = build.people["Ana"]
    for name, keyset in keysets.items():
        kind = PrincipalKind.USER
        build.people[name] = Person(ana.account, entries[name], kind, keyset, ana.pin, FIRST_HEAD)
    for name in UNLOCKS:
        file = File(build.home.path, ana.account)
        row = (ana.account, entries[name], f"{name}@example.org", b"s" * 16, 3, 65_536, 4, 1)
        sql = "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        file.run(sql, *row, b"sealed", bytes(32))


def set_roles(build: Build, administrators: Iterable[str], owners: Iterable[str] = ()) -> None:
    """Make the administrators and, beside Ana, the owners, in one root document."""

    async def change_roles(session: Session) -> Change:
        groups = role_containers(session)
        chosen = {"owners": ("Ana", *owners), "administrators": tuple(administrators)}
        ids = {
            role: [build.people[who].principal for who in who_all]
            for role, who_all in chosen.items()
        }
        everybody = [principal for role in ids.values() for principal in role]
        change = await Change.begin(session, principals=everybody, containers=groups)
        entries = {principal: change.entry(principal) for principal in everybody}
        rows = {
            role: tuple(
                sorted(
                    RootSigner(one, entries[one].current.fp, entries[one].current.sign_pk)
                    for one in principals
                )
            )
            for role, principals in ids.items()
        }
        change.ledger.set_root(**rows)
        for group in groups:
            owners_only = group.id == session.directory.root.owners_group
            members = ids["owners"] if owners_only else everybody
            change.set_rights(group, dict.fromkeys(members, GROUP_MANAGER))
        return change

    build.change("Ana", change_roles)


def make_groups(build: Build) -> None:
    groups = build.engine("Ana").groups
    members = {
        "crew": {"group manager": "manager", "demoted group manager": "manager"},
        "keepers": {
            "through a group": "member",
            "left the group": "member",
            "left as manager": "manager",
        },
    }
    for name, rows in members.items():
        build.run(groups.create(name))
        for who, role in rows.items():
            build.run(groups.add(name, build.id(who), role=role))
    for row in build.run(groups.list()):
        build.places[row["name"]] = parse_id(row["id"])


def make_containers(build: Build) -> None:
    """A vault, an environment, a vault without administrators, a personal vault, the names."""
    ana = build.engine("Ana")
    build.places["names"] = ana.session.directory.names_container()
    build.places["vault"] = parse_id(build.run(build.engine("maker").vaults.create("vault"))["id"])
    rights = {build.id(who): bits for who, bits in VAULT_RIGHTS.items()}
    rights |= {build.place("crew"): READER, build.place("keepers"): MANAGER}
    build.run(build.engine("maker").access.grant(build.place("vault"), rights))

    maker = build.engine("removed manager")
    made = build.run(maker.environments.create("environment"))["id"]
    build.places["environment"] = parse_id(made)
    rights = {"Cleo": READER, "Dan": EDITOR, "reader": READER, "editor": EDITOR}
    rights |= {"demoted editor": EDITOR, "manager": MANAGER}
    masks = {build.id(who): bits for who, bits in rights.items()}
    masks[build.place("keepers")] = MANAGER
    build.run(maker.access.grant(made, masks, kind=ENVIRONMENT))

    shared = {"Cora": READER, "Dan": EDITOR}
    _make_vault(build, "private", "manager", shared, private=True)
    others = {"manager": MANAGER, "returned manager": EDITOR, "removed editor": EDITOR}
    _make_vault(build, "still", "removed manager", shared | others, private=True)
    # Administrators may sign for this one, though they have no row in it.
    quiet = _make_vault(build, "quiet", "manager", shared)
    build.run(build.engine("manager").access.revoke(quiet, build.place("Administrators")))

    reader = build.engine("reader")
    build.run(reader.ensure_personal())
    (personal,) = (row.id for row in reader.session.containers.values() if row.record.is_personal)
    build.places["personal"] = personal


def _make_vault(
    build: Build, name: str, maker: str, rights: Mapping[str, int], *, private: bool = False
) -> str:
    engine = build.engine(maker)
    made = build.run(engine.vaults.create(name, allow_admins_access=not private))["id"]
    build.places[name] = parse_id(made)
    build.run(engine.access.grant(made, {build.id(who): bits for who, bits in rights.items()}))
    return str(made)


def make_tokens(build: Build) -> None:
    service_accounts = build.engine("Ana").service_accounts
    for name, bits in TOKENS.items():
        made = service_accounts.create(
            name,
            {build.place("vault"): bits},
            can_create_vaults=name == "making token",
            expires_ms=EXPIRES_MS if name == "expired token" else None,
        )
        build.people[name] = robot_of(build.run(made).expose())
    _make_vault(build, "machine", "making token", {"Cora": READER, "Dan": EDITOR})


def fill(build: Build) -> bytes:
    """Items in each state, with two versions of each, and one in every other vault; and a file.

    Returns:
        The file's id.
    """
    dan, vault = build.engine("Dan"), build.place("vault")
    for title in ITEMS:
        made = build.run(dan.items.create(vault, login(title, field="1")))
        made["fields"][0]["value"] = "2"
        build.run(dan.items.put(made))
        build.objects["vault", title] = parse_id(made["id"])
    build.run(dan.items.archive(vault, format_id(build.objects["vault", "archived"])))
    build.run(dan.items.delete(vault, format_id(build.objects["vault", "deleted"])))
    for place, who in (("private", "manager"), ("personal", "reader"), *OTHERS.items()):
        made = build.run(build.engine(who).items.create(build.place(place), login("item", f="1")))
        build.objects[place, "item"] = parse_id(made["id"])
    file = NewFile(name="f", size=1, source=MemorySource(b"f"), section_id="s", field_id="f")
    made = build.run(dan.items.create(vault, login("paper") | {"files": [file]}))
    build.objects["names", "profile"] = build.people["member"].principal
    for place in ("vault", "environment", "private", "personal", *OTHERS):
        build.objects[place, "own"] = build.places[place]
    return parse_id(made["files"][0]["attributes"]["id"])


# -- what was taken away -----------------------------------------------------------------------


def suspend_and_return(build: Build) -> int:
    ana, who = build.engine("Ana"), build.id("returned manager")
    build.run(ana.users.suspend(who))
    entry, _ = File(build.home.path, ana.session.account).entry(
        build.people["returned manager"].principal
    )
    build.run(ana.users.reactivate(who))
    build.run(ana.access.grant(build.place("vault"), {who: MANAGER}))
    return entry.state_rev


def take_away(build: Build) -> None:
    """Take from the former ones what they had, in the ways in which it is taken."""
    ana, run, vault = build.engine("Ana"), build.run, build.place("vault")
    run(ana.access.revoke(vault, build.id("former reader")))
    lower: Mapping[str, int] = {"demoted editor": READER, "maker": READER}
    for who, bits in lower.items():
        run(ana.access.grant(vault, {build.id(who): bits}, replace=True))
    place = build.place("environment")
    masks = {build.id("demoted editor"): READER}
    run(ana.access.grant(place, masks, kind=ENVIRONMENT, replace=True))
    run(ana.groups.add("crew", build.id("demoted group manager"), role="member"))
    for who in ("left the group", "left as manager"):
        run(ana.groups.remove("keepers", build.id(who)))
    set_roles(build, [ADMINISTRATORS[0], "demoted owner"])
    build.change("Ana", lambda session: _shut_out(build, session))
    run(ana.access.settle())
    run(ana.service_accounts.rotate(build.id("old token")))


async def _shut_out(build: Build, session: Session) -> Change:
    gone = [build.people[who].principal for who in GONE]
    change = await Change.begin(session, principals=gone)
    for who, principal in zip(GONE, gone, strict=True):
        suspended = who.startswith("suspended")
        change.ledger.set_state(
            principal, EntryState.SUSPENDED if suspended else EntryState.REMOVED
        )
    return change


def renew(build: Build) -> None:
    """Write on under the newest head, so that no current record but two is as old as `then`."""
    mine = [name for name in build.places if name not in ("private", "personal", "still", "quiet")]
    for who, names in (("Ana", mine), ("manager", ["private"]), ("reader", ["personal"])):
        build.change(who, partial(_renewed, build, names))
    dan = build.engine("Dan")
    item = build.run(dan.items.get(build.place("vault"), format_id(build.objects["vault", "item"])))
    item["fields"][0]["value"] = "3"
    build.run(dan.items.put(item))


async def _renewed(build: Build, names: list[str], session: Session) -> Change:
    containers = [session.containers[build.places[name]] for name in names]
    change = await Change.begin(session, containers=containers)
    for container in containers:
        change.set_rights(container, change.active_rights(container))
    return change


def looked(build: Build, who: str) -> Marks:
    """Return what somebody remembers who has read everything."""
    session = build.engine(who).session
    for container in session.containers.values():
        session.need_container(container.id, container.record.kind)
    for (name, _), object_id in build.objects.items():
        if build.places[name] in session.containers:
            drive(session.fetch(build.places[name], object_id, kind=KINDS[name]))
    return copy.deepcopy(session.marks)
