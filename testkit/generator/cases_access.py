"""Access records that a reader accepts, and the wrong shapes (section 6 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace

from generator import records as r
from generator.access import (
    ALL,
    MANAGER,
    READ,
    READER,
    WRITER,
    Accessor,
)
from generator.access_question import ask
from generator.case import Case, all_bad, all_good, bad, good
from generator.crypto import sha256
from generator.directory import SERVICE_ACCOUNT, Entry
from generator.pae import encode
from generator.world import (
    ADAM,
    EDITORS,
    ENTRIES,
    GUS,
    GUS_LEFT,
    MONA,
    OLGA,
    OWNERS,
    ROBOT,
    ROOT_0,
    RUNNER,
    RUNNER_CHANGED,
    SUE,
    SUE_PAUSED,
    WALT,
    make_entry,
    make_person,
    pseudo_hash,
)


def _creators_and_roots() -> Iterator[Case]:
    creators = {
        "environment": (r.ENVIRONMENT_0, OLGA),
        "group": (r.EDITORS_0, OLGA),
        "account_container": (r.ACCOUNT_0, OLGA),
        "personal_vault": (r.PERSONAL_0, WALT),
        "vault_without_administrators": (r.CLOSED_0, OLGA),
    }
    for name, (record, who) in creators.items():
        given = ask(record, who)
        yield good("access", f"record_0_of_{name}", "record 0 by the creator", given)
    rooted = r.under_root()
    rows = [(OLGA, ALL), (ADAM, READER)]
    by_owner = r.make_record(r.ADMINISTRATORS_CONTAINER, OLGA, rows, r.ADMINISTRATORS_0, **rooted)
    members = r.make_record(r.MEMBERS_CONTAINER, ADAM, rows, r.MEMBERS_0, **rooted)
    account = r.make_record(r.ACCOUNT_CONTAINER, ADAM, [(OLGA, ALL)], r.ACCOUNT_0, **rooted)
    first = {**r.under_root(ROOT_0), "directory_rev": 4}
    early = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], r.VAULT_0, **first)
    table = {
        "administrators_group_by_owner": ("only owners change it", ask(by_owner, OLGA)),
        "members_group_by_administrator": ("administrators add people", ask(members, ADAM)),
        "account_container_by_administrator": (
            "kind 4 under the root document",
            ask(account, ADAM),
        ),
        "root_in_force_then": ("rev 4: version 0 was in force", ask(early, OLGA)),
        "administrator_for_writing": (
            "signer active and listed",
            ask(r.BY_ADAM, ADAM, for_writing=True),
        ),
    }
    yield from all_good("access", table)


def record_good() -> Iterator[Case]:
    """Records that a reader accepts, one for every kind of right."""
    yield from _creators_and_roots()
    yield from _in_time()
    yield from _managers()
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA)]
    overlap = replace(r.VAULT_1, accessors=_two_rows(READER, READER))
    turned = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], r.VAULT_1, epoch=2)
    table = {
        "manager_for_writing": (
            "a manager with MANAGE in record 1",
            ask(r.BY_MONA, MONA, known, for_writing=True, container=r.VAULT.id.hex()),
        ),
        "same_again": (
            "equal rev and equal hash",
            ask(r.BY_MONA, MONA, known, mark=[2, r.BY_MONA.hash.hex(), 12]),
        ),
        "newer_than_mark": (
            "rev 2 after rev 1",
            ask(r.BY_MONA, MONA, known, mark=[1, r.VAULT_1.hash.hex(), 11]),
        ),
        "two_rows_of_one_principal": (
            "two keysets overlap, equal bits",
            ask(overlap, OLGA, entries=_turning_entries()),
        ),
        "rotation_by_creator": ("epoch 2 names its link", ask(turned, OLGA)),
    }
    yield from all_good("access", table)


def _in_time() -> Iterator[Case]:
    """What was signed in time stays good."""
    for who, left, name in ((GUS, GUS_LEFT, "removed"), (SUE, SUE_PAUSED, "suspended")):
        mine = r.Container(f"vault of {who.name}", 1, 0, who)
        record = r.make_record(mine, who, [(who, ALL)], directory_rev=left - 1)
        comment = "one rev before the state changed"
        yield good("access", f"signed_before_being_{name}", comment, ask(record, who))
    old = replace(RUNNER, keysets=RUNNER.keysets[:1])
    mine = r.Container("vault of the runner", 1, 0, RUNNER)
    before = r.make_record(mine, old, [(RUNNER, ALL)], directory_rev=RUNNER_CHANGED - 1)
    after = r.make_record(mine, RUNNER, [(RUNNER, ALL)], directory_rev=RUNNER_CHANGED)
    table = {
        "older_keyset_in_its_time": ("one rev before its until", ask(before, old)),
        "newer_keyset_from_since": ("exactly at its since", ask(after, RUNNER)),
    }
    yield from all_good("access", table)


def _managers() -> Iterator[Case]:
    """Kind 3: through a group, in a vault without administrators, a machine."""
    first = (r.VAULT_0, OLGA)
    rows = [(OLGA, ALL), (EDITORS, MANAGER)]
    both = r.make_record(r.VAULT, OLGA, rows, r.VAULT_0)
    through = {**r.under_record(both), **r.through_group(EDITORS, r.EDITORS_0)}
    member = r.make_record(r.VAULT, WALT, rows, both, **through)
    pair = [(OLGA, ALL), (MONA, MANAGER)]
    closed = r.make_record(r.CLOSED, MONA, pair, r.CLOSED_0, **r.under_record(r.CLOSED_0))
    robot = r.make_record(r.VAULT, OLGA, [(OLGA, ALL), (ROBOT, MANAGER)], r.VAULT_0)
    by_robot = r.make_record(r.VAULT, ROBOT, [(OLGA, ALL)], robot, **r.under_record(robot))
    table = {
        "manager_through_group": (
            "a member with any bits of a group with MANAGE",
            ask(member, WALT, [first, (both, OLGA), (r.EDITORS_0, OLGA)]),
        ),
        "manager_of_closed_vault": (
            "a vault without administrators has managers",
            ask(closed, MONA, [(r.CLOSED_0, OLGA)]),
        ),
        "manager_is_service_account": (
            "a service account may manage",
            ask(by_robot, ROBOT, [first, (robot, OLGA)]),
        ),
    }
    yield from all_good("access", table)


# The robot while its old token still works: both keysets are open.
TURNING = make_person("robot", SERVICE_ACCOUNT, 2)


def _turning_entries() -> tuple[Entry, ...]:
    entry = make_entry(11, TURNING, 9)
    first = replace(entry.keysets[0], until=0)
    return (*ENTRIES[:11], replace(entry, keysets=(first, entry.keysets[1])), *ENTRIES[12:])


def _two_rows(first: int, second: int) -> tuple[Accessor, ...]:
    rows = [
        Accessor(TURNING.id, 3, keys.fp(TURNING.id, 3), bits, pseudo_hash(f"sealed/{number}"))
        for number, (keys, bits) in enumerate(zip(TURNING.keysets, (first, second), strict=True))
    ]
    return tuple(sorted(rows, key=lambda row: row.fp))


def _wrong_lists() -> dict[str, tuple[str, bytes]]:
    one = r.VAULT_1
    parts = one.parts()
    at = parts.index(len(one.accessors), -1 - 5 * len(one.accessors))
    first, second, *rest = one.accessors
    return {
        "accessors_unsorted": (
            "two rows in the other order",
            replace(one, accessors=(second, first, *rest)).body,
        ),
        "left_over_part": ("a part behind the rows", encode(*parts, b"")),
        "left_over_byte": ("a byte behind the last part", one.body + b"\0"),
        "part_missing": ("the last row is not complete", encode(*parts[:-1])),
        "count_too_high": (
            "announces one row too many",
            encode(*parts[:at], len(one.accessors) + 1, *parts[at + 1 :]),
        ),
        "count_too_low": (
            "announces one row too few",
            encode(*parts[:at], len(one.accessors) - 1, *parts[at + 1 :]),
        ),
        "other_label": ("labelled as a revision", encode("sr/v1/rev", *parts[1:])),
    }


def _wrong_parts() -> dict[str, tuple[str, bytes]]:
    one = r.VAULT_1
    turned = r.make_record(r.VAULT, OLGA, [(OLGA, ALL)], one, epoch=2)
    first = replace(r.VAULT_0, previous=sha256(b"else"))
    linked = replace(one, link_hash=sha256(b"link"))
    return {
        "epoch_too_large": ("an epoch of 2^53", replace(turned, epoch=2**53).body),
        "time_too_large": ("a time of 2^53", replace(one, created=2**53).body),
        "short_salt": ("a salt of 31 bytes", replace(one, salt=one.salt[:31]).body),
        "long_key_id": ("a key id of 17 bytes", replace(one, key_id=one.key_id + b"\0").body),
        "epoch_2_without_link": (
            "a rotation must name its link",
            replace(turned, link_hash=b"").body,
        ),
        "epoch_1_with_link": ("epoch 1 has nothing to link to", linked.body),
        "epoch_0": ("epochs start at 1", replace(one, epoch=0).body),
        "record_1_without_previous": (
            "record 1 must name record 0",
            replace(one, previous=b"").body,
        ),
        "record_0_with_previous": ("record 0 names a record before it", first.body),
    }


def record_form() -> Iterator[Case]:
    """The shape, which is all that is looked at before the signature."""
    one = r.VAULT_1
    for condition, (comment, body) in {**_wrong_lists(), **_wrong_parts()}.items():
        yield bad("access", condition, comment, ask(one, OLGA, body=body), "form")
    turning = _turning_entries()
    unsorted_rows = replace(one, accessors=_two_rows(READER, READER)[::-1])
    unequal = replace(one, accessors=_two_rows(READER, WRITER))
    with_robot = r.make_record(r.EDITORS_CONTAINER, OLGA, [(OLGA, ALL), (ROBOT, READ)])
    with_group = r.make_record(r.EDITORS_CONTAINER, OLGA, [(OLGA, ALL), (OWNERS, READ)])
    table = {
        "keysets_unsorted": (
            "rows of one principal not sorted by fp",
            ask(unsorted_rows, OLGA, entries=turning),
        ),
        "unequal_bits": (
            "two rows of one principal with other bits",
            ask(unequal, OLGA, entries=turning),
        ),
        "service_account_in_group": ("accessors of a group are users", ask(with_robot, OLGA)),
        "group_in_group": ("groups do not nest", ask(with_group, OLGA)),
    }
    yield from all_bad("access", "form", table)
