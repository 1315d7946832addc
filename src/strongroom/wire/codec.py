"""Messages as JSON: what a request and an answer are on a network.

Source: specs/formats.md section 13. The messages hold ids and binary as bytes. Here each message
type gets a twin whose ids are their 26 characters and whose binary is base64url: keys are in
camelCase, what is at its default is absent, integers are from 0 up to 2^53 - 1, and unknown keys
are refused in requests and passed over in answers. Twins are made from the types alone, so a new
message needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    NamedTuple,
    TypeAlias,
    TypeVar,
    Union,
    get_args,
    get_origin,
)

import msgspec

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.errors import InputError
from strongroom.ids import ID_TYPES, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.wire.operations import Answer, Request

_Message = TypeVar("_Message", bound=msgspec.Struct)
# A value of a message, or of its twin: which one the plan of its type knows.
_Value: TypeAlias = Any
_Step = Callable[[_Value], _Value]
_INTEGER: Final = Annotated[int, msgspec.Meta(ge=0, le=INTEGER_MAX)]


class _Plan(NamedTuple):
    """How values of one type travel; `None` for a step that changes nothing."""

    twin: _Value
    write: _Step | None = None
    read: _Step | None = None


class Codec(Generic[_Message]):
    """Writes and reads one type of message."""

    def __init__(self, message: type[_Message], *, strict: bool) -> None:
        """Make the twin of a type.

        Args:
            strict: Whether keys that this release does not know are refused.
        """
        plan = _struct(message, strict)
        self._write = plan.write or _as_it_is
        self._read = plan.read or _as_it_is
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(plan.twin)

    def encode(self, message: _Message) -> bytes:
        """Write a message."""
        return self._encoder.encode(self._write(message))

    def decode(self, raw: bytes) -> _Message:
        """Read a message.

        Raises:
            InputError: Not JSON of this form; the text names the place, and no value.
        """
        try:
            decoded: _Message = self._read(self._decoder.decode(raw))
        except msgspec.ValidationError as error:
            message = f"the message is not as it should be: {error}"
            raise InputError(message) from None
        except (msgspec.DecodeError, ValueError, InputError, RecursionError):
            # The exception would carry what it found.
            message = "the message is not JSON, or an id or binary in it is spelt wrongly"
            raise InputError(message) from None
        return decoded


@cache
def request_codec(kind: type[Request[Answer]]) -> Codec[Request[Answer]]:
    """Return what writes and reads requests of one type."""
    return Codec(kind, strict=True)


@cache
def answer_codec(kind: type[Request[Answer]]) -> Codec[Answer]:
    """Return what writes and reads the answers to one type of request."""
    return Codec(answer_of(kind), strict=False)


def answer_of(kind: type[Request[Answer]]) -> type[Answer]:
    """Return the type of the answers to one type of request, which its base names."""
    (answer,) = get_args(kind.__orig_bases__[0])  # type: ignore[attr-defined]
    found: type[Answer] = answer
    return found


def _as_it_is(value: _Value) -> _Value:
    return value


@cache
def _struct(kind: type[msgspec.Struct], strict: bool) -> _Plan:  # noqa: FBT001  (a key of the cache)
    """Return the plan of a message or of a part of one."""
    fields = [_field(field, strict) for field in msgspec.structs.fields(kind)]
    twin = msgspec.defstruct(
        kind.__name__,
        [(field.name, field.plan.twin, *field.twin_default) for field in fields],
        rename="camel",
        omit_defaults=True,
        forbid_unknown_fields=strict,
        kw_only=True,
        frozen=True,
    )

    def write(message: msgspec.Struct) -> msgspec.Struct:
        return twin(
            **{
                field.name: field.write(value)
                for field in fields
                # The twin leaves out what is its own default, and looks at the object for that.
                if (value := getattr(message, field.name)) != field.default
            }
        )

    def read(message: msgspec.Struct) -> msgspec.Struct:
        return kind(**{field.name: field.read(getattr(message, field.name)) for field in fields})

    return _Plan(twin, write, read)


class _Field(NamedTuple):
    """A field of a message: `twin_default` is empty where it has to be said."""

    name: str
    plan: _Plan
    default: _Value
    twin_default: tuple[_Value, ...]

    def write(self, value: _Value) -> _Value:
        return value if self.plan.write is None else self.plan.write(value)

    def read(self, value: _Value) -> _Value:
        return value if self.plan.read is None else self.plan.read(value)


def _field(field: msgspec.structs.FieldInfo, strict: bool) -> _Field:  # noqa: FBT001
    plan = _plan(field.type, strict)
    default = field.default
    if field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is msgspec.NODEFAULT:
        return _Field(field.name, plan, default, ())
    written = default if plan.write is None else plan.write(default)
    if written == {}:
        written = msgspec.field(default_factory=dict)
    return _Field(field.name, plan, default, (written,))


@cache
def _plan(kind: _Value, strict: bool) -> _Plan:  # noqa: FBT001  (a key of the cache)
    """Return how values of a type travel."""
    if kind in ID_TYPES:
        return _Plan(str, _write_id, _read_id)
    origin: _Value = get_origin(kind)
    parts = get_args(kind)
    if origin in (Union, UnionType):
        return _optional(kind, strict)
    if origin in (tuple, frozenset):
        return _many(kind, strict)
    if origin is dict:
        return _mapping(_plan(parts[0], strict), value=_plan(parts[1], strict))
    if kind is int:
        return _Plan(_INTEGER)
    if kind in (str, bool):
        return _Plan(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _struct(kind, strict)
    if getattr(kind, "__supertype__", kind) is bytes:
        return _Plan(str, encode_base64url, decode_base64url)
    message = f"messages cannot hold {kind}"
    raise TypeError(message)


def _write_id(value: bytes) -> str:
    return format_id(value) if value else ""


def _read_id(text: str) -> bytes:
    return parse_id(text) if text else b""


def _optional(kind: _Value, strict: bool) -> _Plan:  # noqa: FBT001
    (inner,) = (part for part in get_args(kind) if part is not NoneType)
    plan = _plan(inner, strict)
    write, read = plan.write or _as_it_is, plan.read or _as_it_is
    return _Plan(
        plan.twin | None,
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
    )


def _many(kind: _Value, strict: bool) -> _Plan:  # noqa: FBT001
    """Return the plan of a tuple or a set; a set travels in order, so that one set is one text."""
    origin: _Value = get_origin(kind)
    parts = get_args(kind)
    if origin is tuple and parts[-1] is not Ellipsis:
        return _place_by_place(tuple(_plan(part, strict) for part in parts))
    plan = _plan(parts[0], strict)
    write, read = plan.write or _as_it_is, plan.read or _as_it_is
    order = tuple if origin is tuple else sorted
    return _Plan(
        tuple[plan.twin, ...],  # type: ignore[name-defined]
        lambda many: tuple(order(map(write, many))),
        lambda many: origin(map(read, many)),
    )


def _place_by_place(plans: tuple[_Plan, ...]) -> _Plan:
    """Return the plan of a tuple with a type for each place."""
    writes = [plan.write or _as_it_is for plan in plans]
    reads = [plan.read or _as_it_is for plan in plans]
    return _Plan(
        tuple[tuple(plan.twin for plan in plans)],  # type: ignore[misc]
        lambda row: tuple(write(one) for write, one in zip(writes, row, strict=True)),
        lambda row: tuple(read(one) for read, one in zip(reads, row, strict=True)),
    )


def _mapping(key: _Plan, *, value: _Plan) -> _Plan:
    write_key, read_key = key.write or _as_it_is, key.read or _as_it_is
    write, read = value.write or _as_it_is, value.read or _as_it_is
    return _Plan(
        dict[key.twin, value.twin],  # type: ignore[name-defined]
        lambda rows: {write_key(name): write(one) for name, one in rows.items()},
        lambda rows: {read_key(name): read(one) for name, one in rows.items()},
    )
