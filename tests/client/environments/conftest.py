"""An environment in the shared account."""

import pytest

from support.environments import A, B


@pytest.fixture
def made(run, owner, name):
    """A new environment with two variables."""
    create = owner.environments.create(name, description="for tests", variables=[A, B])
    return run(create)


@pytest.fixture
def env(made):
    """Its id."""
    return made["id"]
