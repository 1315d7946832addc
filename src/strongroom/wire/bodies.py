"""Reading the parts of a signed body, strictly.

Source: specs/formats.md sections 1 and 4. Before the signature only the shape
is checked: part lengths, counts, order of lists, integers below 2^53, nothing
left over. Any fault is `integrity`, layer `form`.
"""

from __future__ import annotations

from strongroom.errors import IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.pae import parse_pae

_INTEGER_BYTES = 8


class BodyReader:
    """Takes the parts of one body in order."""

    __slots__ = ("_rest",)

    def __init__(self, body: bytes, label: str) -> None:
        # A sync reads hundreds of bodies with tens of parts: taking from the end of a reversed
        # list is the cheapest way to take them one by one.
        self._rest = parse_pae(body)
        self._rest.reverse()
        if self.raw() != label.encode():
            raise malformed()

    def raw(self) -> bytes:
        """Return the next part, whatever its length."""
        if not self._rest:
            raise malformed()
        return self._rest.pop()

    def fixed(self, size: int) -> bytes:
        """Return the next part, which has exactly `size` bytes."""
        if not self._rest or len(self._rest[-1]) != size:
            raise malformed()
        return self._rest.pop()

    def optional(self, size: int) -> bytes:
        """Return the next part, which has `size` bytes or none."""
        part = self.raw()
        if part and len(part) != size:
            raise malformed()
        return part

    def integer(self, *, low: int = 0, high: int = INTEGER_MAX) -> int:
        """Return the next part as an integer within bounds."""
        value = int.from_bytes(self.fixed(_INTEGER_BYTES), "little")
        if not low <= value <= high:
            raise malformed()
        return value

    def count(self, *, high: int) -> int:
        """Return the number of elements of the list that follows."""
        return self.integer(high=high)

    def end(self) -> None:
        """Refuse parts that nobody took."""
        if self._rest:
            raise malformed()


def malformed() -> IntegrityError:
    """Return the error for a body of the wrong shape."""
    return IntegrityError("signed data is malformed", layer="form")


def require(condition: bool) -> None:  # noqa: FBT001  (reads as an assertion)
    """Refuse a body that breaks a rule of its shape."""
    if not condition:
        raise malformed()
