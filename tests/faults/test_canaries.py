"""Secrets stay out of everything but the sealed bytes (T14, T15).

Random canaries stand as titles, values, tags, notes, names, password, Secret
Key and token; then everything is used, errors included. No place that others
can read holds one, in any usual spelling. Each scan first finds a canary that
was planted in that very place, in every spelling.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import traceback
import types
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from onepassword import Client
from strongroom.client.account.credentials import Held
from strongroom.client.aio import ThreadRuntime
from strongroom.client.runtime import drive
from strongroom.client.view.marks import Marks
from strongroom.client.view.names import ItemName
from strongroom.client.view.objects import Draft, Opened
from strongroom.crypto.secret_keys import format_secret_key
from strongroom.crypto.tokens import parse_token
from strongroom.errors import ConflictError, StrongroomError
from strongroom.home.device import load_devices
from strongroom.home.files import Folder
from strongroom.home.kit import load_kit
from strongroom.home.paths import device_name
from strongroom.ids import format_id, parse_id
from strongroom.items.files import FileRow, FilesView
from strongroom.items.models import DetailsView, FieldView, SectionView
from strongroom.secret import Secret
from strongroom.store.sqlite.store import SqliteStore
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import create_account, unlock
from strongroom.wiring.engines import open_account
from support.faults_canaries import Cage, Canary, bytes_canary, text_canary, texts_of
from support.faults_device import FaultDevice
from support.homes import Home, make_home

PACKAGES = ("strongroom", "onepassword._facade.handle", "onepassword.client", "onepassword.secrets")
PATIENCE_SECONDS = 30


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


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """An account of canaries, after everything was used once."""
    folder = tmp_path_factory.mktemp("canaries")
    cage = Cage()
    logs = io.StringIO()
    handler = logging.StreamHandler(logs)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).setLevel(logging.DEBUG)
    made = make_scene(folder, cage, logs)
    asyncio.run(use_facade(made), debug=True)
    made.files = read_files(made.home.path)  # while it is open: the side files are there
    yield made
    made.home.close()
    root.removeHandler(handler)
    root.setLevel(level)


def make_scene(folder: Path, cage: Cage, logs: io.StringIO) -> Scene:
    path = folder / "strongroom.db"
    password = Secret(cage.make("password"))
    account = create_account(
        url=f"file://{path}",
        name=cage.make("user's name"),
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
    printed = format_secret_key(account_id, secret_key).split("-", maxsplit=2)[2]
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
            url=device.url, name=secret, email="x@example.org", password=Secret(secret[:9])
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


def planted(scene: Scene, place: Callable[[Canary, bytes], bytes]) -> None:
    """MUTANT: a canary planted in a place is found there in every spelling."""
    one_of_each_kind = ("item value", "password", "token", "Secret Key", "token's seed")
    for name in one_of_each_kind:
        canary = scene.cage.canaries[name]
        for spelling, needle in canary.spellings.items():
            found = scene.cage.scan(place(canary, needle), only=name)
            assert f"{name} ({spelling})" in found


# -- the scan itself ---------------------------------------------------------------


def test_every_spelling_is_one_that_encoders_make(scene: Scene) -> None:
    """MUTANT: what encoders make of a canary inside other text is found by the scan."""
    for canary in scene.cage.canaries.values():
        for before in (b"", b"a", b"ab", b"abc"):
            secret = canary.whole.encode() if canary.whole else canary.core
            text = before + secret + b"tail"
            for encode in (base64.b64encode, base64.urlsafe_b64encode, bytes.hex):
                encoded = encode(text)
                raw = encoded if isinstance(encoded, bytes) else encoded.encode()
                assert scene.cage.scan(raw), (canary.name, encode, before)
            assert scene.cage.scan(text)
            assert scene.cage.scan(repr(text).encode())
        if canary.whole:
            for made in (json.dumps(canary.whole), quote(canary.whole), repr(canary.whole)):
                assert scene.cage.scan(made.encode())
            for encoding in ("utf-16", "utf-16-be"):
                assert scene.cage.scan(canary.whole.encode(encoding))
            for text_ in (canary.whole.upper(), canary.whole.lower()):
                assert scene.cage.scan(text_.encode())


def test_all_kinds_of_secrets_are_watched(scene: Scene) -> None:
    """Titles, values, tags, notes, names, password, Secret Key, token and seeds are canaries."""
    names = set(scene.cage.canaries)
    wanted = {"password", "Secret Key", "token", "token's seed", "owner's seed", "user's name"}
    wanted |= {"vault title", "vault description", "robot's name"}
    wanted |= {f"item {part}" for part in ("title", "tag", "section", "field", "value", "notes")}
    assert wanted <= names


# -- database ----------------------------------------------------------------------


def test_the_database_holds_no_canary(scene: Scene) -> None:
    """Database, write-ahead log and shared memory hold sealed bytes only (T14, T15)."""
    assert scene.cage.scan(scene.files) == []


def test_a_canary_in_the_database_is_found(scene: Scene, tmp_path: Path) -> None:
    """MUTANT: a canary in a row is found in the log, and in the file after a checkpoint."""
    path = tmp_path / "planted.db"
    store = SqliteStore.create(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("CREATE TABLE plant (value BLOB)")

        def plant(_canary: Canary, needle: bytes) -> bytes:
            db.execute("INSERT INTO plant VALUES (?)", (needle,))
            in_log = read_files(path)
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            assert needle in path.read_bytes()
            db.execute("DELETE FROM plant")
            return in_log

        planted(scene, plant)
    store.close()


# -- logs --------------------------------------------------------------------------


def test_logs_hold_no_canary(scene: Scene) -> None:
    """With every logger at DEBUG and asyncio in debug mode, no log line holds a canary."""
    text = scene.logs.getvalue()
    assert "Executing <" in text  # asyncio did log every step
    assert scene.cage.scan(text.encode()) == []


def test_a_canary_in_a_log_is_found(scene: Scene) -> None:
    """MUTANT: a canary that some logger writes is found in what was captured."""
    start = len(scene.logs.getvalue())

    def log(_canary: Canary, needle: bytes) -> bytes:
        logging.getLogger("strongroom.somewhere").debug("value %s", needle.decode("latin-1"))
        return scene.logs.getvalue()[start:].encode("latin-1", "replace")

    planted(scene, log)
    scene.logs.truncate(start)
    scene.logs.seek(start)


def test_a_callbacks_argument_would_be_logged(scene: Scene) -> None:
    """MUTANT: asyncio's debug log shows the arguments of callbacks, so the log test can fail."""
    start = len(scene.logs.getvalue())
    canary = scene.cage.canaries["item value"]

    async def leak() -> None:
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = 0.0
        loop.call_soon(str, canary.core.decode())
        await asyncio.sleep(0)

    asyncio.run(leak(), debug=True)
    assert scene.cage.scan(scene.logs.getvalue()[start:].encode())
    scene.logs.truncate(start)
    scene.logs.seek(start)


