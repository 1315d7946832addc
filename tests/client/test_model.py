"""The whole engine beside a plain dictionary: whatever is done in whatever order, both agree.

Two principals, an owner and a service account, share one file. Each keeps an engine that lives
on, and is reopened at any time: with what it remembered, or with nothing but its credential.
Every answer is compared with the model; what was changed is read back through the other
principal's engine; in the end fresh engines read everything.

`STRONGROOM_FAULTS=full` takes thousands of sequences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from strongroom.client.items import items
from strongroom.client.items.history import ItemHistory
from strongroom.client.view.reader import Reader
from strongroom.errors import StrongroomError
from strongroom.items import lookup
from strongroom.testing import AccountTemplate, make_template
from strongroom.wire.revisions import State
from support.engine_machine import Work
from support.engine_model import EXAMPLES, SEEDED, STEPS

# -- the tests -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def template() -> AccountTemplate:
    """An account with one vault that both principals write."""
    return make_template({SEEDED: {}})


@pytest.fixture
def machine(template: AccountTemplate) -> type[Work]:
    """The machine with its template; it counts what it does."""
    return type("Work", (Work,), {"template": template, "told": {}})


def walk(machine: type[Work], *, examples: int = EXAMPLES) -> None:
    """Take random walks; a failure is told with the steps that lead to it."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a walk is short enough to be read as it is
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_engine_agrees_with_a_dictionary(machine: type[Work]) -> None:
    """After any sequence of calls, reopenings among them, all answers are those of the model."""
    walk(machine)
    print(machine.told)
    assert machine.told["calls"] > 20 * EXAMPLES


def never_syncs(patch: pytest.MonkeyPatch) -> None:
    genuine = Reader.sync_fresh

    async def once(self: Reader) -> None:
        if not self.fp:
            await genuine(self)

    patch.setattr(Reader, "sync_fresh", once)


def lists_every_state(patch: pytest.MonkeyPatch) -> None:
    genuine = items.Items._list

    async def everything(self: items.Items, vault: bytes, _states: Any, show_time: Any) -> Any:
        return await genuine(self, vault, (State.ACTIVE, State.ARCHIVED), show_time)

    patch.setattr(items.Items, "_list", everything)


def restores_the_first_version(patch: pytest.MonkeyPatch) -> None:
    genuine = ItemHistory._version

    async def first(self: ItemHistory, vault: bytes, object_id: bytes, _version: int) -> Any:
        return await genuine(self, vault, object_id, 1)

    patch.setattr(ItemHistory, "_version", first)


def compares_case(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lookup, "normalise_title", lambda title: title)


def answers_in_another_order(patch: pytest.MonkeyPatch) -> None:
    genuine = items.ItemWork.current

    async def turned(*asked: Any) -> Any:
        return list(reversed(await genuine(*asked)))

    patch.setattr(items.ItemWork, "current", turned)


def puts_back_into_use(patch: pytest.MonkeyPatch) -> None:
    genuine = items.ItemWork.draft

    def always_active(*given: Any, **named: Any) -> Any:
        return genuine(*given, **named | {"state": State.ACTIVE})

    patch.setattr(items.ItemWork, "draft", always_active)


MUTANTS = (
    never_syncs,
    lists_every_state,
    restores_the_first_version,
    compares_case,
    answers_in_another_order,
    puts_back_into_use,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_model_notices(
    machine: type[Work], mutant: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: an engine that mistakes states, versions, names, order or age is found out."""
    mutant(monkeypatch)
    with pytest.raises((AssertionError, StrongroomError, pytest.fail.Exception)):
        walk(machine, examples=EXAMPLES - 1)
