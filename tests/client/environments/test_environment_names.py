"""Names of environments: no second one, and what happens where there is one all the same."""

import pytest

from strongroom.errors import AmbiguousError, NameTakenError, NotFoundError
from strongroom.permissions import READ_ITEMS, REVEAL_ITEM_PASSWORD
from support.environments import KIND, A, interrupt, variables
from support.people import join


def test_taken(run, shared, owner, env, name):
    """No second environment is made under a name, however it is spelled, by no engine."""
    for engine in (owner, shared.owner()):
        for title in (name, name.upper(), f" {name} "):
            with pytest.raises(NameTakenError) as caught:
                run(engine.environments.create(title, variables=[A]))
            assert caught.value.candidates == (env,)
            assert name not in str(caught.value)
    titles = [row["title"] for row in run(owner.environments.list())]
    assert titles.count(name) == 1


def test_rename_to_a_taken_name(run, owner, env, name):
    """A rename to the name of another is refused and changes nothing; to its own it is not."""
    other = run(owner.environments.create(f"{name} other", variables=[A]))
    with pytest.raises(NameTakenError) as caught:
        run(owner.environments.update(other["id"], title=name, description="new"))
    assert caught.value.candidates == (env,)
    assert run(owner.environments.get(other["id"])) == other
    for title in (name.upper(), name):
        assert run(owner.environments.update(env, title=title))["title"] == title


def test_found_by_the_new_name_alone(run, owner, env, name):
    """Who renames an environment finds it by its new name at once, and not by the old one."""
    assert run(owner.environments.find(name))["id"] == env
    run(owner.environments.update(env, title=f"{name} renamed"))
    with pytest.raises(NotFoundError):
        run(owner.environments.find(name))
    assert run(owner.environments.find(f"{name} renamed"))["id"] == env


def test_free_again(run, shared, owner, env, name):
    """The name of a deleted or renamed environment is free at once, in every engine."""
    run(shared.owner().environments.update(env, title=f"{name} renamed"))
    second = run(owner.environments.create(name))["id"]
    run(shared.owner().environments.delete(second))
    assert run(owner.environments.create(name))["id"] != second


def test_an_id_as_a_name(run, owner, env):
    """An id that another environment has is no name, because the id would win."""
    with pytest.raises(NameTakenError):
        run(owner.environments.create(env))


def test_vaults_have_names_of_their_own(run, owner, name):
    """A vault and an environment may have one name: nobody looks for both at once."""
    run(owner.vaults.create(f"{name} both"))
    assert run(owner.environments.create(f"{name} both"))["title"] == f"{name} both"


@pytest.fixture
def twin(run, shared, owner, env, name):
    """An environment of the same title as `env`, made at the same moment."""
    other, made = shared.owner(), []
    title = f"{name} twin"

    def get_in_between():
        made.append(run(other.environments.create(title))["id"])

    interrupt(owner, "commit", get_in_between)
    made.append(run(owner.environments.create(title))["id"])
    return title, made


def test_made_at_the_same_moment(run, owner, twin):
    """Two that are made at once may share a name; it is refused with their ids, which work."""
    title, ids = twin
    with pytest.raises(AmbiguousError) as caught:
        run(owner.environments.find(title))
    assert set(caught.value.candidates) == set(ids)
    assert caught.value.tag == "tooManyEnvironments"
    with pytest.raises(NameTakenError) as taken:
        run(owner.environments.create(title))
    assert set(taken.value.candidates) == set(ids)
    run(owner.environments.edit(ids[0], []))
    run(owner.environments.update(ids[0], title=f"{title} renamed"))
    assert run(owner.environments.find(title))["id"] == ids[1]


def test_names_that_the_caller_does_not_see(run, shared, owner, name):
    """What others keep to themselves holds no name; a grant can bring a second one of a name."""
    member = join(shared, "Nora", by=owner).engine
    theirs = run(member.environments.create(f"{name} theirs"))["id"]
    with pytest.raises(NameTakenError):  # an administrator sees it
        run(owner.environments.create(f"{name} theirs"))
    ours = run(owner.environments.create(f"{name} ours", variables=[A]))["id"]
    second = run(member.environments.create(f"{name} ours"))["id"]
    rights = READ_ITEMS | REVEAL_ITEM_PASSWORD
    who = member.identity()["principalId"]
    run(owner.access.grant(ours, {who: rights}, kind=KIND))
    run(member.environments.list())
    with pytest.raises(AmbiguousError) as caught:
        run(member.environments.find(f"{name} ours"))
    assert set(caught.value.candidates) == {ours, second}
    assert theirs not in caught.value.candidates
    assert variables(run, member, ours) == [A]
