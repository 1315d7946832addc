"""References within values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.delivery.embedded import Named, fill, references_of, split_value


def of(value):
    return [f"<{one.reference}>" if isinstance(one, Named) else one for one in split_value(value)]


@pytest.mark.parametrize(
    ("value", "pieces"),
    [
        ("plain", ["plain"]),
        ("op://v/i/f", ["<op://v/i/f>"]),
        ("op://my vault/an item/f?attribute=otp", ["<op://my vault/an item/f?attribute=otp>"]),
        ("a:op://v/i/f@h", ["a:", "<op://v/i/f>", "@h"]),
        ("op://v/i/f,op://v/i/g", ["<op://v/i/f>", ",", "<op://v/i/g>"]),
        ("x {{ op://my v/i/f }}y", ["x ", "<op://my v/i/f>", "y"]),
        ("{{op://v/i/f}}{{op://v/i/g}}", ["<op://v/i/f>", "<op://v/i/g>"]),
        (
            "https+op://v/i/f xop://v/i/f \\op://v/i/f",
            ["https+op://v/i/f xop://v/i/f \\op://v/i/f"],
        ),
        ('{{ "op://v/i/f" }}', ["op://v/i/f"]),
        ('{{ "a \\"b\\"" }}c', ['a "b"', "c"]),
        ("{{ op://v/i/f", ["{{ ", "<op://v/i/f>"]),
        ("op://", ["<op://>"]),
    ],
)
def test_places(value, pieces):
    """Whole values, bare references, braces and literal texts are told apart."""
    assert of(value) == pieces


@given(st.text('op:/v {}"\\?=', max_size=40), st.text())
def test_filling(value, secret):
    """What is filled in stands where the reference stood, and is not searched again."""
    pieces = split_value(value)
    values = dict.fromkeys(references_of(pieces), f"op://{secret}")
    filled = fill(pieces, values)
    assert filled.count("\0") == secret.count("\0") * len(references_of(pieces))
    assert len(filled) == sum(
        len(f"op://{secret}") if isinstance(one, Named) else len(one) for one in pieces
    )
