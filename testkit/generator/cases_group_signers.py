"""What is signed through a group whose record somebody could no longer sign (section 6)."""

from collections.abc import Iterator
from dataclasses import replace

from generator import records as r
from generator.access_question import ask
from generator.case import Case, all_bad, all_good, good
from generator.group_question import (
    BY_ADMINISTRATOR,
    Showings,
    asked,
    in_record,
    in_revision,
    in_step,
    shown,
    signed_through,
)
from generator.group_showings import (
    CHANGED,
    LAST,
    LEFT,
    STAYED,
    UNLISTED,
    chains,
    epochs_bad,
    epochs_good,
    histories,
    listed_bad,
    listed_good,
)
from generator.world import MONA, OLGA, WALT


def _good() -> Showings:
    return {**listed_good(), **epochs_good(), **chains(LAST, "_a_rev_later")}


def _bad() -> Showings:
    return {**listed_bad(), **chains(CHANGED, "")}


def group_signers() -> Iterator[Case]:
    """The group's record as evidence in records, in the walk and in revisions."""
    for area, question, prefix in (
        ("access", in_record, ""),
        ("access", in_step, "step_"),
        ("revision", in_revision, ""),
    ):
        yield from all_good(area, asked(question, _good(), prefix))
        bad = asked(question, _bad(), prefix)
        yield from all_bad(area, "permission", bad, code="forbidden")
        # In records, a fault of the group's own record keeps its layer.
        layer = "permission" if area == "revision" else "authority"
        own = asked(question, epochs_bad(), prefix)
        yield from all_bad(area, layer, own, code="forbidden")
    yield from _then()


def group_signer_histories() -> Iterator[Case]:
    """Administrators and managers who signed the group's record, and were away."""
    for area, question in (("access", in_record), ("revision", in_revision)):
        yield from all_good(area, asked(question, histories(STAYED)))
        yield from all_bad(area, "permission", asked(question, histories(LEFT)), code="forbidden")


def _then() -> Iterator[Case]:
    """The rev that counts is that of the record which names the group's."""
    given = shown(LAST, BY_ADMINISTRATOR, roots=UNLISTED)
    before, then = signed_through(given)
    now = r.make_record(r.VAULT, MONA, r.FULL_ROWS, then, **r.under_record(then))
    known = [(before, OLGA), BY_ADMINISTRATOR, (then, WALT)]
    question = ask(replace(now, directory_rev=CHANGED), MONA, known, roots=UNLISTED)
    comment = "an authority that was signed through a group, by whose signer is unlisted since"
    yield good("access", "authority_through_group_signed_then", comment, question)
