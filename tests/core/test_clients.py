"""Clients of a core: numbered, released, forgotten when nobody uses them."""

from __future__ import annotations

import asyncio
import json

import pytest

from strongroom.client.aio import ThreadRuntime
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.core import clients as module
from strongroom.core.clients import CLIENT_IDLE_MS, Clients, idle_clock
from strongroom.core.core import Core
from strongroom.core.failures import CoreError
from support.cores import configure, invocation

REFERENCE = "op://vault/item/password"
GONE = "the client is not here any more: it was not used for a long time, or its core has ended"


class Held:
    """An engine, as far as clients use one."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_released(speaker):
    """A client that was released is not known any more; a second time is silent."""
    speaker.core.release_client(speaker.client)
    speaker.core.release_client(speaker.client)
    assert speaker.refuse("SecretsResolve", secret_reference=REFERENCE) == (
        "DesktopSessionExpired",
        GONE,
    )


def test_ids_of_a_core_that_has_ended(account, hand):
    """The ids of two cores are not the same, so a client of the one is none of the other."""
    cores = [Core(InlineRuntime(), environment={}, clock=hand) for _ in range(2)]
    first, second = [drive(core.init_client(configure(account.token))) for core in cores]
    assert first != second
    assert max(int(first), int(second)) < 2**48
    message = invocation("SecretsResolve", {"secret_reference": REFERENCE}, client_id=int(first))
    with pytest.raises(CoreError) as caught:
        drive(cores[1].invoke(message))
    failure = json.loads(caught.value.msg)
    # Nothing was done, so the wrapper may make its client anew and repeat the call.
    assert failure == {"name": "DesktopSessionExpired", "message": GONE}
    for core in cores:
        core.close()


@pytest.mark.parametrize("number", ["99", "18446744073709551615"])
def test_release_of_what_never_was(core, number):
    """Releasing an unknown id is silent: wrappers would complain aloud."""
    core.release_client(number)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("x", "expected value at line 1 column 1"),
        ('"0"', "a client id is a number"),
    ],
)
def test_release_of_what_is_no_id(core, text, message):
    """What is no number is refused."""
    with pytest.raises(CoreError) as caught:
        core.release_client(text)
    assert json.loads(caught.value.msg)["message"] == message


def test_idle_clients_expire(speaker, hand):
    """After the idle time a client is gone, and not a moment earlier; using it begins anew."""
    hand.now_ms += CLIENT_IDLE_MS
    assert speaker.ask("SecretsResolve", secret_reference=REFERENCE) == "correct horse"
    hand.now_ms += CLIENT_IDLE_MS
    assert speaker.ask("SecretsResolve", secret_reference=REFERENCE) == "correct horse"
    hand.now_ms += CLIENT_IDLE_MS + 1
    name, message = speaker.refuse("SecretsResolve", secret_reference=REFERENCE)
    # The name on which every wrapper makes a new client and repeats the call.
    assert name == "DesktopSessionExpired"
    assert message == GONE


def test_expire_needs_no_call(core, account, hand):
    """A server drops keys by the clock alone."""
    client = drive(core.init_client(configure(account.token)))
    engine = core._clients._clients[int(client)].engine
    hand.now_ms += CLIENT_IDLE_MS + 1
    core.expire()
    assert core._clients._clients == {}
    with pytest.raises(Exception, match=r"closed"):
        drive(engine.secrets.resolve(REFERENCE))


def test_too_many_clients(monkeypatch, hand):
    """At the limit the client that was not used for longest makes room, and no other."""
    monkeypatch.setattr(module, "CLIENTS_MAX", 3)
    clients = Clients(hand)
    engines = [Held() for _ in range(4)]
    ids = []
    for engine in engines[:3]:
        ids.append(clients.add(engine, reads_base64=False))
        hand.now_ms += 1
    with clients.use(ids[0]):
        pass
    assert [engine.closed for engine in engines] == [0, 0, 0, 0]
    assert clients.add(engines[3], reads_base64=False) == ids[0] + 3
    assert [engine.closed for engine in engines] == [0, 1, 0, 0]


def test_a_call_at_work_keeps_its_client(hand):
    """A client is closed only when its last call has ended, whatever happens meanwhile."""
    clients = Clients(hand)
    engine = Held()
    client = clients.add(engine, reads_base64=False)
    with clients.use(client), clients.use(client):
        hand.now_ms += 2 * CLIENT_IDLE_MS
        clients.expire()
        clients.release(client)
        assert engine.closed == 0
    assert engine.closed == 1


def test_a_failure_poisons_nothing(speaker):
    """After failures of every kind a client works as before."""
    for _ in range(3):
        speaker.refuse("SecretsResolve", secret_reference="op://vault/none/password")
        speaker.refuse("ItemsGet", vault_id="no id", item_id=1)
        speaker.refuse("Nothing")
    assert speaker.ask("SecretsResolve", secret_reference=REFERENCE) == "correct horse"


def test_calls_run_side_by_side(account):
    """Calls of one client overlap: none waits for the end of another."""

    async def run() -> list[str]:
        core = Core(ThreadRuntime(), environment={})
        client = int(await core.init_client(configure(account.token)))
        message = invocation("SecretsResolve", {"secret_reference": REFERENCE}, client_id=client)
        begun, all_begun = [], asyncio.Event()
        engine = core._clients._clients[client].engine
        resolve = engine.secrets.resolve

        async def held(reference: str) -> str:
            begun.append(reference)
            if len(begun) == 5:
                all_begun.set()
            await asyncio.wait_for(all_begun.wait(), 10)
            return await resolve(reference)

        engine.secrets.resolve = held  # type: ignore[method-assign]
        try:
            return await asyncio.gather(*(core.invoke(message) for _ in range(5)))
        finally:
            core.close()

    assert asyncio.run(run()) == ['"correct horse"'] * 5


def test_the_idle_clock_goes_forward():
    """The clock of what is not used counts milliseconds, and never back."""
    first = idle_clock()
    assert first <= idle_clock() < first + 60_000
