"""The masker against a plain one that has the whole output before it."""

import random

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from strongroom.delivery.masking import MASK, Masker, spellings

# Few letters, so that secrets overlap, repeat and contain each other.
LETTERS = "ab\r\né"
SECRETS = st.sets(st.text(LETTERS, min_size=1, max_size=6).map(str.encode), max_size=4)
CUTS = st.lists(st.integers(1, 5), max_size=40)


@st.composite
def outputs(draw):
    """Secrets, and an output of whole ones, of parts of them, and of other letters."""
    secrets = draw(SECRETS)
    letters = st.text(LETTERS, max_size=3).map(str.encode)
    whole = st.sampled_from(sorted(secrets)) if secrets else letters
    parts = st.builds(lambda one, cut: one[:cut], whole, st.integers(1, 6))
    return b"".join(draw(st.lists(st.one_of(whole, parts, letters), max_size=8))), secrets


def mask_whole(text, secrets):
    """Mark every byte of every occurrence; what is connected by shared bytes is one mask."""
    joined, concealed = set(), set()
    for secret in secrets:
        for start in range(len(text) - len(secret) + 1):
            if text[start : start + len(secret)] == secret:
                concealed |= set(range(start, start + len(secret)))
                # Between these two bytes a stretch goes on.
                joined |= set(range(start, start + len(secret) - 1))
    shown = b""
    for position in range(len(text)):
        if position not in concealed:
            shown += text[position : position + 1]
        elif position - 1 not in joined:
            shown += MASK
    return shown


def mask_in_parts(text, secrets, cuts, masker=Masker):
    """Feed the text part by part; after each one, only a beginning of a secret may be held."""
    one, shown, position = masker(secrets), b"", 0
    for size in [*cuts, len(text)]:
        shown += one.feed(text[position : position + size])
        position += size
        assert len(one._held) < max([1, *map(len, secrets)])
    return shown + one.flush()


@settings(max_examples=300)
@given(output=outputs(), cuts=CUTS)
@example(output=(b"abcdef", {b"abcd", b"cdef"}), cuts=[3, 1])
@example(output=(b"aaaaaaa", {b"aa"}), cuts=[1, 1, 1, 1])
@example(output=(b"xabcy", {b"abc", b"b"}), cuts=[3])
def test_any_text_in_any_parts(output, cuts):
    """Every byte of every secret is concealed, and every other byte leaves as it came."""
    check(output, cuts)


def check(output, cuts, masker=Masker):
    """Compare the masker with the plain one."""
    assert mask_in_parts(*output, cuts, masker) == mask_whole(*output)


@given(secrets=st.sets(st.binary(min_size=1, max_size=3), min_size=1), cuts=CUTS, data=st.data())
def test_any_bytes(secrets, cuts, data):
    """Secrets and output may be any bytes, secrets of one byte among them."""
    parts = st.one_of(st.sampled_from(sorted(secrets)), st.binary(max_size=4))
    text = b"".join(data.draw(st.lists(parts, max_size=12)))
    assert mask_in_parts(text, secrets, cuts) == mask_whole(text, secrets)


class _Forgetful(Masker):
    """Holds nothing back."""

    def _pending(self, _text):
        return 0


class _First(Masker):
    """Takes the first of two secrets that overlap, and shows the rest of the other."""

    def _stretches(self, text):
        kept = []
        for start, stop in super()._stretches(text):
            if not kept or start >= kept[-1][1]:
                kept.append((start, stop))
        return kept


@pytest.mark.parametrize("mutant", [_Forgetful, _First])
def test_mutants(mutant):
    """A masker that knows no boundaries, or leaves the rest of an overlap, is found out."""
    # The first failure is enough; nobody reads a smaller one.
    phases = [Phase.generate]
    walk = settings(max_examples=300, database=None, derandomize=True, phases=phases)(
        given(output=outputs(), cuts=CUTS)(lambda output, cuts: check(output, cuts, mutant))
    )
    with pytest.raises(AssertionError):
        walk()


MANY_BYTES = 100_000_000


def test_a_hundred_megabytes():
    """Outside of the masks a long output is the same byte for byte, in parts of any size."""
    letters = random.Random(20261130)
    secrets = [
        "pässwörd-Ω".encode(),
        b"tok_" + letters.randbytes(20),
        b"-----BEGIN-----\r\nline\r\n-----END-----",
        b"tok_",  # within another one
        b"\xff\x00\xfe",
    ]
    blocks = [letters.randbytes(size).replace(b"_", b"") for size in (1, 5_000, 70_000)]
    assert not any(secret in block for secret in secrets for block in blocks)
    masker, shown, expected, position = Masker(secrets), [], [], 0
    while position < MANY_BYTES:
        secret = letters.choice(secrets)
        # Half of the time what begins like a secret is none after all.
        beginning = secret[:-1].replace(b"tok_", b"tok") if letters.random() < 0.5 else b""
        block = letters.choice(blocks)
        part = block + beginning + b"\n" + secret + b"."
        expected += (block, beginning, b"\n", MASK, b".")
        cut = letters.randrange(len(part))
        shown += (masker.feed(part[:cut]), masker.feed(part[cut:]))
        position += len(part)
    shown.append(masker.flush())
    assert b"".join(shown) == b"".join(expected)


def test_only_beginnings_are_held():
    """What cannot be the beginning of a secret leaves at once, up to the last byte."""
    masker = Masker([b"secret"])
    assert masker.feed(b"password: ") == b"password: "
    assert not masker.holds
    assert masker.feed(b"the sec") == b"the "
    assert masker.holds
    assert masker.feed(b"ond") == b"second"


def test_a_flush_gives_up():
    """What is flushed is shown; the next secret is concealed again."""
    masker = Masker([b"secret"])
    assert (masker.feed(b"sec"), masker.flush(), masker.feed(b"secret")) == (b"", b"sec", MASK)


def test_the_longer_one_wins():
    """Of two secrets that begin alike the longer one is concealed, and no rest of it is shown."""
    assert mask_in_parts(b"<pass><password>", {b"pass", b"password"}, [8, 4]) == (
        b"<" + MASK + b"><" + MASK + b">"
    )


def test_neighbours_are_two():
    """Two secrets side by side are two masks, and a secret in a secret is none of its own."""
    assert mask_in_parts(b"abab", {b"ab"}, [1]) == MASK + MASK
    assert mask_in_parts(b"xabcx", {b"abc", b"b"}, [2]) == b"x" + MASK + b"x"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", {b"plain"}),
        ("é", "é".encode()),
        (" padded\n", {b"padded"}),
        ("a\nb", {b"a\nb", b"a\r\nb"}),
        ("a\r\nb\n", {b"a\nb", b"a\r\nb", b"a\r\r\nb"}),
        ("a\rb", {b"a\rb"}),
        ("", set()),
        (" \n", set()),
        ("7", {b"7"}),
    ],
)
def test_spellings(value, expected):
    """Line ends have two spellings, white space at the ends none, and one character counts."""
    assert spellings(value) == ({expected} if isinstance(expected, bytes) else expected)


def test_nothing_is_shown():
    """Neither a masker nor what it holds is shown by `repr`."""
    masker = Masker([b"secret"])
    masker.feed(b"secre")
    assert repr(masker) == "Masker(secrets=1)"
