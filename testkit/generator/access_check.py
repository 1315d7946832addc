"""Who may sign an access record (section 6 of specs/formats.md)."""

from dataclasses import dataclass
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
from generator.directory import ACTIVE
from generator.errors import RefusedError, refuse, require
from generator.group_check import check_shows_members, could_sign
from generator.ids import container_id
from generator.known import Known
from generator.limits import check_generations, check_numbers

AUTHORITY_STEPS_MAX = 8
# Subtypes whose vaults no administrator may enter: personal, without administrators.
WITHOUT_ADMINISTRATORS = frozenset({1, 3})


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
    row = root.may_sign(record.signer, record.container)
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
    # Managers of a group end with its epoch; those of a vault rotate it.
    same_epoch = record.kind != GROUP_CONTAINER or earlier.epoch == record.epoch
    require(same_epoch, "authority", "forbidden")
    check_generations(earlier.point, record.point)
    _check_signer_via(known, earlier, record)


def _check_signer_via(known: Known, rights: Access, record: Access) -> None:
    # Nobody acts in a group through another group.
    plain = record.kind != GROUP_CONTAINER or record.via == record.signer
    require(plain, "authority", "forbidden")
    # Nobody acts in a group through another group.
    plain = record.kind != GROUP_CONTAINER or record.via == record.signer
    require(plain, "authority", "forbidden")
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
    group = _check_named_group(known, found, layer)
    right_group = group.kind == GROUP_CONTAINER and group.container == acting.via
    require(right_group and group.has_row(acting.actor), layer, "forbidden")
    check_shows_members(known, group, acting.point[1])
    check_generations(group.point, acting.point)


def _check_named_group(known: Known, signed: tuple[bytes, bytes], layer: str) -> Access:
    """The group's record; one with a fault keeps its layer in records, in revisions it is none."""
    try:
        return check_record(known, *signed)
    except RefusedError:
        if layer != "permission":
            raise
        refuse(layer, "forbidden")


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
        require(_may_write_under(known, record), "writing", "rotation_due")
    return record


def _may_write_under(known: Known, record: Access) -> bool:
    """Whether its signer stands: a group's could sign it now, others are active and listed."""
    if record.kind == GROUP_CONTAINER:
        return could_sign(known, record, known.head_rev)
    active = known.entries[record.signer].state == ACTIVE
    row = known.roots[-1].may_sign(record.signer, record.container)
    return active and (record.authority != BY_ROOT or row is not None)


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
