"""The exceptions of the SDK surface."""

from __future__ import annotations

import pytest

from onepassword import (
    DesktopSessionExpiredException,
    RateLimitExceededException,
    Secrets,
    raise_typed_exception,
)
from onepassword.errors import InvalidArgumentError
from strongroom.errors import InvalidReferenceError


class CoreError(Exception):
    """What a native core raises: a record as text in `msg`."""

    def __init__(self, msg: str) -> None:
        super().__init__(msg)
        self.msg = msg


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("DesktopSessionExpired", DesktopSessionExpiredException),
        ("RateLimitExceeded", RateLimitExceededException),
        ("Internal", Exception),
    ],
)
def test_records(name: str, kind: type[Exception]) -> None:
    """The record's name chooses the class, its message the text."""
    with pytest.raises(kind) as raised:
        raise_typed_exception(CoreError(f'{{"name": "{name}", "message": "text"}}'))

    assert type(raised.value) is kind
    assert str(raised.value) == "text"
    assert kind is Exception or vars(raised.value)["message"] == "text"


@pytest.mark.parametrize("text", ["", "no json", "[1]", "5", '{"name": "Internal"}'])
def test_no_record(text: str) -> None:
    """Without a record, the exception itself is raised again."""
    error = CoreError(text)
    with pytest.raises(CoreError) as raised:
        raise_typed_exception(error)

    assert raised.value is error


def test_exception_without_msg() -> None:
    """An exception that never held a record is raised again."""
    with pytest.raises(KeyError):
        raise_typed_exception(KeyError('{"name": "Internal", "message": "text"}'))


@pytest.mark.parametrize("kind", [DesktopSessionExpiredException, RateLimitExceededException])
def test_typed(kind: type[Exception]) -> None:
    """The two typed exceptions carry their message."""
    error = kind("text")

    assert str(error) == vars(error)["message"] == "text"


def test_validation_text() -> None:
    """The static check raises the SDK's whole text."""
    with pytest.raises(InvalidReferenceError) as refused:
        Secrets.validate_secret_reference("vault/item/field")

    assert str(refused.value) == (
        'the secret reference could not be parsed: secret reference is not prefixed with "op://"'
    )
    Secrets.validate_secret_reference("op://vault/item/field")


@pytest.mark.parametrize("reference", [None, 5, b"op://v/i/f", ["op://v/i/f"]])
def test_reference_type(reference: object) -> None:
    """A reference that is no text is refused, and `msg` holds the core's text."""
    with pytest.raises(InvalidArgumentError) as refused:
        Secrets.validate_secret_reference(reference)  # type: ignore[arg-type]

    assert refused.value.msg.startswith("data did not match any variant")
    assert type(reference).__name__ in str(refused.value)
