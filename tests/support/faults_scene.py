"""A scene full of canaries in which everything is used, errors included."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import traceback
from collections.abc import Callable, Coroutine
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from onepassword import Client
from strongroom.client.aio import ThreadRuntime
from strongroom.client.runtime import drive
from strongroom.client.view.marks import Marks
from strongroom.client.view.objects import Draft, Opened
from strongroom.crypto.secret_keys import format_secret_key
from strongroom.crypto.tokens import parse_token
from strongroom.errors import StrongroomError
from strongroom.ids import parse_id
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import create_account, unlock
from strongroom.wiring.engines import open_account
from support.faults_canaries import Cage, bytes_canary, text_canary
from support.faults_device import FaultDevice
from support.homes import Home


@dataclass
class Scene:
    """What was used, and everything it left where others can read."""

    cage: Cage
    home: Home
    vault: str
    item: str
    token: str
    roots: list[object] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    logs: io.StringIO = field(default_factory=io.StringIO)
    files: bytes = b""


def item_of(cage: Cage, name: str) -> dict[str, Any]:
    """Return an item of which every text is a canary."""
    return {
        "title": cage.make(f"{name} title"),
        "category": "Login",
        "tags": [cage.make(f"{name} tag")],
        "websites": [
            {
                "url": "https://example.org/" + cage.make(f"{name} website"),
                "label": cage.make(f"{name} label"),
                "autofillBehavior": "AnywhereOnWebsite",
            }
        ],
        "sections": [{"id": "s", "title": cage.make(f"{name} section")}],
        "fields": [
            {
                "id": "f",
                "title": cage.make(f"{name} field"),
                "sectionId": "s",
                "fieldType": "Concealed",
                "value": cage.make(f"{name} value"),
            }
        ],
        "notes": cage.make(f"{name} notes"),
    }


def make_scene(folder: Path, cage: Cage, logs: io.StringIO) -> Scene:
    path = folder / "strongroom.db"
    password = Secret(cage.make("password"))
    account = create_account(
        url=f"file://{path}",
        name="Home",
        user_name=cage.make("user's name"),
        email="ana@example.org",
        password=password,
    )
    add_secret_key(cage, "Secret Key", account.account_id, account.secret_key.expose())
    cage.add(bytes_canary("owner's seed", account.seed))
    home = Home(path, account)
    owner, run = home.owner(), home.run
    vault = run(
        owner.vaults.create(cage.make("vault title"), description=cage.make("vault description"))
    )["id"]
    item = run(owner.items.create(vault, item_of(cage, "item")))
    token_secret = run(
        owner.service_accounts.create(cage.make("robot's name"), {vault: 32 | 16 | 1024})
    )
    token = token_secret.expose()
    cage.add(text_canary("token", token))
    cage.add(bytes_canary("token's seed", parse_token(token).seed))
    device = FaultDevice(f"file://{path}", account)
    unlocked = unlock(device, password)
    scene = Scene(cage, home, vault, item["id"], token, logs=logs)
    use_owner(scene, owner, item)
    reader = home.by_token(token)
    session = owner._session
    opened = run(session.fetch(parse_id(vault), parse_id(item["id"])))
    draft = Draft(
        object=opened.revision.object, overview=opened.overview, details={"a": [password]}
    )
    resolved = run(reader.secrets.resolve_all([reference(scene)]))
    assert isinstance(opened, Opened)
    keyset = session.keyset
    scene.roots += [owner, reader, account, token_secret, password, parse_token(token), unlocked]
    scene.roots += [opened, draft, resolved, keyset, keyset.enc_key, device]
    provoke_all(scene, owner, reader, device)
    return scene


def add_secret_key(cage: Cage, name: str, account_id: str, secret_key: str) -> None:
    """Watch a Secret Key as it is used and as it is printed, which has dashes in between."""
    cage.add(text_canary(name, secret_key))
    # The account's id is no secret, so what is before the secret symbols is left out.
    printed = format_secret_key(account_id=account_id, secret=secret_key).split("-", maxsplit=2)[2]
    cage.add(text_canary(f"{name}, printed", printed))


def reference(scene: Scene) -> str:
    return f"op://{scene.vault}/{scene.item}/f"


def use_owner(scene: Scene, owner: Any, item: dict[str, Any]) -> None:
    """Change, archive, delete, recover, list, find: whatever items can go through."""
    cage, run, vault = scene.cage, scene.home.run, scene.vault
    changed = run(owner.items.put(item | {"notes": cage.make("changed notes")}))
    run(owner.items.find(changed["title"], vault_id=vault))
    run(owner.items.history(vault, item["id"]))
    run(owner.items.get_version(vault, item["id"], 1))
    batch = run(owner.items.create_all(vault, [item_of(cage, "second"), item_of(cage, "third")]))
    run(owner.items.archive(vault, batch[0]["id"]))
    run(owner.items.delete(vault, batch[1]["id"]))
    run(owner.items.list_deleted(vault))
    run(owner.items.recover(vault, batch[1]["id"]))
    run(owner.items.list(vault, archived=True))
    run(owner.vaults.update(vault, title=cage.make("new vault title")))
    run(owner.vaults.list())
    other = run(owner.vaults.create(cage.make("deleted vault title")))
    run(owner.items.create(other["id"], item_of(cage, "lost")))
    run(owner.vaults.delete(other["id"]))


def provoke_all(scene: Scene, owner: Any, reader: Any, device: FaultDevice) -> None:
    """Make everything fail once, and keep the tracebacks."""
    cage, vault = scene.cage, scene.vault
    item = drive(owner.items.get(vault, scene.item))
    secret = cage.make("mistyped")
    # Ids of fields and sections may be named in errors; what stands under them may not.
    bad_field = item_of(cage, "refused")["fields"][0] | {"sectionId": "nowhere"}
    deep: dict[str, Any] = {}
    for _ in range(40):
        deep = {secret: deep}
    token, title = scene.token, item["title"]
    broken = scene.home.path.with_name("broken.db")
    work: list[Callable[[], Any]] = [
        lambda: drive(reader.secrets.resolve(f"op://{secret}/{secret}/{secret}")),
        lambda: drive(reader.secrets.resolve(f"op://{vault}/{secret}/f")),
        lambda: drive(reader.secrets.resolve(f"op://{vault}/{scene.item}/{secret}")),
        lambda: drive(reader.secrets.resolve(f"op://{vault}/{scene.item}/f?attribute=otp")),
        lambda: drive(reader.secrets.resolve(secret)),
        lambda: drive(reader.items.create(vault, item_of(cage, "forbidden"))),
        lambda: drive(reader.items.put(item | {"notes": secret})),
        lambda: drive(reader.items.delete(vault, scene.item)),
        lambda: drive(reader.vaults.create(secret)),
        lambda: drive(owner.items.put(item | {"version": 1, "notes": secret})),
        lambda: drive(owner.items.create(vault, item | {"fields": [bad_field, bad_field]})),
        lambda: drive(owner.items.create(vault, item | {"fields": secret})),
        lambda: drive(owner.items.create(vault, item | {"fields": [{"value": secret}]})),
        lambda: drive(owner.items.create(vault, item | {"sections": [deep]})),
        lambda: drive(owner.items.create(vault, item | {"notes": secret * 500_000})),
        lambda: drive(owner.items.create(vault, item | {"title": secret * 60_000})),
        lambda: drive(owner.items.create(vault, item | {"notes": b"\xff" + secret.encode()})),
        lambda: drive(owner.items.create(vault, item | {"notes": {secret}})),
        lambda: drive(owner.items.find(secret)),
        lambda: drive(owner.items.get(vault, secret)),
        lambda: drive(owner.vaults.find(secret)),
        lambda: drive(owner.vaults.create(secret * 60)),
        lambda: drive(owner.service_accounts.create(secret, {secret: 32})),
        lambda: drive(owner.service_accounts.create(secret, {vault: 1 << 40})),
        lambda: scene.home.by_token(token[:-8]),
        lambda: scene.home.by_token(token[:90] + "A" + token[91:]),
        lambda: scene.home.by_token(secret),
        lambda: unlock(device, Secret(secret)),
        lambda: unlock(device, Secret("\0" + secret)),
        lambda: unlock(without(device, "secret_key", Secret("2" * 26)), Secret(secret)),
        lambda: create_account(
            url=device.url,
            name=secret,
            user_name=secret,
            email="x@example.org",
            password=Secret(secret[:9]),
        ),
        lambda: parse_id(secret),
        lambda: copy_and_break(scene, broken),
        lambda: json.dumps(Secret(secret)),
        lambda: Secret(secret).__reduce__(),
        lambda: same_name_twice(scene, owner, title),
    ]
    for one in work:
        provoke(scene, one)
    assert len({type(error) for error in scene.errors}) > 8


def provoke(scene: Scene, work: Callable[[], Any]) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001  (whatever it is, its text is what counts)
        # Only frames of ours: the test's own lines name no canary either.
        scene.tracebacks.append(traceback.format_exc())
        scene.errors.append(error)
    else:
        raise AssertionError("nothing failed")


def without(device: FaultDevice, name: str, value: object) -> FaultDevice:
    changed = FaultDevice(device.url, device.account)
    setattr(changed, name, value)
    return changed


def copy_and_break(scene: Scene, broken: Path) -> None:
    """Read an item of which every sealed byte is another's."""
    with (
        closing(sqlite3.connect(scene.home.path)) as source,
        closing(sqlite3.connect(broken)) as target,
    ):
        source.backup(target)
        target.execute("UPDATE revisions SET details = overview")
        target.commit()
    home = Home(broken, scene.home.account)
    try:
        home.run(home.owner().items.get(scene.vault, scene.item))
    finally:
        home.close()


