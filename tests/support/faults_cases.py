"""Cases of inputs that must be refused: what is done, and the layer and error that refuse it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from strongroom.errors import IntegrityError, StrongroomError


@dataclass(frozen=True)
class Case:
    """One input: `work` hands it in; `layer` must refuse it, with this kind of error."""

    name: str
    work: Callable[[], Any]
    layer: str | None
    kind: type[StrongroomError] = IntegrityError


def outcome(work: Callable[[], Any]) -> str:
    """Return `accepted`, or kind and layer of the refusal, or what came out that never may."""
    try:
        work()
    except StrongroomError as error:
        return f"{type(error).__name__} at {error.layer}"
    except Exception as error:  # noqa: BLE001  (that is the finding)
        return f"untyped {type(error).__name__}: {error}"
    return "accepted"


def misjudged(cases: Iterable[Case]) -> list[str]:
    """Return the cases that are not refused as they must be, and why."""
    findings, count = [], 0
    for case in cases:
        count += 1
        found = outcome(case.work)
        if found != f"{case.kind.__name__} at {case.layer}":
            findings.append(f"{case.name}: {found}")
    return findings if count else ["no cases"]


def flipped(raw: bytes, bit: int) -> bytes:
    """Return the bytes with one bit turned over."""
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def replaced(raw: bytes, place: int, part: bytes) -> bytes:
    """Return the bytes with others at a place."""
    return raw[:place] + part + raw[place + len(part) :]
