"""Puts our core in the place of the official package's native module; shares no code with us.

It is written from specs/core.md: a child process, frames of four bytes of length and JSON, and the
four functions that the official wrapper calls.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future
from types import ModuleType
from typing import IO, Any

ARCHITECTURES = ("x86_64", "aarch64")
FOLDER = "onepassword.lib"
NATIVE = f"{FOLDER}.{ARCHITECTURES[0]}.op_uniffi_core"
SOCKET = "unix:"


class Error(Exception):
    """What the native module raises: the failure stands in `msg`."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)
        self.msg = msg


def connect(command: list[str]) -> tuple[IO[bytes], IO[bytes]]:
    """Start a core, or connect to the one at a socket; return what to write to and to read from."""
    if command[0].startswith(SOCKET):
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        peer.connect(command[0].removeprefix(SOCKET))
        return peer.makefile("wb"), peer.makefile("rb")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    return process.stdin, process.stdout


class Core:
    """Our core in another process."""

    def __init__(self, command: list[str]) -> None:
        self._output, self._input = connect(command)
        self._waiting: dict[int, Future[str]] = {}
        self._next = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    async def init_client(self, config: str) -> str:
        return await asyncio.wrap_future(self._send("init_client", config))

    async def invoke(self, message: str) -> str:
        return await asyncio.wrap_future(self._send("invoke", message))

    def invoke_sync(self, message: str) -> str:
        return self._send("invoke_sync", message).result()

    def release_client(self, client_id: str) -> None:
        self._send("release_client", client_id).result()

    def _send(self, call: str, payload: str) -> Future[str]:
        with self._lock:
            number, self._next = self._next, self._next + 1
            future = self._waiting[number] = Future()
            frame = json.dumps({"id": number, "call": call, "payload": payload}).encode()
            self._output.write(len(frame).to_bytes(4, "big") + frame)
            self._output.flush()
        return future

    def _read(self) -> None:
        stream = self._input
        while head := stream.read(4):
            reply: dict[str, Any] = json.loads(stream.read(int.from_bytes(head, "big")))
            future = self._waiting.pop(reply["id"])
            if reply["success"]:
                future.set_result(reply["payload"])
            else:
                future.set_exception(Error(reply["payload"]))


def install(command: list[str]) -> None:
    """Start the core, and have the official wrapper find it where its native module is."""
    core = Core(command)
    native = ModuleType("op_uniffi_core")
    native.Error = Error
    for function in ("init_client", "invoke", "invoke_sync", "release_client"):
        setattr(native, function, getattr(core, function))
    # The folders above it too: what is imported under a name is looked up from the top.
    sys.modules[FOLDER] = ModuleType(FOLDER)
    for architecture in ARCHITECTURES:
        sys.modules[f"{FOLDER}.{architecture}"] = ModuleType(f"{FOLDER}.{architecture}")
        sys.modules[f"{FOLDER}.{architecture}.op_uniffi_core"] = native
