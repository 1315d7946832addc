"""Revisions without the right, or with content that is not theirs (section 8)."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from generator import records as r
from generator.access import ALL, ARCHIVE, CREATE, DELETE, READ, READER, UPDATE, WRITER, Access
from generator.bytestream import derive_bytes
from generator.case import Case, all_bad, bad
from generator.crypto import sha256
from generator.revision_question import (
    BASE,
    EMPTY,
    GROUPED,
    Json,
    Known,
    Written,
    ask,
    by_group,
    write,
)
from generator.world import (
    ADAM,
    EDITORS,
    MONA,
    OLGA,
    RITA,
    ROBOT,
    WALT,
)

Refusal = Callable[[str, str, Json], Case]


def revision_record() -> Iterator[Case]:
    """The named access record."""
    turned = r.make_record(r.VAULT, OLGA, r.FULL_ROWS, r.VAULT_1, epoch=2)
    elsewhere = r.make_record(r.SECOND_VAULT, OLGA, r.FULL_ROWS)
    faults: dict[str, tuple[str, Written, Known]] = {
        "record_of_other_epoch": (
            "epoch 1 under a record of epoch 2",
            write(WALT, access_rev=2, access_hash=turned.hash),
            [(turned, OLGA)],
        ),
        "record_of_other_rev": (
            "the hash of record 1 under the number 0",
            write(WALT, access_rev=0),
            BASE,
        ),
        "record_of_other_container": (
            "rights in another vault",
            write(WALT, access_rev=0, access_hash=elsewhere.hash),
            [(elsewhere, OLGA)],
        ),
        "record_of_later_rev": (
            "the record names a later head than the revision",
            write(WALT, directory_rev=r.VAULT_1.directory_rev - 1),
            BASE,
        ),
        "record_unknown": ("a record that nobody showed", write(WALT), [(r.VAULT_0, OLGA)]),
    }
    for condition, (comment, written, known) in faults.items():
        yield bad("revision", condition, comment, ask(written, known), "record")


def _row_without(bit: int) -> Access:
    """A record in which Walt may write but for one bit."""
    rows = [(OLGA, ALL), (WALT, WRITER & ~bit)]
    return r.make_record(r.VAULT, OLGA, rows, r.VAULT_0)


def _bit_faults(no: Refusal) -> Iterator[Case]:
    """Each state needs its own bit."""
    missing = {
        "without_create": (CREATE, 1, 1, "version 1 by somebody without CREATE"),
        "without_update": (UPDATE, 2, 1, "state 1 by somebody without UPDATE"),
        "without_archive": (ARCHIVE, 2, 2, "state 2 by somebody without ARCHIVE"),
        "without_delete": (DELETE, 2, 3, "state 3 by somebody without DELETE"),
    }
    for condition, (bit, version, state, comment) in missing.items():
        record = _row_without(bit)
        empty: Json = {"overview": EMPTY, "details": EMPTY} if bit == DELETE else {}
        written = write(WALT, version, state, record=record, **empty)
        yield no(condition, comment, ask(written, [(record, OLGA)]))


def _own_object_faults(no: Refusal) -> Iterator[Case]:
    """The container's own object."""
    second, first = (write(WALT, version, item=r.VAULT.id) for version in (2, 1))
    yield no("writer_changes_vault_object", "the vault's own object needs MANAGE", ask(second))
    yield no("writer_makes_vault_object", "at version 1 as well", ask(first))
    env: Json = {"container": r.ENVIRONMENT, "item": r.ENVIRONMENT.id}
    by_rita = write(RITA, 2, record=r.ENVIRONMENT_0, **env)
    comment = "an environment's own object needs UPDATE"
    yield no("reader_changes_environment", comment, ask(by_rita, [(r.ENVIRONMENT_0, OLGA)]))
    rows = [(OLGA, ALL), (WALT, WRITER & ~UPDATE)]
    create_only = r.make_record(r.ENVIRONMENT, OLGA, rows)
    given = ask(write(WALT, 1, record=create_only, **env), [(create_only, OLGA)])
    comment = "CREATE is not what version 1 needs here"
    yield no("creates_environment_without_update", comment, given)


