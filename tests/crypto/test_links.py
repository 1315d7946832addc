"""Links with a secret: one spelling, and a refusal that quotes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.base64url import encode_base64url
from strongroom.crypto.links import LINK_CHARACTERS_MAX, format_link, parse_link
from strongroom.errors import InputError

WHAT = "test link"
SECRET = bytes(range(200, 232))
FRAGMENT = encode_base64url(SECRET)
ADDRESSES = [
    "https://strongroom.example",
    "https://strongroom.example:8443",
    "https://strongroom.example/join",
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "file:///srv/strongroom.db",
    "file:///srv/%C3%A4/join",
]
NOT_ADDRESSES = {
    "nothing": "",
    "no scheme": "strongroom.example",
    "another scheme": "ftp://strongroom.example",
    "an upper-case scheme": "HTTPS://strongroom.example",
    "only a scheme": "https://",
    "a final slash": "https://strongroom.example/",
    "a query": "https://strongroom.example?x",
    "a fragment": "https://strongroom.example#x",
    "a blank": "https://strongroom.example/a b",
    "a line end": "https://strongroom.example\n",
    "a control character": "https://strongroom.example\x1b[2J",
    "a letter beyond ASCII": "https://strongroöm.example",
    "a lone surrogate": "https://strongroom\ud800.example",
    "a bracket of markup": "https://strongroom.example/<b>",
    "a backslash": "https://strongroom.example\\a",
    "a file without a path": "file://",
    "a relative file": "file://strongroom.db",
    "a file with a blank": "file:///a b.db",
}


def parse(text, path="join"):
    return parse_link(text, path=path, size=32, what=WHAT)


def refused(text, **options):
    """Return the message of a link that is refused, which quotes no part of it."""
    with pytest.raises(InputError) as caught:
        parse(text, **options)
    told = f"{caught.value!r} {caught.value} {caught.value.hint}"
    assert FRAGMENT[:6] not in told
    assert "example" not in told
    assert caught.value.__cause__ is None
    return caught.value.message


@pytest.mark.parametrize("place", ["join", "s"])
@pytest.mark.parametrize("url", ADDRESSES)
def test_round_trip(url, place):
    """A link is read as it was written, whatever kind of address it has."""
    text = format_link(url, path=place, payload=SECRET, what=WHAT)
    assert text == f"{url}/{place}#{FRAGMENT}"
    assert parse(text, place) == (url, SECRET)


@pytest.mark.parametrize("url", NOT_ADDRESSES.values(), ids=NOT_ADDRESSES.keys())
def test_addresses_that_cannot_stand_in_a_link(url):
    """An address that another program would read in another way is neither written nor read."""
    with pytest.raises(InputError, match="the address of the account cannot be written"):
        format_link(url, path="join", payload=SECRET, what=WHAT)
    assert refused(f"{url}/join#{FRAGMENT}").startswith("the test link is ")


GOOD = f"https://strongroom.example/join#{FRAGMENT}"
REFUSED = {
    "nothing": ("", "is not <address>"),
    "only the secret": (FRAGMENT, "is not <address>"),
    "another place": (GOOD.replace("/join", "/s"), "is not <address>"),
    "no place": (GOOD.replace("/join", ""), "is not <address>"),
    "a slash behind the place": (GOOD.replace("/join", "/join/"), "is not <address>"),
    "a query": (GOOD.replace("#", "?a=b#"), "is not <address>"),
    "no mark": (GOOD.replace("#", ""), "is not <address>"),
    "a blank in front": (" " + GOOD, "is not <address>"),
    "nothing behind the mark": (GOOD.removesuffix(FRAGMENT), "is cut"),
    "cut": (GOOD[:-1], "is cut"),
    "a character more": (GOOD + "A", "is cut"),
    "a line end": (GOOD + "\n", "is cut"),
    "padding": (GOOD + "=", "is cut"),
    "a second mark": (GOOD + "#", "is cut"),
    "spare bits": (GOOD[:-1] + "d", "is cut"),
    "a letter beyond ASCII": (GOOD[:-1] + "é", "is cut"),
    "a lone surrogate": (GOOD[:-1] + "\ud800", "is cut"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refusals(text, reason):
    """A link that was cut or changed is refused, and no part of it is repeated."""
    assert reason in refused(text)


def test_length():
    """A link has at most 8,192 characters, in both directions."""
    room = LINK_CHARACTERS_MAX - len(f"https:///join#{FRAGMENT}")
    longest = "https://" + "a" * room
    text = format_link(longest, path="join", payload=SECRET, what=WHAT)
    assert len(text) == LINK_CHARACTERS_MAX
    assert parse(text) == (longest, SECRET)
    with pytest.raises(InputError):
        format_link(longest + "a", path="join", payload=SECRET, what=WHAT)
    assert "8192" in refused(f"{longest}a/join#{FRAGMENT}")


@given(st.text() | st.text().map(lambda end: GOOD + end) | st.text().map("https://".__add__))
def test_any_text(text):
    """Whatever is pasted, the error is typed."""
    if text == GOOD:
        return
    with pytest.raises(InputError):
        parse(text)


@given(st.integers(0, len(GOOD) - 1), st.characters())
def test_one_changed_character(place, letter):
    """One changed character gives a refusal or another address or secret, never the same link."""
    text = GOOD[:place] + letter + GOOD[place + 1 :]
    try:
        found = parse(text)
    except InputError:
        return
    assert (text == GOOD) == (found == parse(GOOD))
