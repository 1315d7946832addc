"""Who forges: seven kinds of people and a stranger, each with the file and its own keys.

Ana owns the account and made the vault; Cleo is the honest reader, Dan the
honest writer. Eve may only read; Fay managed and was removed; Gus managed, was demoted and stays
active; Hal manages the group "crew", which may read; Ivy was an administrator;
Joe is a member without rights; Robot may only read; Kim is nobody here.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from strongroom.client.change.records import Recipient, seal_rows
from strongroom.client.engine import Engine
from strongroom.client.view.containers import Acting, Container
from strongroom.client.view.marks import Marks
from strongroom.client.view.objects import Draft, Opened, seal_revision
from strongroom.client.view.place import Place
from strongroom.crypto.grants import seal_epoch_link
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind, derive_principal_id
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS
from strongroom.wire.access import Accessor
from strongroom.wire.heads import Head
from strongroom.wire.messages import ContainerState, RecordChange, StoredRevision
from strongroom.wire.revisions import State, parse_revision
from strongroom.wire.signed import SignedBody
from support.faults_exmember import Loot
from support.faults_file import File, Record
from support.faults_people import EDITOR, MANAGER, READER, Crowd, make_crowd, make_robot
from support.faults_world import copy_database
from support.homes import login

# An ex-member may know only the key of an epoch that is over; what it seals anew needs some key.
FALLBACK_KEY = SymmetricKey(bytes(32))
ITEMS = ("item", "sibling", "archived", "deleted")


@dataclass
class Forger:
    """One of them: identity, keys, and every content key that it ever held."""

    name: str
    principal: bytes
    kind: int
    keyset: Keyset
    keys: dict[bytes, SymmetricKey] = field(default_factory=dict)  # key id -> key

    @property
    def fp(self) -> bytes:
        return self.keyset.fingerprint(self.principal, self.kind)

    def sign(self, body: bytes) -> SignedBody:
        return SignedBody(body, self.keyset.sign(body))

    def key(self, record: Record) -> SymmetricKey:
        return self.keys.get(record.parsed.key_id, FALLBACK_KEY)

    def place(self, file: File, rev: int | None = None, signer: bytes = b"") -> Place:
        head, _ = file.head()
        return Place(
            account=file.account,
            generation=head.generation,
            directory_rev=head.rev if rev is None else rev,
            signer=signer or self.principal,
            signer_fp=self.fp,
            now=1_700_000_000_000,
        )

    def revision(
        self,
        file: File,
        record: Record,
        object_id: bytes,
        *,
        state: int = State.ACTIVE,
        title: str = "item",
        value: str = "",
        rev: int | None = None,
        via: bytes = b"",
        group_hash: bytes = b"",
        overview: dict[str, Any] | None = None,
        **facts: Any,
    ) -> StoredRevision:
        """Seal and sign the next revision of an object, as if every right were there."""
        before = file.newest(object_id)
        container = Container.with_key(
            ContainerState(id=record.parsed.container, record=record.signed, sealed=()),
            self.key(record),
        )
        gone = state == State.DELETED
        item = login(title, field=value)
        shown = overview or {"title": title, "category": "Login", "tags": [], "websites": []}
        draft = Draft(
            object=object_id,
            overview={} if gone else shown,
            details={} if gone else {"fields": item["fields"], "sections": [], "notes": ""},
            state=state,
            before=Opened(before[0], sha256(before[1]), {}, {}) if before else None,
        )
        acting = Acting(via or self.principal, group_hash, ALL_BITS)
        sealed = seal_revision(self.place(file, rev), container, acting, draft, self.keyset)
        return self.resigned(sealed, **facts) if facts else sealed

    def resigned(self, stored: StoredRevision, **facts: Any) -> StoredRevision:
        """Change what a revision says of itself, and sign it again."""
        signed = self.sign(msgspec.structs.replace(parse_revision(stored.body), **facts).encode())
        return msgspec.structs.replace(stored, body=signed.body, signature=signed.signature)

    def record(self, file: File, before: Record, **facts: Any) -> RecordChange:
        """Sign a container's next record, with MANAGE by the record before, facts changed."""
        place = self.place(file)
        usual = {
            "access_rev": before.parsed.access_rev + 1,
            "previous": before.hash,
            "generation": place.generation,
            "directory_rev": place.directory_rev,
            "authority": 3,
            "authority_rev": before.parsed.access_rev,
            "authority_hash": before.hash,
            "via": self.principal,
            "group_hash": b"",
            "signer": self.principal,
            "signer_fp": self.fp,
        }
        return RecordChange(
            self.sign(msgspec.structs.replace(before.parsed, **usual | facts).encode())
        )

    def head(self, file: File, **facts: Any) -> SignedBody:
        """Sign the next head, with facts changed."""
        head, signed = file.head()
        usual = {"rev": head.rev + 1, "previous": sha256(signed.body), "signer": self.principal}
        return self.sign(self.next_head(head, usual | facts))

    @staticmethod
    def next_head(head: Head, facts: dict[str, Any]) -> bytes:
        return msgspec.structs.replace(head, **facts).encode()


