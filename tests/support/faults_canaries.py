"""Canaries: random secrets that are looked for in every spelling."""

from __future__ import annotations

import base64
import gc
import json
import random
import string
import types
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

_LETTERS = string.ascii_letters + string.digits
_CORE = 20
# What leads out of an engine: code, and the local variables of whoever caught an error.
_ELSEWHERE = (type, types.ModuleType, types.FunctionType, types.FrameType, types.TracebackType)


@dataclass(frozen=True)
class Canary:
    """One secret: a random core that stands alone in every spelling of the whole."""

    name: str
    core: bytes
    whole: str = ""

    @cached_property
    def spellings(self) -> dict[str, bytes]:
        """The byte strings that give this canary away."""
        found = {"raw": self.core, "hex": self.core.hex().encode()}
        found["upper hex"] = found["hex"].upper()
        for offset in range(3):
            for name, encode in (
                ("base64", base64.b64encode),
                ("urlsafe base64", base64.urlsafe_b64encode),
            ):
                found[f"{name} at {offset}"] = _aligned(
                    encode(bytes(offset) + self.core), offset, len(self.core)
                )
        if self.whole:
            text = self.core.decode()
            found |= {
                "upper": text.upper().encode(),
                "lower": text.lower().encode(),
                "utf-16": text.encode("utf-16-le"),
                "utf-16 big": text.encode("utf-16-be"),
                "reversed": text[::-1].encode(),
                "json": json.dumps(self.whole)[1:-1].encode(),
                "escaped": self.whole.encode("unicode_escape"),
                "percent": quote(self.whole, safe="").encode(),
            }
        else:
            found |= {"repr": repr(self.core)[2:-1].encode(), "list": str(list(self.core)).encode()}
        return found


def _aligned(encoded: bytes, offset: int, size: int) -> bytes:
    """Return the characters of a base64 text that depend on the canary alone."""
    first = -(-offset * 8 // 6)
    last = (offset + size) * 8 // 6
    return encoded[first:last]


def make_canary(name: str) -> Canary:
    """Make a text canary: letters in both cases, then what escapes must treat."""
    rng = random.SystemRandom()
    core = "".join(rng.choice(_LETTERS) for _ in range(_CORE))
    return Canary(name, core.encode(), f'{core}ü"\\')


def bytes_canary(name: str, secret: bytes) -> Canary:
    """Make a canary of a secret that exists already."""
    return Canary(name, secret)


def text_canary(name: str, secret: str) -> Canary:
    """Make a canary of a text that exists already."""
    return Canary(name, secret.encode(), secret)


class Cage:
    """All canaries of one scene, and the scan for them."""

    def __init__(self) -> None:
        self.canaries: dict[str, Canary] = {}

    def make(self, name: str) -> str:
        """Return a new canary's text."""
        self.canaries[name] = make_canary(name)
        return self.canaries[name].whole

    def add(self, canary: Canary) -> None:
        """Keep watch over one more secret."""
        self.canaries[canary.name] = canary

    def scan(self, place: bytes, *, only: str = "") -> list[str]:
        """Return which canaries, in which spellings, a place holds."""
        return [
            f"{canary.name} ({spelling})"
            for canary in self.canaries.values()
            if only in ("", canary.name)
            for spelling, needle in canary.spellings.items()
            if needle in place
        ]


def texts_of(roots: Iterable[object], *, packages: tuple[str, ...]) -> list[str]:
    """Return `repr` and `str` of all objects of our packages that the roots lead to."""
    seen: dict[int, object] = {}
    waiting = list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, _ELSEWHERE):
            continue
        seen[id(thing)] = thing
        waiting += gc.get_referents(thing)
    ours = [thing for thing in seen.values() if type(thing).__module__.startswith(packages)]
    return [text for thing in ours for text in (repr(thing), str(thing), f"{thing}")]
