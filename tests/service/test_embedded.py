"""The transport on a file: what runs at once, and what runs where it may block."""

import asyncio
import threading
import time

import pytest

from strongroom.client.aio import ThreadRuntime
from strongroom.clock import system_clock
from strongroom.coroutines import drive
from strongroom.errors import StoreBusyError
from strongroom.store.sqlite.store import SqliteStore
from strongroom.transport import embedded
from strongroom.transport.embedded import EmbeddedTransport
from strongroom.wire.messages import (
    CommitRequest,
    HistoryRequest,
    ListRequest,
    LookupRequest,
    PrincipalsRequest,
    SyncRequest,
)


class Noting:
    """A runtime that notes what it was given."""

    def __init__(self):
        self.calls = 0
        self.pauses = 0

    async def call(self, work):
        self.calls += 1
        return work()

    async def pause(self, seconds):
        self.pauses += 1
        time.sleep(seconds)  # noqa: ASYNC251  (there is no loop)


@pytest.fixture
def store(service_home):
    made = SqliteStore.open(service_home.path)
    yield made
    made.close()


def transport_of(store, keeper, owner, runtime):
    return EmbeddedTransport(
        store,
        url="file:///somewhere",
        account=keeper.account,
        principal=owner.me,
        runtime=runtime,
        clock=system_clock,
    )


def requests(owner, object_id):
    """Return requests with whether each takes long."""
    query = owner.query(object_id)
    return [
        (SyncRequest(root_version=0), False),
        (LookupRequest(queries=(query,) * 16), False),
        (LookupRequest(queries=(query,) * 17), True),
        (ListRequest(container=owner.vault, states=(1,)), True),
        (HistoryRequest(container=owner.vault, object=object_id), True),
        (PrincipalsRequest(), False),
        (PrincipalsRequest(principals=(owner.me,) * 17), True),
        (CommitRequest(), True),
    ]


def test_what_runs_at_once(keeper, store, owner, object_id):
    """Small reads run at once; whatever may take long goes to the runtime."""
    runtime = Noting()
    transport = transport_of(store, keeper, owner, runtime)
    for request, takes_long in requests(owner, object_id):
        before = runtime.calls
        drive(transport.call(request))
        assert runtime.calls - before == takes_long, request.operation


def hold(store, seconds):
    """Read for a while in another thread; return it once it has begun."""
    started = threading.Event()

    async def work(_session):
        started.set()
        time.sleep(seconds)  # noqa: ASYNC251  (there is no loop)

    thread = threading.Thread(target=store.read, args=(work,))
    thread.start()
    started.wait()
    return thread


def test_small_read_beside_a_long_one(keeper, store, owner):
    """A small read waits for a long one of another thread in small steps, not in one."""
    transport = transport_of(store, keeper, owner, ThreadRuntime())
    stalls = []

    async def tick(until):
        while not until.is_set():
            before = time.monotonic()
            await asyncio.sleep(0.001)
            stalls.append(time.monotonic() - before)

    async def main():
        done = asyncio.Event()
        ticking = asyncio.create_task(tick(done))
        thread = await asyncio.to_thread(hold, store, 0.4)
        assert transport.change_token() is None
        answer = await transport.call(SyncRequest(root_version=0))
        done.set()
        await ticking
        thread.join()
        return answer

    assert asyncio.run(main()).head.body
    assert max(stalls) < 0.2


def test_deadline_of_reads(keeper, store, owner, monkeypatch):
    """A read that finds the file in use until its deadline is refused."""
    monkeypatch.setattr(embedded, "WRITE_WAIT_SECONDS", 0.1)
    runtime = Noting()
    transport = transport_of(store, keeper, owner, runtime)
    thread = hold(store, 0.5)
    with pytest.raises(StoreBusyError):
        drive(transport.call(SyncRequest(root_version=0)))
    assert runtime.pauses
    thread.join()
