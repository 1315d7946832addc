"""A core on a throw-away account, and how tests speak to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from strongroom.client.runtime import InlineRuntime, drive
from strongroom.core.core import Core
from strongroom.testing import throw_away_account
from strongroom.testing.account import AccountTemplate, ThrowAwayAccount, make_template
from support.cores import Hand, Speaker, configure

SEED = {"vault": {"item": {"username": "wendy", "password": "correct horse"}}}


@pytest.fixture(scope="session")
def template() -> AccountTemplate:
    return make_template(SEED)


@pytest.fixture
def account(template: AccountTemplate) -> Iterator[ThrowAwayAccount]:
    with throw_away_account(template) as made:
        yield made


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def core(hand: Hand) -> Iterator[Core]:
    made = Core(InlineRuntime(), environment={}, clock=hand)
    yield made
    made.close()


@pytest.fixture
def speaker(core: Core, account: ThrowAwayAccount) -> Speaker:
    return Speaker(core, drive(core.init_client(configure(account.token))))
