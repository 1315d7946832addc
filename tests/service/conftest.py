"""One account for all tests of the service; each test makes objects and vaults of its own."""

from collections.abc import Iterator

import pytest

from strongroom.ids import parse_id
from support.homes import Home, make_home
from support.keeper import Hand, Keeper, counter, keeper_of

new_id = counter()


@pytest.fixture(scope="session")
def service_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """An account on a file."""
    made = make_home(tmp_path_factory.mktemp("service"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def close_engines(service_home: Home) -> Iterator[None]:
    """Close the engines that a test opened; a process has only so many descriptors."""
    before = len(service_home.opened)
    yield
    for engine in service_home.opened[before:]:
        engine.close()
    del service_home.opened[before:]


@pytest.fixture(scope="session")
def keeper(service_home: Home) -> Iterator[Keeper]:
    """The service on that file."""
    made = keeper_of(service_home)
    yield made
    made.close()


@pytest.fixture
def owner(service_home: Home) -> Hand:
    """The owner's hand in a vault of this test's own."""
    engine = service_home.owner()
    vault = service_home.run(engine.vaults.create("vault"))
    return Hand(engine, parse_id(vault["id"]))


@pytest.fixture
def object_id() -> bytes:
    """An id that no other object has."""
    return new_id()
