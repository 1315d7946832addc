"""Changes that are consistent up to one protection, and clients without that protection.

A flipped bit is refused by whatever looks first. Each forgery here is made by
somebody who knows all that may be known, so that one check alone stands
between it and a reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from strongroom.client.engine import Engine
from strongroom.client.runtime import drive
from strongroom.client.view.containers import Acting
from strongroom.client.view.objects import Draft, Opened, seal_revision
from strongroom.client.view.session import Session
from strongroom.crypto.grants import GrantContext, seal_epoch_link, seal_key
from strongroom.crypto.keysets import Keyset
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.principals import PrincipalKind
from strongroom.crypto.sealing import Purpose, seal
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.documents import encode_document
from strongroom.ids import parse_id
from strongroom.permissions import ALL_BITS
from strongroom.trust.merkle import hash_leaf, parents
from strongroom.wire.access import AccessRecord, Authority
from strongroom.wire.entries import Entry, EntryKeyset, EntryState, parse_entry
from strongroom.wire.heads import Head, parse_head
from strongroom.wire.messages import StoredRevision
from strongroom.wire.revisions import Revision, parse_revision
from strongroom.wire.roots import RootDocument, RootSigner, parse_root
from support.faults_keeper import Change, Keeper, Row, Values
from support.faults_unprotected import (
    Patch,
    turned_off,
    without_authority,
    without_binding,
    without_hashes,
    without_head_signature,
    without_key_hash,
    without_link_hash,
    without_membership,
    without_path,
    without_permission,
)
from support.faults_world import World
from support.homes import login

FALSE = "a value that nobody honest ever wrote"
_ANYTHING = b"\x5a" * 64  # where a signature stands that nobody made

Rows = dict[Row, Values | None]


@dataclass
class Forger:
    """Knows the file, the member's keys, and the owner's where an administrator is hostile."""

    world: World
    keeper: Keeper
    member: Engine
    owner: Engine
    mallory: Keyset

    @property
    def session(self) -> Session:
        return self.member.session

    # -- the directory ----------------------------------------------------------------

    def head(self) -> tuple[int, Head]:
        rowid = max(self.keeper.rows["heads"], key=lambda r: self.keeper.rows["heads"][r]["rev"])
        return rowid, parse_head(self.keeper.rows["heads"][rowid]["body"])

    def entry_of(self, principal: bytes, **facts: Any) -> tuple[Row, Entry]:
        rowid, row = self.keeper.find("entries", principal=principal)
        return ("entries", rowid), msgspec.structs.replace(parse_entry(row["body"]), **facts)

    def suspended(self, *, ahead: int = 1) -> tuple[Row, Entry]:
        """The member's entry in a state in which it never was, `ahead` revs after the head."""
        rev = self.head()[1].rev + ahead
        facts = {"state": EntryState.SUSPENDED, "state_rev": rev, "entry_rev": rev}
        return self.entry_of(self.session.principal, **facts)

    def under_head(
        self, row: Row, entry: Entry, signer: bytes, sign: Callable[[bytes], bytes], **facts: Any
    ) -> Rows:
        """Return rows that put an entry into the tree, under a head with any signature."""
        rows: Rows = {row: {"body": entry.encode()}}
        bodies = {r["position"]: r["body"] for r in self.keeper.rows["entries"].values()}
        bodies[entry.index] = entry.encode()
        level, height = [hash_leaf(bodies[index]) for index in sorted(bodies)], 0
        while True:
            for position, node in enumerate(level):
                rowid, before = self.keeper.find("tree", height=height, position=position)
                if before["hash"] != node:
                    rows["tree", rowid] = {"hash": node}
            if len(level) == 1:
                break
            level, height = parents(level), height + 1
        rowid, before_head = self.head()
        head = msgspec.structs.replace(
            before_head, rev=before_head.rev + 1, tree_root=level[0], signer=signer, **facts
        )
        body = head.encode()
        rows["heads", rowid] = {"body": body, "signature": sign(body)}
        return rows

    def root(self) -> tuple[int, RootDocument, bytes]:
        roots = self.keeper.rows["roots"]
        rowid = max(roots, key=lambda r: roots[r]["version"])
        return rowid, parse_root(roots[rowid]["body"]), sha256(roots[rowid]["body"])

    def own_root(self) -> tuple[Rows, bytes, int, bytes]:
        """A root document that lists somebody who made it alone; with its hash and signer."""
        _, root, root_hash = self.root()
        thief = bytes(16)
        signer = RootSigner(
            thief, self.mallory.fingerprint(thief, PrincipalKind.USER), self.mallory.sign_pk
        )
        new = msgspec.structs.replace(
            root,
            version=root.version + 1,
            previous=root_hash,
            from_rev=self.head()[1].rev + 1,
            owners=tuple(sorted((*root.owners, signer))),
        )
        body = new.encode()
        rows: Rows = {
            ("roots", 10_000): {
                "account": root.account,
                "version": new.version,
                "body": body,
            },
            ("root_signatures", 10_000): {
                "account": root.account,
                "version": new.version,
                "signer": thief,
                "signature": self.mallory.sign(body),
            },
        }
        return rows, sha256(body), new.version, thief

    # -- access records ---------------------------------------------------------------

    def record(self, engine: Engine, name: str, **facts: Any) -> AccessRecord:
        """The next record of a container, which gives its group every right."""
        session, place = engine.session, engine.session.place()
        container = session.containers[self.world.container(name)]
        group = self.world.container("readers")
        accessors = tuple(
            msgspec.structs.replace(row, permissions=ALL_BITS) if row.principal == group else row
            for row in container.record.accessors
        )
        usual = {
            "access_rev": container.record.access_rev + 1,
            "previous": container.record_hash,
            "directory_rev": place.directory_rev,
            "signer": session.principal,
            "signer_fp": session.fp,
            "via": session.principal,
            "accessors": accessors,
        }
        return msgspec.structs.replace(container.record, **(usual | facts))

    def stored_record(self, record: AccessRecord, signature: bytes) -> Rows:
        body = record.encode()
        at, _ = self.keeper.find("containers", id=record.container)
        return {
            ("access_records", 10_000): {
                "account": record.account,
                "container": record.container,
                "access_rev": record.access_rev,
                "hash": sha256(body),
                "body": body,
                "signature": signature,
            },
            ("containers", at): {"access_rev": record.access_rev},
        }

    # -- revisions --------------------------------------------------------------------

    def place(self, name: str) -> tuple[bytes, bytes]:
        places = self.world.places
        vault = self.world.container(name.partition("/")[0])
        return vault, parse_id(places.items[name])

    def before(self, name: str) -> Opened:
        return drive(self.session.fetch(*self.place(name)))

    def sealed(self, name: str, via: bytes, group_hash: bytes, **facts: Any) -> StoredRevision:
        """A next version with a false value, sealed by the member; signed facts may differ."""
        vault, item = self.place(name)
        title = name.partition("/")[2]
        draft = Draft(
            object=item,
            overview={"title": title, "category": "Login", "tags": [], "websites": []},
            details={"fields": login(password=FALSE)["fields"], "sections": [], "notes": ""},
            before=self.before(name),
        )
        session = self.session
        acting = Acting(via, group_hash, ALL_BITS)
        container = session.containers[vault]
        made = seal_revision(session.place(), container, acting, draft, session.keyset)
        body = msgspec.structs.replace(parse_revision(made.body), **facts).encode()
        return msgspec.structs.replace(made, body=body, signature=session.keyset.sign(body))

    def through(self, group: bytes) -> tuple[bytes, bytes]:
        """A group as `via`, with the hash of its newest record."""
        _, container = self.keeper.find("containers", id=group)
        _, record = self.keeper.find(
            "access_records", container=group, access_rev=container["access_rev"]
        )
        return group, record["hash"]

    def readers(self) -> tuple[bytes, bytes]:
        return self.through(self.world.container("readers"))

    def stored(self, name: str, made: StoredRevision) -> Rows:
        vault, item = self.place(name)
        revision = parse_revision(made.body)
        at, _ = self.keeper.find("objects", id=item)
        return {
            ("revisions", 10_000): {
                "account": revision.account,
                "container": vault,
                "object": item,
                "version": revision.version,
                "body": made.body,
                "signature": made.signature,
                "overview": made.overview,
                "details": made.details,
            },
            ("objects", at): {"version": revision.version},
        }

    def current(self, name: str) -> tuple[Row, Revision, Values]:
        """The row of the newest revision of an item."""
        _, item = self.place(name)
        _, found = self.keeper.find("objects", id=item)
        rowid, row = self.keeper.find("revisions", object=item, version=found["version"])
        return ("revisions", rowid), parse_revision(row["body"]), row


