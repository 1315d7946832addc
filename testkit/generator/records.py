"""Containers and signed access records for the cases (section 6 of specs/formats.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from generator.access import (
    ALL,
    BY_CREATOR,
    BY_MANAGER,
    BY_ROOT,
    MANAGER,
    READ,
    READER,
    WRITER,
    Access,
    Accessor,
)
from generator.bytestream import derive_bytes
from generator.crypto import sha256
from generator.ids import container_id
from generator.keys import key_id
from generator.roots import Root
from generator.world import (
    ACCOUNT,
    ADAM,
    ADMINISTRATORS,
    EDITORS,
    EDITORS_CHANGED,
    GUS,
    MONA,
    OLGA,
    OWNERS,
    RITA,
    ROBOT,
    ROOT_0,
    ROOT_1,
    SUE,
    T0,
    WALT,
    Principal,
    pseudo_hash,
)

Signed = tuple[bytes, bytes]
Row = tuple[Principal, int]


@dataclass(frozen=True)
class Container:
    """A vault, environment, group or account, and the keys of its epochs."""

    name: str
    kind: int
    subtype: int = 0
    creator: Principal = OLGA
    own_salt: bytes = b""

    @property
    def salt(self) -> bytes:
        """The salt of the container id."""
        return self.own_salt or derive_bytes(f"salt/{self.name}")

    @property
    def id(self) -> bytes:
        """The container id."""
        return container_id(ACCOUNT, self.kind, self.subtype, self.creator.id, self.salt)

    def key(self, epoch: int = 1) -> bytes:
        """The content key of an epoch."""
        return derive_bytes(f"key/{self.name}/{epoch}")


VAULT = Container("vault", 1)
SECOND_VAULT = Container("second vault", 1)
ENVIRONMENT = Container("environment", 2)
EDITORS_CONTAINER = Container("editors", 3)
OWNERS_CONTAINER = Container("owners", 3)
ADMINISTRATORS_CONTAINER = Container("administrators", 3)
MEMBERS_CONTAINER = Container("teamMembers", 3)
# Root document 0 decides which container is the account's: no other salt will do.
ACCOUNT_CONTAINER = Container("account container", 4, own_salt=ROOT_0.hash)
PERSONAL = Container("walt's own", 1, 1, WALT)
CLOSED = Container("closed vault", 1, 3)


def make_rows(rows: Sequence[Row], container: Container, epoch: int = 1) -> tuple[Accessor, ...]:
    """Accessor rows in order; the sealed keys themselves are never shown."""
    made = [
        Accessor(
            who.id,
            who.kind,
            who.fp,
            bits,
            pseudo_hash(f"sealed/{container.name}/{epoch}/{who.name}"),
        )
        for who, bits in rows
    ]
    return tuple(sorted(made, key=lambda row: (row.principal, row.fp)))


def make_record(
    container: Container,
    signer: Principal,
    rows: Sequence[Row],
    previous: Access | None = None,
    **fields: Any,
) -> Access:
    """A record by its creator, on top of `previous`; `fields` replace what is given."""
    epoch = fields.get("epoch", 1)
    record = Access(
        ACCOUNT,
        container.kind,
        container.subtype,
        container.id,
        previous.access_rev + 1 if previous else 0,
        previous.hash if previous else b"",
        container.creator.id,
        container.salt,
        epoch,
        key_id(container.key(epoch)),
        b"" if epoch == 1 else pseudo_hash(f"link/{container.name}/{epoch}"),
        0,
        previous.directory_rev + 1 if previous else 10,
        BY_CREATOR,
        0,
        b"",
        signer.id,
        b"",
        T0,
        signer.id,
        signer.fp,
        make_rows(rows, container, epoch),
    )
    return replace(record, **fields)


def signed(record: Access, who: Principal) -> Signed:
    """Body and signature as `records` of a vector hold them."""
    return record.body, who.sign(record.body)


def under_root(root: Root = ROOT_1) -> dict[str, Any]:
    """The fields of a record by somebody whom `root` lists."""
    return {"authority": BY_ROOT, "authority_rev": root.version, "authority_hash": root.hash}


def under_record(earlier: Access) -> dict[str, Any]:
    """The fields of a record by somebody to whom an earlier record gives MANAGE."""
    return {
        "authority": BY_MANAGER,
        "authority_rev": earlier.access_rev,
        "authority_hash": earlier.hash,
    }


def through_group(group: Principal, record: Access) -> dict[str, Any]:
    """The fields of somebody who acts as a member of a group."""
    return {"via": group.id, "group_record": record.hash}


FULL_ROWS: tuple[Row, ...] = (
    (OLGA, ALL),
    (ADMINISTRATORS, ALL),
    (MONA, MANAGER),
    (WALT, WRITER),
    (RITA, READER),
    (ROBOT, READER),
    (EDITORS, WRITER),
)
VAULT_0 = make_record(VAULT, OLGA, [(OLGA, ALL), (ADMINISTRATORS, ALL)])
VAULT_1 = make_record(VAULT, OLGA, FULL_ROWS, VAULT_0)
# The editors: Walt may also act through them, Gus was a member until he left.
# Record 1 is of epoch 2, made under the head before the one that brought its keyset.
MEMBER_ROWS: tuple[Row, ...] = ((OLGA, ALL), (WALT, READ), (GUS, READ), (SUE, READ))
EDITORS_0 = make_record(EDITORS_CONTAINER, OLGA, MEMBER_ROWS)
EDITORS_1 = make_record(
    EDITORS_CONTAINER,
    OLGA,
    MEMBER_ROWS,
    EDITORS_0,
    epoch=2,
    directory_rev=EDITORS_CHANGED - 1,
)
OWNERS_0 = make_record(OWNERS_CONTAINER, OLGA, [(OLGA, ALL)])
ADMINISTRATORS_0 = make_record(ADMINISTRATORS_CONTAINER, OLGA, [(OLGA, ALL)])
MEMBERS_0 = make_record(MEMBERS_CONTAINER, OLGA, [(OLGA, ALL)])
ACCOUNT_0 = make_record(ACCOUNT_CONTAINER, OLGA, [(OLGA, ALL), (OWNERS, ALL)])
ENVIRONMENT_0 = make_record(ENVIRONMENT, OLGA, [(OLGA, ALL), (WALT, WRITER), (RITA, READER)])
PERSONAL_0 = make_record(PERSONAL, WALT, [(WALT, ALL)])
CLOSED_0 = make_record(CLOSED, OLGA, [(OLGA, ALL), (MONA, MANAGER)])
BY_ADAM = make_record(VAULT, ADAM, FULL_ROWS, VAULT_1, **under_root())
BY_MONA = make_record(VAULT, MONA, FULL_ROWS, VAULT_1, **under_record(VAULT_1))
ROLLED = sha256(b"another record")
