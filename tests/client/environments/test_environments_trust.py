"""Environments: what is not to be trusted, and many who change one at a time."""

import pytest

from strongroom.client import environments
from strongroom.client.runtime import drive
from strongroom.client.view import objects
from strongroom.client.view.objects import Draft, open_verified
from strongroom.environments.models import VariableEdit
from strongroom.errors import (
    ConflictError,
    ForbiddenError,
    ForkError,
    RollbackError,
    StrongroomError,
)
from strongroom.ids import parse_id
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from strongroom.trust.revisions import ObjectMark, RevisionVerifier
from support.environments import KIND, A, B, interrupt, token, variables
from support.faults_forger import unchecked

# -- what is not to be trusted -----------------------------------------------------------------


def forge(engine, env):
    """Write a version that the engine's principal has no right to write."""
    session = engine.session
    before = engine.environments._own_object(session.containers[parse_id(env)])
    rows = [A | {"value": "forged"}]
    draft = Draft(
        object=parse_id(env),
        overview=before.overview,
        details={"variables": rows},
        before=before,
    )
    with unchecked():
        drive(session.write(parse_id(env), [draft], kind=KIND))


@pytest.fixture
def forged(run, shared, env):
    """An environment whose newest version is by somebody who may only read."""
    robot = token(shared, env, READ_ITEMS | REVEAL_ITEM_PASSWORD)
    run(robot.environments.get(env))
    forge(robot, env)
    return env


def test_forged_variables(run, shared, forged, name):
    """Variables that a read-only member wrote with the file in hand are refused everywhere."""
    engine = shared.owner()
    for ask in (
        engine.environments.get_variables(forged),
        engine.environments.get(forged),
        engine.environments.find(name),
        engine.environments.edit(forged, [VariableEdit("A", "x")]),
        engine.environments.history(forged),
    ):
        with pytest.raises(ForbiddenError) as caught:
            run(ask)
        assert caught.value.layer == "permission"


def test_mutant_without_the_author_check(run, shared, forged, monkeypatch):
    """A reader that did not ask for the author's right would believe them: seen here."""
    monkeypatch.setattr(RevisionVerifier, "_check_permission", lambda *_, **__: None)
    assert variables(run, shared.owner(), forged) == [A | {"value": "forged"}]


def test_older_variables(run, owner, env):
    """A version older than one that was seen is refused."""
    key = (parse_id(env), parse_id(env))
    assert variables(run, owner, env) == [A, B]
    owner.session.marks.objects[key] = ObjectMark(2)
    for ask in (owner.environments.get_variables(env), owner.environments.get(env)):
        with pytest.raises(RollbackError):
            run(ask)


def remember_another_record(owner, env):
    owner.session.marks.records[(parse_id(env), 0)] = b"another" + bytes(25)


def test_record_that_was_never_in_force(run, owner, env):
    """Variables under another record than the one that was seen in its place are refused."""
    variables(run, owner, env)
    remember_another_record(owner, env)
    with pytest.raises(ForkError):
        variables(run, owner, env)


def test_mutant_without_the_record_check(run, owner, env, monkeypatch):
    """Without the look at remembered records they would be believed: seen here."""
    variables(run, owner, env)
    remember_another_record(owner, env)
    monkeypatch.setattr(objects, "check_record_in_force", lambda *_, **__: None)
    assert variables(run, owner, env) == [A, B]


def test_values_are_sealed(run, shared, owner, name):
    """Neither a name nor a value nor the title stands in the file."""
    rows = [{"name": "CANARYNAME", "value": "canary-value-7f3a"}]
    run(owner.environments.create(f"{name} canary-title", variables=rows))
    raw = b"".join(path.read_bytes() for path in shared.path.parent.glob("strongroom.db*"))
    assert b"ana@example.org" in raw  # the search finds what stands there in clear
    for word in (b"CANARYNAME", b"canary-value", b"canary-title"):
        assert word not in raw


