"""Random sequences of work on the engine beside its model."""

from __future__ import annotations

import shutil
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.titles import normalise_title
from strongroom.errors import (
    ConflictError,
    InvalidItemError,
    NameTakenError,
    NotFoundError,
    StrongroomError,
)
from strongroom.testing import AccountTemplate, ThrowAwayAccount
from strongroom.trust.directory import HeadMark
from strongroom.wiring.engines import open_account, open_token
from support.engine_model import (
    OWNER,
    REFUSED,
    ROBOT,
    SEEDED,
    Model,
    draft,
    draft_,
    facts,
    title_,
    titled,
    variables_,
    which_,
    who_,
)

# -- the machine ---------------------------------------------------------------------


class Work(RuleBasedStateMachine):
    """Random sequences; the template of the account comes from the fixture."""

    template: ClassVar[AccountTemplate]
    told: ClassVar[dict[str, int]]

    def __init__(self) -> None:
        super().__init__()
        fast = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(dir=fast if fast.is_dir() else None))
        self.account = ThrowAwayAccount(self.folder, self.template)
        self.engines = {who: self.open(who) for who in (OWNER, ROBOT)}
        self.shared = self.account.vault(SEEDED)
        self.model = Model(self.shared)
        self.told["sequences"] = self.told.get("sequences", 0) + 1

    def teardown(self) -> None:
        try:
            for who in (OWNER, ROBOT):
                self.reopen_now(who, remember=False)
                self.look_at_all(who)
        finally:
            for engine in self.engines.values():
                engine.close()
            shutil.rmtree(self.folder)

    def open(self, who: str, marks: Marks | None = None) -> Engine:
        if who == ROBOT:
            # A token remembers nothing beyond itself.
            return drive(open_token(self.account.token, runtime=InlineRuntime()))
        made = self.template
        opening = open_account(
            url=self.account.url,
            account=made.account,
            user=made.user,
            seed=made.seed,
            marks=marks or Marks(pin=made.pin, head=HeadMark(0, 1)),
            runtime=InlineRuntime(),
        )
        return drive(opening)

    def run(self, coroutine: Any) -> Any:
        self.told["calls"] = self.told.get("calls", 0) + 1
        return drive(coroutine)

    def refuse(self, kind: type[StrongroomError], coroutine: Any) -> None:
        with pytest.raises(kind):
            self.run(coroutine)

    # -- choosing ----------------------------------------------------------------------

    def vault(self, who: str, which: int) -> str:
        seen = list(self.model.seen(who))
        return seen[which % len(seen)]

    def item(self, who: str, which: int, *states: str) -> tuple[str, str]:
        """Return the ids of a vault and of one of its items; without one, make one."""
        rows = [(v, i) for v in self.model.seen(who) for i in self.model.items(v, *states)]
        if rows:
            return rows[which % len(rows)]
        vault_id, item_id = self.create_now(who, which, draft("b", "1", "", None, []))
        if "archived" in states and "active" not in states:
            self.archive_now(who, vault_id, item_id)
        if "deleted" in states and "active" not in states:
            self.delete_now(who, vault_id, item_id)
        return vault_id, item_id

    def environment(self, which: int) -> str:
        if not self.model.environments:
            self.make_environment_now("a", {})
        known = list(self.model.environments)
        return known[which % len(known)]

    # -- comparing ---------------------------------------------------------------------

    def same(self, found: dict[str, Any], expected: dict[str, Any]) -> None:
        assert isinstance(found, dict), found
        assert {key: found[key] for key in ("id", "version", "state")} | facts(found) == expected

    def read_back(self, vault_id: str, item_id: str) -> None:
        """Read an item through the engines of all who see it."""
        for who in self.model.vaults[vault_id]["seen_by"]:
            found = self.run(self.engines[who].items.get(vault_id, item_id))
            self.same(found, self.model.get(vault_id, item_id))

    def look_at_all(self, who: str) -> None:
        self.look_at_vaults(who)
        engine = self.engines[who]
        for vault_id in self.model.seen(who):
            self.look_at_list(who, vault_id, active=True, archived=True)
            living = self.model.items(vault_id, "active", "archived")
            answers = self.run(engine.items.get_all(vault_id, living))
            for item_id, found in zip(living, answers, strict=True):
                self.same(found, self.model.get(vault_id, item_id))
            if who == OWNER:
                self.look_at_deleted(vault_id)
        if who == OWNER:
            self.look_at_environments()

    def look_at_vaults(self, who: str) -> None:
        found = self.run(self.engines[who].vaults.list())
        rows = {row["id"]: row for row in found if row["vaultType"] != "personal"}
        assert {key: [row["title"], row["activeItemCount"]] for key, row in rows.items()} == {
            key: [row["title"], len(self.model.items(key, "active"))]
            for key, row in self.model.seen(who).items()
        }

    def look_at_list(self, who: str, vault_id: str, *, active: bool, archived: bool) -> None:
        listing = self.engines[who].items.list(vault_id, active=active, archived=archived)
        found = self.run(listing)
        states = ["active"] * active + ["archived"] * archived
        expected = {
            key: self.model.get(vault_id, key) for key in self.model.items(vault_id, *states)
        }
        assert sorted(row["id"] for row in found) == sorted(expected)
        for row in found:
            parts = ("title", "state", "version", "tags", "category")
            assert [row[key] for key in parts] == [expected[row["id"]][key] for key in parts]

    def look_at_deleted(self, vault_id: str) -> None:
        found = self.run(self.engines[OWNER].items.list_deleted(vault_id))
        versions = self.model.vaults[vault_id]["items"]
        assert {row["id"]: row["title"] for row in found} == {
            key: versions[key][-2]["content"]["title"]
            for key in self.model.items(vault_id, "deleted")
        }

    def look_at_environments(self) -> None:
        engine = self.engines[OWNER]
        found = self.run(engine.environments.list())
        known = self.model.environments
        assert {row["id"]: row["title"] for row in found} == {
            key: row["title"] for key, row in known.items()
        }
        for key, row in known.items():
            read = self.run(engine.environments.get_variables(key))
            assert {one["name"]: one["value"] for one in read} == row["versions"][-1]

    # -- reopening ----------------------------------------------------------------------

    @rule(who=who_, remember=st.booleans())
    def reopen(self, who: str, remember: bool) -> None:
        self.reopen_now(who, remember=remember)

    def reopen_now(self, who: str, *, remember: bool) -> None:
        before = self.engines[who]
        marks = before.marks if remember else None
        before.close()
        self.engines[who] = self.open(who, marks)

    # -- vaults -------------------------------------------------------------------------

    @rule(who=who_, title=title_)
    def make_vault(self, who: str, title: str) -> None:
        if len(self.model.vaults) > 4:
            return
        made = self.run(self.engines[who].vaults.create(title))
        # Administrators see what a service account makes; it does not see what they make.
        self.model.add_vault(made["id"], title, {OWNER, who})
        self.look_at_vaults(OWNER)

    @rule(which=which_, title=title_)
    def rename_vault(self, which: int, title: str) -> None:
        vault_id = self.vault(OWNER, which)
        changed = self.run(self.engines[OWNER].vaults.update(vault_id, title=title))
        self.model.vaults[vault_id]["title"] = title
        assert changed["title"] == title
        self.look_at_vaults(ROBOT)

    @rule(which=which_)
    def delete_vault(self, which: int) -> None:
        vault_id = self.vault(OWNER, which)
        row = self.model.vaults[vault_id]
        if vault_id == self.shared or len(self.model.vaults) < 3:
            return  # the service account sees no other for certain
        self.run(self.engines[OWNER].vaults.delete(vault_id))
        self.model.gone += [(vault_id, item_id) for item_id in row["items"]]
        del self.model.vaults[vault_id]
        self.look_at_vaults(OWNER)

    @rule(who=who_, which=which_)
    def ask_for_what_is_gone(self, who: str, which: int) -> None:
        engine = self.engines[who]
        if self.model.gone:
            vault_id, item_id = self.model.gone[which % len(self.model.gone)]
            self.refuse(NotFoundError, engine.items.get(vault_id, item_id))
            self.refuse(NotFoundError, engine.items.list(vault_id))
        vault_id, item_id = self.item(who, which, "deleted")
        self.refuse(NotFoundError, engine.items.get(vault_id, item_id))
        self.refuse(NotFoundError, engine.items.archive(vault_id, item_id))
        self.refuse(NotFoundError, engine.items.delete(vault_id, item_id))

    # -- items, one by one ----------------------------------------------------------------

    @rule(who=who_, which=which_, item=draft_)
    def create(self, who: str, which: int, item: dict) -> None:
        self.create_now(who, which, item)

    def create_now(self, who: str, which: int, item: dict) -> tuple[str, str]:
        vault_id = self.vault(who, which)
        made = self.run(self.engines[who].items.create(vault_id, item))
        self.same(made, self.model.write(vault_id, made["id"], "active", facts(item)))
        self.read_back(vault_id, made["id"])
        return vault_id, made["id"]

    @rule(who=who_, which=which_, item=draft_)
    def put(self, who: str, which: int, item: dict) -> None:
        vault_id, item_id = self.item(who, which, "active", "archived")
        engine = self.engines[who]
        read = self.run(engine.items.get(vault_id, item_id))
        changed = self.run(engine.items.put(read | deepcopy(item)))
        self.same(changed, self.model.write(vault_id, item_id, read["state"], facts(item)))
        self.refuse(ConflictError, engine.items.put(read | {"title": "stale"}))
        self.read_back(vault_id, item_id)

    @rule(who=who_, which=which_)
    def archive(self, who: str, which: int) -> None:
        self.archive_now(who, *self.item(who, which, "active"))

    def archive_now(self, who: str, vault_id: str, item_id: str) -> None:
        self.run(self.engines[who].items.archive(vault_id, item_id))
        content = self.model.vaults[vault_id]["items"][item_id][-1]["content"]
        self.model.write(vault_id, item_id, "archived", content)
        self.read_back(vault_id, item_id)

    @rule(who=who_, which=which_)
    def delete(self, who: str, which: int) -> None:
        self.delete_now(who, *self.item(who, which, "active", "archived"))

    def delete_now(self, who: str, vault_id: str, item_id: str) -> None:
        self.run(self.engines[who].items.delete(vault_id, item_id))
        self.model.write(vault_id, item_id, "deleted", {})

    @rule(which=which_)
    def recover(self, which: int) -> None:
        vault_id, item_id = self.item(OWNER, which, "deleted")
        back = self.run(self.engines[OWNER].items.recover(vault_id, item_id))
        content = self.model.vaults[vault_id]["items"][item_id][-2]["content"]
        self.same(back, self.model.write(vault_id, item_id, "active", content))
        self.refuse(NotFoundError, self.engines[OWNER].items.recover(vault_id, item_id))
        self.read_back(vault_id, item_id)

    @rule(which=which_, version=which_)
    def restore(self, which: int, version: int) -> None:
        vault_id, item_id = self.item(OWNER, which, "active", "archived")
        versions = self.model.vaults[vault_id]["items"][item_id]
        number = version % len(versions) + 1
        restoring = self.engines[OWNER].items.restore(vault_id, item_id, number)
        if versions[number - 1]["state"] == "deleted":
            self.refuse(NotFoundError, restoring)
            return
        content, state = versions[number - 1]["content"], versions[-1]["state"]
        restored = self.run(restoring)
        self.same(restored, self.model.write(vault_id, item_id, state, content))
        self.read_back(vault_id, item_id)

    @rule(which=which_, version=which_)
    def look_back(self, which: int, version: int) -> None:
        vault_id, item_id = self.item(OWNER, which, "active", "archived", "deleted")
        engine = self.engines[OWNER]
        versions = self.model.vaults[vault_id]["items"][item_id]
        rows = self.run(engine.items.history(vault_id, item_id))
        assert [(row["version"], row["state"]) for row in rows] == [
            (number, versions[number - 1]["state"]) for number in range(len(versions), 0, -1)
        ]
        number = version % len(versions) + 1
        read = self.run(engine.items.get_version(vault_id, item_id, number))
        if versions[number - 1]["state"] != "deleted":
            self.same(read, self.model.get(vault_id, item_id, number))
        self.refuse(NotFoundError, engine.items.get_version(vault_id, item_id, len(versions) + 1))

    # -- batches --------------------------------------------------------------------------

    @rule(who=who_, which=which_, rows=st.lists(st.none() | draft_, max_size=4))
    def create_all(self, who: str, which: int, rows: list[dict | None]) -> None:
        vault_id = self.vault(who, which)
        wanted = [REFUSED if row is None else row for row in rows]
        answers = self.run(self.engines[who].items.create_all(vault_id, wanted))
        for row, answer in zip(rows, answers, strict=True):
            if row is None:
                assert isinstance(answer, InvalidItemError)
                continue
            self.same(answer, self.model.write(vault_id, answer["id"], "active", facts(row)))
            self.read_back(vault_id, answer["id"])

    @rule(who=who_, which=which_, more=which_)
    def get_all(self, who: str, which: int, more: int) -> None:
        vault_id, item_id = self.item(who, which, "active", "archived", "deleted")
        known = list(self.model.vaults[vault_id]["items"])
        asked = [item_id, "a" * 26, known[more % len(known)], item_id, "no id"]
        answers = self.run(self.engines[who].items.get_all(vault_id, asked))
        living = self.model.items(vault_id, "active", "archived")
        for asked_id, answer in zip(asked, answers, strict=True):
            if asked_id in living:
                self.same(answer, self.model.get(vault_id, asked_id))
            else:
                assert isinstance(answer, NotFoundError)

    @rule(who=who_, which=which_, more=which_)
    def delete_all(self, who: str, which: int, more: int) -> None:
        vault_id, item_id = self.item(who, which, "active", "archived", "deleted")
        known = list(self.model.vaults[vault_id]["items"])
        asked = [item_id, known[more % len(known)], "a" * 26, item_id]
        living = self.model.items(vault_id, "active", "archived")
        answers = self.run(self.engines[who].items.delete_all(vault_id, asked))
        assert list(answers) == list(dict.fromkeys(asked))
        for asked_id, answer in answers.items():
            if asked_id in living:
                assert answer is None
                self.model.write(vault_id, asked_id, "deleted", {})
            else:
                assert isinstance(answer, NotFoundError)

    # -- lists and names --------------------------------------------------------------------

    @rule(who=who_, which=which_, active=st.booleans(), archived=st.booleans())
    def list_items(self, who: str, which: int, active: bool, archived: bool) -> None:
        self.look_at_list(who, self.vault(who, which), active=active, archived=archived)

    @rule(who=who_, which=which_, by_id=st.booleans(), title=title_)
    def resolve(self, who: str, which: int, by_id: bool, title: str) -> None:
        vault_id, item_id = self.item(who, which, "active", "archived", "deleted")
        vault = vault_id if by_id else self.model.vaults[vault_id]["title"]
        content = self.model.vaults[vault_id]["items"][item_id][0]["content"]
        parts = {
            (one, other, section, field)
            for one in (vault, title)
            for other in (item_id, content["title"].upper(), title)
            for section, field in ((None, "F"), (None, "G"), ("s", "g"), ("S", "F"))
        }
        asked = {
            "op://" + "/".join(part for part in row if part): row for row in sorted(parts, key=str)
        }
        answers = self.run(self.engines[who].secrets.resolve_all(list(asked)))
        assert {
            text: answer.tag if isinstance(answer, StrongroomError) else f"={answer.secret}"
            for text, answer in answers.items()
        } == {text: self.model.resolve(who, *row) for text, row in asked.items()}

    @rule(which=which_)
    def find(self, which: int) -> None:
        vault_id, item_id = self.item(OWNER, which, "active")
        content = self.model.get(vault_id, item_id)
        active = {
            key: self.model.get(vault_id, key) for key in self.model.items(vault_id, "active")
        }
        finding = self.engines[OWNER].items.find(content["title"], vault_id=vault_id)
        if len(titled(content["title"], active)) > 1:
            self.refuse(StrongroomError, finding)
        else:
            assert self.run(finding)["id"] == item_id

    # -- environments -----------------------------------------------------------------------

    @rule(title=title_, variables=variables_)
    def make_environment(self, title: str, variables: dict[str, str]) -> None:
        if len(self.model.environments) < 2:
            self.make_environment_now(title, variables)

    def make_environment_now(self, title: str, variables: dict[str, str]) -> None:
        rows = [{"name": name, "value": value} for name, value in variables.items()]
        creating = self.engines[OWNER].environments.create(title, variables=rows)
        if self.is_taken(title):
            self.refuse(NameTakenError, creating)
            return
        made = self.run(creating)
        self.model.environments[made["id"]] = {"title": title, "versions": [variables]}
        self.look_at_environments()

    def is_taken(self, title: str, *, besides: str = "") -> bool:
        """Tell whether another environment of the model has a title."""
        return any(
            normalise_title(row["title"]) == normalise_title(title)
            for key, row in self.model.environments.items()
            if key != besides
        )

    @rule(which=which_, variables=variables_)
    def set_variables(self, which: int, variables: dict[str, str]) -> None:
        key = self.environment(which)
        rows = [{"name": name, "value": value} for name, value in variables.items()]
        engine = self.engines[OWNER]
        changed = self.run(engine.environments.set_variables(key, rows))
        versions = self.model.environments[key]["versions"]
        versions.append(variables)
        assert changed["version"] == len(versions)
        stale = engine.environments.set_variables(key, rows, version=len(versions) - 1)
        self.refuse(ConflictError, stale)

    @rule(which=which_, title=title_)
    def rename_environment(self, which: int, title: str) -> None:
        key = self.environment(which)
        renaming = self.engines[OWNER].environments.update(key, title=title)
        if self.is_taken(title, besides=key):
            self.refuse(NameTakenError, renaming)
            return
        self.run(renaming)
        row = self.model.environments[key]
        row["title"] = title
        row["versions"].append(row["versions"][-1])

    @rule(which=which_, version=which_)
    def look_back_at_environment(self, which: int, version: int) -> None:
        key = self.environment(which)
        versions = self.model.environments[key]["versions"]
        number = version % len(versions) + 1
        read = self.run(self.engines[OWNER].environments.get_version(key, number))
        assert {one["name"]: one["value"] for one in read["variables"]} == versions[number - 1]
        rows = self.run(self.engines[OWNER].environments.history(key))
        assert [row["version"] for row in rows] == list(range(len(versions), 0, -1))

    @rule(which=which_)
    def delete_environment(self, which: int) -> None:
        key = self.environment(which)
        self.run(self.engines[OWNER].environments.delete(key))
        del self.model.environments[key]
        self.refuse(NotFoundError, self.engines[OWNER].environments.get_variables(key))
