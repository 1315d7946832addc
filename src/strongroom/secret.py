"""A wrapper that keeps secrets out of logs, `repr` and tracebacks.

Python cannot promise to wipe memory (docs/reference/threats.md, T19); what it
can do is never print. Whoever needs the value calls `expose()` and says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T", str, bytes)

MASK = "[secret]"


class Masked:
    """What shows a mask wherever it is printed, and is neither pickled nor copied."""

    __slots__ = ()

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return MASK

    def __reduce__(self) -> NoReturn:
        message = "a secret cannot be pickled or copied"
        raise TypeError(message)


class Secret(Masked, Generic[T]):
    """A secret text or byte string that shows a mask wherever it is printed."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: T = value

    def expose(self) -> T:
        """Return the value. The caller says in a comment why it needs it."""
        return self._value


# What a record that is part of the public interface says `__rich_repr__` to be.
Veil = Callable[[object], list[tuple[str, Any]]]


def veil(_self: object) -> list[tuple[str, Any]]:
    """Show nothing to pretty-printers, which would list every field of a record.

    A record that holds a secret says `__rich_repr__ = veil` beside its `__repr__`.
    """
    return []
