"""`client.secrets` and the client's life, on a real home."""

from __future__ import annotations

import asyncio
import gc
import traceback
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from onepassword import (
    Client,
    ResolveReferenceErrorItemNotFound,
    ResolveReferenceErrorParsing,
    ResolveReferenceErrorVaultNotFound,
    VaultCreateParams,
)
from onepassword.errors import InvalidArgumentError
from strongroom.errors import InvalidReferenceError, ResolveError, SignedOutError
from strongroom.sync import SyncClient

PREFIX = "error resolving secret reference: "
# Runs an async program on a client and returns its result.
Runner = Callable[[Callable[[Client], Awaitable[Any]]], Any]

REFERENCE = "op://vault/item/field"


def test_resolve(vault_id: str, item_id: str, run: Runner) -> None:
    """A reference leads to the value, by names or by ids."""

    async def program(client: Client) -> list[str]:
        by_id = f"op://{vault_id}/{item_id}/field"
        return [
            await client.secrets.resolve(one) for one in (REFERENCE, by_id, "op://VAULT/Item/FIELD")
        ]

    assert run(program) == ["fixture-value"] * 3


@pytest.mark.parametrize(
    ("reference", "tag"),
    [
        ("op://nowhere/item/field", "vaultNotFound"),
        ("op://vault/nothing/field", "itemNotFound"),
        ("op://vault/item/nothing", "fieldNotFound"),
        ("op://vault/item/nothing/field", "noMatchingSections"),
        ("op://vault/item/username?attribute=otp", "incompatibleTOTPQueryParameterField"),
        ("op:////", "vaultNotFound"),
    ],
)
def test_unresolved(client: SyncClient, reference: str, tag: str) -> None:
    """An error says what is wrong: by class, tag, text and reference."""
    with pytest.raises(ResolveError) as refused:
        client.secrets.resolve(reference)

    assert refused.value.tag == tag
    assert refused.value.reference == reference
    assert str(refused.value).startswith(PREFIX)
    assert str(refused.value).count(PREFIX) == 1
    assert reference not in str(refused.value)
    shown = "".join(traceback.format_exception(refused.value))
    assert shown.splitlines()[-1] == f"reference: {reference}"


def test_candidates_are_notes(client: SyncClient) -> None:
    """A traceback names what there is to choose from; the text stays the SDK's."""
    made = [client.vaults.create(VaultCreateParams(title="twice")) for _ in range(2)]
    with pytest.raises(ResolveError) as refused:
        client.secrets.resolve("op://twice/item/field")
    for vault in made:  # other tests have this account, too
        client.vaults.delete(vault.id)
    assert len(refused.value.candidates) == 2
    notes = [
        "reference: op://twice/item/field",
        f"candidates: {', '.join(refused.value.candidates)}",
    ]
    assert traceback.format_exception_only(refused.value)[1:] == [f"{note}\n" for note in notes]


def test_what_is_no_reference_is_not_shown(client: SyncClient) -> None:
    """Somebody who gives the secret instead of its reference finds it in no traceback."""
    with pytest.raises(InvalidReferenceError) as refused:
        client.secrets.resolve("hunter2 canary")
    texts = traceback.format_exception_only(refused.value)
    assert "canary" not in "".join(texts)


def test_unparsable(client: SyncClient) -> None:
    """A text that is no reference is refused with both of the SDK's prefixes."""
    for _ in range(2):  # errors are copied, so a second call says the same
        with pytest.raises(InvalidReferenceError) as refused:
            client.secrets.resolve("vault/item/field")
        assert str(refused.value) == (
            "error resolving secret reference: the secret reference could not be parsed: "
            'secret reference is not prefixed with "op://"'
        )


@pytest.mark.parametrize("reference", [None, 5, b"op://v/i/f"])
def test_reference_type(client: SyncClient, reference: object) -> None:
    """A reference that is no text is refused, alone and in a batch."""
    with pytest.raises(InvalidArgumentError):
        client.secrets.resolve(reference)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError):
        client.secrets.resolve_all([REFERENCE, reference])  # type: ignore[list-item]


def test_resolve_all(vault_id: str, item_id: str, client: SyncClient) -> None:
    """A batch answers for each reference, and a bad one disturbs no other."""
    references = [REFERENCE, REFERENCE, "op://nowhere/i/f", "op://vault/none/f", "vault/item"]
    answers = client.secrets.resolve_all(references).individual_responses

    assert list(answers) == references[1:]
    found = answers[REFERENCE]
    assert found.error is None
    assert found.content is not None
    assert found.content.secret == "fixture-value"
    assert (found.content.vault_id, found.content.item_id) == (vault_id, item_id)
    assert answers["op://nowhere/i/f"].error == ResolveReferenceErrorVaultNotFound()
    assert answers["op://vault/none/f"].error == ResolveReferenceErrorItemNotFound()
    parsing = answers["vault/item"].error
    assert isinstance(parsing, ResolveReferenceErrorParsing)
    assert parsing.message == 'secret reference is not prefixed with "op://"'


def test_resolve_all_of_nothing(client: SyncClient) -> None:
    """An empty batch has an empty answer."""
    assert client.secrets.resolve_all([]).individual_responses == {}


def test_parts_outlive_the_client(token: str) -> None:
    """A part keeps working when only the part is still held."""

    async def run() -> str:
        secrets = (await Client.authenticate(token, "tests", "1.0")).secrets
        gc.collect()
        return await secrets.resolve(REFERENCE)

    assert asyncio.run(run()) == "fixture-value"


def test_release_with_the_last_holder(token: str) -> None:
    """The engine is released when nothing uses the client any more, without a collection."""
    client = SyncClient.authenticate(token, "tests", "1.0")
    part = client.secrets
    engine = weakref.ref(client._client._handle.engine)
    gc.disable()
    try:
        del client
        assert engine() is not None
        del part
        assert engine() is None
    finally:
        gc.enable()


def test_closed(token: str) -> None:
    """A closed client says so; closing again does nothing; others go on."""
    other = SyncClient.authenticate(token, "tests", "1.0")
    with SyncClient.authenticate(token, "tests", "1.0") as client:
        assert client.secrets.resolve(REFERENCE)
    client.close()

    with pytest.raises(SignedOutError, match="the client is closed"):
        client.secrets.resolve(REFERENCE)
    assert other.secrets.resolve(REFERENCE)
    other.close()


def test_many_at_once(run: Runner) -> None:
    """Calls of one client may overlap."""

    async def program(client: Client) -> list[str]:
        return await asyncio.gather(*(client.secrets.resolve(REFERENCE) for _ in range(20)))

    assert run(program) == ["fixture-value"] * 20


def test_parts_can_be_replaced(run: Runner) -> None:
    """A program's tests may put something else in the place of a part."""

    async def program(client: Client) -> object:
        client.secrets = None  # type: ignore[assignment]
        return client.secrets

    assert run(program) is None