# -- what objects say of themselves ------------------------------------------------


def test_no_object_prints_a_canary(scene: Scene) -> None:
    """`repr`, `str` and `format` of everything that an engine holds show no secret."""
    texts = texts_of([*scene.roots, *scene.errors], packages=PACKAGES)
    assert len(texts) > 300
    leaks = {leak: text[:80] for text in texts for leak in scene.cage.scan(text.encode())}
    assert leaks == {}


def test_no_view_of_a_document_prints_a_canary() -> None:
    """What is read from an opened document, or asked by name, is not printed by its view."""
    cage = Cage()
    text = cage.make("title")
    views = [
        FieldView(title=text, value=text),
        SectionView(title=text),
        FileRow(id="i", name=text, size=1, chunks=1, key=text),
        FilesView(document=FileRow(id="i", name=text, size=1, chunks=1, key=text)),
        DetailsView(fields=[FieldView(value=text)], sections=[SectionView(title=text)], notes=text),
        ItemName(bytes(16), text),
    ]
    leaks = [type(view).__name__ for view in views if cage.scan(repr(view).encode())]
    assert leaks == []


def test_an_object_that_prints_a_canary_is_found(scene: Scene) -> None:
    """MUTANT: an object of ours that prints what it holds is found deep inside an engine."""
    leaky = types.new_class("Leaky", exec_body=lambda body: body.update(__module__="strongroom.x"))
    leaky.__repr__ = lambda self: self.text  # type: ignore[method-assign]
    engine = scene.roots[0]
    held = engine._session.containers  # type: ignore[attr-defined]

    def hold(_canary: Canary, needle: bytes) -> bytes:
        thing = leaky()
        thing.text = needle.decode("latin-1")  # type: ignore[attr-defined]
        held[b"planted"] = [{"deep": (thing,)}]
        texts = texts_of([engine], packages=("strongroom.x",))
        del held[b"planted"]
        return "".join(texts).encode("latin-1")

    planted(scene, hold)


