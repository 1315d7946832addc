"""`validate_secret_reference`: the same verdict and text as the official package, 100,000 times."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from differential.conftest import Ask

COUNT = 100_000
SEED = 20_261_120
VALID_SHARE_MIN = 0.3
EACH_REFUSAL_MIN = 1_000
REFUSALS = 5  # prefix, format, character, key, value

SAFE = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "
ODD = "\t\n\r\x00%:@+(){}[]\\\"'&=#?/,;*!$^~`|<>äßé中🔑\u00a0\u200b\u202e\ufeffıK"  # noqa: RUF001  (meant to be taken for another)
QUERIES = [
    "?attribute=otp",
    "?attribute=totp",
    "?ssh-format=openssh",
    "?attribute=value",
    "?attribute=OTP",
    "?attr=otp",
    "?Attribute=otp",
    "?ssh-format=pem",
    "?ssh_format=openssh",
    "?attribute=",
    "?=otp",
    "?attribute",
    "?attribute=otp&ssh-format=openssh",
    "?attribute=otp?x=y",
    "?",
    "?attribute==otp",
    "? attribute=otp",
    "?attribute=otp ",
]


def part(chance: random.Random) -> str:
    return "".join(chance.choices(SAFE, k=chance.randint(1, 12)))


def whole(chance: random.Random) -> str:
    """Return a reference that the rules allow."""
    parts = [part(chance) for _ in range(chance.choice([3, 3, 3, 4]))]
    return "op://" + "/".join(parts) + chance.choice(["", "", "", *QUERIES[:3]])


def insert(chance: random.Random, text: str) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + chance.choice(ODD + SAFE) + text[place:]


def remove(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + 1 :]


def swap(chance: random.Random, text: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + chance.choice(ODD) + text[place + 1 :]


def cut(chance: random.Random, text: str) -> str:
    return text[: chance.randrange(len(text))]


def add_part(chance: random.Random, text: str) -> str:
    return text + "/" * chance.randint(1, 2) + part(chance)


def add_query(chance: random.Random, text: str) -> str:
    return text.partition("?")[0] + chance.choice(QUERIES)


def change_prefix(chance: random.Random, text: str) -> str:
    return chance.choice(["OP://", " op://", "op:/", "op//", "http://", "", "op:///"]) + text[5:]


MUTATIONS: list[Callable[[random.Random, str], str]] = [
    insert,
    remove,
    swap,
    cut,
    add_part,
    add_query,
    change_prefix,
]


def make_references() -> list[str]:
    chance = random.Random(SEED)
    made = ["", "op://", "op:////", "op://v//f", "op://v/i/f/", "op://v/i/s/f/x"]
    while len(made) < COUNT:
        text = whole(chance)
        for _ in range(chance.choice([0, 1, 1, 1, 2])):
            text = chance.choice(MUTATIONS)(chance, text) if text else text
        made.append(text)
    return made


def test_same_verdicts(official: Ask, ours: Ask) -> None:
    """Verdict and text are equal for mutated references of every kind."""
    references = make_references()
    expected = official("references.py", references)
    counts = Counter(expected)
    print(counts)
    assert counts[None] >= VALID_SHARE_MIN * COUNT
    refusals = {text: count for text, count in counts.items() if text is not None}
    assert len(refusals) == REFUSALS
    assert min(refusals.values()) >= EACH_REFUSAL_MIN
    found = ours("references.py", references)
    differing = [row for row in zip(references, expected, found, strict=True) if row[1] != row[2]]
    assert differing == []
