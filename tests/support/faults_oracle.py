"""What a reader may see of a file that somebody else controls.

A verdict is `right`, `refused` (a typed error), one of the differences that
docs/reference/threats.md admits, or one of the two that no promise admits:
`WRONG` and `CRASH`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from support.faults_world import Observation, Outcome, Truth

WRONG = "WRONG"
CRASH = "CRASH"
RIGHT = "right"
REFUSED = "refused"
OLD = "old to a fresh reader (T6)"
REVIVED = "revived to a fresh reader (T8)"
HIDDEN = "hidden (T7)"
LISTED_OLD = "old overview in a list (T21)"
LISTED_STATE = "state or time in a list (T21)"
COUNTER = "counter or time of a container (the service's own)"

_OVERVIEW = ("id", "title", "category", "vaultId", "tags", "websites", "version")
_OVERVIEW_SIGNED = (*_OVERVIEW, "createdAt", "updatedAt", "state")


class Judge(NamedTuple):
    """Judges the answers of one reader."""

    truth: Truth
    now: Observation
    remembers: bool

    def verdict(self, question: str, got: Outcome) -> str:
        """Return the verdict on one answer."""
        if got.kind == "crash":
            return CRASH
        expected = self.now[question]
        if got == expected:
            return RIGHT
        if got.kind == "error":
            return REFUSED
        verb, _, rest = question.partition(" ")
        # `version …` has one right answer for everybody.
        questions: dict[str, Callable[[], str]] = {
            "resolve": lambda: self._resolved(rest.split(" by ")[0], got.value),
            "get": lambda: self._item(rest, got.value),
            "find": lambda: self._found(rest, got.value),
            "list": lambda: self._listed(rest, got.value),
            "deleted": lambda: self._deleted(got.value),
            "history": lambda: self._history(rest, got.value),
            "vault": lambda: self._vault(got.value),
            "vaults": lambda: self._vaults(got.value),
        }
        return questions.get(verb, lambda: WRONG)()

    def _stale(self, name: str) -> str:
        """Return what an older state of an object is to this reader."""
        if self.remembers:
            return WRONG
        return OLD if self.truth.states[name] == "active" else REVIVED

    def _resolved(self, name: str, value: str) -> str:
        ever = {
            field["value"]
            for item in self.truth.items[name].values()
            for field in item["fields"]
            if field["title"] == "password"
        }
        return self._stale(name) if value in ever else WRONG

    def _item(self, name: str, item: dict[str, Any]) -> str:
        return self._stale(name) if item in self.truth.items[name].values() else WRONG

    def _found(self, name: str, row: dict[str, Any]) -> str:
        ever = [_cut(item, _OVERVIEW_SIGNED) for item in self.truth.items[name].values()]
        return self._stale(name) if row in ever else WRONG

    def _listed(self, vault: str, rows: list[dict[str, Any]]) -> str:
        known = {
            item["id"]: name
            for name, items in self.truth.items.items()
            for item in items.values()
            if name.startswith(f"{vault}/")
        }
        verdict = HIDDEN
        for row in rows:
            name = known.get(row["id"])
            versions = self.truth.items[name] if name else {}
            item = versions.get(row["version"])
            if self._is_deletion(name, row):
                # The deletion itself, with its empty documents: whatever the keeper calls it.
                verdict = LISTED_STATE
                continue
            if item is None or _cut(row, _OVERVIEW) != _cut(item, _OVERVIEW):
                return WRONG
            if _cut(row, _OVERVIEW_SIGNED) != _cut(item, _OVERVIEW_SIGNED):
                verdict = LISTED_STATE
            elif row["version"] != max(versions) or self.truth.states[name or ""] == "deleted":
                verdict = LISTED_OLD
        return verdict

    def _is_deletion(self, name: str | None, row: dict[str, Any]) -> bool:
        return (
            name is not None
            and self.truth.states[name] == "deleted"
            and row["version"] == max(self.truth.items[name]) + 1
            and (row["title"], row["tags"], row["websites"]) == ("", [], [])
        )

    def _deleted(self, rows: list[dict[str, Any]]) -> str:
        verdict = HIDDEN
        for row in rows:
            ever = [
                (name, version)
                for name, items in self.truth.items.items()
                for version, item in items.items()
                if _cut(item, _OVERVIEW_SIGNED[:-1]) == _cut(row, _OVERVIEW_SIGNED[:-1])
            ]
            if not ever:
                return WRONG
            name, version = ever[0]
            if self.truth.states[name] != "deleted":
                verdict = LISTED_STATE
            elif version != max(self.truth.items[name]):
                if self.remembers:
                    return WRONG
                verdict = OLD
        return verdict

    def _history(self, name: str, rows: list[dict[str, Any]]) -> str:
        for row in rows:
            item = self.truth.items[name].get(row["version"])
            author = self.truth.authors[name].get(row["version"])
            if item is None or row["author"] != author:
                return WRONG
            if (row["state"], row["updatedAt"]) != (item["state"], item["updatedAt"]):
                return WRONG
        return HIDDEN

    def _vault(self, vault: dict[str, Any]) -> str:
        ever = self.truth.vaults.get(vault["id"], [])
        shown = (vault["title"], vault["description"])
        if shown not in ever or vault["vaultType"] not in ("userCreated", "personal"):
            return WRONG
        if shown != ever[-1]:
            return WRONG if self.remembers else OLD
        return COUNTER

    def _vaults(self, vaults: list[dict[str, Any]]) -> str:
        verdict = HIDDEN if len(vaults) < len(self.now["vaults"].value) else COUNTER
        for vault in vaults:
            ever = self.truth.vaults.get(vault["id"], [])
            shown = (vault["title"], vault["description"])
            if shown == ("", "") and vault["id"] in self.truth.vaults:
                verdict = HIDDEN  # its own object; no vault's title is empty
            elif shown not in ever:
                return WRONG
            elif shown != ever[-1]:
                verdict = LISTED_OLD
        return verdict


def _cut(item: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: item[key] for key in keys}