def forger_of(world: World, keeper: Keeper) -> Forger:
    """Return the forger of a world."""
    engines = []
    for who in ("member", "owner"):
        engine = world.engine(who)
        drive(engine.vaults.list())
        for container in engine.session.containers.values():
            container.key()
        engines.append(engine)
    return Forger(world, keeper, *engines, mallory=Keyset.make())


# -- the forgeries -------------------------------------------------------------------


def _unsigned(_body: bytes) -> bytes:
    return _ANYTHING


def unsigned_head(forger: Forger) -> Rows:
    return forger.under_head(*forger.suspended(), forger.head()[1].signer, _unsigned)


def own_root(forger: Forger) -> Rows:
    rows, root_hash, version, thief = forger.own_root()
    facts = {"root_version": version, "root_hash": root_hash}
    return rows | forger.under_head(*forger.suspended(), thief, forger.mallory.sign, **facts)


def entry_beside_the_tree(forger: Forger) -> Rows:
    row, entry = forger.suspended(ahead=0)
    return {row: {"body": entry.encode()}}


def entry_with_other_keys(forger: Forger) -> Rows:
    """A hostile administrator gives the member's id other keys, and writes with them."""
    member, mallory = forger.session.principal, forger.mallory
    fp = mallory.fingerprint(member, PrincipalKind.USER)
    keyset = EntryKeyset(1, fp, sha256(mallory.enc_pk), mallory.sign_pk, 0, 0)
    row, entry = forger.entry_of(member, keysets=(keyset,))
    owner = forger.owner.session
    rows = forger.under_head(row, entry, owner.principal, owner.keyset.sign)
    made = forger.sealed("alpha/login", *forger.readers(), author_fp=fp)
    made = msgspec.structs.replace(made, signature=mallory.sign(made.body))
    return rows | forger.stored("alpha/login", made)