# -- many at a time ----------------------------------------------------------------------------


def test_edits_at_the_same_time(run, shared, owner, env):
    """Two edits of different variables both stand, whoever is quicker."""
    other = shared.owner()
    edit = [VariableEdit("C", "other")]
    interrupt(owner, "commit", lambda: run(other.environments.edit(env, edit)))
    run(owner.environments.edit(env, [VariableEdit("A", "own")]))
    found = {row["name"]: row["value"] for row in variables(run, owner, env)}
    assert found == {"A": "own", "B": B["value"], "C": "other"}


def test_replacing_a_version_that_was_read(run, shared, owner, env):
    """Who replaces what it has read is told that somebody else was quicker."""
    other = shared.owner()
    interrupt(owner, "commit", lambda: run(other.environments.set_variables(env, [B])))
    with pytest.raises(ConflictError):
        run(owner.environments.set_variables(env, [A], version=1))
    assert variables(run, owner, env) == [B]


def test_restoring_while_somebody_changes(run, shared, owner, env):
    """Who restores does not undo a change that it has not seen."""
    other = shared.owner()
    edit = [VariableEdit("C", "other")]
    interrupt(owner, "commit", lambda: run(other.environments.edit(env, edit)))
    with pytest.raises(ConflictError):
        run(owner.environments.restore(env, 1))
    assert variables(run, owner, env)[-1]["name"] == "C"


def test_somebody_is_always_quicker(run, shared, owner, env, monkeypatch):
    """After twelve times the edit gives up, and says so."""
    monkeypatch.setattr(owner.session, "back_off", _at_once)
    other = shared.owner()
    edit = [VariableEdit("C", "other")]
    interrupt(owner, "commit", lambda: run(other.environments.edit(env, edit)), times=100)
    with pytest.raises(ConflictError, match="kept changing"):
        run(owner.environments.edit(env, [VariableEdit("A", "own")]))
    assert run(other.environments.get(env))["version"] == 13


async def _at_once(_attempts):
    return None


@pytest.mark.parametrize("operation", ["sync", "principals", "commit"])
def test_made_in_between(run, shared, owner, vault, name, operation):
    """Whenever another engine changes the directory in between, one environment is made."""
    interrupt(owner, operation, lambda: shared.token(vault))
    made = run(owner.environments.create(f"{name} new", variables=[A]))
    rows = [row for row in run(shared.owner().environments.list()) if row["title"] == f"{name} new"]
    assert rows == [made]


def test_made_though_the_sync_after_it_failed(run, shared, owner, name, monkeypatch):
    """Once stored, an environment is answered with, so that nobody makes it twice."""
    run(owner.environments.list())
    transport = owner.session.transport

    class Breaking:
        def __getattr__(self, attribute):
            return getattr(transport, attribute)

        async def call(self, request):
            answer = await transport.call(request)
            if request.operation == "commit":
                monkeypatch.setattr(owner.session, "sync", _broken)
            return answer

    owner.session.transport = Breaking()
    made = run(owner.environments.create(name, variables=[A]))
    seen = run(shared.owner().environments.get(made["id"]))
    assert set(made) == set(seen)
    assert [made[key] for key in ("id", "title", "version")] == [
        seen[key] for key in ("id", "title", "version")
    ]


async def _broken():
    message = "the home is gone"
    raise StrongroomError(message)


def test_own_object_is_opened_once_it_is_verified(run, owner, env, monkeypatch):
    """No own object is opened for a caller before it was verified."""
    order = []
    verify = environments.verify_own_object

    def noted(session, container):
        order.append("verify")
        return verify(session, container)

    def opened(container, verified):
        order.append("open")
        return open_verified(container, verified)

    monkeypatch.setattr(environments, "verify_own_object", noted)
    monkeypatch.setattr(environments, "open_verified", opened)
    variables(run, owner, env)
    assert order == ["verify", "open"]
