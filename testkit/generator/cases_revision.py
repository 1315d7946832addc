"""Revisions that open, and those with a wrong shape, context or author (section 8)."""

from collections.abc import Iterator
from dataclasses import replace

from generator import records as r
from generator.access import WRITER
from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, all_good, bad, good
from generator.crypto import sha256, with_large_s
from generator.pae import encode
from generator.revision_question import EMPTY, GROUPED, OTHER, Json, ask, by_group, write
from generator.world import (
    EDITORS,
    GUS,
    GUS_LEFT,
    HEAD_REV,
    MONA,
    OLGA,
    RITA,
    RUNNER,
    RUNNER_CHANGED,
    SUE,
    SUE_PAUSED,
    WALT,
)


def _plain_good() -> Iterator[Case]:
    table = {
        "update": ("version 2 by a writer", ask(write(WALT))),
        "recover": ("state 1 again after an archived version", ask(write(WALT, 4))),
        "delete": (
            "state 3: empty documents and no tag",
            ask(write(WALT, 3, 3, overview=EMPTY, details=EMPTY)),
        ),
        "manager_updates_vault_object": (
            "the vault's own object by a manager",
            ask(write(MONA, 2, item=r.VAULT.id)),
        ),
        "asked_in_other_case": (
            "the title is the one that was asked for",
            ask(write(WALT), asked="  mail"),
        ),
    }
    yield from all_good("revision", table)
    for author, left, name in ((GUS, GUS_LEFT, "removed"), (SUE, SUE_PAUSED, "suspended")):
        given = ask(write(author, directory_rev=left - 1, **by_group()), GROUPED)
        yield good("revision", f"author_{name}_a_rev_later", "written one rev before", given)


def revision_good() -> Iterator[Case]:
    """Revisions that a reader opens."""
    yield from _plain_good()
    env: Json = {"container": r.ENVIRONMENT, "record": r.ENVIRONMENT_0}
    account: Json = {"container": r.ACCOUNT_CONTAINER, "record": r.ACCOUNT_0, "tag": bytes(16)}
    made = write(OLGA, 1, item=r.ENVIRONMENT.id, **env)
    profile = write(OLGA, 1, item=WALT.id, overview=b'{"name":"Walt"}', **account)
    turned = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_1, epoch=2)
    managed = write(WALT, record=r.BY_MONA)
    second = write(WALT)
    seen = [2, second.revision.hash.hex(), 1]
    table = {
        "environment_created": (
            "an environment's own object, version 1",
            ask(made, [(r.ENVIRONMENT_0, OLGA)]),
        ),
        "profile": (
            "the profile of a principal in the account container",
            ask(profile, [(r.ACCOUNT_0, OLGA)]),
        ),
        "after_rotation": (
            "epoch 2 under a record of epoch 2",
            ask(write(WALT, record=turned), [(turned, OLGA)]),
        ),
        "under_managers_record": (
            "the named record is a manager's",
            ask(managed, [(r.BY_MONA, MONA), (r.VAULT_1, OLGA)]),
        ),
        "same_again": ("equal version and equal hash", ask(second, mark=seen)),
        "newer_than_mark": ("version 3 after version 2", ask(write(WALT, 3), mark=seen)),
    }
    yield from all_good("revision", table)


def revision_form() -> Iterator[Case]:
    """The shape."""
    two = write(WALT)
    parts = two.revision.parts()
    shapes = {
        "left_over_part": ("a part behind the hashes", encode(*parts, b"")),
        "left_over_byte": ("a byte at the end", two.revision.body + b"\0"),
        "part_missing": ("the last hash is missing", encode(*parts[:-1])),
        "short_tag": (
            "a title tag of 15 bytes",
            two.changed(tag=two.revision.tag[:15]).revision.body,
        ),
        "time_too_large": ("a time of 2^53", two.changed(updated=2**53).revision.body),
        "no_access_hash": ("names no access record", two.changed(access_hash=b"").revision.body),
        "state_4": ("a state that does not exist", two.changed(state=4).revision.body),
        "state_0": ("no state", two.changed(state=0).revision.body),
        "version_2_without_previous": (
            "version 2 names nothing before it",
            two.changed(previous=b"").revision.body,
        ),
        "other_label": ("labelled as an access record", encode("sr/v1/access", *parts[1:])),
    }
    for condition, (comment, body) in shapes.items():
        yield bad("revision", condition, comment, ask(two, body=body), "form")
    zero = write(WALT, 1, sealed_as={"version": 0}).changed(version=0)
    yield bad("revision", "version_0", "versions start at 1", ask(zero), "form")
    linked = write(WALT, 1, previous=sha256(b"else"))
    yield bad(
        "revision",
        "version_1_with_previous",
        "version 1 names something before it",
        ask(linked),
        "form",
    )
    yield bad(
        "revision",
        "version_1_archived",
        "the first version has state 1",
        ask(write(WALT, 1, 2)),
        "form",
    )


def revision_context() -> Iterator[Case]:
    """Context, signer and signature."""
    two = write(WALT)
    foreign = write(WALT, sealed_as={"account": OTHER}, account=OTHER)
    elsewhere = r.SECOND_VAULT.id.hex()
    table = {
        "other_account": ("a revision of another account", ask(foreign)),
        "other_container": ("another vault was asked for", ask(two, container=elsewhere)),
        "other_object": (
            "another item was asked for",
            ask(two, object=derive_bytes("o2", 16).hex()),
        ),
        "other_kind": ("an environment was asked for", ask(two, kind=2)),
    }
    yield from all_bad("revision", "context", table)
    yield from _author_faults()
    signature = WALT.sign(two.revision.body)
    signatures = {
        "signature_of_version_3": (
            "a good signature of another version",
            WALT.sign(write(WALT, 3).revision.body),
        ),
        "signature_changed": ("one bit of R", bytes([signature[0] ^ 1]) + signature[1:]),
        "signature_not_canonical": ("S + L instead of S", with_large_s(signature)),
        "signed_by_other": ("names a writer, signed by another", MONA.sign(two.revision.body)),
    }
    for condition, (comment, made) in signatures.items():
        yield bad("revision", condition, comment, ask(two, signature=made), "signature")


def _author_faults() -> Iterator[Case]:
    table: dict[str, tuple[str, Json]] = {}
    for author, left, name in ((GUS, GUS_LEFT, "removed"), (SUE, SUE_PAUSED, "suspended")):
        late = write(author, directory_rev=left, **by_group())
        comment = f"written at the rev of being {name}"
        table[f"author_{name}"] = (comment, ask(late, GROUPED))
    with_runner = r.make_record(r.VAULT, OLGA, (*r.FULL_ROWS, (RUNNER, WRITER)), r.VAULT_0)
    old = replace(RUNNER, keysets=RUNNER.keysets[:1])
    stale = write(old, record=with_runner, directory_rev=RUNNER_CHANGED)
    table |= {
        "older_keyset": (
            "signed with a keyset that has ended",
            ask(stale, [(with_runner, OLGA)]),
        ),
        "other_fp": (
            "a fingerprint that is not the author's",
            ask(write(WALT, author_fp=RITA.fp)),
        ),
        "group_writes": ("a group with UPDATE signs with its own key", ask(write(EDITORS))),
        "ahead_of_the_head": (
            "names a head that this client has not verified",
            ask(write(WALT, directory_rev=HEAD_REV + 1)),
        ),
    }
    yield from all_bad("revision", "signer", table, code="forbidden")
