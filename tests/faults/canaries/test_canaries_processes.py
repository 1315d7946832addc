"""Secrets stay out of the arguments, output and logs of processes (T14, T15).

What a canary is, and what the scene holds, is in test_canaries.py.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from strongroom.client.account.credentials import Held
from strongroom.client.aio import ThreadRuntime
from strongroom.client.runtime import drive
from strongroom.client.view.marks import Marks
from strongroom.errors import ConflictError, StrongroomError
from strongroom.home.device import load_devices
from strongroom.home.files import Folder
from strongroom.home.kit import load_kit
from strongroom.home.paths import device_name
from strongroom.ids import format_id, parse_id
from strongroom.secret import Secret
from strongroom.trust.directory import HeadMark
from strongroom.wiring.accounts import unlock
from strongroom.wiring.engines import open_account
from support.faults_canaries import Cage, bytes_canary
from support.faults_scene import Scene, add_secret_key, reference
from support.homes import Home, make_home

PATIENCE_SECONDS = 30


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
