"""Several tasks, threads and clients on one account: nobody is told that honest data is false."""

import asyncio
import threading

import pytest

from strongroom.client.aio import ThreadRuntime
from strongroom.client.view import directory as directories
from strongroom.errors import NotFoundError
from strongroom.wire.messages import ListRequest, LookupRequest
from strongroom.wiring.engines import open_token
from support.homes import login

ITEMS = 40  # more than one look-up that runs at once, so that it goes to a worker thread


@pytest.mark.parametrize("use", ["find", "recover", "get_version", "get", "list"])
def test_a_vault_that_another_client_deleted(home, vault_id, use):
    """A client that knows a vault says that it is gone, once somebody else has deleted it."""
    mine, theirs = home.owner(), home.owner()
    item = home.run(mine.items.create(vault_id, login(field="v")))
    home.run(theirs.items.get(vault_id, item["id"]))
    home.run(mine.vaults.delete(vault_id))
    calls = {
        "find": lambda: theirs.items.find("item", vault_id=vault_id),
        "recover": lambda: theirs.items.recover(vault_id, item["id"]),
        "get_version": lambda: theirs.items.get_version(vault_id, item["id"], 1),
        "get": lambda: theirs.items.get(vault_id, item["id"]),
        "list": lambda: theirs.items.list(vault_id),
    }
    with pytest.raises(NotFoundError):
        home.run(calls[use]())


class Remembered:
    """The marks of another client, as if that had left them on the disk."""

    def __init__(self, marks):
        self._marks = marks

    def find(self, container, object_id, *, generation):
        del generation
        return self._marks.objects.get((container, object_id))


@pytest.mark.parametrize("use", ["find", "get", "list", "resolve"])
def test_a_process_that_is_faster_than_the_look_at_its_marks(home, vault_id, use, monkeypatch):
    """An answer that somebody overtook before the remembered marks were read is asked for anew."""
    theirs, mine = home.owner(), home.owner()
    item = home.run(theirs.items.create(vault_id, login(field="old")))
    home.run(mine.vaults.list())
    marks = mine.secrets._session.marks
    monkeypatch.setattr(marks, "remembered", Remembered(theirs.secrets._session.marks))
    transport, changes = mine.secrets._session.transport, []
    genuine = transport.call

    async def overtaken(request):
        answer = await genuine(request)
        if not changes and isinstance(request, LookupRequest | ListRequest):
            changes.append(await theirs.items.put(item | {"title": "item "}))
        return answer

    monkeypatch.setattr(transport, "call", overtaken)
    calls = {
        "find": lambda: mine.items.find("item", vault_id=vault_id),
        "get": lambda: mine.items.get(vault_id, item["id"]),
        "list": lambda: mine.items.list(vault_id),
        "resolve": lambda: mine.secrets.resolve("op://vault/item/field"),
    }
    answer = home.run(calls[use]())
    assert changes[0]["version"] == 2
    if use == "list":
        [answer] = answer
    assert use == "resolve" or answer["version"] == 2


def test_a_writing_task_beside_reading_ones(home, vault_id):
    """In one program, reading much while another task writes gives values, never a refusal."""
    token = home.token(vault_id, "write_items")

    async def program():
        engine = await open_token(token, runtime=ThreadRuntime())
        rows = [login(f"item {n}", field=str(n)) for n in range(ITEMS)]
        made = await engine.items.create_all(vault_id, rows)
        ids = [one["id"] for one in made]
        stop = asyncio.Event()

        async def write():
            while not stop.is_set():
                await engine.items.put(await engine.items.get(vault_id, ids[0]))

        writer = asyncio.create_task(write())
        for _ in range(5):
            assert all(isinstance(one, dict) for one in await engine.items.get_all(vault_id, ids))
            assert len(await engine.items.list(vault_id)) == ITEMS
            texts = [f"op://vault/item {n}/field" for n in range(ITEMS)]
            values = (await engine.secrets.resolve_all(texts)).values()
            assert [one.secret for one in values] == [str(n) for n in range(ITEMS)]
        stop.set()
        await writer
        engine.close()

    asyncio.run(program())


def test_threads_of_one_client_while_the_directory_changes(home, vault_id):
    """Threads that share a client read and write while somebody makes service accounts."""
    engine, errors = home.owner(), []
    item = home.run(engine.items.create(vault_id, login(field="v")))

    def work():
        try:
            for number in range(10):
                home.run(engine.items.create(vault_id, login(f"n {number}", field="w")))
                assert home.run(engine.items.get(vault_id, item["id"]))["title"] == "item"
        except BaseException as error:  # noqa: BLE001  (told to the test)
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        home.token(vault_id)
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(home.run(engine.items.list(vault_id))) == 31


def test_old_access_records_do_not_pile_up(home, vault_id, monkeypatch):
    """A client lets go of access records that it holds beyond the limit, and still reads."""
    monkeypatch.setattr(directories, "RECORD_BYTES_MAX", 4_000)
    reader, writer = home.owner(), home.owner()
    home.run(writer.items.create(vault_id, login(field="v")))
    for _ in range(6):
        home.token(vault_id)
        assert home.run(reader.secrets.resolve("op://vault/item/field")) == "v"
    held = reader._session.directory._records
    assert sum(len(row.body) for row in held.values()) < 4_000 * 6
    assert len(held) < 20
