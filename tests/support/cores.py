"""What wrappers say to a core, and how tests speak to one."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from strongroom.core.core import Core
from strongroom.core.failures import CoreError
from strongroom.coroutines import drive

COMMON = {
    "integrationName": "tests",
    "integrationVersion": "1.0",
    "os": "linux",
    "osVersion": "0.0.0",
    "architecture": "x86_64",
}
PYTHON = {
    "programmingLanguage": "Python",
    "sdkVersion": "0040201",
    "requestLibraryName": "reqwest",
    "requestLibraryVersion": "0.11.24",
}
JAVASCRIPT = {
    "programmingLanguage": "JS",
    "sdkVersion": "0050002",
    "requestLibraryName": "Fetch API",
    "requestLibraryVersion": "Fetch API",
}
GO = {
    "programmingLanguage": "Go",
    "sdkVersion": "0040102",
    "requestLibraryName": "net/http",
    "requestLibraryVersion": "Fetch API",
    "account_name": None,
}


def configure(token: str | None, language: dict[str, str | None] = PYTHON, **more: object) -> str:
    """Return a configuration, as the wrapper of a language writes it."""
    held = {} if token is None else {"serviceAccountToken": token}
    return json.dumps({**COMMON, **language, **held, **more})


def invocation(name: str, parameters: object, *, client_id: object = None) -> str:
    """Return a message."""
    target: dict[str, object] = {"parameters": {"name": name, "parameters": parameters}}
    if client_id is not None:
        target = {"clientId": client_id, **target}
    return json.dumps({"invocation": target})


class Hand:
    """Moves the clock of what is not used."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


class Speaker:
    """One wrapper with one client."""

    def __init__(self, core: Core, client: str) -> None:
        self.core = core
        self.client = client

    def text(self, name: str, **parameters: Any) -> str:
        """Return the answer as it is."""
        call = {"name": name, "parameters": parameters}
        message = {"invocation": {"clientId": int(self.client), "parameters": call}}
        return drive(self.core.invoke(json.dumps(message)))

    def ask(self, name: str, **parameters: Any) -> Any:
        """Return what an answer holds."""
        return json.loads(self.text(name, **parameters))

    def refuse(self, name: str, **parameters: Any) -> tuple[str, str]:
        """Return name and message of a failure."""
        with pytest.raises(CoreError) as caught:
            self.text(name, **parameters)
        failure = json.loads(caught.value.msg)
        return failure["name"], failure["message"]


def message_of(reply: dict[str, Any]) -> str:
    """Return the message of a failure that came in a frame."""
    assert reply["success"] is False
    return str(json.loads(reply["payload"])["message"])


@contextmanager
def serving(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """Serve a core on a socket in a folder; give the value of `STRONGROOM_CORE`."""
    folder.chmod(0o700)
    path = folder / "core.sock"
    command = [sys.executable, "-m", "strongroom.cli.main", "core", "serve", "--socket", str(path)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == str(path)
            yield f"unix:{path}"
        finally:
            process.terminate()
