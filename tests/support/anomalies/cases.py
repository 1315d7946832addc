"""The use cases of an engine for the anomaly loop, on the account of `engines`."""

from __future__ import annotations

from typing import Any, Final

from strongroom.environments.models import VariableEdit
from strongroom.secret import Secret
from support.anomalies.engines import FAR_MS, NEW, READ, Scene, held, new_file
from support.anomalies.loop import Case, State
from support.homes import login

# Who is gone is gone with the first step; the new keys are made by this or the next writer.
_KEYS_LATER = "an error says that the new keys are not made yet"
_STEPS = "who is gone from the directory loses the rows of containers one by one"


def _item(scene: Scene) -> Any:
    return scene.run(scene.engine.items.get(scene.ids["work"], scene.ids["item"]))


def _changed(scene: Scene) -> Any:
    item = _item(scene)
    item["fields"][0]["value"] = "second"
    return item


def _with_file(title: str) -> Any:
    return login(title, password="x") | {"files": [new_file()]}


def _dora(scene: Scene) -> Any:
    return scene.run(scene.engine.invites.find("dora@example.org"))


def _of_item(verb: str, item: str = "item", *more: Any) -> Any:
    """Return what calls a method of items with the ids of an item."""

    def run(scene: Scene, _held: Any) -> Any:
        method = getattr(scene.engine.items, verb)
        return scene.run(method(scene.ids["work"], scene.ids[item], *more))

    return run


def _of(area: str, verb: str, *names: str, **options: Any) -> Any:
    """Return what calls a method of an area with ids by name, or with texts."""

    def run(scene: Scene, _held: Any) -> Any:
        method = getattr(getattr(scene.engine, area), verb)
        return scene.run(method(*(scene.ids.get(name, name) for name in names), **options))

    return run


def _grant(scene: Scene, _held: Any) -> Any:
    return scene.run(scene.engine.access.grant(scene.ids["other"], {scene.ids["ben"]: READ}))


def _robot(scene: Scene, _held: Any) -> Any:
    return scene.run(scene.engine.service_accounts.create("second", {scene.ids["work"]: READ}))


def _edit(scene: Scene, _held: Any) -> Any:
    edits = [VariableEdit("KEY", "key-2", masked=True)]
    return scene.run(scene.engine.environments.edit(scene.ids["environment"], edits))


def _without_deleted_copy(state: State) -> State:
    """Leave out the copy of an item that was deleted again, since the item could not be moved."""
    vaults = [(*row[:-1], ()) if row[0] == "other" else row for row in state["vaults"]]
    return state | {"vaults": vaults}


_ITEMS: Final = (
    Case("resolve", _of("secrets", "resolve", "op://work/one/password")),
    Case("list items", _of("items", "list", "work")),
    Case("open an engine", lambda s, _: s.home.owner()),
    Case("create an item", lambda s, _: s.run(s.engine.items.create(s.ids["work"], login("two")))),
    Case(
        "create an item with a file",
        lambda s, _: s.run(s.engine.items.create(s.ids["work"], _with_file("three"))),
    ),
    Case(
        "create a batch",
        lambda s, _: s.run(
            s.engine.items.create_all(s.ids["work"], [login("four"), login("five")])
        ),
    ),
    Case("edit an item", lambda s, item: s.run(s.engine.items.put(item)), _changed),
    Case(
        "attach a file",
        lambda s, item: s.run(s.engine.files.attach(item, new_file())),
        _item,
    ),
    Case(
        "remove a file",
        lambda s, item: s.run(s.engine.files.delete(item, "s", "a.txt")),
        _item,
    ),
    Case("archive an item", _of_item("archive")),
    Case("delete an item", _of_item("delete")),
    Case("restore a version", _of_item("restore", "item", 1)),
    Case("recover an item", _of_item("recover", "gone")),
    Case(
        "move an item",
        lambda s, _: s.run(s.engine.items.move(s.ids["work"], s.ids["item"], s.ids["other"])),
        between="the copy is made first, so that the item is never nowhere",
        settled=_without_deleted_copy,
    ),
)
_CONTAINERS: Final = (
    Case("create a vault", _of("vaults", "create", "new")),
    Case("rename a vault", _of("vaults", "update", "work", title="renamed")),
    Case("delete a vault", _of("vaults", "delete", "work")),
    Case("grant", _grant),
    Case("revoke", _of("access", "revoke", "work", "ben")),
    Case("create an environment", _of("environments", "create", "testing")),
    Case("edit an environment", _edit),
    Case("delete an environment", _of("environments", "delete", "environment")),
)
_PEOPLE: Final = (
    Case("create a group", _of("groups", "create", "crew")),
    Case("add to a group", _of("groups", "add", "team", "ben")),
    Case("remove from a group", _of("groups", "remove", "team", "cleo"), unsaid=_KEYS_LATER),
    Case("delete a group", _of("groups", "delete", "team"), between=_STEPS, unsaid=_KEYS_LATER),
    Case("give a role", _of("groups", "add", "Administrators", "ben")),
    Case("invite", _of("invites", "create", "emil@example.org")),
    Case("confirm", lambda s, one: s.run(s.engine.invites.confirm(one)), _dora),
    Case("suspend a user", _of("users", "suspend", "ben"), between=_STEPS, unsaid=_KEYS_LATER),
    Case("remove a user", _of("users", "remove", "cleo"), between=_STEPS, unsaid=_KEYS_LATER),
    Case("create a service account", _robot),
    Case("rotate a token", _of("service_accounts", "rotate", "robot", old_ends_ms=FAR_MS)),
    Case(
        "revoke a service account",
        _of("service_accounts", "revoke", "robot"),
        between=_STEPS,
        unsaid=_KEYS_LATER,
    ),
    Case(
        "change the password",
        lambda s, _: s.run(s.engine.credentials.change_password(held(s.home), Secret(NEW))),
    ),
)
CASES: Final = {case.name: case for case in (*_ITEMS, *_CONTAINERS, *_PEOPLE)}