def test_errors_hold_no_canary(scene: Scene) -> None:
    """Message, hint and candidates of every error are free of secrets, whatever was asked."""
    for error in scene.errors:
        parts = [repr(error), str(error), repr(error.args)]
        if isinstance(error, StrongroomError):
            parts += [str(error.message), str(error.hint), str(error.candidates), str(error.tag)]
        leaks = scene.cage.scan("\n".join(parts).encode())
        assert leaks == [], type(error)


# -- tracebacks --------------------------------------------------------------------


def test_tracebacks_hold_no_canary(scene: Scene) -> None:
    """Formatted tracebacks of all errors, with everything chained to them, show no secret."""
    assert len(scene.tracebacks) > 30
    leaks = {
        leak: text[-300:] for text in scene.tracebacks for leak in scene.cage.scan(text.encode())
    }
    assert leaks == {}


def test_a_canary_in_a_chained_exception_is_found(scene: Scene) -> None:
    """MUTANT: an exception whose cause quotes a canary gives it away in the traceback."""

    def chain(_canary: Canary, needle: bytes) -> bytes:
        try:
            try:
                raise ValueError(needle.decode("latin-1"))  # noqa: TRY301
            except ValueError:
                raise ConflictError("harmless")  # noqa: B904  (the chain is the point)
        except ConflictError:
            return traceback.format_exc().encode("latin-1")

    planted(scene, chain)


# -- processes ---------------------------------------------------------------------


def command_lines(process: subprocess.Popen[bytes]) -> bytes:
    """Return what anybody sees of a process and its children in /proc."""
    pids, found = [process.pid], b""
    while pids:
        pid = pids.pop()
        with suppress(FileNotFoundError, ProcessLookupError):  # it may end meanwhile
            found += Path(f"/proc/{pid}/cmdline").read_bytes()
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
    return found


def cli(scene: Scene, *arguments: str, **variables: str) -> subprocess.Popen[bytes]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("OP_", "STRONGROOM"))
    }
    return subprocess.Popen(
        [sys.executable, "-m", "strongroom.cli.main", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment | variables,
    )


@dataclass
class Running:
    """What a running command showed of itself, and what it wrote at its end."""

    command_line: bytes
    stderr: bytes
    code: int


def run_with_input(scene: Scene, text: str, *arguments: str, **variables: str) -> Running:
    with cli(scene, *arguments, **variables) as process:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.flush()
        shown = watch(process, until=lambda: b"strongroom.cli.main" in command_lines(process))
        process.stdin.close()
        process.stdin = None
        shown += watch(process, until=lambda: process.poll() is not None)
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
        return Running(shown, stderr, process.returncode)


def watch(process: subprocess.Popen[bytes], *, until: Callable[[], bool]) -> bytes:
    """Return all that a process and its children show until something is so."""
    shown = b""
    for _ in range(PATIENCE_SECONDS * 200):
        shown += command_lines(process)
        if until():
            return shown
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.005)
    raise AssertionError("waited in vain")


def secrets_in(scene: Scene, text: bytes) -> list[str]:
    """Return what a command must not tell whoever typed it; it may name vaults and items."""
    return [leak for leak in scene.cage.scan(text) if "title (raw)" not in leak]


