"""Derivations, PAE and texts that an adversary writes, and what the cases of all wrappers catch.

The other wrappers of cryptography are in test_crypto_inputs.py, which says how it is done.
"""

from __future__ import annotations

import random
import sys
import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom import ids
from strongroom.crypto import grants, sealing, secret_keys, unlock
from strongroom.crypto.grants import GrantContext, seal_key
from strongroom.crypto.public import principals, signatures
from strongroom.crypto.public.costs import KdfParameters, check_parameters
from strongroom.crypto.public.hashes import hkdf, hkdf_expand
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.crypto.tokens import format_token, parse_token
from strongroom.errors import (
    IntegrityError,
    InvalidIdError,
    InvalidPasswordError,
    InvalidSecretKeyError,
    InvalidTokenError,
    KdfRefusedError,
)
from strongroom.ids import format_id, parse_id
from strongroom.pae import pae, parse_pae
from support import faults_envelopes as envelopes
from support.faults_cases import Case, misjudged, outcome, replaced
from support.faults_crypto_cases import (
    KEYSET,
    MATERIAL,
    PLACE,
    TOKEN,
    Cases,
    directory_cases,
    forged_cases,
    sealed_key_cases,
    unusable_key_cases,
)

# -- derivations -----------------------------------------------------------------------


def test_hkdf_limits() -> None:
    """RFC 5869 gives 255 blocks at the most; one byte more is no key, and none is cut short."""
    for derive in (partial(hkdf, MATERIAL), partial(hkdf_expand, MATERIAL)):
        assert len(derive(info=b"", length=255 * 32)) == 255 * 32
        with pytest.raises(ValueError, match="8160"):
            derive(info=b"", length=255 * 32 + 1)


HUGE = 2**62


def costs_outside() -> Iterator[Case]:
    """Parameters that a hostile keeper may store."""
    good = KdfParameters(b"s" * 16)
    bad: dict[str, list[Any]] = {
        "t": [0, 1, 2, 17, 255, 2**31, HUGE, -1, -3],
        "m": [0, 8, 65_535, 1_048_577, 2**31, 2**32, HUGE, -65_536],
        "lanes": [0, 17, 255, 2**24, HUGE, -4],
        "salt": [b"", b"s", b"s" * 8, b"s" * 15, b"s" * 17, bytes(10**6)],
    }
    for name, values in bad.items():
        for value in values:
            changed = msgspec.structs.replace(good, **{name: value})
            for remembered in (None, (3, 65_536), (16, 1_048_576)):
                work = partial(check_parameters, changed, remembered=remembered)
                shown = len(value) if isinstance(value, bytes) else value
                yield Case(f"{name} {shown}", work, "parameters", KdfRefusedError)


def test_costs_of_a_hostile_keeper() -> None:
    """Costs beyond floor and ceiling are refused before any work, whatever was remembered."""
    assert misjudged(costs_outside()) == []


@given(st.text(max_size=40) | st.sampled_from(["\ud800" * 12, "\ufdfa" * 31, "\0", "  "]))
@settings(max_examples=200, deadline=None)
def test_any_password(typed: str) -> None:
    """Any text is a password of 1 to 1,024 bytes without NUL, or refused as none."""
    found = outcome(partial(unlock.normalise_password, typed))
    assert found in ("accepted", f"{InvalidPasswordError.__name__} at password")
    if found == "accepted":
        raw = unlock.normalise_password(typed)
        assert 1 <= len(raw) <= 1024
        assert b"\0" not in raw


# -- PAE ---------------------------------------------------------------------------------


PARTS = st.lists(st.binary(max_size=12) | st.text(max_size=4) | st.integers(0, 2**53 - 1))


def as_bytes(part: bytes | str | int) -> bytes:
    if isinstance(part, int):
        return part.to_bytes(8, "little")
    return part.encode() if isinstance(part, str) else part


@given(PARTS, PARTS)
@settings(deadline=None)
def test_pae_is_one_to_one(left: list[Any], right: list[Any]) -> None:
    """Two lists of parts have one encoding only if their bytes are the same, part by part."""
    alike = [as_bytes(part) for part in left] == [as_bytes(part) for part in right]
    assert (pae(*left) == pae(*right)) == alike
    assert parse_pae(pae(*left)) == [as_bytes(part) for part in left]


@given(st.lists(st.binary(max_size=12), min_size=2, max_size=6), st.data())
@settings(deadline=None)
def test_pae_knows_where_a_part_ends(parts: list[bytes], data: st.DataObject) -> None:
    """The same bytes cut elsewhere, joined, or one list in another, are another encoding."""
    place = data.draw(st.integers(0, len(parts) - 2))
    joined = parts[place] + parts[place + 1]
    cut = data.draw(st.integers(0, len(joined)))
    others = [
        [*parts[:place], joined[:cut], joined[cut:], *parts[place + 2 :]],
        [*parts[:place], joined, *parts[place + 2 :]],
        [*parts, b""],
        [pae(*parts)],
    ]
    assert all((pae(*other) == pae(*parts)) == (other == parts) for other in others)


