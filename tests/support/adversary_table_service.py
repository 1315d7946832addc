"""Whom an honest service answers, and with what; and what becomes of invites (sections 6, 11, 13).

Every operation stands here, with what it is asked for. Whoever is not named is
refused, or gets an answer with nothing in it.
"""

from __future__ import annotations

from typing import Final

from support.adversary_table import (
    ACCOUNT,
    EXPIRED,
    GONE,
    LISTED,
    MACHINES,
    NO,
    NOW,
    ROLES,
    Verdict,
)

Roles = frozenset[str]

EVERYBODY: Final[Roles] = frozenset(ROLES)
NOBODY: Final[Roles] = frozenset()
ACTIVE: Final[Roles] = frozenset(
    role for role, held in ACCOUNT.items() if held not in (GONE, EXPIRED)
)
HUMANS: Final[Roles] = ACTIVE - MACHINES
ADMINISTRATORS: Final[Roles] = frozenset(role for role, held in LISTED.items() if held == NOW)

_VAULT_EDITORS: Final[Roles] = ADMINISTRATORS | {
    "editor",
    "manager",
    "returned manager",
    "through a group",
    "making token",
}
_VAULT_REVEALERS: Final[Roles] = _VAULT_EDITORS | {
    "reader",
    "demoted editor",
    "maker",
    "group manager",  # its group reads
    "demoted group manager",
    "token",
}
_VAULT_READERS: Final[Roles] = _VAULT_REVEALERS | {"creator only"}
_ENVIRONMENT: Final[Roles] = ADMINISTRATORS | {
    "reader",
    "editor",
    "demoted editor",
    "manager",
    "through a group",
}
_NAMES: Final[Roles] = HUMANS | {"making token"}
# Who has a row that a password opens.
_UNLOCKS: Final[Roles] = frozenset({"reader", "administrator"})

OPERATIONS_MAY: Final[dict[tuple[str, str], Roles]] = {
    ("installation", "its id and the time"): EVERYBODY,
    ("account/create", "the account that is there"): NOBODY,
    ("account/costs", "somebody with a password"): EVERYBODY,
    ("account/costs", "somebody without one"): EVERYBODY,  # invented ones
    ("account/seed", "its own"): _UNLOCKS,
    ("account/credentials", "its own"): _UNLOCKS,
    ("account/credentials", "in place of the owner's"): NOBODY,
    ("sync", "all"): ACTIVE,
    ("sync", "all, as if it knew everything"): ACTIVE,
    ("lookup", "an item"): _VAULT_READERS,
    ("lookup", "its details"): _VAULT_REVEALERS,
    ("lookup", "an older version"): _VAULT_REVEALERS,
    ("lookup", "by its title"): _VAULT_READERS,
    ("lookup", "the private vault"): frozenset({"manager"}),
    ("lookup", "the personal vault"): frozenset({"reader"}),
    ("lookup", "variables"): _ENVIRONMENT,
    ("lookup", "a name"): _NAMES,
    ("lookup", "the title of a group"): NOBODY,
    ("objects/list", "the vault"): _VAULT_READERS,
    ("objects/list", "the private vault"): frozenset({"manager"}),
    ("objects/list", "the personal vault"): frozenset({"reader"}),
    ("objects/list", "the names"): _NAMES,
    ("objects/history", "an item"): _VAULT_REVEALERS,
    ("objects/history", "variables"): _ENVIRONMENT,
    ("objects/history", "the personal vault"): frozenset({"reader"}),
    ("principals", "the owner"): ACTIVE,
    ("principals", "nobody"): NOBODY,
    ("people/list", "all"): ACTIVE,
    ("people/record", "the vault"): ADMINISTRATORS,
    ("people/record", "the personal vault"): ADMINISTRATORS,
    ("people/record", "a group"): ADMINISTRATORS,
    ("commit", "nothing"): ACTIVE,
    ("commit", "an end for a token"): NOBODY,  # it comes with an entry
    ("commit", "an invite"): NOBODY,  # it comes with the entry of who answered
    ("files/upload", "the vault"): _VAULT_EDITORS | {"creator only"},
    ("files/upload", "the private vault"): frozenset({"manager"}),
    ("files/upload", "the environment"): NOBODY,
    ("files/upload", "over a file that is there"): NOBODY,
    ("files/read", "the vault"): _VAULT_REVEALERS,
    ("files/read", "the vault's file, in another vault"): NOBODY,
    ("invites/create", "a member"): ADMINISTRATORS,
    ("invites/create", "an administrator"): NOBODY,
    ("invites/create", "an owner"): NOBODY,
    ("invites/create", "somebody who is there"): NOBODY,
    ("invites/list", "all"): ADMINISTRATORS,
    ("invites/delete", "an invite"): ADMINISTRATORS,
    ("invites/delete", "none"): NOBODY,
    ("invite/open", "an invite"): EVERYBODY,  # whoever knows its id
    ("invite/open", "none"): NOBODY,
    ("invite/join", "an invite"): EVERYBODY,
    ("invite/join", "with somebody's keys"): NOBODY,
    ("audit/link", "all"): ADMINISTRATORS,
    ("audit/list", "all"): ADMINISTRATORS,
}

# An invite that somebody made, answered by whoever holds its link, and confirmed by the owner.
KEYS: Final = (
    "Administrators of now",
    "Administrators of then",
    "Owners of now",
    "Owners of then",
    "its own",
)
ANSWERS: Final = ("under its link", "under another")
# The keeper can hide what came after from who is new; today's entries name today's keys.
SHOWN: Final = ("the groups of now", "the groups of then")


def of_operation(role: str, operation: str, target: str) -> Verdict:
    """Return the verdict of the service; nobody else sees what comes of it."""
    return NO._replace(service=role in OPERATIONS_MAY[operation, target])


def of_invite(role: str, *, row: str, terms: str, key: str, answer: str, shown: str) -> Verdict:
    """Return whether the service stores an invite, and whether the owner takes in who answers it.

    What the service is told is a row; what counts is sealed to a group. Terms
    of a higher role count under the owners' key only, which nobody here has.
    """
    administrator = LISTED.get(role) == NOW
    counts = administrator and key == "Administrators of now" and answer == "under its link"
    confirmed = counts and row == terms == "member" and shown == "the groups of now"
    return Verdict(administrator and row == "member", confirmed, confirmed, confirmed)


def of_terms(role: str, invited: str, *, shown: str) -> Verdict:
    """Return whether somebody can read the terms, and so the link, of an invite of the owner's.

    Only the keys that the groups have by their entries seal them; where the
    keeper shows other ones, nothing is sealed.
    """
    reads = LISTED.get(role) == NOW and invited == "member" and shown == "the groups of now"
    return Verdict(False, reads, reads, reads)
