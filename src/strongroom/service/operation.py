"""What stands in the table of operations (`service.operations`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from importlib import import_module
from typing import Any

import msgspec

from strongroom.service.authorize import Caller
from strongroom.store.protocol import Transaction
from strongroom.wire.operations import Request

# Of the request type beside which it stands, with the answer that this type names: a table
# cannot say so to the type checker, so a test compares the annotations.
UseCase = Callable[[Transaction, Caller, Any], Coroutine[Any, Any, Any]]
RequestType = type[Request[msgspec.Struct]]


def is_small(_request: object) -> bool:
    """Tell that a request is answered at once."""
    return False


def is_large(_request: object) -> bool:
    """Tell that a request may take long."""
    return True


class Operation(msgspec.Struct, frozen=True):
    """One use case: whether it writes, and whether a request takes long to read for.

    Who serves an event loop answers such a request beside it. `anybody` is for
    who has no entry yet, or no key to sign with; whatever does not say so needs
    a caller.
    """

    run: UseCase
    writes: bool = False
    takes_long: Callable[[Any], bool] = is_small
    anybody: bool = False


def later(*, module: str, name: str) -> UseCase:
    """Return a use case that is loaded at its first call: most programs only read."""

    async def run(transaction: Transaction, caller: Caller, request: Any) -> Any:
        use_case = getattr(import_module(f"strongroom.service.{module}"), name)
        return await use_case(transaction, caller, request)

    return run
