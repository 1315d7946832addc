"""Fixtures: one account per test on a file of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.homes import Home, make_home

# A run in the background of a shell, or by `nohup`, ignores what a terminal sends, and so would
# all programs that tests start; tests of signals would then see nothing of them.
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A fresh account; its engines are closed afterwards."""
    made = make_home(tmp_path)
    yield made
    made.close()


@pytest.fixture
def vault_id(home: Home) -> str:
    """The id of a new vault titled `vault`."""
    vault = home.run(home.owner().vaults.create("vault"))
    return str(vault["id"])
