"""What an environment is made of.

Variables travel as dicts, so that unknown keys survive a read and a write
(specs/formats.md section 9); the structs here check shapes and name changes.
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

import msgspec

from strongroom.secret import veil


class VariableDict(TypedDict):
    """A variable as it is shown; whatever else a newer client wrote is stored beside these."""

    name: str
    value: str
    masked: bool


class EnvironmentDict(TypedDict):
    """The facts of an environment; its variables are there if they were asked for."""

    id: str
    title: str
    description: str
    version: int
    createdAt: str
    updatedAt: str
    variables: NotRequired[list[VariableDict]]


class EnvironmentVersionDict(TypedDict):
    """A kept version, without its content."""

    version: int
    state: str
    updatedAt: str
    author: str


class VariableShape(msgspec.Struct):
    """The types of one variable, for what is stored and for what was read."""

    name: str
    value: str
    masked: bool

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "VariableShape([secret])"


class VariablesShape(msgspec.Struct):
    """The types of an environment's details."""

    variables: list[VariableShape] = []

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "VariablesShape([secret])"


class VariableEdit(msgspec.Struct, frozen=True):
    """One change of an environment: set a variable, a part of it, or remove it.

    What is `None` stays as it is; a new variable has an empty value and is not
    masked then.
    """

    name: str
    value: str | None = None
    masked: bool | None = None
    remove: bool = False

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "VariableEdit([secret])"


# msgspec reads the annotations of a struct at its first use, and two threads that do so at once
# crash the process. Building a decoder does it here, once, under the import's lock.
_decoder = msgspec.json.Decoder(VariablesShape)