def _group_faults(no: Refusal) -> Iterator[Case]:
    """Authors who act through a group."""
    comment = "through a group that does not list the author"
    yield no("not_a_member", comment, ask(write(RITA, **by_group()), GROUPED))
    rows = {
        "group_may_only_read": ("a member of a group that reads", (EDITORS, READER)),
        "group_without_row": ("a member of a group without a row", (WALT, WRITER)),
    }
    for condition, (comment, row) in rows.items():
        record = r.make_record(r.VAULT, OLGA, [(OLGA, ALL), row], r.VAULT_0)
        known = [(record, OLGA), (r.EDITORS_1, OLGA)]
        yield no(condition, comment, ask(write(WALT, record=record, **by_group()), known))
    other = r.make_record(r.MEMBERS_CONTAINER, OLGA, [(OLGA, ALL), (RITA, READ)])
    # Rev 15 lies in the first epoch of either group.
    given = ask(write(RITA, directory_rev=15, **by_group(other)), [*BASE, (other, OLGA)])
    yield no("record_of_other_group", "a member of another group", given)


def revision_permission() -> Iterator[Case]:
    """Who may write what."""

    def no(condition: str, comment: str, given: Json) -> Case:
        return bad("revision", condition, comment, given, "permission", "forbidden")

    yield no("reader_writes", "READ and REVEAL only", ask(write(RITA)))
    yield no("reader_creates", "READ and REVEAL only, version 1", ask(write(RITA, 1)))
    yield no("service_account_writes", "a service account that may read", ask(write(ROBOT)))
    yield no("outsider_writes", "no row at all", ask(write(ADAM)))
    yield from _bit_faults(no)
    yield from _own_object_faults(no)
    yield from _group_faults(no)


def _hash_faults() -> Iterator[Case]:
    two, three = write(WALT), write(WALT, 3)
    other = write(WALT, details=b'{"fields":[]}')
    both = write(WALT, overview=b'{"title":"Mail","category":"PASSWORD"}', details=b"{}")
    replaced = ask(two, overview=both.overview.hex(), details=both.details.hex())
    table = {
        "overview_swapped": (
            "the overview of version 3",
            ask(two, overview=three.overview.hex()),
        ),
        "details_swapped": ("the details of version 3", ask(two, details=three.details.hex())),
        "details_replaced": (
            "other details, well sealed by somebody with the key",
            ask(two, details=other.details.hex()),
        ),
        "content_replaced": ("other envelopes, well sealed by somebody with the key", replaced),
    }
    yield from all_bad("revision", "hashes", table)


def _mark_faults() -> Iterator[Case]:
    two, three = write(WALT), write(WALT, 3)
    older = {
        "rolled_back": ("version 2 after version 3", ask(two, mark=[3, "", 1])),
        "older_record": (
            "version 3 under record 1, record 2 was known at version 2",
            ask(three, mark=[2, "", 2]),
        ),
    }
    yield from all_bad("revision", "mark", older, code="rollback")
    fork = ask(two, mark=[2, sha256(b"else").hex(), 1])
    yield bad("revision", "fork", "version 2 with another hash", fork, "mark", "fork")


def _sealing_faults() -> Iterator[Case]:
    """Envelopes that are hashed and signed, and belong elsewhere."""
    sealed: dict[str, tuple[str, Json]] = {
        "object": ("envelopes of another item", {"object": derive_bytes("o2", 16)}),
        "version": ("envelopes of version 1 signed as version 2", {"version": 1}),
        "epoch": ("envelopes bound to epoch 2", {"epoch": 2}),
        "container": ("envelopes of another vault", {"container": r.SECOND_VAULT.id}),
    }
    table = {
        f"sealed_for_other_{name}": (comment, ask(write(WALT, sealed_as=sealed_as)))
        for name, (comment, sealed_as) in sealed.items()
    }
    mixed = replace(write(WALT), overview=write(MONA).overview)
    mixed = mixed.changed(overview_hash=sha256(mixed.overview))
    comment = "overview and details were sealed apart"
    table["details_of_other_overview"] = (comment, ask(mixed))
    yield from all_bad("revision", "commitment", table)


def revision_content() -> Iterator[Case]:
    """Hashes, mark, envelopes, title and state."""
    yield from _hash_faults()
    yield from _mark_faults()
    yield from _sealing_faults()
    other_key = ask(write(WALT), key=r.VAULT.key(2).hex())
    yield bad("revision", "other_key", "opened with the key of epoch 2", other_key, "key-id")
    other = ask(write(WALT), asked="Mail 2")
    yield bad("revision", "other_title", "a good item with another title", other, "title")
    answers = {
        "archived_answer": (
            "an archived item as the answer to a name",
            ask(write(WALT, 3, 2), asked="Mail"),
        ),
        "deleted_answer": (
            "a deleted item, its content still there",
            ask(write(WALT, 3, 3), asked="Mail"),
        ),
    }
    yield from all_bad("revision", "state", answers, code="not_found")