def test_a_running_commands_arguments_hold_no_canary(scene: Scene, tmp_path: Path) -> None:
    """A command that works with password and token shows neither to who lists processes."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    creating = run_with_input(
        scene,
        scene.cage.make("typed password") + "\n",
        *("account", "create", "--url", f"file://{tmp_path}/new.db", "--name", "x"),
        *("--email", "ana@example.org", "--password-stdin", "--kit", f"{tmp_path}/kit.txt"),
        STRONGROOM_HOME=str(home),
    )
    assert creating.code == 0, creating.stderr
    template = json.dumps(
        {"title": scene.cage.make("piped title"), "category": "LOGIN", "fields": []}
    )
    forbidden = run_with_input(
        scene,
        template,
        *("item", "create", "--vault", scene.vault, "-"),
        OP_SERVICE_ACCOUNT_TOKEN=scene.token,
        STRONGROOM_HOME=str(home),
    )
    assert forbidden.code != 0  # the token may only read
    for running in (creating, forbidden):
        assert b"strongroom.cli.main" in running.command_line
        assert scene.cage.scan(running.command_line) == []
        assert secrets_in(scene, running.stderr) == []


def contents(folder: Path, *, without: set[str]) -> bytes:
    """Return the bytes of every file below a folder, hidden ones too."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in without]
    return b"".join(path.read_bytes() for path in files)


