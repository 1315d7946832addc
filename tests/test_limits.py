"""Limits that belong to no single module, each tried on both sides.

Limits of one kind of value stand beside its other rules: tokens and passwords in
`tests/crypto`, keysets, accessors and entries in `tests/wire`, authority steps in
`tests/trust`, fields, tags and websites in `tests/items`, history and look-up
answers in `tests/service`, batches and titles in `tests/client`.
"""

import pytest

from strongroom.documents import encode_document, parse_document
from strongroom.errors import StrongroomError, TooLargeError
from strongroom.limits import (
    BATCH_MAX,
    DETAILS_BYTES_MAX,
    DOCUMENT_DEPTH_MAX,
    OVERVIEW_BYTES_MAX,
)
from strongroom.wire.messages import (
    CommitRequest,
    LookupRequest,
    Query,
    StoredRevision,
)
from support.homes import login
from support.keeper import keeper_of

SIZES = {"overview": OVERVIEW_BYTES_MAX, "details": DETAILS_BYTES_MAX}


@pytest.mark.parametrize(("what", "most"), SIZES.items())
def test_size_of_documents(what, most):
    """A document has exactly as many bytes as the limit, counted as UTF-8, and not one more."""
    room = most - len('{"a":""}')
    for text in ("x" * room, "é" * (room // 2)):
        assert len(encode_document({"a": text}, bytes_max=most, what=what)) == most
        with pytest.raises(TooLargeError, match=f"the {what} has {most + len(text[0].encode())}"):
            encode_document({"a": text + text[0]}, bytes_max=most, what=what)


def nested(levels, *, lists):
    """Return a document of so many levels, with objects or lists below the first."""
    value = [] if lists else {}
    for _ in range(levels - 2):
        value = [value] if lists else {"a": value}
    return {"a": value}


@pytest.mark.parametrize("lists", [False, True], ids=["objects", "lists"])
def test_depth_of_documents(lists):
    """A document is nested 32 levels deep, and not one more, whatever it is made of."""
    deepest = nested(DOCUMENT_DEPTH_MAX, lists=lists)
    raw = encode_document(deepest, bytes_max=1000, what="details")
    assert parse_document(raw, what="item") == deepest
    for levels in (DOCUMENT_DEPTH_MAX + 1, 5_000):
        with pytest.raises(TooLargeError, match="nested deeper than 32"):
            encode_document(nested(levels, lists=lists), bytes_max=10**6, what="details")


def test_depth_of_an_item(home, vault_id):
    """An item that nests too deeply is refused before anything is sealed."""
    engine = home.owner()
    field = {"id": "a", "title": "a", "fieldType": "Text", "value": "", "x": nested(60, lists=True)}
    with pytest.raises(TooLargeError):
        home.run(engine.items.create(vault_id, login() | {"fields": [field]}))
    assert home.run(engine.items.list(vault_id)) == []


EMPTY = StoredRevision(body=b"", signature=b"", overview=b"")
REQUESTS = {
    "lookup": lambda count: LookupRequest(queries=(Query(container=b"c" * 16),) * count),
    "commit": lambda count: CommitRequest(revisions=(EMPTY,) * count),
}


@pytest.mark.parametrize("operation", REQUESTS)
def test_size_of_requests(home, operation):
    """The service takes 10,000 objects in one request; one more is refused before any work."""
    keeper = keeper_of(home)
    me = home.owner()._session.principal
    with pytest.raises(TooLargeError):
        keeper.call(REQUESTS[operation](BATCH_MAX + 1), me)
    if operation == "lookup":  # what is not there is an empty answer, not an error
        answer = keeper.call(REQUESTS[operation](BATCH_MAX), me)
        assert answer.results == ((),) * BATCH_MAX
    else:
        with pytest.raises(StrongroomError, match=r"there is no|malformed"):
            keeper.call(REQUESTS[operation](BATCH_MAX), me)
    keeper.close()


def test_sealed_sizes(home, vault_id):
    """The largest overview and details that a client seals are taken by the service."""
    engine = home.owner()
    item = login("x" * (OVERVIEW_BYTES_MAX - 100)) | {"notes": "x" * (DETAILS_BYTES_MAX - 1000)}
    made = home.run(engine.items.create(vault_id, item))
    assert home.run(engine.items.get(vault_id, made["id"]))["notes"] == item["notes"]
