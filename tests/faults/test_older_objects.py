"""Older revisions shown to a process that comes later (T6, T8, T9).

The first process opens what there is and ends; its memory is the local files
of section 14, and nothing else. Then the keeper shows older revisions, without
touching anything that a head or an access record speaks of, or a demoted author
signs one as if before. The second process refuses by the mark. Mutants stand
beside the refusals.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from strongroom.client.engine import Engine
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.environments.models import VariableEdit
from strongroom.errors import StrongroomError
from strongroom.home.files import Folder
from strongroom.home.objects import ObjectsFiles
from strongroom.home.state import StateFile
from strongroom.ids import format_id, parse_id
from strongroom.wiring.engines import open_token
from support.faults_forgers import Stage

FORGED = "forged-value"
ROLLBACK = ("RollbackError", "mark")
Outcome = tuple[str, str | None]


class Computer:
    """What one person's programs leave behind, in a folder of local files."""

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage = stage
        self._person = stage.crowd.people[name]
        folder = Folder(stage.crowd.path.parent / f"home of {name}")
        self._state = StateFile(folder, self._person.account, self._person.user)

    def process(self, work: Callable[[Engine], Any]) -> Outcome:
        """Open an engine from the files, do something, and store what was seen."""
        seed = self._person.seed
        marks = self._state.open(seed, self._person.marks())
        engine = self._stage.crowd.open(self._person.name, marks)
        try:
            return "value", str(work(engine))
        except StrongroomError as error:
            return type(error).__name__, error.layer
        finally:
            self._state.merge(engine.marks, seed=seed)


def item(stage: Stage, title: str) -> Callable[[Engine], Any]:
    where = (format_id(stage.vault), format_id(stage.items[title]))

    def get(engine: Engine) -> Any:
        return stage.crowd.home.run(engine.items.get(*where))["fields"][0]["value"]

    return get


def show(stage: Stage, object_id: bytes, version: int) -> None:
    """Make an older version the current one, as the keeper can without anybody's keys."""
    stage.file.run("UPDATE objects SET version = ?, state = 1 WHERE id = ?", version, object_id)


# -- objects of every kind -------------------------------------------------------------------


Case = tuple[bytes, Callable[[Engine], Any], str, str]  # object, reading it, older value, newer


def an_item(stage: Stage) -> Case:
    return stage.items["item"], item(stage, "item"), "item-2", "item-3"


def a_vault(stage: Stage) -> Case:
    owner, run, vault = stage.crowd.open("Ana"), stage.crowd.home.run, format_id(stage.vault)
    run(owner.vaults.update(vault, title="renamed"))
    return (
        stage.vault,
        lambda engine: run(engine.vaults.get(vault))["title"],
        "vault",
        "renamed",
    )


def an_environment(stage: Stage) -> Case:
    owner, run = stage.crowd.open("Ana"), stage.crowd.home.run
    made = run(owner.environments.create("prod"))["id"]
    for value in ("older", "newer"):
        run(owner.environments.edit(made, [VariableEdit("URL", value)]))

    def get(engine: Engine) -> Any:
        return run(engine.environments.get(made, variables=True))["variables"][0]["value"]

    return parse_id(made), get, "older", "newer"


def a_profile(stage: Stage) -> Case:
    owner, run, gus = stage.crowd.open("Ana"), stage.crowd.home.run, stage.crowd.id_of("Gus")
    run(owner.users.edit(gus, name="Gustav"))

    def find(engine: Engine) -> Any:
        address = "gus@example.org"
        return run(engine.users.find(address))["name"]

    return parse_id(gus), find, "Gus", "Gustav"


