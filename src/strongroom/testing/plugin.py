"""A pytest plugin: accounts that live as long as a test or a session.

    def test_login(strongroom_account):
        strongroom_account.add("vault", "db", password="s3cret")
        assert my_program() == "s3cret"      # which reads OP_SERVICE_ACCOUNT_TOKEN

    @pytest.mark.strongroom({"vault": {"db": {"password": "s3cret"}}}, clock="2026-01-02T03:04:05Z")
    def test_code(strongroom_account): ...

`strongroom_account` is made for each test, `strongroom_session_account` once
for all of them. `strongroom_seed` in the configuration names a TOML or YAML
file that seeds both.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from strongroom.testing.account import AccountTemplate, ThrowAwayAccount


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the configuration value `strongroom_seed`."""
    parser.addini("strongroom_seed", "file that seeds throw-away accounts", type="string")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    line = "strongroom(seed=None, *, clock=None): what the test's throw-away account holds"
    config.addinivalue_line("markers", line)


@pytest.fixture(scope="session")
def _strongroom_templates() -> dict[str, AccountTemplate]:
    """What was made once for all tests with the same seed."""
    return {}


@pytest.fixture
def strongroom_account(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    _strongroom_templates: dict[str, AccountTemplate],
) -> Iterator[ThrowAwayAccount]:
    """A new account for this test; its token is in OP_SERVICE_ACCOUNT_TOKEN."""
    from strongroom.testing.account import make_template, throw_away_account

    marker = request.node.get_closest_marker("strongroom")
    seed, options = _arguments(marker, request.config)
    key = repr((seed, options))
    if key not in _strongroom_templates:
        _strongroom_templates[key] = make_template(seed, **options)
    with throw_away_account(_strongroom_templates[key]) as account:
        for name, value in account.environment.items():
            monkeypatch.setenv(name, value)
        yield account


@pytest.fixture(scope="session")
def strongroom_session_account(request: pytest.FixtureRequest) -> Iterator[ThrowAwayAccount]:
    """One account for all tests; its token is in OP_SERVICE_ACCOUNT_TOKEN."""
    from strongroom.testing.account import throw_away_account

    seed, _ = _arguments(None, request.config)
    with throw_away_account(seed) as account, pytest.MonkeyPatch.context() as patch:
        for name, value in account.environment.items():
            patch.setenv(name, value)
        yield account


def _arguments(marker: pytest.Mark | None, config: pytest.Config) -> tuple[Any, dict[str, Any]]:
    """Return the seed and the options of a test's marker, or of the configuration."""
    options = dict(marker.kwargs) if marker else {}
    seed = marker.args[0] if marker and marker.args else options.pop("seed", None)
    configured = str(config.getini("strongroom_seed"))
    if seed is None and configured:
        seed = config.rootpath / configured
    return (Path(seed) if isinstance(seed, str) else seed), options
