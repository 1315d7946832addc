"""`generate_password`: verdict, text, length, alphabet and distribution of every recipe."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import product
from typing import Any

import pytest

from differential.conftest import Ask

# A right generator fails once in a million runs of one comparison.
DEVIATIONS_MAX = 4.9
SAMPLE = 1_500
U32 = 2**32

SEPARATORS = {
    "spaces": " ",
    "hyphens": "-",
    "underscores": "_",
    "periods": r"\.",
    "commas": ",",
    "digits": "[2346789]",
    "digitsAndSymbols": r"[0-9!*\-.@_]",
}
WORDS = {"fullWords": "[a-z]{3,8}", "syllables": "[a-z]{2,4}", "threeLetters": "[a-z]{3}"}


def pin(length: int) -> list[Any]:
    return ["Pin", {"length": length}]


def characters(length: int, *, digits: bool, symbols: bool) -> list[Any]:
    return [
        "Random",
        {"length": length, "include_digits": digits, "include_symbols": symbols},
    ]


def memorable(count: int, separator: str, words: str, *, capitalize: bool) -> list[Any]:
    parameters = {
        "word_count": count,
        "separator_type": separator,
        "word_list_type": words,
        "capitalize": capitalize,
    }
    return ["Memorable", parameters]


def all_recipes() -> list[list[Any]]:
    """Return every recipe in range, and those just and far outside."""
    outside = [-1, 0, U32 - 1, U32, 2**63]
    rows = [pin(length) for length in [*range(15), *outside]]
    for digits, symbols in product([True, False], repeat=2):
        lengths = [*range(5, 103), *outside]
        rows += [characters(length, digits=digits, symbols=symbols) for length in lengths]
    for separator, words, capitalize in product(SEPARATORS, WORDS, [True, False]):
        counts = [*range(1, 18), *outside]
        rows += [memorable(n, separator, words, capitalize=capitalize) for n in counts]
    return rows


def shape_of(kind: str, parameters: dict[str, Any]) -> re.Pattern[str]:
    """Return what a password of a recipe looks like."""
    if kind == "Pin":
        return re.compile(rf"[0-9]{{{parameters['length']}}}")
    if kind == "Random":
        digits = "2346789" if parameters["include_digits"] else ""
        symbols = r"!*\-.@_" if parameters["include_symbols"] else ""
        least = ("(?=.*[2346789])" if digits else "") + (r"(?=.*[!*\-.@_])" if symbols else "")
        letters = "ABCDEFGHJKLMNPQRTUVWXYZabcdefghijkmnopqrstuvwxyz"
        return re.compile(rf"{least}[{letters}{digits}{symbols}]{{{parameters['length']}}}")
    word = WORDS[parameters["word_list_type"]]
    gap = SEPARATORS[parameters["separator_type"]]
    if parameters["capitalize"]:
        word = f"(?:{word}|{word.replace('a-z', 'A-Z')})"
    return re.compile(rf"{word}(?:{gap}{word}){{{parameters['word_count'] - 1}}}")


def test_every_recipe(official: Ask, ours: Ask) -> None:
    """In range both make passwords of the same shape; outside both refuse with the same text.

    For a number that no u32 holds, the official text speaks of its own message and not of the
    number; ours names the limits.
    """
    recipes = all_recipes()
    question = [[*row, 2] for row in recipes]
    expected, found = official("passwords.py", question), ours("passwords.py", question)
    for recipe, theirs, mine in zip(recipes, expected, found, strict=True):
        if isinstance(theirs, str):
            limits = isinstance(mine, str) and "must be between" in mine
            assert limits if is_beyond_u32(recipe) else mine == theirs, recipe
            continue
        shape = shape_of(*recipe)
        assert all(shape.fullmatch(password) for password in [*theirs, *mine]), (recipe, mine)
        if recipe[1].get("capitalize"):
            assert all(one_capital(password) for password in [*theirs, *mine]), recipe


def is_beyond_u32(recipe: list[Any]) -> bool:
    """Tell whether a recipe holds a number that the official package cannot send."""
    return any(not 0 <= number < U32 for number in recipe[1].values() if type(number) is int)


def one_capital(password: str) -> bool:
    """Tell whether exactly one word is in capitals."""
    return len(re.findall("[A-Z]+", password)) == 1


def deviation(one: Counter[str], other: Counter[str]) -> float:
    """Return how many standard deviations a two-sample chi-squared lies above its mean.

    Wilson and Hilferty, 1931: the cube root of chi-squared is nearly normal.
    """
    keys = sorted(one.keys() | other.keys())
    total_one, total_other = sum(one.values()), sum(other.values())
    value = 0.0
    for key in keys:
        both = one[key] + other[key]
        for counted, total in ((one[key], total_one), (other[key], total_other)):
            wanted = both * total / (total_one + total_other)
            value += (counted - wanted) ** 2 / wanted
    freedom = max(len(keys) - 1, 1)
    spread = 2 / (9 * freedom)
    return ((value / freedom) ** (1 / 3) - (1 - spread)) / math.sqrt(spread)


def of_characters(passwords: list[str]) -> Counter[str]:
    return Counter("".join(passwords))


def of_first_characters(passwords: list[str]) -> Counter[str]:
    return Counter(password[0] for password in passwords)


def of_gaps(passwords: list[str]) -> Counter[str]:
    return Counter(re.sub("[A-Za-z]", "", "".join(passwords)))


def of_capital_places(passwords: list[str]) -> Counter[str]:
    return Counter(
        str([word.isupper() for word in password.split("-")].index(True)) for password in passwords
    )


DISTRIBUTIONS = {
    "digits of a PIN": (pin(12), of_characters),
    "first digit of a PIN": (pin(3), of_first_characters),
    "letters": (characters(40, digits=False, symbols=False), of_characters),
    "letters and digits": (characters(40, digits=True, symbols=False), of_characters),
    "letters and symbols": (characters(40, digits=False, symbols=True), of_characters),
    "everything, short": (characters(8, digits=True, symbols=True), of_characters),
    "first character": (characters(8, digits=True, symbols=True), of_first_characters),
    "digits between words": (memorable(8, "digits", "threeLetters", capitalize=False), of_gaps),
    "digits and symbols between words": (
        memorable(8, "digitsAndSymbols", "threeLetters", capitalize=False),
        of_gaps,
    ),
    "the pair between three words": (
        memorable(3, "digitsAndSymbols", "threeLetters", capitalize=False),
        of_gaps,
    ),
    "the word in capitals": (
        memorable(5, "hyphens", "threeLetters", capitalize=True),
        of_capital_places,
    ),
    "letters of three-letter words": (
        memorable(10, "spaces", "threeLetters", capitalize=False),
        of_characters,
    ),
}


@pytest.mark.parametrize(
    ("recipe", "count"), DISTRIBUTIONS.values(), ids=list(DISTRIBUTIONS.keys())
)
def test_same_distributions(official: Ask, ours: Ask, recipe: list[Any], count: Any) -> None:
    """What is drawn follows the official package's distribution (chi-squared, two samples)."""
    (theirs,) = official("passwords.py", [[*recipe, SAMPLE]])
    (mine,) = ours("passwords.py", [[*recipe, SAMPLE]])
    assert deviation(count(theirs), count(mine)) < DEVIATIONS_MAX


def test_mutant_bias() -> None:
    """A generator that draws one digit a little more often is noticed."""
    fair = Counter({str(digit): 1_800 for digit in range(10)})
    biased = fair + Counter({"7": 700})
    assert deviation(fair, fair) < 0 < DEVIATIONS_MAX < deviation(fair, biased)
