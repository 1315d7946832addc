"""Child processes of fault tests: orders in, events out, never a secret in argv."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

CHILD = Path(__file__).parents[1] / "faults" / "children" / "child.py"
PATIENCE_SECONDS = 60

Event = dict[str, Any]


class Child:
    """One process that works on a file."""

    def __init__(
        self,
        work: str,
        *,
        environment: dict[str, str] | None = None,
        script: Path = CHILD,
        **orders: Any,
    ) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | (environment or {}),
        )
        self.events: list[Event] = []
        self.tell(json.dumps({"work": work, **orders}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def tell(self, line: str) -> None:
        """Write one line to the child."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def next(self) -> Event | None:
        """Return the child's next event, or `None` at its end."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        # The last line of a killed process may be cut.
        if not line.endswith(b"\n"):
            return None
        self.events.append(json.loads(line))
        return self.events[-1]

    def until(self, key: str) -> Event:
        """Read events until one with that key."""
        while (event := self.next()) is not None:
            if key in event:
                return event
        raise AssertionError(f"no {key}: {self.stderr()}")

    def rest(self) -> list[Event]:
        """Read everything up to the end; return all events."""
        while self.next() is not None:
            pass
        code = self.process.wait(PATIENCE_SECONDS)
        assert code == 0, f"exit {code}: {self.stderr()}"
        return self.events

    def kill(self) -> list[Event]:
        """Kill the child; return all events that it had sent."""
        assert self.process.stdout is not None
        if self.process.stdout.closed:
            return self.events
        self.process.kill()
        while self.next() is not None:
            pass
        self.process.wait(PATIENCE_SECONDS)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue
        return self.events

    def stderr(self) -> str:
        """Return what the child wrote to standard error."""
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


def started(children: list[Child]) -> list[Child]:
    """Wait until all are ready, then let them go together."""
    for child in children:
        child.until("ready")
    for child in children:
        child.tell("go")
    return children


def named(events: list[Event], key: str) -> Iterator[Any]:
    """Return the values of one key in all events that have it."""
    return (event[key] for event in events if key in event)
