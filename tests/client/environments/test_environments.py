"""Environments: create, list, get, change, history, delete, and who may do it."""

from functools import partial

import pytest

from strongroom.client.vaults import TITLE_CHARACTERS_MAX
from strongroom.client.view.objects import Draft, need_details
from strongroom.environments.models import VariableEdit
from strongroom.environments.rules import VARIABLE_VALUE_BYTES_MAX, VARIABLES_MAX
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    IntegrityError,
    NotFoundError,
    TooLargeError,
)
from strongroom.ids import format_id, parse_id
from strongroom.permissions import ALL_BITS, READ_ITEMS, REVEAL_ITEM_PASSWORD, SERVICE_ACCOUNT_WORDS
from strongroom.wire.access import Subtype
from support.environments import KIND, A, B, token, variables

KEYS = {"id", "title", "description", "version", "createdAt", "updatedAt"}


def fetch(run, engine, env):
    """Return the own object as it is stored."""
    ask = partial(engine.session.fetch, parse_id(env), parse_id(env), kind=KIND)
    return run(engine.session.fresh(ask))


def test_create(run, shared, owner, made, env, name):
    """A new environment is the caller's, with its variables in order, seen by every engine."""
    assert set(made) == KEYS
    assert (made["title"], made["description"], made["version"]) == (name, "for tests", 1)
    for engine in (owner, shared.owner()):
        assert run(engine.environments.get(env)) == made
        assert made in run(engine.environments.list())
        assert variables(run, engine, env) == [A, B]
        assert run(engine.environments.get(env, variables=True)) == made | {"variables": [A, B]}


def test_kind_and_accessors(run, owner, env):
    """It is a container of kind 2, subtype 0, of its maker and the administrators."""
    record = owner.session.containers[parse_id(env)].record
    assert (record.kind, record.subtype) == (2, Subtype.USER_CREATED)
    rows = run(owner.access.list(env, kind=KIND))
    administrators = format_id(owner.session.directory.root.administrators_group)
    assert {row["id"]: row["permissions"] for row in rows} == {
        owner.identity()["principalId"]: ALL_BITS,
        administrators: ALL_BITS,
    }


def test_empty(run, owner, name):
    """An environment needs no variables."""
    made = run(owner.environments.create(name))
    assert made["description"] == ""
    assert variables(run, owner, made["id"]) == []


NOT_TITLES = {"empty": "", "blanks": "   ", "too long": "x" * (TITLE_CHARACTERS_MAX + 1)}


@pytest.mark.parametrize("title", NOT_TITLES.values(), ids=NOT_TITLES)
def test_refused_titles(run, owner, env, title):
    """No title, or one beyond 512 characters, is refused and makes or changes nothing."""
    before = run(owner.environments.list())
    with pytest.raises(InputError):
        run(owner.environments.create(title))
    with pytest.raises(InputError):
        run(owner.environments.update(env, title=title))
    assert run(owner.environments.list()) == before


def test_longest_title(run, owner, env):
    """A title of 512 characters comes back as it was given."""
    title = "x" * TITLE_CHARACTERS_MAX
    assert run(owner.environments.update(env, title=title))["title"] == title


TOO_MUCH = {
    "too many": [{"name": str(number), "value": ""} for number in range(VARIABLES_MAX + 1)],
    "a long value": [{"name": "A", "value": "v" * (VARIABLE_VALUE_BYTES_MAX + 1)}],
    "two of one name": [A, A],
    "no name": [{"name": "", "value": "1"}],
}


@pytest.mark.parametrize("rows", TOO_MUCH.values(), ids=TOO_MUCH)
def test_refused_variables(run, owner, env, rows):
    """Variables that cannot be stored make and change nothing."""
    before = run(owner.environments.list())
    with pytest.raises(InputError):
        run(owner.environments.create("x", variables=rows))
    with pytest.raises(InputError):
        run(owner.environments.set_variables(env, rows))
    assert run(owner.environments.list()) == before


def test_size_of_all(run, owner, name):
    """All variables together have at most the 8 MiB of details; below it they come back."""
    rows = [{"name": str(n), "value": "v" * VARIABLE_VALUE_BYTES_MAX} for n in range(68)]
    made = run(owner.environments.create(name, variables=rows))
    assert len(variables(run, owner, made["id"])) == 68
    with pytest.raises(TooLargeError):
        run(owner.environments.edit(made["id"], [VariableEdit("one more", rows[0]["value"])]))


