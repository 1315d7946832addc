"""Who may assert what: the plain table.

Written from specs/formats.md, sections 4 to 11, and docs/reference/threats.md;
nothing here asks the code that is judged by it. `adversary_rules` says what a
right is worth at a date; the directory and the service have tables of their own.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Verdict(NamedTuple):
    """Whether an honest service takes a request, and who believes it in the file as it is."""

    service: bool
    fresh: bool
    remembering: bool
    early: bool


MAY, NO = Verdict(True, True, True, True), Verdict(False, False, False, False)
# An honest service is all that stands against it (T3, T15).
KEEPER = Verdict(False, True, True, True)
# Who is new believes it, who has seen what followed refuses (T4, T6, T9).
FRESH = Verdict(False, True, False, False)
# Who last looked before it was taken away knows no better either (T9).
LATE = Verdict(False, True, False, True)

# How somebody stands to a right. NOW: has it. BACK: has it, and was suspended in between.
# DEMOTED: had it, and stays active. GONE: lost it with its account, its key, its role or group.
# EXPIRED: its time is over, which binds the service alone (T15).
NOW, BACK, DEMOTED, GONE, EXPIRED = "now", "back", "demoted", "gone", "expired"
Standing = dict[str, str]

# -- the roles -------------------------------------------------------------------------------

# In the account at all (sections 4, 5, 11).
ACCOUNT: Final[Standing] = {
    "member": NOW,
    "reader": NOW,
    "former reader": NOW,
    "creator only": NOW,
    "editor": NOW,
    "demoted editor": NOW,
    "removed editor": GONE,
    "suspended editor": GONE,
    "manager": NOW,
    "maker": NOW,
    "removed manager": GONE,
    "returned manager": BACK,
    "through a group": NOW,
    "left the group": NOW,
    "left as manager": NOW,
    "group manager": NOW,
    "demoted group manager": NOW,
    "administrator": NOW,
    "former administrator": NOW,
    "removed administrator": GONE,
    "former owner": NOW,
    "demoted owner": NOW,  # an administrator since
    "token": NOW,
    "making token": NOW,
    "revoked token": GONE,
    "old token": GONE,
    "expired token": EXPIRED,
}
OUTSIDER: Final = "outsider"
ROLES: Final = (OUTSIDER, *ACCOUNT)
MACHINES: Final = frozenset(role for role in ACCOUNT if role.endswith("token"))

# Listed in the root document, which says who signs heads and records (sections 4 and 6).
LISTED: Final[Standing] = {
    "administrator": NOW,
    "former administrator": GONE,
    "removed administrator": GONE,
    "former owner": GONE,
    "demoted owner": NOW,
}
OWNERS: Final[Standing] = {"former owner": GONE, "demoted owner": GONE}
KEEPERS: Final[Standing] = {
    "through a group": NOW,
    "left the group": GONE,
    "left as manager": GONE,
}

# -- access records: who signs the next one of a container, by which right (section 6) ---------

CREATOR, ROW, ROOT = "as the creator", "by its row", "by the root document"
RECORDS: Final[dict[str, dict[str, Standing]]] = {
    "vault": {
        CREATOR: {"maker": DEMOTED},
        ROW: {"manager": NOW, "returned manager": BACK, "maker": DEMOTED, "removed manager": GONE},
        "keepers": KEEPERS,
        "Administrators": LISTED,
        ROOT: LISTED,
    },
    "environment": {
        CREATOR: {"removed manager": GONE},
        ROW: {"manager": NOW, "removed manager": GONE},
        "keepers": KEEPERS,
        "Administrators": LISTED,
        ROOT: LISTED,
    },
    "private": {CREATOR: {"manager": NOW}, ROW: {"manager": NOW}},
    "personal": {CREATOR: {"reader": NOW}, ROW: {"reader": NOW}},
    "machine": {
        CREATOR: {"making token": NOW},
        ROW: {"making token": NOW},
        "Administrators": LISTED,
        ROOT: LISTED,
    },
    "still": {
        CREATOR: {"removed manager": GONE},
        ROW: {"manager": NOW, "removed manager": GONE},
    },
    "quiet": {CREATOR: {"manager": NOW}, ROW: {"manager": NOW}, ROOT: LISTED},
    "crew": {ROW: {"group manager": NOW, "demoted group manager": DEMOTED}, ROOT: LISTED},
    "keepers": {ROW: {"left as manager": DEMOTED}, ROOT: LISTED},
    "Team Members": {ROOT: LISTED},
    "names": {ROOT: LISTED},
    "Owners": {ROOT: OWNERS},
    "Administrators": {ROOT: OWNERS},
}

# Those that have managers; somebody left each of them, or stopped managing it (section 6).
MANAGED_GROUPS: Final = frozenset({"crew", "keepers"})
# Nobody has signed for these since the others lost what they had: nothing later is known of them.
UNRENEWED: Final = frozenset({"still", "quiet"})

# What whoever may sign may change in the rows: where there are keys to content, in a group, in
# the account's names. A group's rows are its members, and its keys are those of its entry, which
# no record changes by itself (section 6).
WHERE: Final = ("content", "group", "names")
TOKENS_BY_LISTED: Final = "may, if listed"
ROWS: Final[dict[str, tuple[Verdict | str, Verdict | str, Verdict | str]]] = {
    "the same": (MAY, MAY, MAY),
    "its own raised": (MAY, MAY, MAY),
    "another raised": (MAY, MAY, MAY),
    "a member added": (MAY, MAY, MAY),
    "somebody removed added": (KEEPER, KEEPER, KEEPER),
    "a token given more": (TOKENS_BY_LISTED, NO, MAY),
    "another dropped": (KEEPER, KEEPER, KEEPER),
    "another dropped, under a new key": (MAY, NO, MAY),
    "all under a key that it knows": (MAY, NO, MAY),
    "another's key exchanged": (KEEPER, KEEPER, KEEPER),
    "nobody manages": (KEEPER, KEEPER, MAY),
}
# The service and its owner's client refuse a personal vault in which somebody else stands
# (section 7).
PERSONAL_ROWS: Final[dict[str, Verdict]] = {
    "a member added": NO,
    "somebody removed added": NO,
    "a token given more": NO,
    "another dropped": NO,  # there is no other: nobody is left
    "another dropped, under a new key": NO,
}

# -- new containers: who makes which (sections 6 and 7) ---------------------------------------

PEOPLE: Final = frozenset(role for role in ACCOUNT if role not in MACHINES)
MAKERS: Final[dict[str, frozenset[str]]] = {
    "vault": PEOPLE | {"making token"},
    "private vault": PEOPLE | {"making token"},
    "environment": PEOPLE | {"making token"},
    "personal vault": PEOPLE - {"reader"},  # who has one already
    "vault for everyone": frozenset(role for role, held in LISTED.items() if held == NOW),
    "group": frozenset(),  # it comes with its entry
    "names": frozenset(),  # there is one, since the beginning
}

# -- revisions: who writes what in which container, through what (section 8) -------------------

ACTS: Final = ("create", "edit", "archive", "delete", "own")  # `own`: title, variables
ITSELF: Final = "itself"


def _all(standing: str) -> tuple[str, ...]:
    return (standing,) * len(ACTS)


def _edits(standing: str) -> tuple[str, ...]:
    return (standing,) * 4


def _each(standing: Standing) -> dict[str, tuple[str, ...]]:
    return {role: _all(held) for role, held in standing.items()}


WRITES: Final[dict[str, dict[str, dict[str, tuple[str, ...]]]]] = {
    "vault": {
        ITSELF: {
            "creator only": (NOW,),
            "editor": _edits(NOW),
            "demoted editor": _edits(DEMOTED),
            "removed editor": _edits(GONE),
            "suspended editor": _edits(GONE),
            "manager": _all(NOW),
            "returned manager": _all(BACK),
            "maker": _all(DEMOTED),
            "removed manager": _all(GONE),
            "making token": _edits(NOW),
            "revoked token": _edits(GONE),
            "old token": _edits(GONE),
            "expired token": _edits(EXPIRED),
        },
        "keepers": _each(KEEPERS),
        "Administrators": _each(LISTED),
    },
    "environment": {
        ITSELF: {
            "editor": _all(NOW),  # whoever edits variables may do all to them
            "demoted editor": _all(DEMOTED),
            "manager": _all(NOW),
            "removed manager": _all(GONE),
        },
        "keepers": _each(KEEPERS),
        "Administrators": _each(LISTED),
    },
    "private": {ITSELF: {"manager": _all(NOW)}},
    "personal": {ITSELF: {"reader": _all(NOW)}},
    "machine": {ITSELF: {"making token": _all(NOW)}, "Administrators": _each(LISTED)},
    "still": {
        ITSELF: {
            "manager": _all(NOW),
            "removed manager": _all(GONE),
            "removed editor": _edits(GONE),
            "returned manager": _edits(BACK),  # who only edits here
        }
    },
    "quiet": {ITSELF: {"manager": _all(NOW)}},
    "names": {"Administrators": _each(LISTED), "Owners": _each(OWNERS)},
}

# -- what can be said of a right ---------------------------------------------------------------

# The directory that something names. There is one generation before today's, in which nobody of
# these was there; nothing may name what is yet to come.
AT_ONCE, THEN, GAP, OLDER = "now", "then", "in the gap", "now, of the generation before"
DATES: Final = (AT_ONCE, THEN, GAP, OLDER, "before its keys", "to come", "another generation")
PAST: Final = (THEN, GAP)
# The last head under which those could sign whom the root document lists no more.
LAST: Final = "at the last moment"
SIGNERS: Final = (ITSELF, "in the owner's name", "with a group's key")
NUMBERS: Final = ("next", "left out", "another history")


class Claim(NamedTuple):
    """By what right something says that it was signed, and from when the proof of it is.

    `impossible` is what no record could ever say.
    """

    right: str
    proof: str = AT_ONCE  # of the row or root document
    group: str = AT_ONCE  # of the group's record
    impossible: bool = False


# Who signs the second of two steps; the accomplice has no right of its own, and is active.
ALONE, ACCOMPLICE = "itself", "an accomplice"