def same_name_twice(scene: Scene, owner: Any, title: str) -> None:
    drive(owner.items.create(scene.vault, {"title": title, "category": "Login"}))
    drive(owner.secrets.resolve(f"op://{scene.vault}/{title}/f"))


async def use_facade(scene: Scene) -> None:
    """Use the public client in asyncio's debug mode, where every step is logged."""
    loop = asyncio.get_running_loop()
    loop.slow_callback_duration = 0.0
    async with await Client.authenticate(scene.token, "tests", "1.0") as client:
        await client.secrets.resolve(reference(scene))
        await client.secrets.resolve_all([reference(scene), "op://a/b/c"])
        await client.items.get(scene.vault, scene.item)
        await client.items.list(scene.vault)
        await client.vaults.list()
        for work in (
            lambda: client.secrets.resolve(f"op://{scene.vault}/{scene.cage.make('asked')}/f"),
            lambda: client.items.delete(scene.vault, scene.item),
            lambda: Client.authenticate(scene.token[:-4], "tests", "1.0"),
        ):
            await provoke_async(scene, work)
        scene.roots += [client, client.secrets, client.items, client.vaults]
        task = asyncio.create_task(client.secrets.resolve("op://a/b/c"), name="failing")
        with suppress(StrongroomError):
            await task
        loop.call_exception_handler({"message": "failed", "exception": task.exception()})
    engine = await open_account(
        url=scene.home.url,
        account=parse_id(scene.home.account.account_id),
        user=parse_id(scene.home.account.user_id),
        seed=scene.home.account.seed,
        marks=Marks(pin=scene.home.account.pin, head=HeadMark(0, 1)),
        runtime=ThreadRuntime(),
    )
    await engine.items.create(scene.vault, item_of(scene.cage, "written by a thread"))
    await engine.items.create_all(scene.vault, [item_of(scene.cage, "batch")])
    engine.close()


async def provoke_async(scene: Scene, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001  (as in `provoke`)
        scene.tracebacks.append(traceback.format_exc())
        scene.errors.append(error)
    else:
        raise AssertionError("nothing failed")


def read_files(path: Path) -> bytes:
    """Return the database with its side files, as they lie there."""
    files = [path, *(path.with_name(path.name + side) for side in ("-wal", "-shm"))]
    assert all(file.exists() for file in files)
    return b"".join(file.read_bytes() for file in files)
