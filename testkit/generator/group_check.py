"""A group's record as evidence of membership at a directory rev (section 6 of specs/formats.md)."""

from generator.access import BY_MANAGER, Access, parse_access
from generator.directory import GROUP
from generator.errors import refuse, require
from generator.known import Known


def check_shows_members(known: Known, group: Access, rev: int) -> None:
    """A group's record, itself verified, shows who was a member at `rev`."""
    _check_date(known, group, rev)
    require(could_sign(known, group, rev), "permission", "forbidden")


def _check_date(known: Known, group: Access, rev: int) -> None:
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


def could_sign(known: Known, group: Access, rev: int) -> bool:
    """Whether a group's record, itself verified, could have been signed at `rev` as well.

    All that it rests on is asked the same, down to the creator or root document.
    """
    entry = known.entries[group.signer]
    held = any(k.fp == group.signer_fp and k.covers(rev) for k in entry.keysets)
    if not (held and entry.active_at(rev)):
        return False
    if group.authority == BY_MANAGER:
        body, _ = known.records[group.authority_hash]
        return could_sign(known, parse_access(body), rev)
    root = known.root_in_force(rev)
    row = None if root is None else root.may_sign(group.signer, group.container)
    return row is not None and row.fp == group.signer_fp