# -- changes -----------------------------------------------------------------------------------


def test_update(run, shared, owner, made, env, name):
    """A change leaves alone what it does not name, variables included."""
    other = shared.owner()
    run(other.environments.list())
    first = run(owner.environments.update(env, title=f"{name} new"))
    second = run(owner.environments.update(env, description="why"))
    assert (first["version"], second["version"]) == (2, 3)
    assert (second["title"], second["description"]) == (f"{name} new", "why")
    assert second["createdAt"] == made["createdAt"]
    assert run(other.environments.get(env)) == second
    assert variables(run, other, env) == [A, B]


def test_edit(run, shared, owner, env):
    """Set and removed variables are one version; the others keep their places."""
    other = shared.owner()
    assert variables(run, other, env) == [A, B]
    edits = [VariableEdit("C", "3"), VariableEdit("A", "new"), VariableEdit("B", remove=True)]
    assert run(owner.environments.edit(env, edits))["version"] == 2
    expected = [A | {"value": "new"}, {"name": "C", "value": "3", "masked": False}]
    assert variables(run, other, env) == expected
    assert run(owner.environments.update(env, title="t", edits=[VariableEdit("C", "4")])) | {
        "version": 3,
        "title": "t",
    } == run(other.environments.get(env))


def test_edit_with_replace(run, owner, env):
    """With `replace` everything else goes."""
    run(owner.environments.update(env, edits=[VariableEdit("B", "x")], replace=True))
    assert variables(run, owner, env) == [B | {"value": "x"}]


def test_refused_edit(run, owner, env):
    """An edit of which one part is refused changes nothing."""
    with pytest.raises(InputError):
        run(owner.environments.edit(env, [VariableEdit("A", "x"), VariableEdit("Z", remove=True)]))
    assert variables(run, owner, env) == [A, B]


def test_set_variables(run, owner, env):
    """All variables can be replaced, and against a version that was read."""
    assert run(owner.environments.set_variables(env, [B]))["version"] == 2
    assert run(owner.environments.set_variables(env, [A], version=2))["version"] == 3
    assert variables(run, owner, env) == [A]
    with pytest.raises(ConflictError):
        run(owner.environments.set_variables(env, [B], version=2))
    assert variables(run, owner, env) == [A]


def test_delete(run, shared, owner, env, name):
    """A deleted environment is gone for everybody, with its variables."""
    other = shared.owner()
    assert variables(run, other, env) == [A, B]
    run(owner.environments.delete(env))
    for engine in (owner, other, shared.owner()):
        assert env not in {row["id"] for row in run(engine.environments.list())}
        for ask in (
            engine.environments.get(env),
            engine.environments.get_variables(env),
            engine.environments.history(env),
            engine.environments.edit(env, [VariableEdit("A", "1")]),
            engine.environments.delete(env),
        ):
            with pytest.raises(NotFoundError):
                run(ask)
        with pytest.raises(NotFoundError):
            run(engine.environments.find(name))


def test_history(run, owner, env, name):
    """Every change is a version, newest first, and each can be read as it was."""
    run(owner.environments.edit(env, [VariableEdit("A", "new")]))
    run(owner.environments.update(env, title=f"{name} new"))
    rows = run(owner.environments.history(env))
    assert [row["version"] for row in rows] == [3, 2, 1]
    assert {row["state"] for row in rows} == {"active"}
    assert {row["author"] for row in rows} == {owner.identity()["principalId"]}
    first = run(owner.environments.get_version(env, 1))
    assert (first["title"], first["variables"]) == (name, [A, B])
    second = run(owner.environments.get_version(env, 2))
    assert second["variables"] == [A | {"value": "new"}, B]
    for version in (0, -1, 4, 2**53):
        with pytest.raises(NotFoundError, match="has no version"):
            run(owner.environments.get_version(env, version))