def with_row(record: Record, forger: Forger, permissions: int = ALL_BITS) -> tuple[Accessor, ...]:
    """Return a record's rows with the forger's own, raised or added."""
    rows = [row for row in record.parsed.accessors if row.principal != forger.principal]
    own = record.parsed.row(forger.principal)
    hashed = own.sealed_hash if own else bytes(32)
    rows.append(Accessor(forger.principal, forger.kind, forger.fp, permissions, hashed))
    return tuple(sorted(rows, key=lambda row: (row.principal, row.fp)))


def rotation(
    file: File, forger: Forger, before: Record, key: SymmetricKey, **facts: Any
) -> RecordChange:
    """Sign a rotation to a key that the forger chose, sealed to everybody who was there."""
    old = before.parsed
    recipients = [
        Recipient(row.principal, row.kind, row.fp, file.entry(row.principal)[1], row.permissions)
        for row in old.accessors
    ]
    epoch = old.epoch + 1
    rows, sealed = seal_rows(
        old.account,
        kind=old.kind,
        container=old.container,
        epoch=epoch,
        key=key,
        recipients=recipients,
    )
    link = seal_epoch_link(
        newer=key,
        older=forger.key(before),
        account=old.account,
        kind=old.kind,
        container=old.container,
        epoch=old.epoch,
    )
    news = {"epoch": epoch, "key_id": key.id, "link_hash": sha256(link)}
    change = forger.record(file, before, accessors=rows, **news | facts)
    return msgspec.structs.replace(change, sealed=sealed, link=link)


@dataclass
class Stage:
    """One file with all of them, and what was known at two times."""

    crowd: Crowd
    forgers: dict[str, Forger]
    vault: bytes
    other: bytes
    groups: dict[str, bytes]
    items: dict[str, bytes]
    past: dict[str, int]  # access rev of the vault and of Administrators, and the head rev, then
    early: dict[str, Marks]
    marks: dict[str, Marks]
    then: Path  # the file as it was before Fay, Gus and Ivy lost their rights

    @property
    def file(self) -> File:
        return File(self.crowd.path, self.crowd.people["Ana"].account)

    def copy(self, folder: Path) -> Stage:
        """Copy the file, and the forgers too: a test may give one of them further keys."""
        forgers = {who: replace(one, keys=dict(one.keys)) for who, one in self.forgers.items()}
        return replace(self, crowd=self.crowd.copy(folder), forgers=forgers)

    def fresh(self, who: str = "Cleo") -> Engine:
        """An honest reader that has seen nothing yet."""
        return self.crowd.open(who)

    def remembering(self, who: str = "Cleo") -> Engine:
        """The same reader, who had seen everything before the forgery."""
        return self.crowd.open(who, copy.deepcopy(self.marks[who]))

    def early_reader(self, who: str = "Cleo") -> Engine:
        """The same reader, who last looked before Fay, Gus and Ivy lost their rights."""
        return self.crowd.open(who, copy.deepcopy(self.early[who]))


