"""Time-based one-time passwords.

Source: RFC 6238 (and RFC 4226 for the truncation); the `otpauth` address is
Google Authenticator's key URI format. A bare base32 seed means SHA-1, six
digits, thirty seconds. Label and issuer are for people and mean nothing here.

A seed may have any length, as authenticators take it: eight characters are
five bytes, and bits that fill no byte are dropped. Seventeen characters are
ten bytes, as sixteen are, where a strict base32 would refuse them.

What is written needs one seed that some client can compute with. Of an address
of another kind, counter-based or with a digest that is not known here, no code
is shown, but it is kept: the SDK stores any address.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from strongroom.errors import InputError
from strongroom.secret import veil

_ALGORITHMS: Final = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
_DIGITS: Final = range(6, 9)
PERIOD_SECONDS_MAX: Final = 3600  # longer is not a one-time password any more
_SEED_CHARACTERS_MAX: Final = 1024  # eight SHA-512 blocks; a longer text is not a seed
_ADDRESS_CHARACTERS_MAX: Final = 8192  # a seed, label and issuer of the longest, percent-encoded
_SCHEME: Final = "otpauth:"
_SEED_PARAMETER: Final = "secret"
_BARE_KIND: Final = "totp"
_ADDRESS: Final = re.compile(r"otpauth://([a-z]*)(?:/[^?]*)?(?:\?(.*))?", re.IGNORECASE | re.DOTALL)
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_ALPHABET: Final = {letter: position for position, letter in enumerate(_LETTERS)}
_CHARACTER_BITS: Final = 5


class OtpSeed(msgspec.Struct, frozen=True):
    """What a stored one-time password field means."""

    key: bytes
    algorithm: str = "SHA1"
    digits: int = 6
    period_seconds: int = 30

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "OtpSeed([secret])"


def parse_otp(value: str) -> OtpSeed:
    """Read an `otpauth://totp/…` address or a bare base32 seed.

    Raises:
        InputError: Neither; the message never quotes the value.
    """
    key, kind, query = _read_seed(value)
    algorithm = _parse_algorithm(query.get("algorithm", "SHA1"))
    if kind != _BARE_KIND or algorithm is None:
        raise _wrong_seed("is not time-based, or of an unknown kind")
    digits = _parse_number(query.get("digits", "6"))
    period = _parse_number(query.get("period", "30"))
    if digits not in _DIGITS or not 1 <= period <= PERIOD_SECONDS_MAX:
        raise _wrong_seed("asks for an impossible number of digits or seconds")
    return OtpSeed(key, algorithm, digits, period)


def check_otp(value: str) -> None:
    """Refuse a value from which no client can ever compute a code, before it is written.

    Raises:
        InputError: There is no seed in it, or none that is base32, or several.
    """
    _read_seed(value)


def _read_seed(value: str) -> tuple[bytes, str, dict[str, str]]:
    """Return the key, the kind and the parameters of an address or a bare seed."""
    text = value.strip()
    if not text.lower().startswith(_SCHEME):
        return _parse_key(text), _BARE_KIND, {}
    found = _ADDRESS.fullmatch(text) if len(text) <= _ADDRESS_CHARACTERS_MAX else None
    if found is None:
        raise _wrong_seed("has a malformed address")
    # What stands there without a value is as good as missing.
    pairs = parse_qsl((found[2] or "").partition("#")[0])
    query = {key.lower(): row for key, row in pairs}
    if sum(key.lower() == _SEED_PARAMETER for key, _ in pairs) > 1:
        # Clients disagree about which one counts, and one of them gives wrong codes.
        raise _wrong_seed("occurs twice in its address")
    return _parse_key(query.get(_SEED_PARAMETER, "")), found[1].lower(), query


def compute_otp(seed: OtpSeed, now: int) -> str:
    """Return the code at a time in milliseconds."""
    counter = now // 1000 // seed.period_seconds
    digest = hmac.new(seed.key, counter.to_bytes(8, "big"), _ALGORITHMS[seed.algorithm]).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**seed.digits).zfill(seed.digits)


def _parse_algorithm(text: str) -> str | None:
    """Return an algorithm however it is spelled: `sha256`, `SHA-256`, `HmacSHA256`."""
    word = re.sub(r"[-_ ]", "", text.upper()).removeprefix("HMAC")
    return word if word in _ALGORITHMS else None


def _parse_number(text: str) -> int:
    """Return a number; 0, which is never right, for what is none."""
    plain = text.strip()
    return int(plain) if _NUMBER.fullmatch(plain) else 0


def _parse_key(text: str) -> bytes:
    # Pages show seeds in groups, often with spaces at which no line breaks.
    compact = "".join(text.split())
    if not compact.isascii():
        raise _wrong_seed("is not base32")
    plain = compact.replace("-", "").rstrip("=").upper()
    if not 0 < len(plain) <= _SEED_CHARACTERS_MAX:
        raise _wrong_seed("is empty or far too long")
    number = 0
    for character in plain:
        if character not in _ALPHABET:
            raise _wrong_seed("is not base32")
        number = number << _CHARACTER_BITS | _ALPHABET[character]
    count, left = divmod(len(plain) * _CHARACTER_BITS, 8)
    if not count:
        raise _wrong_seed("is empty or far too long")
    return (number >> left).to_bytes(count, "big")


def _wrong_seed(reason: str) -> InputError:
    return InputError(f"the one-time password seed {reason}")