def test_restore(run, owner, env, name):
    """An older version's variables come back as a new version; title and description stay."""
    run(owner.environments.update(env, title=f"{name} new", edits=[VariableEdit("C")]))
    run(owner.environments.set_variables(env, []))
    restored = run(owner.environments.restore(env, 1))
    assert (restored["version"], restored["title"]) == (4, f"{name} new")
    assert restored["description"] == "for tests"
    assert variables(run, owner, env) == [A, B]
    for version in (0, 5, 2**53):
        with pytest.raises(NotFoundError, match="has no version"):
            run(owner.environments.restore(env, version))
    assert run(owner.environments.get(env))["version"] == 4


def test_restore_of_something_else(run, owner, env):
    """A version that does not hold variables is refused, and nothing is written."""
    before = fetch(run, owner, env)
    draft = Draft(
        object=parse_id(env), overview={"title": "x"}, details={"variables": "no"}, before=before
    )
    run(owner.session.write(parse_id(env), [draft], kind=KIND))
    run(owner.environments.set_variables(env, [A]))
    with pytest.raises(IntegrityError):
        run(owner.environments.restore(env, 2))
    assert run(owner.environments.get(env))["version"] == 3


def test_restore_by_a_reader(run, shared, env):
    """Who may only read an environment restores nothing."""
    reader = token(shared, env, SERVICE_ACCOUNT_WORDS["read_items"])
    with pytest.raises(ForbiddenError):
        run(reader.environments.restore(env, 1))


def test_unknown_keys_are_carried(run, owner, env):
    """What a newer client wrote in the documents survives every kind of change."""
    session = owner.session
    before = fetch(run, owner, env)
    rows = [need_details(before)["variables"][0] | {"colour": "red"}, B]
    draft = Draft(
        object=parse_id(env),
        overview=before.overview | {"icon": "gear"},
        details={"variables": rows, "profile": 1},
        before=before,
    )
    run(session.write(parse_id(env), [draft], kind=KIND))
    run(owner.environments.edit(env, [VariableEdit("A", "new")]))
    run(owner.environments.set_variables(env, [B, A]))
    run(owner.environments.update(env, description="x"))
    run(owner.environments.restore(env, 2))
    run(owner.environments.set_variables(env, [B, A]))
    after = fetch(run, owner, env)
    assert after.overview["icon"] == "gear"
    assert after.details["profile"] == 1
    assert after.details["variables"] == [B, A | {"colour": "red"}]
    assert variables(run, owner, env) == [B, A]


def test_something_else_in_the_details(run, owner, env):
    """Details that are no variables are refused, until all variables are replaced."""
    session = owner.session
    before = fetch(run, owner, env)
    draft = Draft(
        object=parse_id(env), overview={"title": "x"}, details={"variables": "no"}, before=before
    )
    run(session.write(parse_id(env), [draft], kind=KIND))
    assert run(owner.environments.get(env))["title"] == "x"
    for ask in (
        owner.environments.get_variables(env),
        owner.environments.edit(env, [VariableEdit("A", "1")]),
    ):
        with pytest.raises(IntegrityError):
            run(ask)
    run(owner.environments.set_variables(env, [A]))
    assert variables(run, owner, env) == [A]


# -- names and kinds ---------------------------------------------------------------------------


def test_find(run, shared, owner, env, name):
    """An environment is found by id or title, case aside, also when another engine made it."""
    for text in (env, name, name.upper(), f" {name} "):
        assert run(owner.environments.find(text))["id"] == env
    later = run(shared.owner().environments.create(f"{name} later"))["id"]
    assert run(owner.environments.find(f"{name} later"))["id"] == later
    run(shared.owner().environments.update(later, title=f"{name} renamed"))
    assert run(owner.environments.find(f"{name} renamed"))["id"] == later
    with pytest.raises(NotFoundError) as caught:
        run(owner.environments.find(f"{name} later"))
    assert caught.value.tag == "environmentNotFound"


def test_vaults_are_no_environments(run, owner, vault, env, name):
    """A vault and an environment may share a title, and neither passes for the other."""
    assert run(owner.vaults.find(name))["id"] == vault
    assert run(owner.environments.find(name))["id"] == env
    assert env not in {row["id"] for row in run(owner.vaults.list())}
    assert vault not in {row["id"] for row in run(owner.environments.list())}
    for ask in (
        owner.environments.get_variables(vault),
        owner.environments.delete(vault),
        owner.vaults.get(env),
        owner.vaults.delete(env),
        owner.items.create(env, {"title": "x", "category": "Login"}),
    ):
        with pytest.raises(NotFoundError):
            run(ask)


