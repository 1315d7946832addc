"""Invocations from JSON text, and answers to it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from strongroom.core.invocations.base import ClientInvocation, StaticInvocation
from strongroom.core.invocations.table import DECODERS
from strongroom.core.parsing import explain, place_of_end, read_message
from strongroom.errors import InputError, InvalidArgumentError, TooLargeError
from strongroom.sdk.texts import CALL_TEXT, MESSAGE_LIMIT, OVERSIZED_TEXT
from strongroom.secret import veil

_U64 = Annotated[int, msgspec.Meta(ge=0)]


class Call(msgspec.Struct, frozen=True):
    """What is to be done: the name of a message, and its parameters as JSON."""

    name: str
    parameters: msgspec.Raw

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Call([secret])"


class Target(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be done, and by which client."""

    parameters: Call
    client_id: _U64 | None = None


class Message(msgspec.Struct, frozen=True):
    """All of a message."""

    invocation: msgspec.Raw

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Message([secret])"


_message_decoder = msgspec.json.Decoder(Message)
_target_decoder = msgspec.json.Decoder(Target)


def read_invocation(text: str) -> tuple[int | None, ClientInvocation | StaticInvocation]:
    """Read an invocation; return the client's id, if it names one, and what is asked.

    Raises:
        TooLargeError: Over 50 MiB of UTF-8.
        InvalidArgumentError: There is no such message, or its parameters are not its own.
        InputError: No JSON, or no message.
    """
    try:
        message = read_message(text, _message_decoder)
    except msgspec.ValidationError as error:
        problem = "missing field `invocation`" if "missing" in str(error) else "invalid type"
        raise InputError(f"{problem} {place_of_end(text)}") from None
    try:
        target = _target_decoder.decode(message.invocation)
        name = target.parameters.name
        if name not in DECODERS:
            raise _mismatch(text, reason="no message has that name")
    except msgspec.DecodeError as error:
        raise _mismatch(text, reason=_explain(error)) from None
    try:
        invocation = DECODERS[name].decode(target.parameters.parameters)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _mismatch(text, reason=f"{name}: {_explain(error)}") from None
    if isinstance(invocation, ClientInvocation) and target.client_id is None:
        raise _mismatch(text, reason=f"{name}: clientId is missing")
    return target.client_id, invocation


def write_answer(answer: object, *, reads_base64: bool) -> str:
    """Write an answer as JSON; nothing is an empty text.

    Args:
        reads_base64: Whether binary content is base64 text, or a list of integers.

    Raises:
        TooLargeError: Over 50 MiB of UTF-8.
    """
    if answer is None:
        return ""
    if isinstance(answer, bytes) and not reads_base64:
        # Counted before the list is made, which takes eight times the memory of its bytes.
        if _list_bytes(answer) > MESSAGE_LIMIT:
            raise TooLargeError(OVERSIZED_TEXT)
        answer = list(answer)
    raw = msgspec.json.encode(answer)
    if len(raw) > MESSAGE_LIMIT:
        raise TooLargeError(OVERSIZED_TEXT)
    return raw.decode()


def _list_bytes(content: bytes) -> int:
    """Return how long a list of bytes is as JSON: digits, commas, brackets."""
    two_digits = len(content.translate(None, delete=bytes(range(10))))
    three_digits = len(content.translate(None, delete=bytes(range(100))))
    return len(content) + two_digits + three_digits + max(len(content) - 1, 0) + 2


def _explain(error: Exception) -> str:
    return explain(error) if isinstance(error, msgspec.ValidationError) else "no JSON"


def _mismatch(text: str, *, reason: str) -> InvalidArgumentError:
    return InvalidArgumentError(reason, msg=f"{CALL_TEXT} {place_of_end(text)}")