def unsigned_record(forger: Forger) -> Rows:
    record = forger.record(forger.owner, "alpha")
    return forger.stored_record(record, _ANYTHING)


def record_without_authority(forger: Forger) -> Rows:
    held = forger.session.containers[forger.world.container("alpha")]
    record = forger.record(
        forger.member,
        "alpha",
        authority=Authority.MANAGER,
        authority_rev=held.record.access_rev,
        authority_hash=held.record_hash,
    )
    return forger.stored_record(record, forger.session.keyset.sign(record.encode()))


def unsigned_revision(forger: Forger) -> Rows:
    owner = forger.owner.session
    made = forger.sealed(
        "alpha/login", owner.principal, b"", author=owner.principal, author_fp=owner.fp
    )
    made = msgspec.structs.replace(made, signature=_ANYTHING)
    return forger.stored("alpha/login", made)


def revision_without_permission(forger: Forger) -> Rows:
    return forger.stored("beta/login", forger.sealed("beta/login", *forger.readers()))


def revision_by_no_member(forger: Forger) -> Rows:
    group = forger.session.directory.root.administrators_group
    return forger.stored("alpha/login", forger.sealed("alpha/login", *forger.through(group)))


def _false_details(forger: Forger, bound: bytes | None) -> Rows:
    row, revision, _ = forger.current("alpha/login")
    bound = revision.overview_hash if bound is None else bound
    details = {"fields": login(password=FALSE)["fields"], "sections": [], "notes": ""}
    return {row: {"details": _envelope(forger, revision, Purpose.DETAILS, bound, details)}}


def details_of_another_hash(forger: Forger) -> Rows:
    return _false_details(forger, None)


def details_of_another_overview(forger: Forger) -> Rows:
    return _false_details(forger, b"")


