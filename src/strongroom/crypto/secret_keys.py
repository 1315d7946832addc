"""The Secret Key: 128 bits that make a stolen database useless.

Source: specs/formats.md section 2. Typed input is upper-cased and its dashes
and blanks dropped; look-alikes are never guessed, the check letters find them.
"""

from __future__ import annotations

from typing import Final

from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.randomness import make_index
from strongroom.errors import InvalidSecretKeyError
from strongroom.pae import pae

PREFIX: Final = "SR1"
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
HINT_CHARACTERS: Final = 6
SECRET_CHARACTERS: Final = 26
_CHECK_CHARACTERS: Final = 2
_HINT_ALPHABET: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
_TOTAL: Final = len(PREFIX) + HINT_CHARACTERS + SECRET_CHARACTERS + _CHECK_CHARACTERS


def make_secret_key() -> str:
    """Return 26 fresh secret characters (128.8 bits)."""
    return "".join(ALPHABET[make_index(len(ALPHABET))] for _ in range(SECRET_CHARACTERS))


def format_secret_key(*, account_id: str, secret: str) -> str:
    """Write a Secret Key as `SR1-HHHHHH-XXXXXX-XXXXX-XXXXX-XXXXX-XXXXXCC`."""
    hint = account_id[:HINT_CHARACTERS].upper()
    tail = secret + _check(hint=hint, secret=secret)
    groups = [PREFIX, hint, tail[:6], tail[6:11], tail[11:16], tail[16:21], tail[21:]]
    return "-".join(groups)


def parse_secret_key(typed: str) -> tuple[str, str]:
    """Read a typed Secret Key; return its account hint and its 26 characters.

    Raises:
        InvalidSecretKeyError: Wrong prefix, length, symbol or check letters,
            in that order; no derivation is started.
    """
    # Only ASCII letters are upper-cased: some others would turn into symbols of the alphabet.
    upper = "".join(letter.upper() if letter.isascii() else letter for letter in typed)
    text = upper.replace("-", "").replace(" ", "")
    if not text.startswith(PREFIX):
        raise _refusal(f"does not start with {PREFIX}", layer="prefix")
    if len(text) != _TOTAL:
        raise _refusal(f"has {len(text)} letters and digits, expected {_TOTAL}", layer="length")
    hint = text[len(PREFIX) :][:HINT_CHARACTERS]
    secret = text[len(PREFIX) + HINT_CHARACTERS : -_CHECK_CHARACTERS]
    check = text[-_CHECK_CHARACTERS:]
    if not (set(hint) <= _HINT_ALPHABET and set(secret + check) <= set(ALPHABET)):
        raise _refusal("contains a character that no Secret Key has", layer="symbols")
    if _check(hint=hint, secret=secret) != check:
        raise _refusal("has a typing error: its check letters do not match", layer="check")
    return hint, secret


def _check(*, hint: str, secret: str) -> str:
    base = len(ALPHABET)
    digest = sha256(pae("sr/v1/sk-check", hint, secret))
    high, low = divmod(int.from_bytes(digest[:8], "big") % base**_CHECK_CHARACTERS, base)
    return ALPHABET[high] + ALPHABET[low]


def _refusal(reason: str, *, layer: str) -> InvalidSecretKeyError:
    return InvalidSecretKeyError(
        f"the Secret Key {reason}",
        hint="copy all groups of it from the Emergency Kit",
        layer=layer,
    )
