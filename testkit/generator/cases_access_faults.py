"""Access records with a wrong context, signer, signature or age (section 6 of specs/formats.md)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from generator import records as r
from generator.access import (
    ALL,
    MANAGER,
)
from generator.access_question import BASE_ROOTS, OTHER, Json, ask
from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad
from generator.crypto import sha256, with_large_s
from generator.ids import container_id
from generator.world import (
    ADAM,
    EDITORS,
    ENTRIES,
    GUS,
    GUS_LEFT,
    HEAD_REV,
    MONA,
    OLGA,
    ROOT_2,
    RUNNER,
    RUNNER_CHANGED,
    SUE,
    SUE_PAUSED,
)


def _container_faults() -> Iterator[Case]:
    one = r.VAULT_1
    other_id = replace(one, account=OTHER, container=_id_in(OTHER, r.VAULT))
    contexts = {
        "other_account": ("a record of another account", ask(other_id, OLGA)),
        "other_container": (
            "a good record of another vault",
            ask(one, OLGA, container=r.SECOND_VAULT.id.hex()),
        ),
    }
    yield from all_bad("access", "context", contexts)
    other_salt = replace(one, salt=derive_bytes("salt/else"))
    usurped = replace(r.BY_ADAM, creator=ADAM.id)
    false_creator = replace(r.make_record(r.VAULT, MONA, r.FULL_ROWS), creator=MONA.id)
    ids = {
        "other_salt": ("a salt that does not give the id", ask(other_salt, OLGA)),
        "other_subtype": (
            "a vault with administrators shown as one without",
            ask(replace(one, subtype=3), OLGA),
        ),
        "other_kind": ("a vault shown as an environment", ask(replace(one, kind=2), OLGA)),
        "other_creator": ("names another creator", ask(usurped, ADAM)),
        "false_creator": ("an outsider makes himself creator", ask(false_creator, MONA)),
    }
    yield from all_bad("access", "container-id", ids)


def record_bad() -> Iterator[Case]:
    """Context, container id, signer, signature, mark, writing."""
    yield from _container_faults()
    yield from _state_faults()
    yield from _signer_faults()
    one = r.VAULT_1
    signature = OLGA.sign(one.body)
    changed = signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]
    signatures = {
        "signature_of_record_0": ("a signature of another record", OLGA.sign(r.VAULT_0.body)),
        "signature_changed": ("one bit of S", changed),
        "signature_not_canonical": ("S + L instead of S", with_large_s(signature)),
        "signed_by_other": ("names the creator, signed by another", ADAM.sign(one.body)),
    }
    for condition, (comment, made) in signatures.items():
        yield bad("access", condition, comment, ask(one, OLGA, signature=made), "signature")
    yield from _mark_faults()
    yield from _writing_faults()


def _id_in(account: bytes, container: r.Container) -> bytes:
    return container_id(
        account, container.kind, container.subtype, container.creator.id, container.salt
    )


def _state_faults() -> Iterator[Case]:
    """The state_rev rule and the keysets, at the rev where they change."""
    table: dict[str, tuple[str, Json]] = {}
    for who, left, name in ((GUS, GUS_LEFT, "removed"), (SUE, SUE_PAUSED, "suspended")):
        mine = r.Container(f"vault of {who.name}", 1, 0, who)
        for rev, when in ((left, "at_that_rev"), (left + 1, "later")):
            record = r.make_record(mine, who, [(who, ALL)], directory_rev=rev)
            comment = f"signed by somebody who was {name} at rev {left}"
            table[f"{name}_signer_{when}"] = (comment, ask(record, who))
    old = replace(RUNNER, keysets=RUNNER.keysets[:1])
    mine = r.Container("vault of the runner", 1, 0, RUNNER)
    late = r.make_record(mine, old, [(RUNNER, ALL)], directory_rev=RUNNER_CHANGED)
    early = r.make_record(mine, RUNNER, [(RUNNER, ALL)], directory_rev=RUNNER_CHANGED - 1)
    table["older_keyset_at_until"] = ("a keyset that ended at this rev", ask(late, old))
    table["newer_keyset_before_since"] = ("a keyset that began a rev later", ask(early, RUNNER))
    yield from all_bad("access", "signer", table, code="forbidden")


def _signer_faults() -> Iterator[Case]:
    rows = [(OLGA, ALL), (EDITORS, MANAGER)]
    both = r.make_record(r.VAULT, OLGA, rows, r.VAULT_0)
    # Rev 22 lies after the change of the group's keys, so that its own are the right ones.
    right = {**r.under_record(both), "directory_rev": 22}
    by_group = r.make_record(r.VAULT, EDITORS, rows, both, **right)
    ahead = replace(r.VAULT_1, directory_rev=HEAD_REV + 1)
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA)]
    without = [entry for entry in ENTRIES if entry.principal != MONA.id]
    table = {
        "other_fp": (
            "a fingerprint that is not the signer's",
            ask(replace(r.VAULT_1, signer_fp=ADAM.fp), OLGA),
        ),
        "group_signs": (
            "a group with MANAGE signs with its own key",
            ask(by_group, EDITORS, [(r.VAULT_0, OLGA), (both, OLGA)]),
        ),
        "ahead_of_the_head": (
            "names a head that this client has not verified",
            ask(ahead, OLGA),
        ),
        "unknown_signer": (
            "nobody showed an entry of the signer",
            ask(r.BY_MONA, MONA, known, entries=without),
        ),
    }
    yield from all_bad("access", "signer", table, code="forbidden")


def _mark_faults() -> Iterator[Case]:
    known = [(r.VAULT_0, OLGA), (r.VAULT_1, OLGA)]
    marks: dict[str, tuple[str, list[Any], str]] = {
        "rolled_back": ("record 2 after record 3", [3, "", 12], "rollback"),
        "fork": ("record 2 with another hash", [2, sha256(b"else").hex(), 12], "fork"),
        "head_rev_falls": (
            "a later record that names an older head",
            [1, r.VAULT_1.hash.hex(), 13],
            "rollback",
        ),
    }
    for condition, (comment, mark, code) in marks.items():
        yield bad(
            "access", condition, comment, ask(r.BY_MONA, MONA, known, mark=mark), "mark", code
        )


def _writing_faults() -> Iterator[Case]:
    for who, left, name in ((GUS, GUS_LEFT, "removed"), (SUE, SUE_PAUSED, "suspended")):
        mine = r.Container(f"vault of {who.name}", 1, 0, who)
        record = r.make_record(mine, who, [(OLGA, ALL)], directory_rev=left - 1)
        yield bad(
            "access",
            f"write_under_{name}_signer",
            "good for reading, not for writing",
            ask(record, who, for_writing=True),
            "writing",
            "rotation_due",
        )
    yield bad(
        "access",
        "write_under_unlisted_signer",
        "the administrator has left the list since",
        ask(r.BY_ADAM, ADAM, roots=(*BASE_ROOTS, ROOT_2), for_writing=True),
        "writing",
        "rotation_due",
    )