def _envelope(
    forger: Forger,
    revision: Revision,
    purpose: Purpose,
    bound: bytes,
    document: dict[str, Any],
    key: SymmetricKey | None = None,
) -> bytes:
    held = forger.session.containers[revision.container]
    facts = (revision.account, revision.kind, revision.container, revision.epoch)
    context = (*facts, revision.object, revision.version, bound)
    raw = encode_document(document, bytes_max=1 << 20, what="document")
    return seal(key or held.key(revision.epoch), purpose, context, raw)


def _false_title(forger: Forger, place: Row, revision: Revision, key: SymmetricKey) -> Rows:
    overview = {"title": FALSE, "category": "Login", "tags": [], "websites": []}
    return {place: {"overview": _envelope(forger, revision, Purpose.OVERVIEW, b"", overview, key)}}


def another_key_for_the_token(forger: Forger) -> Rows:
    """The keeper seals a key of its own to the token, and the vault's title under it."""
    token, vault = forger.world.people["token"], forger.world.container("beta")
    fp = token.keyset.fingerprint(token.principal, token.kind)
    rowid, _ = forger.keeper.find("accessors", principal=token.principal, container=vault, fp=fp)
    record = forger.session.containers[vault].record
    context = GrantContext(
        account=record.account,
        kind=record.kind,
        container=vault,
        epoch=record.epoch,
        accessor=token.principal,
        fp=fp,
    )
    key = forger.mallory.content_key
    sealed = seal_key(key, token.keyset.enc_pk, context)
    _, found = forger.keeper.find("objects", id=vault)
    at, row = forger.keeper.find("revisions", object=vault, version=found["version"])
    revision = parse_revision(row["body"])
    assert revision.epoch == record.epoch
    title = _false_title(forger, ("revisions", at), revision, key)
    return {("accessors", rowid): {"sealed": sealed}} | title


def another_key_of_an_older_epoch(forger: Forger) -> Rows:
    """A member links other keys to the current one, and seals an old overview under them."""
    vault = forger.world.container("gamma")
    held = forger.session.containers[vault]
    record, newer, rows = held.record, held.key(), Rows()
    older = forger.mallory.content_key
    for epoch in range(record.epoch, 1, -1):
        rowid, _ = forger.keeper.find("epochs", container=vault, epoch=epoch)
        facts = {"account": record.account, "kind": record.kind, "container": vault}
        link = seal_epoch_link(newer=newer, older=older, **facts, epoch=epoch - 1)
        rows["epochs", rowid] = {"link": link}
        newer = older
    assert rows
    row, revision, _ = forger.current("gamma/old")
    return rows | _false_title(forger, row, revision, older)


# protection -> the forgery that it alone stops, and the client without it
FORGERIES: dict[str, tuple[Callable[[Forger], Rows], Patch]] = {
    "head signature": (unsigned_head, without_head_signature),
    "root chain": (own_root, turned_off("strongroom.trust.directory._check_owner_signature")),
    "path": (entry_beside_the_tree, without_path),
    "entry": (entry_with_other_keys, turned_off("strongroom.trust.directory.check_entry")),
    "access record signature": (unsigned_record, turned_off("strongroom.trust.access.verify")),
    "authority": (record_without_authority, without_authority),
    "revision signature": (unsigned_revision, turned_off("strongroom.trust.revisions.verify")),
    "permission": (revision_without_permission, without_permission),
    "group membership": (revision_by_no_member, without_membership),
    "hashes": (details_of_another_hash, without_hashes),
    "overview and details": (details_of_another_overview, without_binding),
    "sealed key hash": (another_key_for_the_token, without_key_hash),
    "epoch link": (another_key_of_an_older_epoch, without_link_hash),
}

# What a member wrote without the right to shows in lists (T21), and nowhere else.
_BY_MEMBERS = ("entry", "revision signature", "permission", "group membership")


def forge(name: str, forger: Forger) -> Change:
    """Return a forgery as a change of the file."""
    rows = FORGERIES[name][0](forger)
    return Change("forged", name, tuple(rows.items()), insider=name in _BY_MEMBERS)