def test_changed_credentials_show_no_canary(scene: Scene, tmp_path: Path) -> None:
    """Changing password and Secret Key shows neither, nor the seed, but where they belong."""
    cage = scene.cage
    first, second = cage.make("first password"), cage.make("second password")
    (tmp_path / "tmp").mkdir()
    places = {"STRONGROOM_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    url, kits = f"file://{tmp_path}/new.db", ("old-kit.txt", "new-kit.txt")
    commands = [
        ("create", "--url", url, "--name", "x", "--email", "ana@example.org", "--password-stdin"),
        ("password", "--password-stdin"),
        ("new-secret-key",),
        ("password", "--password-stdin"),  # and once with a wrong present password
    ]
    commands[0] += ("--kit", str(tmp_path / kits[0]))
    commands[2] += ("--kit", str(tmp_path / kits[1]))
    given = (f"{first}\n", f"{first}\n{second}\n", f"{second}\n", f"{first}\n{second}\n")
    done = [
        run_with_input(scene, text, "account", *command, **places)
        for command, text in zip(commands, given, strict=True)
    ]
    assert [running.code for running in done] == [0, 0, 0, 1]
    (device,) = load_devices(Folder(tmp_path / "home"))
    for kit in kits:
        secret_key = load_kit(tmp_path / kit).secret_key.expose()
        add_secret_key(cage, f"Secret Key of {kit}", format_id(device.account_id), secret_key)
    cage.add(bytes_canary("changed seed", unlock(device, Secret(second)).seed))
    for running in done:
        assert cage.scan(running.command_line) == []
        assert secrets_in(scene, running.stderr) == []
    keys = {device_name(account=device.account_id, user=device.user_id), *kits}
    assert cage.scan(contents(tmp_path, without=keys)) == []
    for name in ("first password", "second password", "changed seed"):
        assert cage.scan(contents(tmp_path, without=set()), only=name) == []
    # MUTANT: what stands in a temporary file is found, and the files that hold a key do hold it.
    printed = "Secret Key of new-kit.txt, printed"
    assert cage.scan(contents(tmp_path, without={"new-kit.txt"}), only=printed)
    (tmp_path / "tmp" / ".left").write_text(second)
    assert cage.scan(contents(tmp_path, without=keys), only="second password")


def test_logs_of_a_change_hold_no_canary(scene: Scene, tmp_path: Path) -> None:
    """Changing both in an event loop in debug mode, refusals included, logs no secret."""
    cage, start = scene.cage, len(scene.logs.getvalue())
    home = make_home(tmp_path, password=cage.make("logged password"))
    new = Secret(cage.make("new logged password"))
    cage.add(bytes_canary("logged seed", home.account.seed))
    secret_key = home.account.secret_key.expose()
    add_secret_key(cage, "logged Secret Key", home.account.account_id, secret_key)
    texts = asyncio.run(
        change_both(home, Secret(cage.canaries["logged password"].whole), new), debug=True
    )
    logged = scene.logs.getvalue()[start:]
    assert "Executing <" in logged
    assert cage.scan(logged.encode()) == []
    assert cage.scan("\n".join(texts).encode()) == []
    home.close()


async def change_both(home: Home, present: Secret[str], new: Secret[str]) -> list[str]:
    """Change password and Secret Key, and fail to; return what everything says of itself."""
    asyncio.get_running_loop().slow_callback_duration = 0.0
    account = home.account
    engine = await open_account(
        url=home.url,
        account=parse_id(account.account_id),
        user=parse_id(account.user_id),
        seed=account.seed,
        marks=Marks(pin=account.pin, head=HeadMark(0, 1)),
        runtime=ThreadRuntime(),
    )
    home.opened.append(engine)
    held, wrong = Held(present, account.secret_key), Held(new, account.secret_key)
    texts = [repr(held)]
    prepared = await engine.credentials.prepare(held)
    texts.append(repr(prepared))
    for what in (wrong, held):
        try:
            await engine.credentials.change_password(what, new)
        except StrongroomError:
            texts.append(traceback.format_exc())
    try:
        await engine.credentials.store(prepared)
    except ConflictError:
        texts.append(traceback.format_exc())
    assert len(texts) == 4
    return texts


def test_a_canary_in_the_arguments_is_found(scene: Scene) -> None:
    """MUTANT: a program started with a canary as an argument, or whose child is, is found."""
    canary = scene.cage.canaries["item value"]
    run = f"subprocess.run([sys.executable, '-c', 'input()', {canary.core.decode()!r}])"
    leaking = f"import subprocess, sys; {run}"
    for arguments in (["-c", "input()", canary.core.decode()], ["-c", leaking]):
        with subprocess.Popen([sys.executable, *arguments], stdin=subprocess.PIPE) as process:
            watch(
                process,
                until=lambda process=process: bool(
                    scene.cage.scan(command_lines(process).replace(leaking.encode(), b""))
                ),
            )
            process.communicate(b"\n", timeout=PATIENCE_SECONDS)


def test_errors_of_commands_hold_no_canary(scene: Scene, tmp_path: Path) -> None:
    """What a failing command writes to standard error, in debug mode too, is free of secrets."""
    wrong = f"op://{scene.vault}/{scene.item}/no-such-field"
    for arguments in (("read", wrong), ("--debug", "read", wrong), ("item", "get", "none")):
        for token in (scene.token, scene.token[:-6]):
            process = cli(
                scene,
                *arguments,
                OP_SERVICE_ACCOUNT_TOKEN=token,
                STRONGROOM_HOME=str(tmp_path),
                OP_DEBUG="true",
            )
            output, stderr = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode != 0
            assert stderr
            assert secrets_in(scene, output + stderr) == []


def test_a_refused_model_does_not_quote_its_input() -> None:
    """What pydantic refuses of an item is named, but the value is not quoted."""
    from pydantic import ValidationError

    from onepassword import ItemField

    cage = Cage()
    value = cage.make("value")
    with pytest.raises(ValidationError) as caught:
        ItemField.model_validate({"id": "f", "title": "t", "fieldType": "Text", "value": [value]})
    assert cage.scan(str(caught.value).encode()) == []


def test_standard_error_holds_no_canary(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    """An engine at work, errors included, writes nothing to standard error or output."""
    engine = scene.home.by_token(scene.token)
    drive(engine.secrets.resolve(reference(scene)))
    for work in (
        lambda: engine.secrets.resolve(f"op://{scene.vault}/{scene.item}/none"),
        lambda: engine.items.delete(scene.vault, scene.item),
    ):
        with pytest.raises(StrongroomError):
            drive(work())
    assert capfd.readouterr() == ("", "")


def test_a_canary_on_standard_error_is_found(
    scene: Scene, capfd: pytest.CaptureFixture[str]
) -> None:
    """MUTANT: a canary that is written to standard error is seen by that capture."""
    canary = scene.cage.canaries["item value"]
    os.write(2, canary.core)
    assert scene.cage.scan(capfd.readouterr().err.encode())
