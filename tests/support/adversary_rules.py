"""What a right of the table is worth: at a date, with a proof, in a number, through others.

As plain as the rules of specs/formats.md, sections 4 to 8, can be said.
"""

from __future__ import annotations

from functools import cache
from itertools import product

from support.adversary_table import (
    ACCOMPLICE,
    ACCOUNT,
    ACTS,
    ALONE,
    AT_ONCE,
    BACK,
    CREATOR,
    EXPIRED,
    FRESH,
    GAP,
    GONE,
    ITSELF,
    KEEPER,
    LAST,
    LATE,
    LISTED,
    MACHINES,
    MAKERS,
    MANAGED_GROUPS,
    MAY,
    NO,
    NOW,
    OLDER,
    PAST,
    PERSONAL_ROWS,
    RECORDS,
    ROOT,
    ROW,
    ROWS,
    THEN,
    TOKENS_BY_LISTED,
    UNRENEWED,
    WHERE,
    WRITES,
    Claim,
    Verdict,
)


def _holds(standing: str | None, date: str) -> bool:
    """Tell whether somebody was active and had the right, as far as a date tells."""
    if standing is None or date not in (AT_ONCE, OLDER, *PAST):
        return False
    if standing == BACK:
        return date != GAP
    return standing != GONE or date in PAST


def _through(right: str) -> bool:
    return right not in (CREATOR, ROW, ROOT, ITSELF)


def _proves(standing: str, place: str, claim: Claim, date: str, *, epoch: str = AT_ONCE) -> bool:
    """Tell whether what is named as proof is good at a date.

    A root document is in force at its time only, and so is a group's record
    once the group has newer keys. A row counts from then on, as long as
    readers know no later record; in a group it ends with the epoch, and all
    these groups have new keys since.
    """
    if claim.right == ROW and place in MANAGED_GROUPS and claim.proof != epoch:
        return False
    past = date in PAST
    if claim.right == CREATOR:
        return True
    if claim.right == ROOT:
        return past == (claim.proof == THEN)
    if date == OLDER:
        return False  # the record that is named has a later generation
    of_now = claim.proof == AT_ONCE and place not in UNRENEWED
    if of_now and (past or standing not in (NOW, BACK, EXPIRED)):
        return False
    return not _through(claim.right) or past == (claim.group == THEN)


def of_record(
    role: str,
    place: str,
    claim: Claim,
    *,
    date: str = AT_ONCE,
    rows: str = "the same",
    number: str = "next",
    signer: str = ITSELF,
) -> Verdict:
    """Return the verdict on the next access record of a container."""
    standing = RECORDS[place].get(claim.right, {}).get(role)
    kind = {"names": "names"}.get(place, "content" if place in WRITES else "group")
    by_rows = ROWS[rows][WHERE.index(kind)]
    if signer != ITSELF or claim.impossible or standing is None or not _holds(standing, date):
        return NO
    if not _proves(standing, place, claim, date) or by_rows == NO:
        return NO
    if date != AT_ONCE or standing not in (NOW, BACK) or number != "next":
        return LATE if place in UNRENEWED and date in PAST else FRESH
    if place == "still":
        return KEEPER  # somebody removed stands in it: the service wants a rotation without them
    if place == "personal" and rows in PERSONAL_ROWS:
        return PERSONAL_ROWS[rows]
    if by_rows == TOKENS_BY_LISTED:
        return MAY if LISTED.get(role) == NOW else KEEPER
    if rows == "nobody manages" and place == "Team Members":
        return MAY  # as in the names: whom the root document lists manages it
    assert isinstance(by_rows, Verdict)
    return by_rows


@cache
def nearly_of_record(role: str, place: str, claim: Claim) -> bool:
    """Tell whether a claim would be believed at some date, or with its proof from another time."""
    if claim.impossible or role not in RECORDS[place].get(claim.right, {}):
        return False
    if claim.right == ROW and place in MANAGED_GROUPS:
        return True  # if it were not for the group's epochs
    times = product((AT_ONCE, THEN), (AT_ONCE, THEN), (AT_ONCE, *PAST))
    claims = ((claim._replace(proof=proof, group=group), date) for proof, group, date in times)
    return any(of_record(role, place, other, date=date) != NO for other, date in claims)


def of_creation(
    role: str,
    kind: str,
    *,
    rows: str,
    date: str = AT_ONCE,
    form: str = "right",
    signer: str = ITSELF,
) -> Verdict:
    """Return the verdict on record 0 of a new container, which its maker grants to others."""
    standing = ACCOUNT.get(role)
    # Readers see one record at a time: to them it may well be a later one that a creator signed.
    believable = form in ("right", "a later number")
    if signer != ITSELF or not believable or not _holds(standing, date):
        return NO
    # Nobody believes in a group that the directory does not name.
    shown = rows != "itself" and kind not in ("names", "personal vault", "group")
    alone = kind != "personal vault" or rows == "itself"
    gives_token = rows == "and a token" and LISTED.get(role) != NOW
    may = role in MAKERS[kind] and alone and not gives_token and rows != "nobody manages"
    taken = may and form == "right" and date == AT_ONCE and standing in (NOW, BACK)
    return Verdict(taken, shown, shown, shown)


