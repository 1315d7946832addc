"""What a password can be asked to be. Limits are checked when one is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Separators = Literal[
    "digits", "digitsAndSymbols", "spaces", "hyphens", "underscores", "periods", "commas"
]
Words = Literal["fullWords", "syllables", "threeLetters"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRecipe:
    """3 to 12 digits."""

    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RandomRecipe:
    """8 to 100 letters, with at least one digit or symbol where they are included."""

    include_digits: bool
    include_symbols: bool
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorableRecipe:
    """3 to 15 words; `capitalize` writes one of them in capitals."""

    separators: Separators
    capitalize: bool
    words: Words
    word_count: int


Recipe = PinRecipe | RandomRecipe | MemorableRecipe
