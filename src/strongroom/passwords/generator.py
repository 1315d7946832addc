"""Making passwords from recipes.

Source of alphabets, limits and texts: the 1Password SDKs (0.4.2). Every draw
is uniform over what the recipe allows: a whole password that lacks a wanted
kind of character is thrown away, never patched, so that no position and no
character becomes more likely than another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeVar

from strongroom.crypto.public.randomness import make_index
from strongroom.errors import InputError
from strongroom.passwords.recipes import (
    MemorableRecipe,
    PinRecipe,
    RandomRecipe,
    Recipe,
    Separators,
    Words,
)
from strongroom.passwords.words import full_words, syllables, three_letters

T = TypeVar("T")

# The SDKs take a PIN of three digits, though their text says four.
PIN_LENGTH_MIN: Final = 3
PIN_LENGTH_MAX: Final = 12
RANDOM_LENGTH_MIN: Final = 8
RANDOM_LENGTH_MAX: Final = 100
WORD_COUNT_MIN: Final = 3
WORD_COUNT_MAX: Final = 15

_ALL_DIGITS: Final = "0123456789"
# Without I, O, S, l, 0, 1 and 5: they are read for one another.
_LETTERS: Final = "ABCDEFGHJKLMNPQRTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = "2346789"
_SYMBOLS: Final = "!*-.@_"

_FIXED_SEPARATORS: Final[dict[Separators, str]] = {
    "spaces": " ",
    "hyphens": "-",
    "underscores": "_",
    "periods": ".",
    "commas": ",",
}


def make_password(recipe: Recipe) -> str:
    """Make a password.

    Raises:
        InputError: A length or count outside the recipe's limits.
    """
    match recipe:
        case PinRecipe():
            return _make_pin(recipe)
        case RandomRecipe():
            return _make_random(recipe)
        case MemorableRecipe():
            return _make_memorable(recipe)


def _make_pin(recipe: PinRecipe) -> str:
    if not PIN_LENGTH_MIN <= recipe.length <= PIN_LENGTH_MAX:
        message = "PIN length must be between 4 and 12"
        raise InputError(message)
    return _draw_text(_ALL_DIGITS, recipe.length)


def _make_random(recipe: RandomRecipe) -> str:
    if not RANDOM_LENGTH_MIN <= recipe.length <= RANDOM_LENGTH_MAX:
        message = "Password length must be between 8 and 100"
        raise InputError(message)
    wanted = [_DIGITS] * recipe.include_digits + [_SYMBOLS] * recipe.include_symbols
    return _draw_text_with("".join([_LETTERS, *wanted]), recipe.length, wanted)


def _make_memorable(recipe: MemorableRecipe) -> str:
    if not WORD_COUNT_MIN <= recipe.word_count <= WORD_COUNT_MAX:
        message = "Word count must be between 3 and 15"
        raise InputError(message)
    words = [_draw_word(recipe.words) for _ in range(recipe.word_count)]
    if recipe.capitalize:
        chosen = make_index(len(words))
        words[chosen] = words[chosen].upper()
    separators = _draw_separators(recipe.separators, len(words) - 1)
    return "".join(word + mark for word, mark in zip(words, [*separators, ""], strict=True))


def _draw_word(kind: Words) -> str:
    match kind:
        case "fullWords":
            first, second = full_words()
            return _draw(first) + _draw(second)
        case "syllables":
            return _draw(syllables())
        case "threeLetters":
            return _draw(three_letters())


def _draw_separators(kind: Separators, count: int) -> str:
    if kind == "digits":
        return _draw_text(_DIGITS, count)
    if kind == "digitsAndSymbols":
        wanted = [_ALL_DIGITS, _SYMBOLS]
        return _draw_text_with("".join(wanted), count, wanted)
    return _FIXED_SEPARATORS[kind] * count


def _draw_text_with(alphabet: str, length: int, wanted: Sequence[str]) -> str:
    """Draw texts until one holds a character of every wanted kind."""
    kinds = [frozenset(kind) for kind in wanted]
    while True:
        text = _draw_text(alphabet, length)
        if not any(kind.isdisjoint(text) for kind in kinds):
            return text


def _draw_text(alphabet: str, length: int) -> str:
    """Draw one number with `length` digits in base `len(alphabet)`, and write it.

    As uniform as a draw for each character, and several times as fast.
    """
    number = make_index(len(alphabet) ** length)
    characters = []
    for _ in range(length):
        number, index = divmod(number, len(alphabet))
        characters.append(alphabet[index])
    return "".join(characters)


def _draw(values: Sequence[T]) -> T:
    return values[make_index(len(values))]
