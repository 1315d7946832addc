"""Calls on secrets, and the two functions that need no client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from strongroom.errors import (
    InputError,
    InvalidArgumentError,
    InvalidReferenceError,
    StrongroomError,
)
from strongroom.references import check_reference
from strongroom.sdk.failures import refuse_reference, refuse_resolving
from strongroom.sdk.texts import CALL_TEXT, INPUT_PREFIX

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.passwords import Recipe
    from strongroom.sdk.outcomes import ResolveOutcome

# What the SDK's messages can hold; beyond it the SDK's text speaks of the message.
_NUMBER_MAX: Final = 2**32 - 1


async def resolve(engine: Engine, reference: str) -> str:
    """Return the current value that a reference leads to.

    Raises:
        StrongroomError: All messages begin with "error resolving secret reference: ".
    """
    try:
        return await engine.secrets.resolve(reference)
    except StrongroomError as error:
        raise refuse_resolving(error, reference) from error


async def resolve_all(engine: Engine, references: Sequence[str]) -> dict[str, ResolveOutcome]:
    """Return an outcome for each reference, keyed by it."""
    from strongroom.sdk.outcomes import tell_resolved

    found = await engine.secrets.resolve_all(references)
    outcomes = await engine.each(found.values(), tell_resolved)
    return dict(zip(found, outcomes, strict=True))


def validate_reference(reference: str) -> None:
    """Check the form of a reference.

    Raises:
        InvalidReferenceError: The message names the rule that is broken.
    """
    try:
        check_reference(reference)
    except InvalidReferenceError as error:
        raise refuse_reference(error) from None


def generate_password(recipe: Recipe) -> str:
    """Make a password.

    Raises:
        InputError: A length outside the limits of the recipe.
    """
    from strongroom.passwords import MemorableRecipe, make_password

    try:
        return make_password(recipe)
    except InputError as error:
        number = recipe.word_count if isinstance(recipe, MemorableRecipe) else recipe.length
        if not 0 <= number <= _NUMBER_MAX:
            raise InvalidArgumentError(error.message, msg=CALL_TEXT) from None
        raise InputError(INPUT_PREFIX + error.message, hint=error.hint) from None
