"""Messages about secrets, and the two that need no client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from strongroom.core.invocations.base import ClientInvocation, StaticInvocation
from strongroom.passwords.recipes import (
    MemorableRecipe,
    PinRecipe,
    RandomRecipe,
    Recipe,
    Separators,
    Words,
)
from strongroom.sdk import secrets as calls
from strongroom.sdk.shapes import U32

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class SecretsResolve(ClientInvocation, frozen=True):
    """The value that a reference leads to."""

    secret_reference: str

    async def answer(self, engine: Engine) -> str:
        """Return a text."""
        return await calls.resolve(engine, self.secret_reference)


class SecretsResolveAll(ClientInvocation, frozen=True):
    """The values that many references lead to."""

    secret_references: list[str]

    async def answer(self, engine: Engine) -> object:
        """Return outcomes by reference."""
        return {"individualResponses": await calls.resolve_all(engine, self.secret_references)}


class ValidateSecretReference(StaticInvocation, frozen=True):
    """Whether a text has the form of a reference."""

    secret_reference: str

    def answer(self) -> None:
        """Return nothing."""
        calls.validate_reference(self.secret_reference)


class PinParameters(msgspec.Struct, frozen=True, rename="camel"):
    """A number of digits."""

    length: U32


class RandomParameters(msgspec.Struct, frozen=True, rename="camel"):
    """Characters, and which kinds of them."""

    include_digits: bool
    include_symbols: bool
    length: U32


class MemorableParameters(msgspec.Struct, frozen=True, rename="camel"):
    """Words, and what stands between them."""

    separator_type: Separators
    capitalize: bool
    word_list_type: Words
    word_count: U32


class SentPin(msgspec.Struct, frozen=True, tag="Pin", tag_field="type"):
    """A PIN."""

    parameters: PinParameters

    def read(self) -> PinRecipe:
        """Return the recipe."""
        return PinRecipe(length=self.parameters.length)


class SentRandom(msgspec.Struct, frozen=True, tag="Random", tag_field="type"):
    """Random characters."""

    parameters: RandomParameters

    def read(self) -> RandomRecipe:
        """Return the recipe."""
        given = self.parameters
        return RandomRecipe(
            include_digits=given.include_digits,
            include_symbols=given.include_symbols,
            length=given.length,
        )


class SentMemorable(msgspec.Struct, frozen=True, tag="Memorable", tag_field="type"):
    """Words."""

    parameters: MemorableParameters

    def read(self) -> MemorableRecipe:
        """Return the recipe."""
        given = self.parameters
        return MemorableRecipe(
            separators=given.separator_type,
            capitalize=given.capitalize,
            words=given.word_list_type,
            word_count=given.word_count,
        )


class GeneratePassword(StaticInvocation, frozen=True):
    """A new password."""

    recipe: SentPin | SentRandom | SentMemorable

    def answer(self) -> object:
        """Return the password."""
        recipe: Recipe = self.recipe.read()
        return {"password": calls.generate_password(recipe)}
