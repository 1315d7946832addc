"""Whether a core serves at a path: what a supervisor asks before it sends programs there."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from strongroom.core.serving.connection import PROTOCOL_VERSION
from strongroom.core.serving.frames import FRAME_LENGTH_BYTES, CoreReply, CoreRequest, write_frame
from strongroom.errors import LocalFileError

# A core that is at work answers in milliseconds; supervisors ask again.
CHECK_SECONDS: Final = 5.0
# Whoever waits longer for a start waits for something else.
WAIT_SECONDS_MAX: Final = 600
# Between attempts: a core takes a few of these to start.
_PAUSE_SECONDS: Final = 0.1
# A greeting comes back in 40 bytes, a refusal in at most 8 KiB of JSON that is escaped once more.
_REPLY_BYTES_MAX: Final = 20 * 1024

_REPLY_DECODER: Final = msgspec.json.Decoder(CoreReply)


def wait_for_socket(path: Path, *, seconds: float, pause: Callable[[float], None]) -> None:
    """Greet the core at a path until one answers.

    Args:
        seconds: After how long it is given up.
        pause: Lets so many seconds pass.

    Raises:
        LocalFileError: As `check_socket`, of the last attempt.
    """
    for _ in range(int(seconds / _PAUSE_SECONDS)):
        with suppress(LocalFileError):
            check_socket(path)
            return
        pause(_PAUSE_SECONDS)
    check_socket(path)


def check_socket(path: Path, *, seconds: float = CHECK_SECONDS) -> None:
    """Greet the core at a path.

    Args:
        path: Of its socket.
        seconds: How long to wait for each part of its answer.

    Raises:
        LocalFileError: None serves there, or not this user, or not in this version, or not in time.
    """
    try:
        reply = _greet(path, seconds)
    except TimeoutError:
        raise _absent(path, f"it did not answer within {seconds:g} seconds") from None
    except OSError as error:
        raise _absent(path, error.strerror or str(error)) from None
    except msgspec.DecodeError:
        raise _absent(path, "what answers there is no core") from None
    if not reply.success:
        raise _absent(path, _read_message(reply.payload))


def _greet(path: Path, seconds: float) -> CoreReply:
    hello = write_frame(CoreRequest(0, "hello", PROTOCOL_VERSION))
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(seconds)
        peer.connect(str(path))
        peer.sendall(hello)
        with peer.makefile("rb") as stream:
            length = int.from_bytes(stream.read(FRAME_LENGTH_BYTES), "big")
            return _REPLY_DECODER.decode(stream.read(min(length, _REPLY_BYTES_MAX)))


def _read_message(payload: str) -> str:
    with suppress(msgspec.DecodeError, KeyError, TypeError):
        message = str(msgspec.json.decode(payload)["message"])
        # Whose socket it is was not looked at, and what it says goes to a terminal.
        return "".join(one if one.isprintable() else "\ufffd" for one in message)
    return "it refused"


def _absent(path: Path, reason: str) -> LocalFileError:
    return LocalFileError(f"no core serves at {path}: {reason}")
