"""What every request of the service is: the name of an operation, and the type of its answer.

A transport that is given a request knows by that what it gives back, and so
does the type checker. Routes, codec and table of the service follow from these
types; the name of an operation stands nowhere else.
"""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

import msgspec

# Every answer is a frozen struct.
Answer = TypeVar("Answer", bound=msgspec.Struct)
_Answer_co = TypeVar("_Answer_co", bound=msgspec.Struct, covariant=True)


class Request(msgspec.Struct, Generic[_Answer_co], frozen=True):
    """A request of one operation; the parameter is the type of its answer."""

    operation: ClassVar[str]


class Done(msgspec.Struct, frozen=True):
    """An answer with nothing more to say."""
