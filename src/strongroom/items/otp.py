"""Time-based one-time passwords.

Source: RFC 6238 (and RFC 4226 for the truncation); the `otpauth` address is
Google Authenticator's key URI format. A bare base32 seed means SHA-1, six
digits, thirty seconds.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32decode
from typing import Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from strongroom.errors import InputError
from strongroom.secret import veil

_ALGORITHMS: Final = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
_DIGITS: Final = range(6, 9)
_PERIOD_SECONDS_MAX: Final = 3600  # longer is not a one-time password any more
_SEED_CHARACTERS_MAX: Final = 1024  # eight SHA-512 blocks; a longer text is not a seed


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
    if not value.lower().startswith("otpauth:"):
        return OtpSeed(_parse_key(value))
    try:
        parts = urlsplit(value)
        query = {key.lower(): rows[-1] for key, rows in parse_qs(parts.query).items()}
        digits, period = int(query.get("digits", "6")), int(query.get("period", "30"))
    except ValueError:
        raise _refusal("has a false address") from None
    algorithm = query.get("algorithm", "SHA1").upper().replace("-", "")
    if parts.netloc.lower() != "totp" or algorithm not in _ALGORITHMS:
        raise _refusal("is not time-based, or of an unknown kind")
    if digits not in _DIGITS or not 1 <= period <= _PERIOD_SECONDS_MAX:
        raise _refusal("asks for an impossible number of digits or seconds")
    return OtpSeed(_parse_key(query.get("secret", "")), algorithm, digits, period)


def compute_otp(seed: OtpSeed, now: int) -> str:
    """Return the code at a time in milliseconds."""
    counter = now // 1000 // seed.period_seconds
    digest = hmac.new(seed.key, counter.to_bytes(8, "big"), _ALGORITHMS[seed.algorithm]).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**seed.digits).zfill(seed.digits)


def _parse_key(text: str) -> bytes:
    plain = text.replace(" ", "").replace("-", "").rstrip("=").upper()
    if not 0 < len(plain) <= _SEED_CHARACTERS_MAX:
        raise _refusal("is empty or far too long")
    try:
        return b32decode(plain + "=" * (-len(plain) % 8))
    except ValueError:
        raise _refusal("is not base32") from None


def _refusal(reason: str) -> InputError:
    return InputError(f"the one-time password seed {reason}")
