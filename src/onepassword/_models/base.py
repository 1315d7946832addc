"""What all models share: spelling of keys, times, binary content.

- Every key can be given in Python's spelling (`section_id`) and in JSON's
  (`sectionId`); output with `by_alias=True` uses the latter. Type checkers
  cannot follow the rule that makes the latter: models that programs make tell
  them both, in constructors that exist for them only.
- Times are naive UTC. Text must be RFC 3339 with a `Z` and at most six
  fraction digits; a `datetime` is taken as it is, an aware one is converted.
- Binary content is `bytes` or a list of integers, and a list in JSON.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from inspect import Signature
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z"
)


class _SignatureOnDemand:
    """Builds a model when somebody asks what its arguments are; `help` shows them then."""

    def __get__(self, instance: object, owner: type[BaseModel]) -> Signature:
        """Build the model, which puts its own signature in the place of this one."""
        owner.model_rebuild(force=True)
        return owner.__signature__


class Model(BaseModel):
    """Base of all models: both spellings of keys, unknown keys ignored."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        # A program uses few of the models; each builds its validator at first use.
        defer_build=True,
        # A refused value may be a secret, and errors end in logs.
        hide_input_in_errors=True,
    )
    if not TYPE_CHECKING:  # it is read as what it returns
        __signature__ = _SignatureOnDemand()


def parse_rfc3339(date_str: str) -> datetime:
    """Read `YYYY-MM-DDTHH:MM:SS[.ffffff]Z` as a naive UTC time.

    Raises:
        TypeError: Not a text.
        ValueError: Another form, another offset, or no such time.
    """
    try:
        if _RFC3339.fullmatch(date_str) is not None:
            # Without its `Z` the text is read as a naive time at once, in a third of the time.
            return datetime.fromisoformat(date_str[:-1])
    except ValueError:
        pass  # the form is right, but there is no 30th of February
    message = f"Invalid RFC 3339 date format: {date_str}"
    raise ValueError(message)


def serialize_datetime_data(utc_time: datetime) -> str:
    """Write a time with six fraction digits and `Z`; a naive time counts as UTC."""
    return _to_naive_utc(utc_time).isoformat(timespec="microseconds") + "Z"


def deserialize_binary_data(value: bytes | Sequence[int]) -> bytes:
    """Read file content from `bytes` or a list of integers from 0 to 255.

    Raises:
        TypeError: Neither of the two.
        ValueError: A list with anything else in it.
    """
    if isinstance(value, bytes):
        return value
    if not isinstance(value, list):
        message = "Content must be a list of integers (0-255) or bytes."
        raise TypeError(message)
    try:
        return bytes(value)
    except (TypeError, ValueError):
        message = "All elements must be integers in the range 0-255 (u8)."
        raise ValueError(message) from None


def serialize_binary_data(value: bytes) -> list[int]:
    """Write file content as a list of integers, its form in JSON."""
    return list(value)


def _read_time(value: Any) -> datetime:
    return _to_naive_utc(value) if isinstance(value, datetime) else parse_rfc3339(value)


def _to_naive_utc(time: datetime) -> datetime:
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


Time = Annotated[datetime, BeforeValidator(_read_time), PlainSerializer(serialize_datetime_data)]
Content = Annotated[
    bytes, BeforeValidator(deserialize_binary_data), PlainSerializer(serialize_binary_data)
]