CASES = {"an item": an_item, "a vault": a_vault, "an environment": an_environment}
CASES |= {"a profile": a_profile}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_older_version(stage: Stage, case: Callable[[Stage], Case]) -> None:
    """What one process has opened, the next one is shown no older version of (T6)."""
    object_id, read, _, newer = case(stage)
    computer = Computer(stage, "Ana")
    assert computer.process(read) == ("value", newer)
    current = stage.file.newest(object_id)
    assert current is not None
    show(stage, object_id, current[0].version - 1)
    assert computer.process(read) == ROLLBACK
    # The refusal is no accident of one run: what was remembered stays.
    assert computer.process(read) == ROLLBACK
    show(stage, object_id, current[0].version)
    assert computer.process(read) == ("value", newer)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_process_without_the_objects_files(
    stage: Stage, case: Callable[[Stage], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: a process that reads the state file alone believes the older version."""
    object_id, read, older, _ = case(stage)
    computer = Computer(stage, "Ana")
    computer.process(read)
    current = stage.file.newest(object_id)
    assert current is not None
    show(stage, object_id, current[0].version - 1)
    monkeypatch.setattr(ObjectsFiles, "find", lambda *_, **__: None)
    monkeypatch.setattr(ObjectsFiles, "merge", lambda *_, **__: None)
    assert computer.process(read) == ("value", older)


def test_a_deleted_item_shown_again(stage: Stage) -> None:
    """Who saw the deletion refuses the last active version in a later process, too (T8)."""
    ana, run = Computer(stage, "Ana"), stage.crowd.home.run
    where = (format_id(stage.vault), format_id(stage.items["sibling"]))
    assert ana.process(lambda engine: run(engine.items.delete(*where)))[0] == "value"
    show(stage, stage.items["sibling"], 3)
    assert ana.process(item(stage, "sibling")) == ROLLBACK
    assert Computer(stage, "Cleo").process(item(stage, "sibling")) == ("value", "sibling-3")


def test_an_older_version_in_a_list(stage: Stage) -> None:
    """A list is not checked for authors (T21), but shows nothing older than what was opened."""
    computer, run = Computer(stage, "Cleo"), stage.crowd.home.run
    computer.process(item(stage, "item"))
    show(stage, stage.items["item"], 1)
    listed = computer.process(lambda engine: run(engine.items.list(format_id(stage.vault))))
    assert listed == ROLLBACK


# -- an author of before (T9) ----------------------------------------------------------------


def as_if_before(stage: Stage) -> None:
    """Let Gus, who may only read now, change an item under the record that let him."""
    gus, then = stage.forgers["Gus"], stage.file.records(stage.vault)[stage.past["vault"]]
    stored = gus.revision(
        stage.file, then, stage.items["item"], title="item", value=FORGED, rev=stage.past["head"]
    )
    stage.file.put_revision(stored)


def test_an_item_changed_as_if_before(stage: Stage) -> None:
    """A later version under an older record deceives no later process of who saw the newer one."""
    computer = Computer(stage, "Cleo")
    assert computer.process(item(stage, "item")) == ("value", "item-3")
    as_if_before(stage)
    assert computer.process(item(stage, "item")) == ROLLBACK
    assert Computer(stage, "Dan").process(item(stage, "item")) == ("value", FORGED)


def test_files_without_the_access_rev(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: with files that hold versions and hashes only, the later process believes it."""
    computer = Computer(stage, "Cleo")
    computer.process(item(stage, "item"))
    as_if_before(stage)
    genuine = ObjectsFiles.find

    def find(*parts: Any, **more: Any) -> Any:
        mark = genuine(*parts, **more)
        return mark and msgspec.structs.replace(mark, access_rev=0)

    monkeypatch.setattr(ObjectsFiles, "find", find)
    assert computer.process(item(stage, "item")) == ("value", FORGED)


# -- tokens ----------------------------------------------------------------------------------


def by_token(stage: Stage, folder: Folder | None) -> Outcome:
    """Resolve a reference in a process of a token's own."""
    opening = open_token(
        stage.crowd.token,
        runtime=InlineRuntime(),
        clock=stage.crowd.home.clock,
        url_override=stage.crowd.home.url,
        state_folder=folder,
    )
    engine = drive(opening)
    try:
        return "value", drive(engine.secrets.resolve("op://vault/item/field"))
    except StrongroomError as error:
        return type(error).__name__, error.layer
    finally:
        engine.close()


def test_a_token_with_a_state_folder(stage: Stage) -> None:
    """A token with a state folder refuses in a later process; one without has no memory (T6)."""
    folder = Folder(stage.crowd.path.parent / "state")
    assert by_token(stage, folder) == by_token(stage, None) == ("value", "item-3")
    show(stage, stage.items["item"], 2)
    assert by_token(stage, folder) == ROLLBACK
    assert by_token(stage, None) == ("value", "item-2")


def test_a_token_that_stores_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: a token whose marks of objects are never news believes the older version."""
    folder = Folder(stage.crowd.path.parent / "state")
    monkeypatch.setattr(Marks, "accept_object", lambda *_, **__: None)
    by_token(stage, folder)
    show(stage, stage.items["item"], 2)
    assert by_token(stage, folder) == ("value", "item-2")
