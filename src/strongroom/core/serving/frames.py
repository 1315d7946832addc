"""Frames: four bytes of length, big-endian, then so many bytes of JSON."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, Literal

import msgspec

from strongroom.core.parsing import explain, read_message
from strongroom.errors import InputError, TooLargeError
from strongroom.sdk.texts import MESSAGE_LIMIT
from strongroom.secret import veil

# Twice a message, whose every character may be escaped by one more, and the rest of a request.
FRAME_BYTES_MAX: Final = 2 * MESSAGE_LIMIT + 1024
FRAME_LENGTH_BYTES: Final = 4

RequestId = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class CoreRequest(msgspec.Struct, frozen=True):
    """One call of one of the four functions, or a greeting; `id` is the caller's own."""

    id: RequestId
    call: Literal["hello", "init_client", "invoke", "invoke_sync", "release_client"]
    payload: str

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"CoreRequest(id={self.id}, call={self.call!r})"


class CoreReply(msgspec.Struct, frozen=True):
    """What became of a call: an answer or a failure. Without `id` nobody knows of which."""

    id: int | None
    success: bool
    payload: str

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return f"CoreReply(id={self.id}, success={self.success})"


class _Numbered(msgspec.Struct, frozen=True):
    """As much of a frame as says to whom a refusal goes."""

    id: RequestId


_request_decoder = msgspec.json.Decoder(CoreRequest)
_numbered_decoder = msgspec.json.Decoder(_Numbered)


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """Return the next frame; `None` where the peer has ended between two.

    Raises:
        TooLargeError: It is longer than any can be; what follows cannot be read.
        InputError: The peer has ended within one.
    """
    try:
        length = int.from_bytes(await reader.readexactly(FRAME_LENGTH_BYTES), "big")
        if length > FRAME_BYTES_MAX:
            message = f"a frame has {length} bytes, but at most {FRAME_BYTES_MAX} are allowed"
            raise TooLargeError(message)
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        if not error.partial and error.expected == FRAME_LENGTH_BYTES:
            return None
    message = "the last frame was cut"
    raise InputError(message)


def read_request(frame: bytes) -> CoreRequest:
    """Read a request.

    Raises:
        InputError: It is none.
    """
    try:
        return read_message(_utf8(frame), _request_decoder, bytes_max=FRAME_BYTES_MAX)
    except msgspec.ValidationError as error:
        message = f"a frame is no request: {explain(error)}"
    raise InputError(message)


def find_id(frame: bytes) -> int | None:
    """Return the id of a frame that is no request, if it has one."""
    try:
        return _numbered_decoder.decode(frame).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def write_frame(message: CoreRequest | CoreReply) -> bytes:
    """Write a request or a reply."""
    body = msgspec.json.encode(message)
    return len(body).to_bytes(FRAME_LENGTH_BYTES, "big") + body


def _utf8(frame: bytes) -> str:
    try:
        return frame.decode()
    except UnicodeDecodeError:
        message = "a frame is not UTF-8"
    raise InputError(message)
