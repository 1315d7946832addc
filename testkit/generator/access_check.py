"""Who may sign an access record (section 6 of specs/formats.md)."""

from dataclasses import dataclass, field
from typing import Any

from generator.access import (
    ACCOUNT_CONTAINER,
    BY_CREATOR,
    BY_MANAGER,
    BY_ROOT,
    GROUP_CONTAINER,
    MANAGE,
    Access,
    parse_access,
)
from generator.crypto import verifies
from generator.directory import ACTIVE, GROUP, Entry
from generator.errors import refuse, require
from generator.ids import container_id
from generator.limits import check_generations, check_numbers
from generator.roots import Root

AUTHORITY_STEPS_MAX = 8
# Subtypes whose vaults no administrator may enter: personal, without administrators.
WITHOUT_ADMINISTRATORS = frozenset({1, 3})


@dataclass
class Known:
    """What a client has verified, or can ask for by hash."""

    account: bytes
    entries: dict[bytes, Entry]
    roots: list[Root]
    records: dict[bytes, tuple[bytes, bytes]]
    head_rev: int
    head_generation: int
    signature_checks: int = field(default=0)

    def check_signer(self, principal: bytes, fp: bytes, rev: int) -> bytes:  # noqa: RET503  (refuse raises)
        """The signing key of an author at a directory rev, if it may be used."""
        entry = self.entries.get(principal)
        if entry is None or entry.kind == GROUP or rev > self.head_rev:
            refuse("signer", "forbidden")
        require(entry.active_at(rev), "signer", "forbidden")
        for keyset in entry.keysets:
            if keyset.fp == fp and keyset.covers(rev):
                return keyset.sign_pk
        refuse("signer", "forbidden")

    def check_signature(self, key: bytes, signature: bytes, body: bytes) -> None:
        """Count it, because a cold start promises how many there are."""
        self.signature_checks += 1
        require(verifies(key, signature, body), "signature")

    def root_in_force(self, rev: int) -> Root | None:
        """The root document of a directory rev."""
        return next((r for r in reversed(self.roots) if r.from_rev <= rev), None)


def check_record(known: Known, body: bytes, signature: bytes, steps: int = 0) -> Access:
    """Everything up to the authority; also used for records that others name."""
    record = parse_access(body)
    require(record.account == known.account, "context")
    _check_points(known, record)
    _check_container(known, record)
    key = known.check_signer(record.signer, record.signer_fp, record.directory_rev)
    known.check_signature(key, signature, body)
    _check_authority(known, record, steps)
    return record


def _check_points(known: Known, record: Access) -> None:
    check_numbers(record.access_rev, record.generation, record.directory_rev, record.authority_rev)
    require(record.generation <= known.head_generation, "context")


def _check_container(known: Known, record: Access) -> None:
    expected = container_id(
        record.account, record.kind, record.subtype, record.creator, record.salt
    )
    require(record.container == expected, "container-id")
    if record.kind == ACCOUNT_CONTAINER:
        # An account has one: its first document says who made it, and nobody writes another.
        first = known.roots[0]
        require(first.version == 0, "context")
        made = (record.creator, record.salt) == (first.owners[0].principal, first.hash)
        require(made, "context")


def _is_role_container(known: Known, record: Access) -> bool:
    newest = known.roots[-1]
    groups = (newest.owners_group, newest.administrators_group, newest.members_group)
    return record.kind == ACCOUNT_CONTAINER or record.container in groups


def _check_authority(known: Known, record: Access, steps: int) -> None:
    if record.access_rev == 0:
        allowed = {BY_CREATOR}
    elif _is_role_container(known, record):
        allowed = {BY_ROOT}
    else:
        allowed = {BY_CREATOR, BY_ROOT, BY_MANAGER}
    require(record.authority in allowed, "authority", "forbidden")
    if record.authority == BY_CREATOR:
        by_creator = record.signer == record.creator == record.via
        require(by_creator, "authority", "forbidden")
    elif record.authority == BY_ROOT:
        _check_root_authority(known, record)
    else:
        _check_manager(known, record, steps)


def _check_root_authority(known: Known, record: Access) -> None:
    forbidden = record.kind == 1 and record.subtype in WITHOUT_ADMINISTRATORS
    require(not forbidden and record.via == record.signer, "authority", "forbidden")
    root = known.root_in_force(record.directory_rev)
    if root is None:
        refuse("authority", "forbidden")
    named = (record.authority_rev, record.authority_hash) == (root.version, root.hash)
    require(named, "authority", "forbidden")
    owners_only = record.container in (root.owners_group, root.administrators_group)
    row = root.lists(record.signer, owners_only=owners_only)
    require(row is not None and row.fp == record.signer_fp, "authority", "forbidden")


