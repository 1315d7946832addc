"""Failures: ASCII JSON of at most 8 KiB, which says what happened and shows no secret."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.core.failures import FAILURE_BYTES_MAX, CoreError, describe, write_failure
from strongroom.errors import (
    DesktopSessionExpiredException,
    InputError,
    NotFoundError,
    RateLimitExceededException,
)


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=40), st.integers(0, 3000))
def test_any_text_fits(text, times):
    """Whatever a message holds, what is written is short, ASCII and JSON."""
    message = text * times
    written = write_failure("Internal", message=message)
    assert written.isascii()
    assert len(written) <= FAILURE_BYTES_MAX
    read = json.loads(written)["message"]
    assert read == message or (
        read.endswith(" [cut]") and message.startswith(read.removesuffix(" [cut]"))
    )


def test_the_limit_on_both_sides():
    """A failure of 8 KiB is whole; with one character more its end is cut."""
    room = FAILURE_BYTES_MAX - len(write_failure("Internal", message=""))
    whole = write_failure("Internal", message="x" * room)
    assert len(whole) == FAILURE_BYTES_MAX
    assert json.loads(whole)["message"] == "x" * room
    cut = write_failure("Internal", message="x" * (room + 1))
    assert len(cut) == FAILURE_BYTES_MAX
    assert json.loads(cut)["message"] == "x" * (room - 6) + " [cut]"


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (InputError("text"), "InvalidConfiguration"),
        (NotFoundError("text"), "Internal"),
        (DesktopSessionExpiredException("text"), "DesktopSessionExpired"),
        (RateLimitExceededException("text"), "RateLimitExceeded"),
    ],
)
def test_names(error, name):
    """An error of ours has the SDK's name for its class, and its own message."""
    assert json.loads(describe(error).msg) == {"name": name, "message": "text"}


def test_what_is_not_ours_shows_its_kind_only():
    """The text of a fault of our own may hold anything, so it is not told."""
    failure = describe(KeyError("hunter2"))
    assert "hunter2" not in failure.msg
    assert json.loads(failure.msg)["message"].endswith("KeyError")


def test_the_exception_is_its_text():
    """An adapter finds the failure where the wrapper for Python looks, and as the text."""
    error = CoreError("Internal", message="ä")
    assert str(error) == error.msg == '{"name": "Internal", "message": "\\u00e4"}'
