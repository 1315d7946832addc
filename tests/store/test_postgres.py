"""Every statement of the service is one that PostgreSQL takes, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.postgres import is_installed, prepared, psql, running, schema, statements

pytestmark = pytest.mark.skipif(
    not is_installed(), reason="there is no PostgreSQL: apt-get install postgresql"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The socket of a server with our tables."""
    with running(tmp_path_factory.mktemp("postgres")) as socket:
        assert psql(socket, schema()) == []
        yield socket


def test_every_statement_is_prepared(server: Path) -> None:
    """A driver for a server has nothing to rewrite but the form of the parameters."""
    found = statements()
    assert len(found) > 100
    lines = [prepared(name, sql) for name, sql in found.items()]
    assert psql(server, "".join(lines)) == []


def test_what_it_does_not_take_is_told(server: Path) -> None:
    """MUTANT: a column that could be two, and a function that SQLite alone has, are noticed."""
    false = [
        "SELECT fp FROM keysets k JOIN accessors a ON a.account = k.account WHERE k.fp = :fp",
        "SELECT min(version, 3) FROM objects WHERE account = :account",
    ]
    lines = [prepared(f"false_{number}", sql) for number, sql in enumerate(false)]
    complaints = psql(server, "".join(lines))
    assert ["ambiguous" in one for one in complaints] == [True, False]
    assert len(complaints) == 2
