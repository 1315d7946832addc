"""A program of another interpreter that performs calls of the SDK for a test."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any


class CallError(Exception):
    """A call that raised; `classes` are the names of the exception's own class and its parents."""

    def __init__(self, text: str, classes: list[str]) -> None:
        super().__init__(text)
        self.classes = classes


class Performer:
    """One program that performs calls, and the names of all methods that it could call."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.methods: list[str] = self._read()
        self.called: set[str] = set()

    def all(self, *steps: tuple[str, list[Any]]) -> list[dict[str, Any]]:
        """Perform several calls side by side; return what became of each."""
        self.called |= {method for method, _ in steps}
        rows = [{"method": method, "args": args} for method, args in steps]
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(rows) + "\n")
        self._process.stdin.flush()
        done: list[dict[str, Any]] = self._read()
        return done

    def call(self, method: str, *args: Any) -> Any:
        """Perform one call; return its result as JSON has it."""
        (done,) = self.all((method, list(args)))
        if "error" in done:
            raise CallError(done["error"], done["classes"])
        return done["result"]

    def _read(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


def model(name: str, /, **keys: Any) -> dict[str, Any]:
    """Return a model as an argument."""
    return {"$model": name, "keys": keys}


def content(data: bytes) -> dict[str, str]:
    """Return bytes as an argument."""
    return {"$bytes": base64.b64encode(data).decode()}
