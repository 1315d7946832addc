"""What the tests of this folder share."""

import pytest

from support.trust_world import make_world


@pytest.fixture
def world():
    return make_world()
