"""One account for the tests of the engine that leave what others see as it is."""

from collections.abc import Callable, Iterator

import pytest

from strongroom.client.engine import Engine
from support.homes import Home, make_home
from support.network_errors import carry_errors


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """An account on a file; every test makes vaults of its own in it."""
    made = make_home(tmp_path_factory.mktemp("client"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def network_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """No caller of the engine needs more of an error than a network carries."""
    carry_errors(monkeypatch)


@pytest.fixture(autouse=True)
def close_engines(shared: Home) -> Iterator[None]:
    """Close what a test opened in the shared account; a process has only so many descriptors."""
    yield
    shared.close()
    shared.opened.clear()


_numbers = iter(range(1, 1 << 32))


@pytest.fixture
def name() -> str:
    """A title that nothing else in the account has."""
    return f"vault {next(_numbers)}"


@pytest.fixture
def owner(shared: Home) -> Engine:
    """A new engine of the owner."""
    return shared.owner()


@pytest.fixture
def vault(shared: Home, owner: Engine, name: str) -> str:
    """The id of a new vault with that title."""
    return str(shared.run(owner.vaults.create(name))["id"])


@pytest.fixture
def run(shared: Home) -> Callable:
    """Drives a coroutine of an engine."""
    return shared.run