def _check_manager(known: Known, record: Access, steps: int) -> None:
    require(steps < AUTHORITY_STEPS_MAX, "authority", "forbidden")
    found = known.records.get(record.authority_hash)
    if found is None:
        refuse("authority", "forbidden")
    earlier = check_record(known, *found, steps + 1)
    require(earlier.container == record.container, "authority", "forbidden")
    right_rev = earlier.access_rev == record.authority_rev < record.access_rev
    require(right_rev, "authority", "forbidden")
    require(earlier.directory_rev <= record.directory_rev, "authority", "forbidden")
    check_generations(earlier.point, record.point)
    _check_signer_via(known, earlier, record)


def _check_signer_via(known: Known, rights: Access, record: Access) -> None:
    acting = Acting(record.via, record.signer, record.group_record, record.point)
    check_via(known, rights, acting, MANAGE, "authority")


@dataclass(frozen=True)
class Acting:
    """Somebody who acts under the row of `via`, at a point (generation, rev)."""

    via: bytes
    actor: bytes
    group_record: bytes
    point: tuple[int, int]


def check_via(known: Known, rights: Access, acting: Acting, bit: int, layer: str) -> None:
    """`via` has the bit, and the actor is `via` or a member of that group at that rev."""
    require(bool(rights.bits_of(acting.via) & bit), layer, "forbidden")
    if acting.via == acting.actor:
        return
    found = known.records.get(acting.group_record)
    if found is None:
        refuse(layer, "forbidden")
    group = check_record(known, *found)
    right_group = group.kind == GROUP_CONTAINER and group.container == acting.via
    require(right_group and group.has_row(acting.actor), layer, "forbidden")
    _check_group_date(known, group, acting.point[1])
    check_generations(group.point, acting.point)


def _check_group_date(known: Known, group: Access, rev: int) -> None:
    """The group's entry says which epoch held at the rev; an older record ends with its epoch."""
    entry = known.entries.get(group.container)
    if entry is None or entry.kind != GROUP:
        refuse("permission", "forbidden")
    require(entry.active_at(rev) and group.directory_rev <= rev, "permission", "forbidden")
    oldest = entry.keysets[0]
    if group.epoch < oldest.number:
        held = rev < oldest.since
    else:
        held = any(k.number == group.epoch and k.covers(rev) for k in entry.keysets)
    require(held, "permission", "forbidden")


def check_access(
    known: Known,
    body: bytes,
    signature: bytes,
    *,
    container: bytes | None = None,
    mark: list[Any] | None = None,
    for_writing: bool = False,
) -> Access:
    """The reader's check of a current record, without its sealed keys."""
    record = check_record(known, body, signature)
    require(container is None or record.container == container, "context")
    if mark is not None:
        _check_mark(record, mark)
    if for_writing:
        active = known.entries[record.signer].state == ACTIVE
        listed = known.roots[-1].lists(record.signer) is not None
        due = not active or (record.authority == BY_ROOT and not listed)
        require(not due, "writing", "rotation_due")
    return record


def _check_mark(record: Access, mark: list[Any]) -> None:
    """A mark is [access_rev, hash or "", directory rev]."""
    require(record.access_rev >= mark[0], "mark", "rollback")
    if record.access_rev == mark[0] and mark[1]:
        require(record.hash == bytes.fromhex(mark[1]), "mark", "fork")
    require(record.directory_rev >= mark[2], "mark", "rollback")


def check_step(
    known: Known, before_body: bytes, after_body: bytes, signature: bytes, seen_rev: int = 0
) -> Access:
    """One step forward from a remembered record, which was last seen at `seen_rev`."""
    before = parse_access(before_body)
    after = parse_access(after_body)
    require(after.account == known.account, "context")
    require(after.container == before.container, "context")
    _check_points(known, after)
    check_generations(before.point, after.point)
    _check_container(known, after)
    require(after.access_rev == before.access_rev + 1, "step")
    require(after.previous == before.hash, "step", "fork")
    # What was not there by then cannot have been signed by then.
    earliest = max(before.directory_rev, seen_rev)
    require(after.directory_rev >= earliest, "step", "rollback")
    key = known.check_signer(after.signer, after.signer_fp, after.directory_rev)
    known.check_signature(key, signature, after_body)
    by_root = after.authority == BY_ROOT or not _is_role_container(known, after)
    require(by_root, "authority", "forbidden")
    if after.authority == BY_ROOT:
        _check_root_authority(known, after)
    else:
        _check_signer_via(known, before, after)
    return after
