"""The methods of `Secrets` that take or return models."""

from onepassword._facade.answers import answer_resolve
from onepassword._facade.checks import check_reference_type
from onepassword._facade.handle import EngineHandle
from onepassword.errors import InvalidArgumentError
from onepassword.types import (
    GeneratePasswordResponse,
    PasswordRecipe,
    PasswordRecipeMemorable,
    PasswordRecipePin,
    PasswordRecipeRandom,
    ResolveAllResponse,
)
from strongroom.passwords import MemorableRecipe, PinRecipe, RandomRecipe, Recipe
from strongroom.sdk import secrets as calls
from strongroom.sdk.texts import CALL_TEXT


class ModelMethods:
    """Mixed into `onepassword.secrets.Secrets`."""

    _handle: EngineHandle

    async def resolve_all(self, secret_references: list[str]) -> ResolveAllResponse:
        """Resolve many references in one round trip.

        Returns:
            An answer for each reference, keyed by it; equal ones share an
            answer. A reference that fails has an `error` and disturbs no other.

        Raises:
            StrongroomError: The request as a whole failed.
        """
        for reference in secret_references:
            check_reference_type(reference)
        engine = self._handle.engine
        found = await calls.resolve_all(engine, secret_references)
        answers = await engine.each(found.values(), answer_resolve)
        return ResolveAllResponse(individual_responses=dict(zip(found, answers, strict=True)))

    @staticmethod
    def generate_password(recipe: PasswordRecipe) -> GeneratePasswordResponse:
        """Make a password, without a client.

        Args:
            recipe: A PIN of 3 to 12 digits, 8 to 100 random characters, or 3
                to 15 words.

        Raises:
            InputError: A length outside these limits.
        """
        password = calls.generate_password(_read_recipe(recipe))
        return GeneratePasswordResponse(password=password)


def _read_recipe(recipe: PasswordRecipe) -> Recipe:
    match recipe:
        case PasswordRecipePin(parameters=pin):
            return PinRecipe(length=pin.length)
        case PasswordRecipeRandom(parameters=random):
            return RandomRecipe(
                include_digits=random.include_digits,
                include_symbols=random.include_symbols,
                length=random.length,
            )
        case PasswordRecipeMemorable(parameters=memorable):
            return MemorableRecipe(
                separators=memorable.separator_type.value,
                capitalize=memorable.capitalize,
                words=memorable.word_list_type.value,
                word_count=memorable.word_count,
            )
    message = f"a recipe must be a PasswordRecipe, not {type(recipe).__name__}"
    raise InvalidArgumentError(message, msg=CALL_TEXT)
