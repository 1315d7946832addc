"""Random sequences of calls: the official Python wrapper on our core, beside our own package.

Both work on copies of one account file. What they answer, what they refuse and in which words, and
what is stored at the end are equal.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
import pytest

from interop.conftest import CORE, Start
from strongroom.client.runtime import drive
from strongroom.crypto.tokens import parse_token
from strongroom.permissions import SERVICE_ACCOUNT_WORDS
from strongroom.testing import throw_away_account
from strongroom.testing.account import AccountTemplate, make_template
from support.sdk_moves import Moves
from support.sdk_pair import Names, Pair, read_state

SEED = {"vault": {"item": {"username": "wendy", "password": "correct horse"}}}
CLOCK = "2026-01-02T03:04:05Z"
SEQUENCES = 6
STEPS = 100


class Prepared(NamedTuple):
    """An account file, with the ids that every copy of it has."""

    template: AccountTemplate
    facts: dict[str, str]


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """An account with a group and an Environment, and a token that may do what any token may."""
    template = make_template(SEED, clock=CLOCK)
    with throw_away_account(template) as account:
        engine = account.engine
        rows = [{"name": "A", "value": "1", "masked": True}]
        environment = drive(engine.environments.create("prod", variables=rows))["id"]
        group = drive(engine.groups.create("crew"))["id"]
        mask = SERVICE_ACCOUNT_WORDS["write_items"] | SERVICE_ACCOUNT_WORDS["share_items"]
        grants = {account.vault("vault"): mask, environment: SERVICE_ACCOUNT_WORDS["read_items"]}
        create = engine.service_accounts.create("interop", grants, can_create_vaults=True)
        token = parse_token(drive(create).expose())
        account.close()
        content = Path(urlsplit(account.url).path).read_bytes()
    made = msgspec.structs.replace(template, content=content, token=token)
    return Prepared(made, {"environment": str(environment), "group": str(group)})


# How often each call was done, and refused.
TOLD: Counter[str] = Counter()


def run_sequence(
    seed: int, prepared: Prepared, official: Start, ours: Start, *, core: list[str] = CORE
) -> list[str]:
    """Do one sequence on both; return what was called, and whether it was done or refused."""
    with ExitStack() as stack:
        accounts = [
            stack.enter_context(throw_away_account(prepared.template)) for _ in ("official", "ours")
        ]
        environments = [account.environment for account in accounts]
        pair = Pair(official(environments[0], core=core), ours(environments[1]))
        moves = Moves(pair, Random(seed), accounts[0].vault("vault"), prepared.facts)
        for _ in range(STEPS):
            moves.step()
        states = [Names().read(read_state(account.engine)) for account in accounts]
        assert states[0] == states[1]
        return pair.told


@pytest.mark.parametrize("seed", range(SEQUENCES))
def test_random_sequences(seed: int, prepared: Prepared, official: Start, ours: Start) -> None:
    """Whatever is called in whatever order, both packages do the same."""
    TOLD.update(run_sequence(seed, prepared, official, ours))


def test_the_sequences_reach_everything(official: Start, prepared: Prepared) -> None:
    """Over all sequences every method was performed, and nearly every one was refused too."""
    assert TOLD, "run the sequences before"
    with throw_away_account(prepared.template) as account:
        methods = official(account.environment).methods
    done = {line.partition(":")[0] for line in TOLD if line.endswith("done")}
    refused = {line.partition(":")[0] for line in TOLD if line.endswith("refused")}
    never_done = {"secrets.generate_password", "items.shares.create"}
    assert set(methods) - done == never_done
    never_refused = {
        *("items.list", "items.get_all", "items.create_all", "items.delete_all"),
        *("vaults.list", "secrets.resolve_all"),
    }
    assert set(methods) - refused <= never_refused


# One fault each, put into the core before it starts.
MUTANTS = {
    "another text": "from strongroom.sdk import failures; failures._RESOLVING_PREFIX = 'error: '",
    "another tag": """
from strongroom.sdk import outcomes
outcomes._READ_FAILURES._find_tag = lambda _: "internal"
""",
    "a write that is lost": """
from strongroom.core.invocations import items
async def answer(self, engine):
    return await items.calls.get(engine, self.item["vaultId"], self.item["id"])
items.ItemsPut.answer = answer
""",
    "a wrong byte": """
from strongroom.core import core, messages
core.write_answer = lambda answer, **how: messages.write_answer(
    answer[:-1] if isinstance(answer, bytes) else answer, **how
)
""",
}


@pytest.mark.parametrize("fault", MUTANTS.values(), ids=MUTANTS)
def test_a_fault_of_the_core_is_found(
    fault: str, prepared: Prepared, official: Start, ours: Start
) -> None:
    """The sequences can fail: with one fault in the core, some of them do."""
    program = f"{fault}\nimport sys\nfrom strongroom.cli.main import main\nsys.exit(main())"
    core = [sys.executable, "-c", program, "core", "--stdio"]
    found = 0
    for seed in range(SEQUENCES):
        try:
            run_sequence(seed, prepared, official, ours, core=core)
        except AssertionError:
            found += 1
            break
    assert found
