"""Secrets: read values by reference, make passwords."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from onepassword._facade.checks import check_reference_type
from onepassword._facade.deferred import Deferred
from onepassword._facade.handle import EngineHandle
from strongroom.sdk import secrets as calls

if TYPE_CHECKING:
    from onepassword._facade.recipes import ModelMethods as _ModelMethods
else:

    class _ModelMethods:
        """The methods that need pydantic, imported at their first use."""

        resolve_all = Deferred("onepassword._facade.recipes", "ModelMethods")
        generate_password = Deferred("onepassword._facade.recipes", "ModelMethods")


__all__ = ["Secrets"]


class Secrets(_ModelMethods):
    """Reads secrets; found as `client.secrets`."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def resolve(self, secret_reference: str) -> str:
        """Return the current value that a reference leads to.

        Args:
            secret_reference: `op://vault/item/[section/]field`, names or ids,
                with `?attribute=otp` or `?ssh-format=openssh` at the end
                where that is wanted.

        Raises:
            InvalidReferenceError: The text is not a reference.
            ResolveError: It leads to no value, or to several; `tag` says why
                and `candidates` holds the ids to choose from.
            StrongroomError: Any other failure, with its own class. All
                messages begin with "error resolving secret reference: ".
        """
        check_reference_type(secret_reference)
        return await calls.resolve(self._handle.engine, secret_reference)

    @staticmethod
    def validate_secret_reference(secret_reference: str) -> None:
        """Check the form of a reference, without a client and without looking it up.

        Raises:
            InvalidReferenceError: The message names the rule that is broken.
        """
        check_reference_type(secret_reference)
        calls.validate_reference(secret_reference)


# What the SDK's module of this name holds too; they need pydantic.
_TYPES = {"GeneratePasswordResponse", "PasswordRecipe", "ResolveAllResponse"}


if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> object:
        """Load the types of arguments and results when a program asks this module for them."""
        if name not in _TYPES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module("onepassword.types"), name)


def __dir__() -> list[str]:
    """Return every name, loaded or not."""
    return sorted({*globals(), *_TYPES})
