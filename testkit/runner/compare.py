"""Judging one vector: answer, error code and layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from strongroom.errors import StrongroomError

Area = Callable[[dict[str, Any]], dict[str, Any]]


class Verdict(Enum):
    """How a vector ended."""

    PASSED = "ok"
    FAILED = "FAILED"
    UNKNOWN = "unknown"


def judge(vector: dict[str, Any], areas: Mapping[str, Area]) -> tuple[Verdict, str]:
    """Run one vector; return the verdict and a remark."""
    if vector.get("format") != "sr-vector-1":
        return Verdict.FAILED, "not a vector of format sr-vector-1"
    operation = vector["input"].get("op")
    area = areas.get(f"{vector['area']}/{operation}") or areas.get(vector["area"])
    if area is None:
        return Verdict.UNKNOWN, f"area {vector['area']} is not one of ours"
    expected, layer = vector["expect"], vector.get("layer")
    try:
        output = area(vector["input"])
    except StrongroomError as error:
        if (error.code, error.layer) == (expected, layer):
            return Verdict.PASSED, ""
        return Verdict.FAILED, (
            f"expected {expected}/{layer}, got {error.code}/{error.layer} ({error.message})"
        )
    if expected != "ok":
        return Verdict.FAILED, f"expected {expected}/{layer}, was accepted"
    differing = [key for key, value in vector.get("output", {}).items() if output.get(key) != value]
    if differing:
        return Verdict.FAILED, f"other answer for {', '.join(differing)}"
    return Verdict.PASSED, ""