@pytest.mark.parametrize("env_id", ["", "x", "a" * 26, "A" * 26, "a" * 25 + "b"])
def test_unknown(run, owner, env_id):
    """What is no environment's id is not found, in words that name environments."""
    for ask in (owner.environments.get_variables, owner.environments.delete):
        with pytest.raises(NotFoundError, match="environment not found") as caught:
            run(ask(env_id))
        assert caught.value.tag == "environmentNotFound"


def test_an_id_that_is_no_text(run, owner):
    """An id of another type is the caller's fault."""
    with pytest.raises(InputError):
        run(owner.environments.get_variables(None))


# -- permissions -------------------------------------------------------------------------------


def test_reader(run, shared, owner, env, name):
    """A service account that may read sees this environment alone, and changes nothing."""
    other = run(owner.environments.create(f"{name} other"))["id"]
    robot = token(shared, env, READ_ITEMS | REVEAL_ITEM_PASSWORD)
    assert variables(run, robot, env) == [A, B]
    assert [row["id"] for row in run(robot.environments.list())] == [env]
    assert run(robot.environments.find(name))["id"] == env
    refused = {
        "edit": robot.environments.edit(env, [VariableEdit("A", "x")]),
        "set": robot.environments.set_variables(env, []),
        "rename": robot.environments.update(env, title="x"),
        "delete": robot.environments.delete(env),
        "make": robot.environments.create("x"),
        "history": robot.environments.history(env),
    }
    for what, ask in refused.items():
        with pytest.raises(ForbiddenError):
            run(ask)
        assert run(owner.environments.get(env))["version"] == 1, what
    with pytest.raises(NotFoundError):
        variables(run, robot, other)


def test_words(run, shared, owner, env):
    """`read_items` reads with history, `write_items` changes too, in the writer's name."""
    reader_ = token(shared, env, SERVICE_ACCOUNT_WORDS["read_items"])
    writer = token(shared, env, SERVICE_ACCOUNT_WORDS["write_items"])
    run(writer.environments.edit(env, [VariableEdit("A", "by a robot")]))
    assert variables(run, reader_, env)[0]["value"] == "by a robot"
    rows = run(reader_.environments.history(env))
    assert rows[0]["author"] == writer.identity()["principalId"]
    assert run(reader_.environments.get_version(env, 1))["variables"] == [A, B]
    with pytest.raises(ForbiddenError):
        run(reader_.environments.edit(env, []))
    assert variables(run, owner, env)[0]["value"] == "by a robot"


def test_without_reveal(run, shared, env, name):
    """With READ alone the title is seen, and the variables are refused by a typed error."""
    robot = token(shared, env, READ_ITEMS)
    assert run(robot.environments.get(env))["title"] == name
    with pytest.raises(ForbiddenError, match="withheld"):
        variables(run, robot, env)


def test_freshness(run, shared, owner, env):
    """A reader that stays open sees every change of others at its next read."""
    robot = token(shared, env, SERVICE_ACCOUNT_WORDS["read_items"])
    for value in ("x", "y"):
        run(owner.environments.edit(env, [VariableEdit("A", value)]))
        assert variables(run, robot, env)[0]["value"] == value


def test_grant_and_revoke(run, shared, owner, env):
    """A person is given an environment and loses it again; then its key is another one."""
    ben = shared.invite(f"{env}@example.org", name="Ben")
    engine = shared.open_as(ben)
    assert run(engine.environments.list()) == []
    mask = READ_ITEMS | REVEAL_ITEM_PASSWORD
    run(owner.access.grant(env, {format_id(ben.user): mask}, kind=KIND))
    assert variables(run, engine, env) == [A, B]
    run(owner.access.revoke(env, format_id(ben.user), kind=KIND))
    with pytest.raises(NotFoundError):
        variables(run, engine, env)
    run(owner.environments.edit(env, [VariableEdit("A", "x")]))
    assert owner.session.containers[parse_id(env)].record.epoch == 2
    assert variables(run, shared.owner(), env)[0]["value"] == "x"
    # The version before the rotation is opened over the link of the epochs.
    assert run(owner.environments.get_version(env, 1))["variables"] == [A, B]
