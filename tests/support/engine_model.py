"""What the engine should answer: a plain model of items, vaults and environments."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

FULL = os.environ.get("STRONGROOM_FAULTS") == "full"
# A step takes some 5 ms and reads back what it wrote: some 12 seconds, or a quarter of an hour.
EXAMPLES, STEPS = (3_000, 40) if FULL else (60, 30)
OWNER, ROBOT = "owner", "robot"
SEEDED = "shared"

TITLES = ["a", "A", "b", "Two words"]
VALUES = ["", "1", "päss wörd", "long " * 100]
NAMES = ["A", "B", "LONG_NAME"]

who_ = st.sampled_from([OWNER, ROBOT])
title_ = st.sampled_from(TITLES)
# Chooses one of what there is at that moment.
which_ = st.integers(0, 999)
tags_ = st.lists(st.sampled_from(["red", "blue"]), max_size=2, unique=True)
variables_ = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), max_size=3)


def draft(title: str, first: str, second: str, beside: str | None, tags: list[str]) -> dict:
    """Return an item with a field and perhaps another in a section, titled `beside`."""
    made = {
        "title": title,
        "category": "Login",
        "tags": tags,
        "notes": second,
        "sections": [],
        "fields": [{"id": "f", "title": "f", "fieldType": "Concealed", "value": first}],
    }
    if beside is not None:
        made["sections"] = [{"id": "s", "title": "S"}]
        more = {"id": "g", "title": beside, "fieldType": "Text", "value": second, "sectionId": "s"}
        made["fields"].append(more)
    return made


values_ = st.sampled_from(VALUES)
draft_ = st.builds(draft, title_, values_, values_, st.sampled_from([None, "f", "G"]), tags_)
# A field in a section that is not there.
REFUSED = draft("a", "1", "1", "f", []) | {"sections": []}


def facts(item: dict[str, Any]) -> dict[str, Any]:
    """Return what an item holds, without what only a service can say: ids of people and times."""
    fields = {
        row["id"]: [row["title"], row["fieldType"], row["value"], row.get("sectionId") or ""]
        for row in item["fields"]
    }
    sections = {row["id"]: row["title"] for row in item["sections"] if row["id"]}
    whole = {key: item[key] for key in ("title", "category", "tags", "notes")}
    return whole | {"fields": fields, "sections": sections}


def fold(name: str) -> str:
    """Return a name as names are compared; the model's titles are ASCII."""
    return name.lower()


# -- the model -----------------------------------------------------------------------


class Model:
    """Vaults, items with all versions, and environments, in plain dictionaries."""

    def __init__(self, shared: str) -> None:
        self.vaults: dict[str, dict] = {}
        self.environments: dict[str, dict] = {}
        self.gone: list[tuple[str, str]] = []  # ids of vaults that were deleted, with an item's
        self.add_vault(shared, SEEDED, {OWNER, ROBOT})

    def add_vault(self, vault_id: str, title: str, seen_by: set[str]) -> None:
        self.vaults[vault_id] = {"title": title, "seen_by": seen_by, "items": {}}

    def seen(self, who: str) -> dict[str, dict]:
        return {key: row for key, row in self.vaults.items() if who in row["seen_by"]}

    def write(self, vault_id: str, item_id: str, state: str, content: dict) -> dict:
        """Store a version of an item, and return the item as a reader sees it."""
        versions = self.vaults[vault_id]["items"].setdefault(item_id, [])
        versions.append({"state": state, "content": deepcopy(content)})
        return self.get(vault_id, item_id)

    def get(self, vault_id: str, item_id: str, version: int = 0) -> dict:
        versions = self.vaults[vault_id]["items"][item_id]
        row = versions[version - 1]
        number = version or len(versions)
        return {"id": item_id, "version": number, "state": row["state"]} | row["content"]

    def items(self, vault_id: str, *states: str) -> list[str]:
        rows = self.vaults[vault_id]["items"].items()
        return [key for key, versions in rows if versions[-1]["state"] in states]

    def resolve(self, who: str, vault: str, item: str, section: str | None, field: str) -> str:
        """Return `=value` or the tag of the refusal."""
        seen = self.seen(who)
        found = [vault] if vault in seen else titled(vault, seen)
        if len(found) != 1:
            return "tooManyVaults" if found else "vaultNotFound"
        (vault_id,) = found
        contents = {key: self.get(vault_id, key) for key in self.items(vault_id, "active")}
        chosen = [item] if item in contents else titled(item, contents)
        if len(chosen) != 1:
            return "tooManyItems" if chosen else "itemNotFound"
        return _find_field(contents[chosen[0]], section, field)


def titled(name: str, rows: dict[str, dict]) -> list[str]:
    return [key for key, row in rows.items() if fold(row["title"]) == fold(name)]


def _find_field(item: dict, section: str | None, field: str) -> str:
    rows = [[key, *row] for key, row in item["fields"].items()]
    if section is not None:
        inside = {key for key, title in item["sections"].items() if fold(title) == fold(section)}
        if not inside:
            return "noMatchingSections"
        rows = [row for row in rows if row[4] in inside]
    named = [row for row in rows if row[0] == field]
    named = named or [row for row in rows if fold(row[1]) == fold(field)]
    if section is None:
        named = [row for row in named if not row[4]] or named
    if len(named) != 1:
        return "tooManyMatchingFields" if named else "fieldNotFound"
    return f"={named[0][3]}"
