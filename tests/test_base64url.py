"""Binary in texts: one spelling, and every other one refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.base64url import decode_base64url, encode_base64url


@given(st.binary(max_size=40))
def test_base64url(raw):
    """Binary parts have one spelling."""
    text = encode_base64url(raw)
    assert decode_base64url(text) == raw
    for other in (text + "=", text + "\n", "+" + text):
        with pytest.raises(ValueError, match=r"canonical|base64|padding"):
            decode_base64url(other)


@pytest.mark.parametrize("text", ["A", "AB", "AAB", "ä", "AA==", "A A", "+/8", "\ud800"])
def test_refusals(text):
    """Spare bits, padding, blanks and letters of other alphabets are refused."""
    with pytest.raises(ValueError, match=r"."):
        decode_base64url(text)
