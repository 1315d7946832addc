"""`Secrets.generate_password`: recipes as models, texts as in the SDK."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from onepassword import (
    GeneratePasswordResponse,
    PasswordRecipe,
    PasswordRecipeMemorable,
    PasswordRecipeMemorableInner,
    PasswordRecipePin,
    PasswordRecipePinInner,
    PasswordRecipeRandom,
    PasswordRecipeRandomInner,
    Secrets,
    SeparatorType,
    WordListType,
)
from strongroom.errors import InputError, InvalidArgumentError

PREFIX = "invalid user input: encountered the following errors: "


def pin(length: int) -> PasswordRecipePin:
    """Return a recipe for a PIN."""
    return PasswordRecipePin(parameters=PasswordRecipePinInner(length=length))


def random(length: int) -> PasswordRecipeRandom:
    """Return a recipe for random characters."""
    return PasswordRecipeRandom(
        parameters=PasswordRecipeRandomInner(
            include_digits=True, include_symbols=True, length=length
        )
    )


def memorable(
    count: int,
    separators: SeparatorType = SeparatorType.UNDERSCORES,
    words: WordListType = WordListType.THREELETTERS,
) -> PasswordRecipeMemorable:
    """Return a recipe for words."""
    return PasswordRecipeMemorable(
        parameters=PasswordRecipeMemorableInner(
            separator_type=separators, capitalize=False, word_list_type=words, word_count=count
        )
    )


@pytest.mark.parametrize(
    ("recipe", "shape"),
    [
        (pin(3), "[0-9]{3}"),
        (random(20), r"[A-Za-z0-9!*\-.@_]{20}"),
        (memorable(3), "[a-z]{3}_[a-z]{3}_[a-z]{3}"),
    ],
)
def test_recipes(recipe: PasswordRecipe, shape: str) -> None:
    """Each kind of recipe makes a password of its shape."""
    made = Secrets.generate_password(recipe)

    assert isinstance(made, GeneratePasswordResponse)
    assert re.fullmatch(shape, made.password)


@pytest.mark.parametrize(
    ("recipe", "text"),
    [
        (pin(13), "PIN length must be between 4 and 12"),
        (random(7), "Password length must be between 8 and 100"),
        (memorable(16), "Word count must be between 3 and 15"),
    ],
)
def test_limits(recipe: PasswordRecipe, text: str) -> None:
    """A length outside the limits is refused with the SDK's whole text."""
    with pytest.raises(InputError) as refused:
        Secrets.generate_password(recipe)

    assert str(refused.value) == PREFIX + text


@pytest.mark.parametrize("make", [pin, random, memorable])
@pytest.mark.parametrize(
    ("number", "beyond"), [(-1, True), (0, False), (2**32 - 1, False), (2**32, True)]
)
def test_numbers_beyond_messages(
    make: Callable[[int], PasswordRecipe], number: int, beyond: bool
) -> None:
    """A number that no u32 holds is an error with the SDK's `msg`, and still names the limits."""
    with pytest.raises(InputError, match="must be between") as refused:
        Secrets.generate_password(make(number))

    assert isinstance(refused.value, InvalidArgumentError) == beyond
    if isinstance(refused.value, InvalidArgumentError):
        assert refused.value.msg.startswith("data did not match any variant of untagged enum")


@pytest.mark.parametrize("separators", SeparatorType)
@pytest.mark.parametrize("words", WordListType)
def test_every_choice(separators: SeparatorType, words: WordListType) -> None:
    """Every separator goes with every kind of word."""
    assert Secrets.generate_password(memorable(4, separators, words)).password


@pytest.mark.parametrize("recipe", [None, "Pin", {"type": "Pin"}])
def test_no_recipe(recipe: object) -> None:
    """Anything else is refused by name."""
    with pytest.raises(InputError, match=type(recipe).__name__):
        Secrets.generate_password(recipe)  # type: ignore[arg-type]