@given(st.lists(st.binary(max_size=12), max_size=5), st.data())
@settings(deadline=None, max_examples=300)
def test_pae_has_one_reading(parts: list[bytes], data: st.DataObject) -> None:
    """Whatever bytes are read as parts are the one encoding of these parts."""
    body = bytearray(pae(*parts))
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    found = outcome(lambda: parse_pae(bytes(body)))
    assert found in ("accepted", "IntegrityError at form")
    if found == "accepted":
        assert pae(*parse_pae(bytes(body))) == bytes(body)


def false_pae_cases() -> Iterator[Case]:
    """Counts and lengths beyond the bytes, bytes beyond the last part, words cut in two."""
    body = pae(b"ab", b"", b"cdef")
    for size in range(len(body)):
        yield Case(f"cut to {size}", partial(parse_pae, body[:size]), "form")
    for tail in (b"\0", bytes(8), body, b"\xff" * 100):
        yield Case(f"{len(tail)} bytes more", partial(parse_pae, body + tail), "form")
    words = (4, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 8, 2**64 - 16)
    for word in words:
        raw = word.to_bytes(8, "little")
        for place in (0, 8, 18, 26):
            if (word, place) == (4, 26):
                continue  # that is the length that stands there
            work = partial(parse_pae, replaced(body, place, raw))
            yield Case(f"{word} at {place}", work, "form")
        yield Case(f"only {word}", partial(parse_pae, raw), "form")
        padded = raw + bytes(1 << 20)
        if word != 4:
            yield Case(f"{word} before a megabyte", partial(parse_pae, padded), "form")
    for count in (0, 2, 4):
        other = replaced(body, 0, count.to_bytes(8, "little"))
        yield Case(f"a count of {count}", partial(parse_pae, other), "form")


def test_false_pae() -> None:
    """What is no encoding is refused for its form."""
    assert misjudged(false_pae_cases()) == []


def test_pae_allocates_nothing_for_a_false_word() -> None:
    """A count or length of any size costs no memory beyond the bytes that are there."""
    bodies = [
        raw + bytes(1 << 16)
        for word in (2**20, 2**40, 2**63, 2**64 - 1)
        for raw in (word.to_bytes(8, "little"), pae(b"")[:8] + word.to_bytes(8, "little"))
    ]
    tracemalloc.start()
    for body in bodies:
        assert outcome(partial(parse_pae, body)) == "IntegrityError at form"
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


# -- texts ---------------------------------------------------------------------------------


SECRET = "23456789ABCDEFGHJKLMNPQRST"
ACCOUNT_TEXT = format_id(bytes(range(16)))
SECRET_KEY = secret_keys.format_secret_key(account_id=ACCOUNT_TEXT, secret=SECRET)


TOKEN_TEXT = format_token(TOKEN)
LOOK_ALIKES = "OIl0o1\u0410\u0391\uff21\u212a\u017f\u0131\u0660\ud800\0\n\u200b"


def id_cases() -> Iterator[Case]:
    """Every other spelling of an id."""
    right = format_id(b"\xff" * 16)
    for size in (*range(26), *range(27, 60), 10**6):
        work = partial(parse_id, (right * 40_000)[:size])
        yield Case(f"{size} characters", work, "spelling", InvalidIdError)
    for place in range(26):
        for letter in f"{LOOK_ALIKES}A89=-_ ":
            changed = right[:place] + letter + right[place + 1 :]
            if letter not in "lo":
                work = partial(parse_id, changed)
                yield Case(f"{letter!r} at {place}", work, "spelling", InvalidIdError)
    for last in "abcdefghijklmnopqrstuvwxyz234567":
        index = "abcdefghijklmnopqrstuvwxyz234567".index(last)
        if index % 4:
            work = partial(parse_id, right[:-1] + last)
            yield Case(f"an end of {last}", work, "spare-bits", InvalidIdError)


def secret_key_cases() -> Iterator[Case]:
    """Typing errors, look-alikes, groups left out or twice."""
    for letter in LOOK_ALIKES.replace("l", "").replace("o", ""):
        for place in range(11, len(SECRET_KEY)):
            if SECRET_KEY[place] != "-":
                changed = SECRET_KEY[:place] + letter + SECRET_KEY[place + 1 :]
                work = partial(secret_keys.parse_secret_key, changed)
                yield Case(f"{letter!r} at {place}", work, "symbols", InvalidSecretKeyError)
    groups = SECRET_KEY.split("-")
    for place in range(1, len(groups)):
        for changed_groups in (
            [*groups[:place], *groups[place + 1 :]],
            [*groups[:place], groups[place], *groups[place:]],
        ):
            work = partial(secret_keys.parse_secret_key, "-".join(changed_groups))
            yield Case(f"group {place}", work, "length", InvalidSecretKeyError)
    for text in ("", "SR", "SR2" + SECRET_KEY[3:], SECRET_KEY[1:], "\u017fr1" + SECRET_KEY[3:]):
        work = partial(secret_keys.parse_secret_key, text)
        yield Case(repr(text[:4]), work, "prefix", InvalidSecretKeyError)


