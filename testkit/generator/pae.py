"""Pre-authentication encoding and its strict reader (section 1 of specs/formats.md).

Everything that is signed or hashed is one PAE.  The writer takes text, bytes
and integers; the reader hands out typed parts and refuses what is not in the
one possible shape, because shape is all that is looked at before a signature.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from generator.errors import refuse, require

Part = bytes | str | int
Row = TypeVar("Row")

# Integers stay exact in JSON readers that use doubles.
INTEGER_MAX = 2**53 - 1
WORD = 8


def le64(value: int) -> bytes:
    """An integer as eight bytes, low byte first."""
    return value.to_bytes(WORD, "little")


def to_bytes(part: Part) -> bytes:
    """One part: text as UTF-8, integers as LE64, bytes as they are."""
    if isinstance(part, bytes):
        return part
    if isinstance(part, str):
        return part.encode()
    return le64(part)


def encode(*parts: Part) -> bytes:
    """`PAE(p1, ..., pn)`."""
    out = [le64(len(parts))]
    for part in parts:
        raw = to_bytes(part)
        out += [le64(len(raw)), raw]
    return b"".join(out)


def flatten(rows: Iterable[Iterable[Part]]) -> list[Part]:
    """A list inside a PAE: its count, then the parts of its elements."""
    parts: list[Part] = []
    count = 0
    for row in rows:
        parts.extend(row)
        count += 1
    return [count, *parts]


def decode(data: bytes) -> list[bytes]:
    """The parts of a PAE; nothing may be missing or left over."""
    require(len(data) >= WORD, "form")
    count = int.from_bytes(data[:WORD], "little")
    # A part costs at least its length word: a huge count needs no loop.
    require(count <= (len(data) - WORD) // WORD, "form")
    position = WORD
    parts: list[bytes] = []
    for _ in range(count):
        require(len(data) - position >= WORD, "form")
        size = int.from_bytes(data[position : position + WORD], "little")
        position += WORD
        require(size <= len(data) - position, "form")
        parts.append(data[position : position + size])
        position += size
    require(position == len(data), "form")
    return parts


def ascending(keys: Sequence[bytes] | Sequence[int]) -> bool:
    """Whether a list is sorted and holds nothing twice."""
    return all(a < b for a, b in pairwise(keys))  # type: ignore[operator]


class Reader:
    """Takes the parts of one PAE in order and refuses every wrong length."""

    def __init__(self, data: bytes, label: str) -> None:
        self._parts = decode(data)
        self._next = 0
        require(self.raw() == label.encode(), "form")

    def raw(self) -> bytes:
        """The next part, whatever its length."""
        if self._next >= len(self._parts):
            refuse("form")
        self._next += 1
        return self._parts[self._next - 1]

    def fixed(self, size: int) -> bytes:
        """The next part, exactly `size` bytes."""
        part = self.raw()
        require(len(part) == size, "form")
        return part

    def optional(self, size: int) -> bytes:
        """The next part, `size` bytes or empty when absent."""
        part = self.raw()
        require(len(part) in (0, size), "form")
        return part

    def integer(self) -> int:
        """The next part as an integer below 2^53."""
        value = int.from_bytes(self.fixed(WORD), "little")
        require(value <= INTEGER_MAX, "form")
        return value

    def rows(self, read: Callable[["Reader"], Row]) -> list[Row]:
        """A list: its count, then so many elements."""
        count = self.integer()
        require(count <= len(self._parts) - self._next, "form")
        return [read(self) for _ in range(count)]

    def end(self) -> None:
        """No part may be left."""
        require(self._next == len(self._parts), "form")
