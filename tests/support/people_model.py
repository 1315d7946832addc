"""Who may read and write what, as a plain model."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from strongroom.errors import ForbiddenError, NotFoundError, StrongroomError, UnauthorizedError
from support.faults_people import EDITOR, MANAGER, READER

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
# 25 steps of 10 ms to 40 ms each: the whole stays below half a minute.
EXAMPLES, STEPS = (200, 50) if FULL else (10, 30)
USERS = ("Ana", "Ben", "Cleo", "Dan")
ACTORS = (*USERS, "Robot")
GROUPS = ("crew", "team")
MASKS = (READER, EDITOR, MANAGER)
ACTIVE, SUSPENDED, REMOVED = "active", "suspended", "removed"


# -- the model -----------------------------------------------------------------------


@dataclass
class Vault:
    """One vault: rights by the name of a person or group, and values by title."""

    rights: dict[str, int]
    items: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)  # title -> item id


@dataclass
class Model:
    """Who may do what, in plain dictionaries."""

    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ACTORS, ACTIVE))
    roles: dict[str, str] = field(
        default_factory=lambda: (
            dict.fromkeys(ACTORS, "member") | {"Ana": "owner", "Ben": "administrator"}
        )
    )
    groups: dict[str, dict[str, str]] = field(default_factory=dict)  # group -> member -> role
    vaults: dict[str, Vault] = field(default_factory=dict)  # title -> vault

    def listed(self, who: str) -> bool:
        return self.roles[who] != "member"

    def bits(self, who: str, title: str) -> int:
        """All rights of somebody in a vault, through whatever row."""
        if self.states[who] != ACTIVE:
            return 0
        found = 0
        for name, mask in self.vaults[title].rights.items():
            through = name in self.groups and who in self.groups[name]
            administers = name == "Administrators" and self.listed(who)
            if name == who or through or administers:
                found |= mask
        return found

    def visible(self, who: str) -> dict[str, dict[str, str]]:
        """Titles and values by the title of each vault that somebody sees."""
        return {t: dict(v.items) for t, v in self.vaults.items() if self.bits(who, t)}

    def leave(self, who: str, state: str) -> None:
        """Somebody is shut out: after a settling no row of theirs is left."""
        self.states[who] = state
        for vault in self.vaults.values():
            vault.rights.pop(who, None)
        for members in self.groups.values():
            members.pop(who, None)

    def drop_group(self, group: str) -> None:
        del self.groups[group]
        for vault in self.vaults.values():
            vault.rights.pop(group, None)

    def expected(self, who: str, title: str, needed: int) -> type[StrongroomError] | None:
        """The error that somebody gets for want of a right."""
        if self.states[who] != ACTIVE:
            return UnauthorizedError
        bits = self.bits(who, title)
        if not bits:
            return NotFoundError
        return None if bits & needed else ForbiddenError


# -- running it ----------------------------------------------------------------------------


def first_model() -> Model:
    """What `template` makes."""
    everybody = {"Administrators": MANAGER}
    return Model(
        groups={"crew": {"Ana": "manager", "Cleo": "member"}, "team": {"Ana": "manager"}},
        vaults={
            "alpha": Vault({"Ana": MANAGER, "crew": EDITOR, "Robot": READER} | everybody),
            "beta": Vault({"Ana": MANAGER, "Dan": READER, "Robot": EDITOR} | everybody),
        },
    )
