"""How a forger makes what it signs: what is named as proof, when, for whom, in whose name."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

import msgspec

from strongroom.client.change.records import Recipient, seal_rows
from strongroom.crypto.grants import seal_epoch_link
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.permissions import ALL_BITS, READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.wire.access import Accessor, Authority
from strongroom.wire.messages import SealedRow
from support.adversary_arena import Arena
from support.adversary_table import (
    AT_ONCE,
    CREATOR,
    GAP,
    ITSELF,
    OLDER,
    ROOT,
    ROW,
    THEN,
    Claim,
)
from support.faults_file import Record
from support.faults_forgers import Forger
from support.faults_people import EDITOR, READER

GROUPS = ("keepers", "Administrators", "crew", "Team Members", "Owners")
KNOWN_KEY = SymmetricKey(bytes(range(32)))
LOW = READ_ITEMS | REVEAL_ITEM_PASSWORD
CONTENT = ("vault", "environment", "private", "machine", "still", "quiet")
# Who looks at a container, and whose row is changed there by others.
WITNESS = dict.fromkeys(CONTENT, "Cora") | {"vault": "Cleo", "environment": "Cleo"}
WITNESS["personal"] = "reader"
ANOTHER = {
    **dict.fromkeys(CONTENT, "Dan"),
    "personal": "reader",
    "crew": "demoted group manager",
    "keepers": "through a group",
    "Team Members": "member",
    "names": "Team Members",
    "Owners": "Ana",
    "Administrators": "administrator",
}

Facts = dict[str, Any]
# Facts of a record, the sealed keys of its new rows, and the link of its epoch.
RowsMade = tuple[Facts, tuple[SealedRow, ...], bytes]


def _claims() -> dict[str, Claim]:
    """Return every right by which a record can say that it was signed."""
    claims = {
        "as the creator": Claim(CREATOR),
        "by the root document of now": Claim(ROOT),
        "by the root document of then": Claim(ROOT, THEN),
        "by its row of now": Claim(ROW),
        "by its row of then": Claim(ROW, THEN),
        "by its row in another container": Claim(ROW, impossible=True),
        "by the owner's row": Claim(ROW, impossible=True),
        "through a group without its record": Claim("keepers", impossible=True),
        "through a group with another's record": Claim("keepers", impossible=True),
        "as the creator, through a group": Claim("keepers", impossible=True),
        "by the root document, through a group": Claim("Administrators", impossible=True),
    }
    for group, of_group, proof in product(GROUPS, (AT_ONCE, THEN), (AT_ONCE, THEN)):
        name = f"through {group} of {of_group} by the row of {proof}"
        claims[name] = Claim(group, proof, of_group)
    return claims


CLAIMS = _claims()


@dataclass(repr=False)
class Maker:
    """Makes records on one arena; what is always the same is made once."""

    arena: Arena
    records: dict[str, list[Record]] = field(default_factory=dict)
    sealed: dict[tuple[object, ...], tuple[Accessor, SealedRow]] = field(default_factory=dict)

    def all(self, place: str) -> list[Record]:
        if place not in self.records:
            self.records[place] = self.arena.file.records(self.arena.cast.places[place])
        return self.records[place]

    def now(self, place: str) -> Record:
        return self.all(place)[-1]

    def then(self, place: str) -> Record:
        then = self.arena.cast.then
        return [row for row in self.all(place) if row.parsed.directory_rev <= then][-1]

    def at(self, place: str, time: str) -> Record:
        return self.now(place) if time == AT_ONCE else self.then(place)

    def id(self, who: str) -> bytes:
        cast = self.arena.cast
        return cast.places[who] if who in cast.places else cast.forgers[who].principal

    def date(self, date: str) -> Facts:
        """Return the directory that is named."""
        head, cast = self.arena.head, self.arena.cast
        revs = {THEN: cast.then, GAP: cast.gap, "before its keys": 1, "to come": head.rev + 1}
        grown = {"another generation": 1, OLDER: -1}.get(date, 0)
        return {
            "directory_rev": revs.get(date, head.rev),
            "generation": head.generation + grown,
        }

    def root(self, time: str) -> Facts:
        version, body = self.arena.root_at(
            self.arena.head.rev if time == AT_ONCE else self.arena.cast.then
        )
        return {
            "authority": Authority.ROOT,
            "authority_rev": version,
            "authority_hash": sha256(body),
        }

    def row(self, place: str, time: str) -> Facts:
        record = self.at(place, time)
        return {
            "authority": Authority.MANAGER,
            "authority_rev": record.parsed.access_rev,
            "authority_hash": record.hash,
        }

    def group(self, group: str, time: str) -> Facts:
        return {"via": self.id(group), "group_hash": self.at(group, time).hash}

    def claim(self, place: str, name: str) -> Facts:
        """Return how a record tells by what right it was signed."""
        claim = CLAIMS[name]
        creator = {"authority": Authority.CREATOR, "authority_rev": 0, "authority_hash": b""}
        own, without = self.row(place, AT_ONCE), {"group_hash": b""}
        odd = {
            "by its row in another container": self.row(
                "private" if place != "private" else "vault", AT_ONCE
            ),
            "by the owner's row": own | {"via": self.id("Ana")},
            "through a group without its record": own | {"via": self.id("keepers")} | without,
            "through a group with another's record": own
            | self.group("keepers", AT_ONCE)
            | {"group_hash": self.now("crew").hash},
            "as the creator, through a group": creator | self.group("keepers", AT_ONCE),
            "by the root document, through a group": self.root(AT_ONCE)
            | self.group("Administrators", AT_ONCE),
        }
        if name in odd:
            return odd[name]
        if claim.right in (CREATOR, ROOT):
            return creator if claim.right == CREATOR else self.root(claim.proof)
        through = self.group(claim.right, claim.group) if claim.right in GROUPS else {}
        return self.row(place, claim.proof) | through

    # -- rows ------------------------------------------------------------------------

    def seal(
        self, place: str, key: SymmetricKey, epoch: int, who: bytes, bits: int
    ) -> tuple[Accessor, SealedRow]:
        """Seal a container's key to somebody, once."""
        mark = (place, key, epoch, who, bits)
        if mark not in self.sealed:
            entry = self.arena.entries[who]
            enc_pk = self.arena.encryption_key(who)
            recipient = Recipient(who, entry.kind, entry.current.fp, enc_pk, bits)
            container = self.now(place).parsed
            rows, sealed = seal_rows(
                container.account,
                kind=container.kind,
                container=container.container,
                epoch=epoch,
                key=key,
                recipients=[recipient],
            )
            self.sealed[mark] = rows[0], sealed[0]
        return self.sealed[mark]

    def rows(self, place: str, forger: Forger, change: str) -> RowsMade:
        """Return the rows after a change, with the keys that come with them and their link."""
        before = self.now(place).parsed
        another = self.id(ANOTHER[place])
        dropped = [row for row in before.accessors if row.principal != another]
        if change == "the same":
            return {}, (), b""
        if change == "another dropped":
            return {"accessors": tuple(dropped)}, (), b""
        if change == "nobody manages":
            low = [msgspec.structs.replace(row, permissions=LOW) for row in before.accessors]
            return {"accessors": tuple(low)}, (), b""
        if change == "another's key exchanged":
            return self._exchanged(place, another), (), b""
        if "under" in change:
            kept = dropped if "dropped" in change else list(before.accessors)
            return self._rotated(place, forger, kept)
        given = {
            "its own raised": (forger.principal, ALL_BITS),
            "another raised": (another, ALL_BITS),
            "a member added": (self.id("member"), READER),
            "somebody removed added": (self.id("removed editor"), READER),
            "a token given more": (self.id("token"), EDITOR),
        }
        return self._given(place, forger, *given[change])

    def taken_over(self, place: str, forger: Forger) -> RowsMade:
        """Return the rows of an epoch whose key the forger knows, with every right for itself."""
        kept = [
            row for row in self.now(place).parsed.accessors if row.principal != forger.principal
        ]
        facts, sealed, link = self._rotated(place, forger, kept)
        if forger.principal not in self.arena.entries:
            return facts, sealed, link
        epoch = self.now(place).parsed.epoch + 1
        row, own = self.seal(place, KNOWN_KEY, epoch, forger.principal, ALL_BITS)
        facts["accessors"] = _ordered([*facts["accessors"], row])
        return facts, (*sealed, own), link

    def _given(self, place: str, forger: Forger, who: bytes, bits: int) -> RowsMade:
        now = self.now(place)
        rest = [row for row in now.parsed.accessors if row.principal != who]
        held = now.parsed.row(who)
        if held is not None:
            rows = [*rest, msgspec.structs.replace(held, permissions=bits)]
            return {"accessors": _ordered(rows)}, (), b""
        if who not in self.arena.entries:  # the outsider, whom nobody's directory names
            rows = [*rest, Accessor(who, forger.kind, forger.fp, bits, bytes(32))]
            return {"accessors": _ordered(rows)}, (), b""
        row, sealed = self.seal(place, forger.key(now), now.parsed.epoch, who, bits)
        return {"accessors": _ordered([*rest, row])}, (sealed,), b""

    def _exchanged(self, place: str, another: bytes) -> Facts:
        rows = [
            msgspec.structs.replace(row, fp=b"\1" * 32) if row.principal == another else row
            for row in self.now(place).parsed.accessors
        ]
        return {"accessors": _ordered(rows)}

    def _rotated(self, place: str, forger: Forger, kept: list[Accessor]) -> RowsMade:
        before = self.now(place)
        old, epoch = before.parsed, before.parsed.epoch + 1
        link = seal_epoch_link(
            newer=KNOWN_KEY,
            older=forger.key(before),
            account=old.account,
            kind=old.kind,
            container=old.container,
            epoch=old.epoch,
        )
        made = [self.seal(place, KNOWN_KEY, epoch, row.principal, row.permissions) for row in kept]
        facts: Facts = {"epoch": epoch, "key_id": KNOWN_KEY.id}
        facts |= {"link_hash": sha256(link), "accessors": _ordered([row for row, _ in made])}
        return facts, tuple(sealed for _, sealed in made), link

    # -- signers ---------------------------------------------------------------------

    def signer(self, forger: Forger, signer: str) -> tuple[Facts, Keyset] | None:
        """Return who a record says has signed it, and the keys that did; `None` without them."""
        if signer == ITSELF:
            return {}, forger.keyset
        if signer == "in the owner's name":
            ana = self.id("Ana")
            fp = self.arena.entries[ana].current.fp
            return {"signer": ana, "signer_fp": fp, "via": ana}, forger.keyset
        for group in ("keepers", "crew", "Administrators", "Team Members"):
            for record in reversed(self.all(group)):
                if record.parsed.key_id in forger.keys:
                    keyset = Keyset.of_group(forger.keys[record.parsed.key_id])
                    who = self.id(group)
                    fp = keyset.fingerprint(who, PrincipalKind.GROUP)
                    return {"signer": who, "signer_fp": fp, "via": who}, keyset
        return None


def _ordered(rows: list[Accessor]) -> tuple[Accessor, ...]:
    return tuple(sorted(rows, key=lambda row: (row.principal, row.fp)))
