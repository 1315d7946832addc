"""People at work in any order, beside a plain model of who may read and write what.

An owner, an administrator, two members and a service account share one file;
each has an engine that lives on through everything, and fresh ones. After every
step everybody's visible vaults and values are those of the model, whoever was
shut out gets a typed error, and after a settling nothing is due any more.

`STRONGROOM_FAULTS=full` takes thousands of steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from strongroom.client.change import change
from strongroom.client.people import rights as access
from strongroom.client.view.reader import Reader
from strongroom.errors import StaleEpochError
from strongroom.service import authority
from strongroom.service.objects import revisions
from strongroom.wire.entries import Entry
from support.faults_people import EDITOR, READER, make_crowd, make_robot
from support.people_machine import People
from support.people_model import EXAMPLES, GROUPS, STEPS, first_model


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[People]]:
    """The machine with its first file: two groups, two vaults, nothing in them."""
    crowd = make_crowd(tmp_path_factory.mktemp("people"))
    ana, run = crowd.open("Ana"), crowd.home.run
    model = first_model()
    vaults = {title: run(ana.vaults.create(title))["id"] for title in model.vaults}
    make_robot(crowd, {vaults["alpha"]: READER, vaults["beta"]: EDITOR})
    groups = {name: run(ana.groups.create(name))["id"] for name in GROUPS}
    run(ana.groups.add("crew", crowd.id_of("Cleo")))
    run(ana.access.grant(vaults["alpha"], {groups["crew"]: EDITOR}))
    run(ana.access.grant(vaults["beta"], {crowd.id_of("Dan"): READER}))
    crowd.close()

    class Machine(People):
        template = crowd
        vault_ids = vaults
        group_ids = groups
        told: ClassVar = {}

    yield Machine
    crowd.close()


def walk(machine: type[People], *, examples: int = EXAMPLES, steps: int = STEPS) -> None:
    """Take random walks; a failure is told with the steps that lead to it."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a walk is short enough to be read as it is
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_everybody_sees_what_the_model_says(machine: type[People]) -> None:
    """Whatever people do in whatever order, each reads and writes what the model says, no more."""
    walk(machine)
    print(f"steps: {machine.told['steps']}, of which refused: {machine.told['refused']}")
    assert machine.told["refused"] > EXAMPLES


def never_syncs(patch: pytest.MonkeyPatch) -> None:
    genuine = Reader.sync_fresh

    async def once(self: Reader) -> None:
        if not self.fp:
            await genuine(self)

    patch.setattr(Reader, "sync_fresh", once)


def forgets_to_rotate(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(change.Change, "is_stale", lambda *_, **__: False)


def revokes_nothing(patch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object, **__: object) -> None:
        return None

    patch.setattr(access.Rights, "revoke", nothing)


def lets_everybody_in(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Entry, "is_active", property(lambda _: True))


def refuses_who_was_outrun(patch: pytest.MonkeyPatch) -> None:
    genuine = authority.is_current_member

    async def strict(*args: Any) -> bool:
        try:
            return await genuine(*args)
        except StaleEpochError:
            return False

    patch.setattr(revisions, "is_current_member", strict)


MUTANTS = (
    refuses_who_was_outrun,
    never_syncs,
    forgets_to_rotate,
    revokes_nothing,
    lets_everybody_in,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_the_model_notices(
    machine: type[People], mutant: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: an engine that does not sync, rotate, drop or refuse somebody is found out."""
    mutant(monkeypatch)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        walk(machine, examples=EXAMPLES - 1)