def of_revision(
    role: str,
    place: str,
    what: str,
    act: str,
    claim: Claim,
    *,
    record: str = AT_ONCE,
    date: str = AT_ONCE,
    number: str = "next",
    signer: str = ITSELF,
    gone: bool = False,
) -> Verdict:
    """Return the verdict on the next revision of an object.

    Args:
        what: Which object; `new` is one that nobody has seen.
        gone: Whether it is a deletion.
        claim: Through whom it is written; its proof is `record`.
    """
    held = dict(zip(ACTS, WRITES[place].get(claim.right, {}).get(role, ()), strict=False))
    standing = held.get("create" if number == "first again" and what != "own" else act)
    if signer != ITSELF or claim.impossible or standing is None or not _holds(standing, date):
        return NO
    if date == OLDER or not _proves(standing, place, claim._replace(proof=record), date):
        return NO
    if number == "first again":
        return FRESH  # an older state than anybody remembers
    if number == "the same again":
        return LATE if (place, what) == ("vault", "item") else FRESH  # it has changed since
    of_now = record == AT_ONCE or place in UNRENEWED
    if not of_now or (date in PAST and place not in UNRENEWED):
        return KEEPER if what == "new" else LATE
    # Who writes may not have seen the newest head, so nothing tells it from who is gone since.
    kept = number == "left out" or (gone and (place, what) == ("personal", "own"))
    return KEEPER if kept or standing not in (NOW, BACK) else MAY


@cache
def nearly_of_revision(role: str, place: str, what: str, act: str, claim: Claim) -> bool:
    """Tell whether somebody may write that, or could, under another record or at another date."""
    times = product((AT_ONCE, THEN), (AT_ONCE, THEN), (AT_ONCE, *PAST))
    return not claim.impossible and any(
        of_revision(role, place, what, act, claim._replace(group=group), record=record, date=date)
        != NO
        for group, record, date in times
    )


# -- two steps, and who writes under them -----------------------------------------------------


def of_chain(role: str, place: str, claim: Claim, *, date: str, second: str) -> Verdict:
    """Return the verdict on a record that rests on another one, signed for that alone.

    The first gives the second signer every right; the second is the current
    record, of today. It is believed by whoever would believe the first.
    """
    first = of_record(role, place, claim, date=date, rows="its own raised")
    gone = ACCOUNT.get(role) == GONE
    if (gone and second == ALONE) or (place in MANAGED_GROUPS and role in MACHINES):
        return NO
    return first if second == ALONE else first._replace(service=False)


def of_membership(
    role: str, group: str, claim: Claim, *, signed: str, epoch: str, date: str, second: str
) -> Verdict:
    """Return the verdict on what is done through a group by who was made a member for it.

    Args:
        claim: By what right it signed the group's record.
        second: Who becomes a member: itself, or an accomplice whom it makes a
            manager, and who signs one more record of the group, of the same epoch and date.
        signed: The directory that the group's record names.
        epoch: Whether it is in the group's epoch of today, or of then.
        date: The directory that is named by what is done through the group.
    """
    standing = RECORDS[group].get(claim.right, {}).get(role)
    at = THEN if signed == LAST else signed
    if standing is None or not _holds(standing, at):
        return NO
    if not _proves(standing, group, claim, at, epoch=epoch):
        return NO
    if not _holds(ACCOUNT.get(role), date) or epoch != date or (at, date) == (AT_ONCE, THEN):
        return NO  # an epoch of a group has its time, and no record comes before it was there
    if second == ACCOMPLICE and group not in MANAGED_GROUPS:
        return NO  # which knows no managers
    if date == AT_ONCE and standing == GONE:
        return NO  # who could sign for the group, and can not at that date, vouches for nobody
    if date == THEN:
        return FRESH
    # Nobody but its members knows a group's later record (T9).
    honest = signed == AT_ONCE and standing in (NOW, BACK) and second == ALONE
    return MAY if honest else KEEPER


def of_own_rule(role: str, place: str, claim: Claim, *, date: str) -> Verdict:
    """Return the verdict on an item under a record of the same maker, of the same date.

    It is as good as the record.
    """
    return of_record(role, place, claim, date=date, rows="its own raised")


def writes_under(role: str, place: str, claim: Claim, *, date: str) -> Verdict:
    """Return who seals something under a record: nobody, where its signer is seen to be gone.

    Whoever was demoted, or left a group, and stays active, is not seen to be (T10).
    """
    believed = of_record(role, place, claim, date=date)._replace(service=False)
    standing = RECORDS[place].get(claim.right, {}).get(role)
    unlisted = claim.right == ROOT and standing == GONE
    return NO if unlisted or ACCOUNT.get(role) == GONE else believed


def writes_under_chain(role: str, place: str, claim: Claim, *, date: str, second: str) -> Verdict:
    """Return who seals something under two steps: whoever believes in them.

    The signer of the current record is active, so nothing tells the two from an
    honest past: who was removed reads what a fresh client writes (T9), with
    anybody's help who was not.
    """
    return of_chain(role, place, claim, date=date, second=second)._replace(service=False)
