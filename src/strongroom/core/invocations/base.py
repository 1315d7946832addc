"""The two kinds of invocations, and how binary content is read."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import msgspec

from strongroom.errors import InputError
from strongroom.sdk.texts import CALL_TEXT
from strongroom.secret import veil

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

# Binary content in a message: a list of bytes, or base64 text.
Binary = list[int] | str


class _Invocation(msgspec.Struct, frozen=True):
    """One message of a wrapper. Its parameters may be secrets, so it shows none."""

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"{type(self).__name__}([secret])"


class ClientInvocation(_Invocation, frozen=True):
    """A message to a client."""

    async def answer(self, engine: Engine) -> object:
        """Return what JSON is made of; `None` for nothing, `bytes` for binary content."""
        raise NotImplementedError


class StaticInvocation(_Invocation, frozen=True):
    """A message that needs no client."""

    def answer(self) -> object:
        """Return what JSON is made of; `None` for nothing."""
        raise NotImplementedError


def read_binary(value: Binary) -> bytes:
    """Read binary content.

    Raises:
        InputError: A number that is no byte, or text that is not base64.
    """
    try:
        # b64decode with validation takes the standard alphabet with padding, as Go writes it.
        return b64decode(value, validate=True) if isinstance(value, str) else bytes(value)
    except ValueError:
        pass  # without its cause, which may hold the content
    message = f"{CALL_TEXT}: content is neither a list of bytes nor base64"
    raise InputError(message)