def test_texts_that_are_nearly_right() -> None:
    """Ids and Secret Keys have one meaning; nothing near them is repaired."""
    assert parse_id(format_id(b"\xff" * 16)) == b"\xff" * 16
    assert misjudged(id_cases()) == []
    assert secret_keys.parse_secret_key(SECRET_KEY)[1] == SECRET
    assert misjudged(secret_key_cases()) == []


def test_the_check_of_a_secret_key() -> None:
    """Of all single wrong symbols and swaps the two check symbols let at most one in 300 pass."""
    plain = SECRET_KEY.replace("-", "")
    typos = {
        plain[:place] + letter + plain[place + 1 :]
        for place in range(9, len(plain))
        for letter in secret_keys.ALPHABET
    }
    typos |= {
        plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :]
        for place in range(9, len(plain) - 1)
    }
    results = [outcome(partial(secret_keys.parse_secret_key, typo)) for typo in typos - {plain}]
    assert set(results) <= {"accepted", "InvalidSecretKeyError at check"}
    assert results.count("accepted") <= len(results) // 300


def test_tokens_that_are_nearly_right() -> None:
    """A token with any character changed, left out, doubled or cut off is refused as one."""
    layers = [
        outcome(partial(parse_token, text)).rpartition(" at ")
        for text in _near_tokens(random.Random(2))
        if text != TOKEN_TEXT
    ]
    assert {layer for _, _, layer in layers} == {"prefix", "base64", "json", "keys", "chk"}
    assert {kind for kind, _, _ in layers} == {InvalidTokenError.__name__}


def _near_tokens(rng: random.Random) -> Iterator[str]:
    yield from (TOKEN_TEXT[:size] for size in range(0, len(TOKEN_TEXT), 3))
    for place in range(0, len(TOKEN_TEXT), 2):
        before, after = TOKEN_TEXT[:place], TOKEN_TEXT[place + 1 :]
        letters = [*rng.sample("ABCDabcd0123+/", 3), *"-= \u0410\ud800", "", TOKEN_TEXT[place] * 2]
        yield from (before + letter + after for letter in letters)


# -- mutants ---------------------------------------------------------------------------------


def _lenient_id(text: str) -> bytes:
    return ids.b32decode(text.upper().ljust(32, "="))


def _any_padding(padded: bytes, _purpose: int, _what: str) -> bytes:
    return padded[4 : 4 + int.from_bytes(padded[:4], "little")]


def _any_size(padded: bytes, purpose: int, what: str) -> bytes:
    data = _any_padding(padded, purpose, what)
    if len(data) + 4 > len(padded) or any(padded[len(data) + 4 :]):
        raise IntegrityError(what, layer="padding")
    return data


_COSTS = sys.modules[check_parameters.__module__]
MUTANTS: dict[str, tuple[Any, str, Any, Cases]] = {
    "keys of small order verify": (
        signatures,
        "is_public_key",
        lambda _key: True,
        lambda: [*forged_cases(), *directory_cases()],
    ),
    "no commitment": (sealing, "equal", lambda *_: True, lambda: [envelopes.two_keys_case()[0]]),
    "no look at the header": (
        sealing,
        "_check_header",
        lambda *_, **__: None,
        envelopes.elsewhere_cases,
    ),
    "no look at the padding": (sealing, "_unpad", _any_padding, envelopes.padding_cases),
    "no padding": (sealing, "padded_size", lambda size, _: size, envelopes.padding_cases),
    "no look at the size": (sealing, "_unpad", _any_size, envelopes.padme_cases),
    "no look at a sealed key's place": (
        grants,
        "pae",
        lambda *_: b"",
        sealed_key_cases,
    ),
    "no look at a key's coefficients": (principals, "_MODULUS", 4096, unusable_key_cases),
    "no look at a key's order": (principals, "_SMALL_ORDER_U", frozenset(), unusable_key_cases),
    "no look at a key's spelling": (principals, "_FIELD", 2**256, unusable_key_cases),
    "no bounds of costs": (_COSTS, "T_MIN", -(2**63), costs_outside),
    "no look at the check of a Secret Key": (
        secret_keys,
        "ALPHABET",
        secret_keys.ALPHABET + "OI01",
        secret_key_cases,
    ),
}


@pytest.mark.parametrize(
    ("module", "name", "instead", "cases"), MUTANTS.values(), ids=MUTANTS.keys()
)
def test_the_cases_catch_a_wrapper_without_that_check(
    module: Any, name: str, instead: Any, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MUTANT: with one check patched out some case passes that must not."""
    monkeypatch.setattr(module, name, instead)
    if module is grants:
        sealed = seal_key(SymmetricKey(MATERIAL), KEYSET.enc_pk, GrantContext(**PLACE))
        monkeypatch.setitem(sealed_key_cases.__globals__, "SEALED", sealed)
    assert misjudged(cases()) != []


def test_the_cases_catch_a_lenient_reader_of_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """MUTANT: an id that is read without looking at its spare bits is found out, errors too."""
    monkeypatch.setitem(globals(), "parse_id", _lenient_id)
    findings = misjudged(id_cases())
    assert any("accepted" in finding for finding in findings)
    assert any("untyped" in finding for finding in findings)
