"""Who may assert what of the directory: entries, heads and root documents (section 4).

Whoever the root document lists signs heads, and is the authority for the keys
and states of all whom it does not list (T4). An honest service and readers who
hold the entry of before refuse some of what even an administrator says; the rows
say what. No file keeps entries, so those are the readers at work: LATE is
believed by who starts anew, whatever it remembers.
"""

from __future__ import annotations

from typing import Final

from support.adversary_table import GONE, KEEPER, LATE, LISTED, MAY, NO, NOW, OWNERS, Verdict

# What an administrator says of whom. Everybody else is refused, whatever they say.
ENTRIES: Final[dict[str, dict[str, Verdict]]] = {
    # Moves of state: 1 to 2, 1 to 3, 2 to 1 and 2 to 3; nothing leaves 3.
    "suspended": {
        "user": MAY,
        "token": MAY,
        "group": MAY,
        "role group": KEEPER,
        "removed": LATE,
        "listed user": NO,
        "listed group": NO,
        "itself": NO,
    },
    "removed": {
        "user": MAY,
        "token": MAY,
        "group": MAY,
        "suspended": MAY,
        "role group": KEEPER,
        "listed user": NO,
        "listed group": NO,
        "itself": NO,
    },
    "active again": {"suspended": MAY, "removed": LATE},
    "active again without a gap": {"suspended": LATE, "removed": LATE},
    # Readers hold the entry that they saw, not since when nothing was said of it.
    "removed since then": {"user": KEEPER, "token": KEEPER, "listed user": NO},
    "a gap that never was": {"user": KEEPER, "listed user": KEEPER},
    "a gap dropped": {"returned": LATE},
    "a gap moved": {"returned": LATE},
    "left in the future": {"user": NO, "token": NO},
    # What it may do, until when, who made it.
    "may create vaults": {"user": MAY, "token": MAY, "listed user": MAY, "itself": MAY},
    "an end": {"user": MAY, "token": MAY},
    "another creator": {"user": KEEPER, "token": KEEPER, "group": KEEPER, "listed user": KEEPER},
    # Keys. A user has one keyset, a group's are its epochs and come with their record.
    "a second keyset": {
        "user": NO,
        "token": MAY,
        "group": KEEPER,
        "role group": KEEPER,
        "listed user": NO,
        "listed group": NO,
        "itself": NO,
    },
    "another first keyset": {
        "user": NO,
        "token": NO,
        "group": LATE,
        "listed user": NO,
        "listed group": NO,
        "itself": NO,
    },
    "keys since earlier": {"user": LATE, "token": LATE, "group": LATE},
    "an older keyset reopened": {"rotated token": LATE, "group": LATE},
    "an older keyset dropped": {"rotated token": NO, "group": MAY},
    "an older keyset ended later": {"rotated token": LATE, "group": LATE},
    # Who and where it is, and when that was said.
    "another index": {"user": NO, "token": NO, "group": NO},
    "another kind": {"user": LATE, "token": LATE, "group": NO},
    "another account": {"user": NO},
    "an entry of the future": {"user": NO, "token": NO, "group": NO},
    "the entry of then": {
        "removed": LATE,
        "suspended": LATE,
        "returned": LATE,
        "rotated token": LATE,
        "group": LATE,
    },
    "an entry of before": {"user": LATE, "token": LATE, "group": LATE},
    # New principals; `new` is active since this head, with one keyset.
    "new": {"new user": MAY, "new token": MAY, "new group": KEEPER},
    "new, by another": {"new user": KEEPER, "new token": KEEPER},
    "new, since earlier": {"new user": KEEPER, "new token": KEEPER},
    "new, removed": {"new user": KEEPER},
    "new, with two keysets": {"new user": NO, "new token": KEEPER},
    "new, with another's id": {"new user": NO, "new token": NO},
}

# Heads over the entries as they are.
HEADS: Final[dict[str, Verdict]] = {
    "the next": MAY,
    "one left out": KEEPER,
    "another history": KEEPER,
    "the number of the newest": LATE,
    "another generation": NO,
    "an older root document": NO,
    "another count": NO,
    "another tree": NO,
    "in the owner's name": NO,
}

# Root documents: owners alone sign them, and nobody here is one any more.
ROOTS: Final = (
    "lists itself as owner",
    "lists itself as administrator",
    "drops the owner",
    "names its keys as the owners'",
    "another policy",
    "another generation",
    "in force since earlier",
    "nothing",
)
ROOT_SIGNATURES: Final = ("its own", "in the owner's name", "none", "the owner's older one beside")


def of_entry(role: str, change: str, target: str) -> Verdict:
    """Return the verdict on an entry under a head of the same signer."""
    return ENTRIES[change][target] if LISTED.get(role) == NOW else NO


def of_head(role: str, change: str) -> Verdict:
    """Return the verdict on a head that changes no entry."""
    return HEADS[change] if LISTED.get(role) == NOW else NO


def of_root(role: str, change: str, *, then: bool) -> Verdict:
    """Return the verdict on a root document, and a head under it.

    Args:
        then: Whether the keeper shows the file as it was when former owners
            were owners: whose pin is older than the unlisting believes (T4).
    """
    # The keys of the owners' group are its entry's, too.
    if not then or OWNERS.get(role) != GONE or change == "names its keys as the owners'":
        return NO
    return LATE


def of_head_then(role: str) -> Verdict:
    """Return the verdict on a head that follows an older one, which the keeper shows (T4, T6)."""
    return LATE if role in LISTED else NO


# What whoever holds the file shows again, without a key: old, but true (T6); no other thing (T1).
REPLAYS: Final[dict[tuple[str, str], Verdict]] = {
    **{("its record of then", place): LATE for place in ("vault", "environment", "names")},
    # Their keys are others by now, as their entries say.
    **{
        ("its record of then", place): NO
        for place in ("Administrators", "Team Members", "keepers", "crew")
    },
    **{("another container's record", place): NO for place in ("vault", "environment", "private")},
    ("an item's version of before", "vault"): LATE,
    ("another item's revision", "vault"): NO,
    ("an entry of then", "removed editor"): NO,
    ("an entry of then", "returned manager"): NO,
    ("an entry of then", "old token"): NO,
}
