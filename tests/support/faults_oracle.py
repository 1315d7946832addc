"""What a reader may see of a file that somebody else controls.

A verdict is `right`, `refused` (a typed error), a difference that
docs/reference/threats.md admits (named by its row), or one of the two that no
promise admits: `WRONG` and `CRASH`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from support.faults_readers import Observation, Outcome, Places, Truth

WRONG = "WRONG"
CRASH = "CRASH"
RIGHT = "right"
REFUSED = "refused"
OLD = "T6: old, to a fresh reader"
HIDDEN = "T7: hidden, or damaged and shown so"
VOID = "T7: an invite that does not open any more"
REVIVED = "T8: revived, to a fresh reader"
LISTED = "T21: old name, state, time or counter in a list"
SHOWN = "T15: true, shown against the service's own rules"
EXPOSED = "T15: a log that whoever kept its end refuses"

_OVERVIEW = ("id", "title", "category", "vaultId", "tags", "websites", "version")
_FOUND = (*_OVERVIEW, "createdAt", "updatedAt", "lastEditedBy", "state")
# What the directory says of principals; the rest of their rows is profile or the keeper's word.
_PROVEN = ("id", "state", "role", "type", "canCreateVaults", "expiresAt", "creatorId")
_NAMED = ("id", "title", "description")

Row = dict[str, Any]


@dataclass
class Judge:
    """Judges the answers of one reader.

    Attributes:
        now: What this reader is told by an honest file.
        remembers: Whether it has seen the newest state of everything.
    """

    truth: Truth
    places: Places
    now: Observation
    remembers: bool

    def verdicts(self, found: Observation, *, insider: bool = False) -> Iterable[tuple[str, str]]:
        """Return every question with the verdict on its answer.

        Args:
            insider: Whether a member helped the keeper, which lists do not notice.
        """
        for question, got in found.items():
            verdict = self.verdict(question, got)
            if insider and verdict == WRONG and question.partition(" ")[0] == "list":
                verdict = LISTED
            # A log may show what it likes only where the check of its kept end speaks up.
            if verdict == EXPOSED and found["chain"].kind == "value":
                verdict = WRONG
            yield question, verdict

    def verdict(self, question: str, got: Outcome) -> str:
        """Return the verdict on one answer."""
        if got.kind == "crash":
            return CRASH
        if got == self.now[question]:
            return RIGHT
        if got.kind == "error":
            return REFUSED
        verb, _, rest = question.partition(" ")
        judges: dict[str, Callable[[], str]] = {
            "find": lambda: self._found(rest, got.value),
            "list": lambda: self._listed(rest, got.value),
            "deleted": lambda: self._deleted(rest, got.value),
            "history": lambda: self._history(question, got.value),
            "vault": lambda: self._container(f"vault {rest}", got.value),
            "named": lambda: self._container(f"named {rest}", got.value),
            "vaults": lambda: self._containers("vaults", got.value),
            "environments": lambda: self._containers("environments", got.value),
            "users": lambda: self._principals("users", got.value),
            "groups": lambda: self._principals("groups", got.value),
            "robots": lambda: self._principals("robots", got.value),
            "invites": lambda: self._invites(got.value),
            "log": lambda: EXPOSED,
        }
        return judges.get(verb, lambda: self._exact(question, got.value))()

    # -- one thing ------------------------------------------------------------------

    def _stale(self, question: str) -> str:
        """Return what an older state is to this reader."""
        if self.remembers:
            return WRONG
        return OLD if self.now[question].kind == "value" else REVIVED

    def _exact(self, question: str, value: Any) -> str:
        if Outcome("value", value) == self.truth.now["owner"][question]:
            return SHOWN
        return self._stale(question) if value in self.truth.ever(question) else WRONG

    def _found(self, name: str, row: Row) -> str:
        ever = [_cut(item, _FOUND) for item in self._versions(name).values()]
        return self._stale(f"find {name}") if row in ever else WRONG

    def _container(self, question: str, row: Row) -> str:
        """A vault or environment by itself; its counters and times are the service's own."""
        now = self.now[question]
        if now.kind == "value" and _cut(row, _NAMED) == _cut(now.value, _NAMED):
            return LISTED
        ever = [_cut(one, _NAMED) for one in self.truth.ever(question)]
        return self._stale(question) if _cut(row, _NAMED) in ever else WRONG

    def _history(self, question: str, rows: list[Row]) -> str:
        ever = [row for rows in self.truth.ever(question) for row in rows]
        return HIDDEN if all(row in ever for row in rows) else WRONG

    # -- lists of items ---------------------------------------------------------------

    def _versions(self, name: str) -> dict[int, Row]:
        return {item["version"]: item for item in self.truth.ever(f"get {name}")}

    def _names(self, vault: str) -> dict[str, str]:
        return {
            item: name for name, item in self.places.items.items() if name.startswith(f"{vault}/")
        }

    def _is_deleted(self, name: str) -> bool:
        return self.truth.now["owner"][f"get {name}"].kind == "error"

    def _listed(self, vault: str, rows: list[Row]) -> str:
        known, verdict = self._names(vault), HIDDEN
        for row in rows:
            name = known.get(row["id"])
            versions = self._versions(name) if name else {}
            item = versions.get(row["version"])
            if _is_blank(row):
                # Damaged, and shown so; or a deletion. Its id is as unproven as its state.
                verdict = verdict if name else LISTED
                continue
            if item is None or _cut(row, _OVERVIEW) != _cut(item, _OVERVIEW):
                return WRONG
            if _cut(row, _FOUND) != _cut(item, _FOUND) or row["version"] != max(versions):
                verdict = LISTED
        return verdict

    def _deleted(self, vault: str, rows: list[Row]) -> str:
        known, verdict = self._names(vault), HIDDEN
        for row in rows:
            name = known.get(row["id"])
            versions = self._versions(name) if name else {}
            item = versions.get(row["version"])
            if _is_blank(row):
                verdict = verdict if name else LISTED
                continue
            if name is None or item is None or _cut(item, _FOUND[:-1]) != _cut(row, _FOUND[:-1]):
                return WRONG
            if not self._is_deleted(name):
                verdict = LISTED
            elif row["version"] != max(versions):
                if self.remembers:
                    return WRONG
                verdict = OLD
        return verdict

    # -- other lists ------------------------------------------------------------------

    def _ever_rows(self, question: str) -> dict[str, list[Row]]:
        rows: dict[str, list[Row]] = {}
        for seen in self.truth.ever(question):
            for row in seen:
                rows.setdefault(row["id"], []).append(row)
        return rows

    def _containers(self, question: str, rows: list[Row]) -> str:
        now = self._now_rows(question)
        ever = self._ever_rows(question)
        verdict = HIDDEN if {row["id"] for row in rows} < now.keys() else LISTED
        for row in rows:
            shown = _cut(row, _NAMED)
            if shown in (_cut(one, _NAMED) for one in ever.get(row["id"], [])):
                if row["id"] not in now:
                    verdict = WRONG if self.remembers else OLD
            elif (row["title"], row["description"]) == ("", "") and row["id"] in now:
                verdict = HIDDEN  # its own object; no title is empty
            else:
                return WRONG
            if verdict == WRONG:
                return WRONG
        return verdict

    def _principals(self, question: str, rows: list[Row]) -> str:
        now, ever = self._now_rows(question), self._ever_rows(question)
        verdict = HIDDEN if {row["id"] for row in rows} < now.keys() else LISTED
        if len({row["id"] for row in rows}) != len(rows):
            return WRONG
        for row in rows:
            before = ever.get(row["id"], [])
            named = [(one["name"], one.get("email"), one.get("description")) for one in before]
            # Where the profile is withheld, there is no name and the address is the keeper's word.
            if row["name"] and (row["name"], row.get("email"), row.get("description")) not in named:
                return WRONG
            proven = _cut(row, _PROVEN)
            if row["id"] in now and proven == _cut(now[row["id"]], _PROVEN):
                continue
            if self.remembers or proven not in (_cut(one, _PROVEN) for one in before):
                return WRONG
            verdict = OLD
        return verdict

    def _invites(self, rows: list[Row]) -> str:
        now, verdict = self._now_rows("invites"), HIDDEN
        for row in rows:
            if row["state"] == "VOID":
                verdict = VOID
                continue
            terms = ("id", "email", "name", "role", "expiresAt")
            # Who answered is the keeper's word until the answer is confirmed.
            if row["id"] not in now or _cut(row, terms) != _cut(now[row["id"]], terms):
                return WRONG
        return verdict

    def _now_rows(self, question: str) -> dict[str, Row]:
        now = self.now[question]
        return {row["id"]: row for row in now.value} if now.kind == "value" else {}


def _is_blank(row: Row) -> bool:
    """Tell whether a list shows an item without a title; no title that was written is empty."""
    return (row["title"], row["tags"], row["websites"]) == ("", [], [])


def _cut(row: Row, keys: tuple[str, ...]) -> Row:
    return {key: row[key] for key in keys if key in row}
