"""Reading the parts of a signed body, strictly.

Source: specs/formats.md sections 1 and 4. Before the signature only the shape
is checked: part lengths, counts, order of lists, integers below 2^53, nothing
left over. Any fault is `integrity`, layer `form`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from struct import Struct, calcsize
from typing import Final, Generic, TypeVar

from strongroom.errors import IntegrityError
from strongroom.limits import INTEGER_MAX
from strongroom.pae import parse_pae

T = TypeVar("T")
# What a part is, id of whom or hash: the field that takes it says so. A conversion for each part
# would be felt, and here is where bytes become fields.
Part = TypeVar("Part", bound=bytes)

_INTEGER_BYTES = 8

# The forms that a part of a `BodyForm` may have.
INTEGER: Final = ("Q",)
ID: Final = ("16s",)
HASH: Final = ("32s",)
OPTIONAL_HASH: Final = ("0s", "32s")


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

    def fixed(self, size: int) -> Part:  # type: ignore[type-var]  # by the field that takes it
        """Return the next part, which has exactly `size` bytes."""
        if not self._rest or len(self._rest[-1]) != size:
            raise malformed()
        return self._rest.pop()  # type: ignore[return-value]

    def optional(self, size: int) -> Part:  # type: ignore[type-var]  # likewise
        """Return the next part, which has `size` bytes or none."""
        part = self.raw()
        if part and len(part) != size:
            raise malformed()
        return part  # type: ignore[return-value]

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


class BodyForm(Generic[T]):
    """Reads bodies of one kind whose parts, but for few, always have the same lengths.

    A list reads ten thousand of them. To unpack all parts at once and compare
    all lengths takes a fifth of the time that `BodyReader` takes part by part,
    and refuses the same.
    """

    __slots__ = ("_forms", "_label", "_make")

    def __init__(
        self, label: str, parts: Sequence[tuple[str, ...]], make: Callable[..., T]
    ) -> None:
        """Prepare for every choice among the possible forms of each part.

        Args:
            parts: The forms of each part after the label, as `struct` writes them.
            make: Takes the parts after the label in their order.
        """
        self._label = label.encode()
        self._make = make
        self._forms: dict[int, list[tuple[Struct, tuple[int, ...]]]] = {}
        for words in product((f"{len(self._label)}s",), *parts):
            form = Struct("<Q" + "".join(f"Q{word}" for word in words))
            lengths = tuple(calcsize(f"<{word}") for word in words)
            self._forms.setdefault(form.size, []).append((form, lengths))

    def read(self, body: bytes) -> T:
        """Return what is made of the parts; the caller checks the bounds of integers.

        Raises:
            IntegrityError: A body of another shape.
        """
        for form, lengths in self._forms.get(len(body), ()):
            # The count of parts, then the length and the content of each; the label is the first.
            values = form.unpack(body)
            has_form = values[0] == len(lengths) and values[1::2] == lengths
            if has_form and values[2] == self._label:
                return self._make(*values[4::2])
        raise malformed()


def malformed() -> IntegrityError:
    """Return the error for a body of the wrong shape."""
    return IntegrityError("signed data is malformed", layer="form")


def require(condition: bool) -> None:  # noqa: FBT001  (reads as an assertion)
    """Refuse a body that breaks a rule of its shape."""
    if not condition:
        raise malformed()
