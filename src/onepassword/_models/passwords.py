"""Password recipes and what comes out of them."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import TYPE_CHECKING, Literal, overload

from onepassword._models.base import Model


class PasswordRecipeTypes(str, Enum):
    """Tags of the kinds of recipes."""

    MEMORABLE = "Memorable"
    PIN = "Pin"
    RANDOM = "Random"


class SeparatorType(str, Enum):
    """What stands between the words of a memorable password."""

    DIGITS = "digits"
    DIGITSANDSYMBOLS = "digitsAndSymbols"
    SPACES = "spaces"
    HYPHENS = "hyphens"
    UNDERSCORES = "underscores"
    PERIODS = "periods"
    COMMAS = "commas"


class WordListType(str, Enum):
    """What the words of a memorable password are."""

    FULLWORDS = "fullWords"
    SYLLABLES = "syllables"
    THREELETTERS = "threeLetters"


class PasswordRecipePinInner(Model):
    """Length of a PIN: 3 to 12 digits."""

    length: int


class PasswordRecipeRandomInner(Model):
    """Characters and length of a random password: 8 to 100 characters."""

    include_digits: bool
    include_symbols: bool
    length: int

    if TYPE_CHECKING:

        @overload
        def __init__(self, *, include_digits: bool, include_symbols: bool, length: int) -> None: ...
        @overload
        def __init__(self, *, includeDigits: bool, includeSymbols: bool, length: int) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class PasswordRecipeMemorableInner(Model):
    """Words and separators of a memorable password: 3 to 15 words."""

    separator_type: SeparatorType
    capitalize: bool
    word_list_type: WordListType
    word_count: int

    if TYPE_CHECKING:

        @overload
        def __init__(
            self,
            *,
            separator_type: SeparatorType,
            capitalize: bool,
            word_list_type: WordListType,
            word_count: int,
        ) -> None: ...
        @overload
        def __init__(
            self,
            *,
            separatorType: SeparatorType,
            capitalize: bool,
            wordListType: WordListType,
            wordCount: int,
        ) -> None: ...
        def __init__(self, **_keywords: object) -> None: ...


class PasswordRecipePin(Model):
    """Make a PIN."""

    type: Literal[PasswordRecipeTypes.PIN] = PasswordRecipeTypes.PIN
    parameters: PasswordRecipePinInner


class PasswordRecipeRandom(Model):
    """Make a password of random characters."""

    type: Literal[PasswordRecipeTypes.RANDOM] = PasswordRecipeTypes.RANDOM
    parameters: PasswordRecipeRandomInner


class PasswordRecipeMemorable(Model):
    """Make a password of words."""

    type: Literal[PasswordRecipeTypes.MEMORABLE] = PasswordRecipeTypes.MEMORABLE
    parameters: PasswordRecipeMemorableInner


PasswordRecipe = PasswordRecipeMemorable | PasswordRecipePin | PasswordRecipeRandom


class GeneratePasswordResponse(Model):
    """A new password."""

    password: str
