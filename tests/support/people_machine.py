"""People at work in any order, beside the model of what they may."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from strongroom.client.engine import Engine
from strongroom.errors import ForbiddenError, NotFoundError, StrongroomError, UnauthorizedError
from strongroom.permissions import CREATE_ITEMS, DELETE_ITEMS, MANAGE_VAULT, UPDATE_ITEMS
from support.faults_people import MANAGER, Crowd
from support.homes import login
from support.people_model import (
    ACTIVE,
    ACTORS,
    GROUPS,
    MASKS,
    REMOVED,
    SUSPENDED,
    USERS,
    Vault,
    first_model,
)

# -- the machine ---------------------------------------------------------------------


class People(RuleBasedStateMachine):
    """Random sequences of what people do; the template and its ids come from the fixture."""

    template: Crowd
    vault_ids: dict[str, str]
    group_ids: dict[str, str]
    told: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="people"))
        self.crowd = self.template.copy(self.folder)
        self.ids = dict(self.vault_ids)  # title -> vault id
        self.model = first_model()
        # Those who act know only what their own work tells them; others look after each step.
        self.engines: dict[str, Engine] = {who: self.crowd.open(who) for who in ACTORS}
        self.watchers: dict[str, Engine] = {who: self.crowd.open(who) for who in ACTORS}
        self.number = self.turn = 0
        self.dirty = False

    def teardown(self) -> None:
        try:
            self.settle()
            for who in ACTORS:
                self.look(who, fresh=True)
        finally:
            self.crowd.close()
            shutil.rmtree(self.folder)

    # -- doing and looking -----------------------------------------------------------

    def run(self, coroutine: Any) -> Any:
        return self.crowd.home.run(coroutine)

    def do(self, who: str, expected: type[StrongroomError] | None, work: Callable[..., Any]) -> Any:
        """Let somebody do something; it succeeds, or fails with this very error."""
        self.told["steps"] = self.told.get("steps", 0) + 1
        done, error = self.attempt(work(self.engines[who]))
        if expected is None:
            assert error is None, f"{who}: {error!r}"
            return done or True
        # Who is shut out may be told by what its engine knew last, before the service is asked.
        also = (ForbiddenError, NotFoundError) if expected is UnauthorizedError else ()
        assert isinstance(error, (expected, *also)), f"{who}: {error!r}, {expected.__name__}"
        self.told["refused"] = self.told.get("refused", 0) + 1
        return None

    def attempt(self, coroutine: Any) -> tuple[Any, StrongroomError | None]:
        try:
            return self.run(coroutine), None
        except StrongroomError as error:
            return None, error

    def after(self) -> None:
        """Compare what everybody sees with the model; one by one somebody with a new device."""
        for who in ACTORS:
            self.look(who)
        self.turn += 1
        self.look(ACTORS[self.turn % len(ACTORS)], fresh=True)

    def look(self, who: str, *, fresh: bool = False) -> None:
        if self.model.states[who] != ACTIVE:
            self.shut_out(who, fresh=fresh)
            return
        engine = self.crowd.open(who) if fresh else self.watchers[who]
        try:
            seen = self.run(visible(engine))
        finally:
            if fresh:
                engine.close()
        assert seen == self.model.visible(who), who

    def shut_out(self, who: str, *, fresh: bool) -> None:
        """Somebody who was shut out gets a typed error for everything."""
        ask = self.crowd.open if fresh else lambda _: self.run(self.watchers[who].vaults.list())
        with pytest.raises(UnauthorizedError):
            ask(who)

    def settle(self) -> None:
        """The owner signs what is due; then nothing is, for the administrators either."""
        self.run(self.engines["Ana"].access.settle())
        for who in USERS:
            if self.model.states[who] == ACTIVE and self.model.listed(who):
                assert self.run(self.engines[who].access.due()) == []
        self.dirty = False

    def clean(self) -> None:
        """Settle first where the model would else have to know what waits."""
        if self.dirty:
            self.settle()

    def pick(self, number: int) -> str | None:
        titles = sorted(self.model.vaults)
        return titles[number % len(titles)] if titles else None

    # -- items -------------------------------------------------------------------------

    # Who may do most things comes up most often; the others are refused often enough.
    actors = st.sampled_from(("Ana", "Ana", "Ben", *ACTORS))
    users = st.sampled_from(("Ana", "Ana", "Ben", *USERS))
    numbers = st.integers(0, 11)

    @rule(who=actors, vault=numbers)
    def create_item(self, who: str, vault: int) -> None:
        title = self.pick(vault)
        if title is None:
            return
        self.number += 1
        name, value = f"item {self.number}", f"value {self.number}"
        draft = login(name, field=value)
        expected = self.model.expected(who, title, CREATE_ITEMS)
        made = self.do(who, expected, lambda e: e.items.create(self.ids[title], draft))
        if made:
            self.model.vaults[title].items[name] = value
            self.model.vaults[title].ids[name] = made["id"]
        self.after()

    @rule(who=actors, vault=numbers, item=numbers)
    def edit_item(self, who: str, vault: int, item: int) -> None:
        found = self.pick_item(vault, item)
        if found is None:
            return
        title, name = found
        self.number += 1
        value = f"value {self.number}"

        async def work(engine: Engine) -> None:
            held = await engine.items.get(self.ids[title], self.model.vaults[title].ids[name])
            held["fields"][0]["value"] = value
            await engine.items.put(held)

        if self.do(who, self.model.expected(who, title, UPDATE_ITEMS), work):
            self.model.vaults[title].items[name] = value
        self.after()

    @rule(who=actors, vault=numbers, item=numbers)
    def delete_item(self, who: str, vault: int, item: int) -> None:
        found = self.pick_item(vault, item)
        if found is None:
            return
        title, name = found
        expected = self.model.expected(who, title, DELETE_ITEMS)
        item_id = self.model.vaults[title].ids[name]
        if self.do(who, expected, lambda e: e.items.delete(self.ids[title], item_id)):
            del self.model.vaults[title].items[name]
        self.after()

    def pick_item(self, vault: int, item: int) -> tuple[str, str] | None:
        title = self.pick(vault)
        names = sorted(self.model.vaults[title].items) if title else []
        return (title, names[item % len(names)]) if title and names else None

    # -- vaults and rights ---------------------------------------------------------------

    @rule(who=actors)
    def create_vault(self, who: str) -> None:
        if len(self.model.vaults) > 4:
            return
        self.number += 1
        title = f"vault {self.number}"
        expected: type[StrongroomError] | None = None
        if self.model.states[who] != ACTIVE:
            expected = UnauthorizedError
        elif who == "Robot":
            expected = ForbiddenError
        made = self.do(who, expected, lambda e: e.vaults.create(title))
        if made:
            self.ids[title] = made["id"]
            self.model.vaults[title] = Vault({who: MANAGER, "Administrators": MANAGER})
        self.after()

    @rule(who=actors, vault=numbers)
    def delete_vault(self, who: str, vault: int) -> None:
        title = self.pick(vault)
        if title is None or len(self.model.vaults) < 3:
            return
        expected = self.model.expected(who, title, MANAGE_VAULT)
        if self.do(who, expected, lambda e: e.vaults.delete(self.ids[title])):
            del self.model.vaults[title]
        self.after()

    @rule(
        who=actors,
        vault=numbers,
        whom=st.sampled_from((*ACTORS, *GROUPS)),
        mask=st.sampled_from(MASKS),
    )
    def grant(self, who: str, vault: int, whom: str, mask: int) -> None:
        title = self.pick(vault)
        if title is None:
            return
        self.clean()
        expected = self.model.expected(who, title, MANAGE_VAULT)
        if expected is None and not self.exists(whom):
            expected = ForbiddenError
        granted = self.do(
            who,
            expected,
            lambda e: e.access.grant(self.ids[title], {self.principal(whom): mask}, replace=True),
        )
        if granted:
            self.model.vaults[title].rights[whom] = mask
        self.after()

    @rule(who=actors, vault=numbers, whom=st.sampled_from((*ACTORS, *GROUPS)))
    def revoke(self, who: str, vault: int, whom: str) -> None:
        title = self.pick(vault)
        if title is None:
            return
        self.clean()
        expected = self.model.expected(who, title, MANAGE_VAULT)
        if expected in (None, ForbiddenError) and whom not in self.model.vaults[title].rights:
            expected = NotFoundError  # asked before anything is signed
        work = lambda e: e.access.revoke(self.ids[title], self.principal(whom))  # noqa: E731
        if self.do(who, expected, work):
            del self.model.vaults[title].rights[whom]
        self.after()

    def exists(self, whom: str) -> bool:
        return whom in self.model.groups or self.model.states.get(whom) == ACTIVE

    def principal(self, whom: str) -> str:
        return self.group_ids[whom] if whom in GROUPS else self.crowd.id_of(whom)

    # -- groups ----------------------------------------------------------------------------

    @rule(
        who=users,
        group=st.sampled_from(GROUPS),
        whom=users,
        role=st.sampled_from(["member", "manager"]),
    )
    def add_member(self, who: str, group: str, whom: str, role: str) -> None:
        if whom == "Ana":
            return  # she stays a manager, so that everybody else may go
        self.clean()
        expected = self.may_manage(who, group)
        if expected is None and self.model.states[whom] != ACTIVE:
            expected = ForbiddenError
        work = lambda e: e.groups.add(self.group_ids[group], self.principal(whom), role=role)  # noqa: E731
        if self.do(who, expected, work):
            self.model.groups[group][whom] = role
        self.after()

    @rule(who=users, group=st.sampled_from(GROUPS), whom=users)
    def remove_member(self, who: str, group: str, whom: str) -> None:
        if whom == "Ana":
            return
        self.clean()
        expected = self.may_manage(who, group)
        if expected is None and not self.model.listed(who):
            expected = ForbiddenError  # the group's new keys are in the directory
        if expected is None and whom not in self.model.groups[group]:
            expected = NotFoundError
        work = lambda e: e.groups.remove(self.group_ids[group], self.principal(whom))  # noqa: E731
        if self.do(who, expected, work):
            del self.model.groups[group][whom]
            self.dirty = True
        self.after()

    def may_manage(self, who: str, group: str) -> type[StrongroomError] | None:
        if self.model.states[who] != ACTIVE:
            return UnauthorizedError
        members = self.model.groups.get(group, {})
        if who not in members:
            # No key of it at hand; whoever is not listed is told that first.
            return StrongroomError
        if members[who] == "manager" or self.model.listed(who):
            return None
        return ForbiddenError

    @rule(who=users, group=st.sampled_from(GROUPS), dice=st.integers(0, 3))
    def delete_group(self, who: str, group: str, dice: int) -> None:
        if dice or group not in self.model.groups:
            return
        if self.do(who, self.need_listed(who), lambda e: e.groups.delete(self.group_ids[group])):
            self.model.drop_group(group)
            self.dirty = True
        self.after()

    def need_listed(self, who: str) -> type[StrongroomError] | None:
        if self.model.states[who] != ACTIVE:
            return UnauthorizedError
        return None if self.model.listed(who) else ForbiddenError

    # -- people ----------------------------------------------------------------------------

    @rule(who=users, whom=users, state=st.sampled_from([SUSPENDED, SUSPENDED, REMOVED]))
    def shut(self, who: str, whom: str, state: str) -> None:
        before = self.model.states[whom]
        if before in (REMOVED, state) or (before == ACTIVE and whom == "Ana"):
            return
        expected = self.need_listed(who)
        if expected is None and (who == whom or self.model.listed(whom)):
            expected = ForbiddenError
        verb = "suspend" if state == SUSPENDED else "remove"
        if self.do(who, expected, lambda e: getattr(e.users, verb)(self.principal(whom))):
            self.model.leave(whom, state)
            self.dirty = True
        self.after()

    @rule(who=users, whom=users)
    def reactivate(self, who: str, whom: str) -> None:
        if self.model.states[whom] == ACTIVE:
            return
        self.clean()
        expected = self.need_listed(who)
        if expected is None and self.model.states[whom] == REMOVED:
            expected = ForbiddenError
        if self.do(who, expected, lambda e: e.users.reactivate(self.principal(whom))):
            self.model.states[whom] = ACTIVE
        self.after()

    @rule(who=users, whom=users, role=st.sampled_from(["owner", "administrator", "member"]))
    def give_role(self, who: str, whom: str, role: str) -> None:
        if whom == "Ana" or role == self.model.roles[whom]:
            return
        self.clean()
        expected: type[StrongroomError] | None = None
        if self.model.states[who] != ACTIVE:
            expected = UnauthorizedError
        elif (
            self.model.roles[who] != "owner"
            or self.model.states[whom] != ACTIVE
            or (who == whom and self.model.roles[whom] == "owner")
        ):
            expected = ForbiddenError
        steps = role_steps(self.model.roles[whom], role)

        async def work(engine: Engine) -> None:
            for group, verb in steps:
                await getattr(engine.groups, verb)(group, self.principal(whom))

        if self.do(who, expected, work):
            self.model.roles[whom] = role
            self.dirty = True
        self.after()

    @rule(who=users, end=st.booleans(), dice=st.integers(0, 2))
    def rotate_token(self, who: str, end: bool, dice: int) -> None:
        robot = self.principal("Robot")
        if self.model.states["Robot"] == REMOVED:
            return
        self.clean()
        if end and not dice:
            if self.do(who, self.need_listed(who), lambda e: e.service_accounts.revoke(robot)):
                self.model.leave("Robot", REMOVED)
                self.dirty = True
        else:
            token = self.do(who, self.need_listed(who), lambda e: e.service_accounts.rotate(robot))
            if token:
                self.crowd.token = token.expose()
                for engines in (self.engines, self.watchers):
                    with pytest.raises(UnauthorizedError):
                        self.run(engines["Robot"].vaults.list())
                    engines["Robot"].close()
                    engines["Robot"] = self.crowd.open("Robot")
        self.after()

    # -- engines -----------------------------------------------------------------------------

    @rule(who=st.sampled_from(["Ana", "Ben"]))
    def settle_all(self, who: str) -> None:
        if self.model.states[who] == ACTIVE:
            self.do(who, None, lambda e: e.access.settle())
        self.settle()
        self.after()

    @rule(who=actors, remembers=st.booleans())
    def reopen(self, who: str, remembers: bool) -> None:
        """Close an engine; the next one knows what this one had seen, or nothing."""
        if self.model.states[who] != ACTIVE:
            return
        marks = self.engines[who].marks if remembers and who != "Robot" else None
        self.engines[who].close()
        with pytest.raises(StrongroomError):
            self.run(self.engines[who].vaults.list())
        self.engines[who] = self.crowd.open(who, marks)
        self.after()


async def visible(engine: Engine) -> dict[str, dict[str, str]]:
    """Return what an engine shows: values by title, by the title of each shared vault."""
    seen: dict[str, dict[str, str]] = {}
    for vault in await engine.vaults.list():
        if vault["vaultType"] != "personal":
            rows = await engine.items.list(vault["id"])
            references = [f"op://{vault['id']}/{row['id']}/field" for row in rows]
            told = await engine.secrets.resolve_all(references)
            values = [told[reference] for reference in references]
            for value in values:
                if isinstance(value, StrongroomError):
                    raise value
            titles = [row["title"] for row in rows]
            seen[vault["title"]] = {t: v.secret for t, v in zip(titles, values, strict=True)}
    return seen


def role_steps(before: str, after: str) -> list[tuple[str, str]]:
    """Return the groups to enter or leave on the way from one role to another."""
    if after == "owner":
        return [("Owners", "add")]
    leave = [("Owners", "remove")] if before == "owner" else []
    if after == "administrator":
        return leave or [("Administrators", "add")]
    return [*leave, ("Administrators", "remove")]