def make_stage(folder: Path) -> Stage:
    """Make the account; in the end everybody has only what the first lines say."""
    crowd = make_crowd(folder)
    for name in ("Eve", "Fay", "Gus", "Hal", "Joe"):
        crowd.join(name)
    crowd.join("Ivy", "administrator")
    ana, run = crowd.open("Ana"), crowd.home.run
    vault, other = (run(ana.vaults.create(title))["id"] for title in ("vault", "other"))
    make_robot(crowd, {vault: READER})
    run(ana.groups.create("crew"))
    run(ana.groups.add("crew", crowd.id_of("Hal"), role="manager"))
    found = run(ana.groups.list())
    groups = {row["name"]: parse_id(row["id"]) for row in found}
    rights = {"Cleo": READER, "Dan": EDITOR, "Eve": READER, "Fay": MANAGER, "Gus": MANAGER}
    masks = {crowd.id_of(who): bits for who, bits in rights.items()}
    run(ana.access.grant(vault, masks | {format_id(groups["crew"]): READER}))
    items = {}
    for title in ITEMS:
        made = run(ana.items.create(vault, login(title, field=f"{title}-1")))
        made["fields"][0]["value"] = f"{title}-2"
        run(ana.items.put(made))
        items[title] = parse_id(made["id"])
    run(ana.items.create(other, login("elsewhere", field="elsewhere-1")))
    run(ana.items.archive(vault, format_id(items["archived"])))
    run(ana.items.delete(vault, format_id(items["deleted"])))
    early = {who: looked(crowd, who, vault) for who in ("Ana", "Cleo", "Dan")}
    file = File(crowd.path, crowd.people["Ana"].account)
    past = {
        "vault": file.record(parse_id(vault)).parsed.access_rev,
        "Administrators": file.record(groups["Administrators"]).parsed.access_rev,
        "head": file.head()[0].rev,
    }
    forgers = {
        who: forger_of(crowd, who) for who in ("Eve", "Fay", "Gus", "Hal", "Ivy", "Joe", "Robot")
    }
    forgers["Kim"] = stranger(file.account)
    then = folder / "then.db"
    copy_database(crowd.path, then)
    change_everything(crowd, vault, items)
    for who in ("Eve", "Gus", "Hal", "Ivy", "Joe", "Robot"):  # who stays, gets the newer keys
        forgers[who].keys |= forger_of(crowd, who).keys
    marks = {who: looked(crowd, who, vault) for who in ("Ana", "Cleo", "Dan")}
    crowd.close()
    vaults = (parse_id(vault), parse_id(other))
    return Stage(crowd, forgers, *vaults, groups, items, past, early, marks, then)


def change_everything(crowd: Crowd, vault: str, items: dict[str, bytes]) -> None:
    """Take away what Fay, Gus and Ivy had; then write on."""
    ana, run = crowd.open("Ana"), crowd.home.run
    run(ana.users.remove(crowd.id_of("Fay")))
    run(ana.groups.remove("Administrators", crowd.id_of("Ivy")))
    run(ana.access.grant(vault, {crowd.id_of("Gus"): READER}, replace=True))
    for title in ("item", "sibling"):
        item = run(ana.items.get(vault, format_id(items[title])))
        item["fields"][0]["value"] = f"{title}-3"
        run(ana.items.put(item))


def looked(crowd: Crowd, who: str, vault: str) -> Marks:
    """Return what somebody remembers who has read everything."""
    engine, run = crowd.open(who), crowd.home.run
    rows = run(engine.items.list(vault, archived=True))
    run(engine.items.get_all(vault, [row["id"] for row in rows]))
    for container in engine.session.containers.values():
        engine.session.need_container(container.id, container.record.kind)
    return copy.deepcopy(engine.marks)


def forger_of(crowd: Crowd, who: str) -> Forger:
    """Take all that somebody can open now."""
    session = crowd.open(who).session
    loot = Loot.of(crowd.open(who))
    keys = {key.id: key for key in loot.keys}
    return Forger(who, session.principal, session.kind, session.keyset, keys)


def stranger(account: bytes) -> Forger:
    """Somebody with keys of the right form and no entry."""
    keyset, kind = Keyset.make(), PrincipalKind.USER
    principal = derive_principal_id(account, kind, sha256(keyset.enc_pk), keyset.sign_pk)
    return Forger("Kim", principal, kind, keyset)


def spread(*axes: Iterable[str]) -> list[tuple[str, ...]]:
    """Return every combination in a full run; otherwise each third, with all of each axis in it."""
    numbered = product(*(list(enumerate(axis)) for axis in axes))
    rows = [list(zip(*row, strict=True)) for row in numbered]
    full = os.environ.get("STRONGROOM_FAULTS") == "full"
    return [tuple(names) for places, names in rows if full or sum(places) % 3 == 0]
