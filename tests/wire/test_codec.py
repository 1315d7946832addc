"""Messages as JSON: every message type there and back, and what is refused."""

import json
import random
from types import NoneType, UnionType
from typing import Union, get_args, get_origin

import msgspec
import pytest

from strongroom.errors import InputError
from strongroom.ids import ID_BYTES, ID_TYPES, ContainerId, ObjectId, format_id
from strongroom.limits import INTEGER_MAX
from strongroom.service.operations import all_operations
from strongroom.wire.codec import Codec, answer_codec, answer_of, request_codec
from strongroom.wire.messages import (
    Known,
    LookupAnswer,
    LookupRequest,
    Query,
    StoredRevision,
    SyncRequest,
)

REQUESTS = sorted(all_operations(), key=lambda kind: kind.operation)
CONTAINER = ContainerId(bytes(range(ID_BYTES)))


def make(kind, letters):
    """Make any value of a type, from the annotations alone."""
    if kind in ID_TYPES:
        return letters.randbytes(ID_BYTES)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        (inner,) = (part for part in parts if part is not NoneType)
        return make(inner, letters) if letters.random() < 0.7 else None
    count = letters.randrange(3)
    if origin is tuple and parts[-1] is not Ellipsis:
        return tuple(make(part, letters) for part in parts)
    if origin in (tuple, frozenset):
        return origin(make(parts[0], letters) for _ in range(count))
    if origin is dict:
        return {make(parts[0], letters): make(parts[1], letters) for _ in range(count)}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return kind(**{field.name: make(field.type, letters) for field in fields})
    simple = {
        int: lambda: letters.choice([0, 1, INTEGER_MAX]),
        str: lambda: letters.choice(["", "text", 'ünd "quoted"\n']),
        bool: lambda: letters.random() < 0.5,
    }
    return simple[kind]() if kind in simple else letters.randbytes(letters.randrange(40))


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.operation)
def test_there_and_back(kind):
    """Every request and every answer comes back as it was, and says nothing but JSON."""
    letters = random.Random(kind.operation)
    for _ in range(50):
        request, answer = make(kind, letters), make(answer_of(kind), letters)
        for codec, message in ((request_codec(kind), request), (answer_codec(kind), answer)):
            raw = codec.encode(message)
            assert codec.decode(raw) == message
            assert json.loads(raw.decode()) is not None
            assert codec.encode(codec.decode(raw)) == raw


def test_the_form():
    """Keys are camelCase, ids are texts, binary is base64url, and defaults are absent."""
    request = LookupRequest(
        queries=(Query(container=CONTAINER, tags=(b"\xfb\xff", b"")), Query(CONTAINER)),
        known=Known(head_rev=7),
    )
    text = format_id(CONTAINER)
    assert json.loads(request_codec(LookupRequest).encode(request)) == {
        "queries": [{"container": text, "tags": ["-_8", ""]}, {"container": text}],
        "known": {"headRev": 7},
    }


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"queries":[{}]}',
        b'{"queries":[],"details":1}',
        b'{"queries":[],"known":{"headRev":-1}}',
        b'{"queries":[],"known":{"headRev":9007199254740992}}',
        b'{"queries":[],"known":{"headRev":1.0e0}, "more":1}',
        b'{"queries":[],"unknown":1}',
        b'{"queries":[{"container":"AAAAAAAAAAAAAAAAAAAAAAAAAA"}]}',
        b'{"queries":[{"container":"aaaaaaaaaaaaaaaaaaaaaaaaab"}]}',
        b'{"queries":[{"container":"aaaaaaaaaaaaaaaaaaaaaaaaaa","tags":["YQ=="]}]}',
        b'{"queries":[{"container":"aaaaaaaaaaaaaaaaaaaaaaaaaa","tags":["YR"]}]}',
        b'{"queries":[{"container":"aaaaaaaaaaaaaaaaaaaaaaaaaa","tags":["+/"]}]}',
        b'{"queries":' + b"[" * 100_000,
        b'{"queries":[],"x":"\xff"}',
    ],
)
def test_refused(raw):
    """What is not exactly a message is refused, without a word of what it says."""
    with pytest.raises(InputError) as caught:
        request_codec(LookupRequest).decode(raw)
    assert "AAAA" not in str(caught.value)


def test_an_answer_of_a_newer_service():
    """Keys that this release does not know are passed over in answers, and only there."""
    answer = LookupAnswer(head_rev=3, results=((StoredRevision(b"b", b"s", b"o"),), ()))
    fields = json.loads(answer_codec(LookupRequest).encode(answer))
    fields["results"][0][0]["new"] = fields["new"] = 1
    raw = json.dumps(fields).encode()
    assert answer_codec(LookupRequest).decode(raw) == answer
    with pytest.raises(InputError):
        Codec(LookupAnswer, strict=True).decode(raw)


def test_types_that_no_message_has():
    """A type without a form on the wire is noticed when its message is first used."""

    class Wrong(msgspec.Struct):
        number: float

    with pytest.raises(TypeError, match="messages cannot hold"):
        Codec(Wrong, strict=True)


def test_sets_are_in_order():
    """One message has one text, whatever the order in which a set was filled."""
    objects = [ObjectId(bytes([number]) * ID_BYTES) for number in range(20)]
    texts = set()
    for order in (objects, objects[::-1]):
        known = Known(entries=frozenset(order))
        texts.add(request_codec(SyncRequest).encode(SyncRequest(root_version=1, known=known)))
    assert len(texts) == 1
