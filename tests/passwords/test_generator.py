"""The password generator: limits, alphabets, shapes."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from strongroom.errors import InputError
from strongroom.passwords import MemorableRecipe, PinRecipe, RandomRecipe, Recipe, make_password
from strongroom.passwords.recipes import Separators, Words
from strongroom.passwords.words import full_words, syllables, three_letters

UPPER = "ABCDEFGHJKLMNPQRTUVWXYZ"
LOWER = "abcdefghijkmnopqrstuvwxyz"
DIGITS = "2346789"
SYMBOLS = "!*-.@_"

# Enough that a character which is ever drawn has been drawn: 61 kinds, 100 in each of 200.
DRAWS = 200


def memorable(
    separators: Separators = "hyphens",
    *,
    words: Words = "syllables",
    count: int = 4,
    capitalize: bool = False,
) -> MemorableRecipe:
    """Return a recipe of words."""
    return MemorableRecipe(
        separators=separators, capitalize=capitalize, words=words, word_count=count
    )


def random(length: int, *, digits: bool = False, symbols: bool = False) -> RandomRecipe:
    """Return a recipe of characters."""
    return RandomRecipe(include_digits=digits, include_symbols=symbols, length=length)


@pytest.mark.parametrize(
    "recipe",
    [
        PinRecipe(length=3),
        PinRecipe(length=12),
        random(8),
        random(100),
        memorable(count=3),
        memorable(count=15),
    ],
)
def test_inside_limits(recipe: Recipe) -> None:
    """The limits themselves are allowed."""
    assert make_password(recipe)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (PinRecipe(length=2), "PIN length must be between 4 and 12"),
        (PinRecipe(length=13), "PIN length must be between 4 and 12"),
        (PinRecipe(length=-1), "PIN length must be between 4 and 12"),
        (random(7), "Password length must be between 8 and 100"),
        (random(101), "Password length must be between 8 and 100"),
        (memorable(count=2), "Word count must be between 3 and 15"),
        (memorable(count=16), "Word count must be between 3 and 15"),
        (memorable(count=2**32), "Word count must be between 3 and 15"),
    ],
)
def test_outside_limits(recipe: Recipe, message: str) -> None:
    """One step outside is refused in the SDKs' words."""
    with pytest.raises(InputError) as refused:
        make_password(recipe)

    assert str(refused.value) == message


def test_pin() -> None:
    """A PIN has the length asked and all ten digits, a leading zero among them."""
    pins = [make_password(PinRecipe(length=12)) for _ in range(DRAWS)]

    assert {len(pin) for pin in pins} == {12}
    assert set("".join(pins)) == set("0123456789")
    assert any(pin.startswith("0") for pin in pins)


@pytest.mark.parametrize("digits", [True, False])
@pytest.mark.parametrize("symbols", [True, False])
def test_random_alphabet(digits: bool, symbols: bool) -> None:
    """A random password uses every character of its alphabet and no other."""
    recipe = random(100, digits=digits, symbols=symbols)
    drawn = "".join(make_password(recipe) for _ in range(DRAWS))

    assert set(drawn) == set(UPPER + LOWER + DIGITS * digits + SYMBOLS * symbols)


def test_random_holds_what_is_included() -> None:
    """The shortest password still has a digit and a symbol."""
    passwords = [make_password(random(8, digits=True, symbols=True)) for _ in range(DRAWS)]

    assert all(set(DIGITS) & set(one) and set(SYMBOLS) & set(one) for one in passwords)


def test_random_is_uniform() -> None:
    """No character is drawn noticeably more often than another.

    48 characters, 1,000 expected of each: seven standard deviations each way.
    """
    counts = Counter("".join(make_password(random(100)) for _ in range(480)))

    assert len(counts) == 48
    assert all(780 < count < 1220 for count in counts.values())


@pytest.mark.parametrize(
    ("separators", "mark"),
    [
        ("spaces", " "),
        ("hyphens", "-"),
        ("underscores", "_"),
        ("periods", r"\."),
        ("commas", ","),
        ("digits", f"[{DIGITS}]"),
        ("digitsAndSymbols", r"[0-9!*\-.@_]"),
    ],
)
def test_separators(separators: Separators, mark: str) -> None:
    """Separators stand between the words and nowhere else."""
    password = make_password(memorable(separators, count=5))

    assert re.fullmatch(rf"[a-z]+(?:{mark}[a-z]+){{4}}", password)


def test_digits_and_symbols() -> None:
    """Two gaps get one digit and one symbol."""
    for _ in range(DRAWS):
        marks = re.sub("[a-z]", "", make_password(memorable("digitsAndSymbols", count=3)))
        assert len(marks) == 2
        assert sum(mark.isdigit() for mark in marks) == 1


def test_capitalize() -> None:
    """Exactly one word is written in capitals, and any of them can be."""
    chosen = set()
    for _ in range(DRAWS):
        words = make_password(memorable(capitalize=True)).split("-")
        [index] = [index for index, word in enumerate(words) if word.isupper()]
        assert sum(word.islower() for word in words) == 3
        chosen.add(index)

    assert chosen == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("words", "shape"),
    [("fullWords", "[a-z]{3,8}"), ("syllables", "[a-z]{2,4}"), ("threeLetters", "[a-z]{3}")],
)
def test_word_shapes(words: Words, shape: str) -> None:
    """Words have the shape that their kind promises."""
    password = make_password(memorable(words=words, count=15))

    assert all(re.fullmatch(shape, word) for word in password.split("-"))


def test_words_differ() -> None:
    """Every word is there once, and there are at least as many as in the SDKs."""
    first, second = full_words()
    whole = {one + other for one in first for other in second}

    assert len(whole) == len(first) * len(second) > 18_325
    assert len(set(syllables())) == len(syllables()) > 10_129
    assert len(set(three_letters())) == len(three_letters()) >= 9_675


def test_three_letters() -> None:
    """Triples avoid letters that look alike, and equal neighbours."""
    assert not set("".join(three_letters())) & set("ilos")
    assert all(word[0] != word[1] != word[2] for word in three_letters())
