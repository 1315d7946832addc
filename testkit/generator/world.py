"""The account that most cases live in.

Olga owns it, Adam administers, Mona manages a vault, Walt writes, Rita reads,
Gus was removed at rev 30 and Sue suspended at rev 35.  The runner, a service
account, has changed its keyset at rev 25, and the editors, a group, at rev 20.
The verified head has rev 50 and generation 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.bytestream import derive_bytes
from generator.crypto import sha256, sign
from generator.directory import (
    ACTIVE,
    GROUP,
    REMOVED,
    SERVICE_ACCOUNT,
    SUSPENDED,
    USER,
    Entry,
    EntryKeyset,
    Head,
)
from generator.ids import container_id, principal_id
from generator.keys import Keyset
from generator.merkle import leaf_hash, tree_path, tree_root
from generator.roots import Listed, Root

ACCOUNT = derive_bytes("account", 16)
T0 = 1_790_000_000_000
HEAD_REV = 50
POLICY = '{"membersCreateVaults":false}'


@dataclass(frozen=True)
class Principal:
    """Somebody with keys; the last keyset is the current one."""

    name: str
    kind: int
    id: bytes
    keysets: tuple[Keyset, ...]

    @property
    def keys(self) -> Keyset:
        """The current keyset."""
        return self.keysets[-1]

    @property
    def fp(self) -> bytes:
        """The current fingerprint."""
        return self.keys.fp(self.id, self.kind)

    def listed(self) -> Listed:
        """The principal's row in a root document."""
        return Listed(self.id, self.fp, self.keys.sign_pk)

    def sign(self, body: bytes) -> bytes:
        """A signature with the current keyset."""
        return sign(self.keys.sign_seed, body)


def make_person(name: str, kind: int = USER, keysets: int = 1) -> Principal:
    """A user or service account; its id follows from keyset 1."""
    made = tuple(Keyset(derive_bytes(f"seed/{name}/{n}")) for n in range(1, keysets + 1))
    identifier = principal_id(ACCOUNT, kind, made[0].enc_pk_hash, made[0].sign_pk)
    return Principal(name, kind, identifier, made)


def make_group(name: str, creator: Principal, keysets: int = 1) -> Principal:
    """A group; its id is its container's."""
    made = tuple(Keyset(derive_bytes(f"seed/{name}/{n}")) for n in range(1, keysets + 1))
    identifier = container_id(ACCOUNT, 3, 0, creator.id, derive_bytes(f"salt/{name}"))
    return Principal(name, GROUP, identifier, made)


OLGA = make_person("olga")
ADAM, MONA, WALT, RITA = (make_person(name) for name in ("adam", "mona", "walt", "rita"))
RUNNER = make_person("runner", SERVICE_ACCOUNT, keysets=2)
GUS, SUE = make_person("gus"), make_person("sue")
ROBOT = make_person("robot", SERVICE_ACCOUNT)
OWNERS, ADMINISTRATORS, MEMBERS = (
    make_group(name, OLGA) for name in ("owners", "administrators", "teamMembers")
)
EDITORS = make_group("editors", OLGA, keysets=2)

RUNNER_CHANGED, GUS_LEFT, SUE_PAUSED, EDITORS_CHANGED = 25, 30, 35, 20


def make_entry(index: int, who: Principal, changed: int = 1, **fields: Any) -> Entry:
    """An entry; `changed` is the rev since which the last keyset is in use."""
    rows = []
    for number, keys in enumerate(who.keysets, start=1):
        last = number == len(who.keysets)
        since = changed if last and number > 1 else 1
        fp = keys.fp(who.id, who.kind)
        until = 0 if last else changed
        rows.append(EntryKeyset(number, fp, keys.enc_pk_hash, keys.sign_pk, since, until))
    entry = Entry(ACCOUNT, index, who.id, who.kind, changed, ACTIVE, 1, 0, OLGA.id, 0, tuple(rows))
    return replace(entry, **fields)


ENTRIES: tuple[Entry, ...] = (
    make_entry(0, OLGA),
    make_entry(1, OWNERS),
    make_entry(2, ADMINISTRATORS),
    make_entry(3, MEMBERS),
    make_entry(4, ADAM),
    make_entry(5, MONA),
    make_entry(6, WALT),
    make_entry(7, RITA),
    make_entry(8, RUNNER, RUNNER_CHANGED),
    make_entry(9, GUS, entry_rev=GUS_LEFT, state=REMOVED, state_rev=GUS_LEFT),
    make_entry(10, SUE, entry_rev=SUE_PAUSED, state=SUSPENDED, state_rev=SUE_PAUSED),
    make_entry(11, ROBOT, flags=1, expires=T0 + 86_400_000),
    make_entry(12, EDITORS, EDITORS_CHANGED),
)


def make_root(
    version: int,
    from_rev: int,
    owners: Sequence[Principal],
    administrators: Sequence[Principal],
    previous: Root | None,
    **fields: Any,
) -> Root:
    """A root document; lists are sorted, the rest is the account's."""
    root = Root(
        ACCOUNT,
        version,
        previous.hash if previous else b"",
        previous.generation if previous else 0,
        from_rev,
        T0 + version,
        tuple(p.listed() for p in sorted(owners, key=lambda p: p.id)),
        tuple(p.listed() for p in sorted(administrators, key=lambda p: p.id)),
        OWNERS.id,
        OWNERS.fp,
        ADMINISTRATORS.id,
        ADMINISTRATORS.fp,
        MEMBERS.id,
        POLICY,
    )
    return replace(root, **fields)


ROOT_0 = make_root(0, 1, [OLGA], [], None)
ROOT_1 = make_root(1, 5, [OLGA], [ADAM], ROOT_0)
# A third document, for cases in which Adam is no longer listed from rev 45 on.
ROOT_2 = make_root(2, 45, [OLGA], [], ROOT_1)


def make_tree(entries: Sequence[Entry] = ENTRIES) -> tuple[bytes, list[list[bytes]]]:
    """The tree root, and the path of every entry."""
    leaves = [leaf_hash(entry.body) for entry in entries]
    return tree_root(leaves), [tree_path(leaves, n) for n in range(len(leaves))]


def make_head(
    signer: Principal = OLGA, entries: Sequence[Entry] = ENTRIES, root: Root = ROOT_1, **fields: Any
) -> Head:
    """A head over `entries` under `root`."""
    head = Head(
        ACCOUNT,
        root.generation,
        HEAD_REV,
        derive_bytes("head/49"),
        root.version,
        root.hash,
        len(entries),
        make_tree(entries)[0],
        T0 + HEAD_REV,
        signer.id,
    )
    return replace(head, **fields)


def known_json(
    records: Sequence[tuple[bytes, bytes]] = (),
    roots: Sequence[Root] = (ROOT_0, ROOT_1),
    entries: Sequence[Entry] = ENTRIES,
    head_rev: int = HEAD_REV,
    head_generation: int = 0,
) -> dict[str, Any]:
    """What the client of a case has verified, as vectors write it."""
    return {
        "account": ACCOUNT.hex(),
        "entries": [entry.body.hex() for entry in entries],
        "roots": [root.body.hex() for root in roots],
        "records": [[body.hex(), signature.hex()] for body, signature in records],
        "head_rev": head_rev,
        "head_generation": head_generation,
    }


def pseudo_hash(label: str) -> bytes:
    """The hash of bytes that no case shows."""
    return sha256(derive_bytes(label))
