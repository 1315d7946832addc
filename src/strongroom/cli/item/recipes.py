"""`--generate-password[=recipe]`: a recipe such as `letters,digits,20`."""

from __future__ import annotations

from typing import Final, NamedTuple

from strongroom.crypto.public.randomness import make_index
from strongroom.errors import InputError
from strongroom.secret import Secret

ALPHABETS: Final = {
    "letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "digits": "0123456789",
    "symbols": "!@.-_*",
}
LENGTH_MIN, LENGTH_MAX, LENGTH_DEFAULT = 1, 64, 32
BARE: Final = "letters,digits,symbols,32"


class Recipe(NamedTuple):
    """Which kinds of characters, and how many in all."""

    kinds: tuple[str, ...]
    length: int


def parse_recipe(text: str) -> Recipe:
    """Read a recipe; what it does not name has the default.

    Raises:
        InputError: An unknown word, a word twice, or a length out of bounds.
    """
    kinds: list[str] = []
    lengths: list[int] = []
    for word in (part.strip().lower() for part in text.split(",")):
        if word in ALPHABETS and word not in kinds:
            kinds.append(word)
        elif word.isascii() and word.isdigit() and not lengths:
            lengths.append(int(word[:9]))
        else:
            raise _wrong_recipe(f'has an unknown part "{word}"')
    length = lengths[0] if lengths else LENGTH_DEFAULT
    if not LENGTH_MIN <= length <= LENGTH_MAX:
        raise _wrong_recipe(f"needs a length from {LENGTH_MIN} to {LENGTH_MAX}")
    return Recipe(tuple(kinds) or tuple(ALPHABETS), length)


def make_password(recipe: Recipe) -> Secret[str]:
    """Draw a password uniformly among those that hold every kind asked for.

    Where the length leaves no room for every kind, any character will do.
    """
    alphabet = "".join(ALPHABETS[kind] for kind in recipe.kinds)
    while True:
        drawn = "".join(alphabet[make_index(len(alphabet))] for _ in range(recipe.length))
        # Redrawing whole passwords keeps the choice uniform; placing a digit would not.
        if recipe.length < len(recipe.kinds) or _holds_every_kind(drawn, recipe.kinds):
            return Secret(drawn)


def _holds_every_kind(drawn: str, kinds: tuple[str, ...]) -> bool:
    return all(set(drawn) & set(ALPHABETS[kind]) for kind in kinds)


def _wrong_recipe(reason: str) -> InputError:
    message = f"the password recipe {reason}"
    return InputError(message, hint="for example letters,digits,symbols,32")
