"""The one spelling of binary in texts: base64url without padding.

Source: specs/formats.md section 13 (RFC 4648 section 5).
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode_base64url(raw: bytes) -> str:
    """Write bytes as base64url without padding."""
    return urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def decode_base64url(text: str) -> bytes:
    """Read canonical base64url without padding.

    Raises:
        ValueError: Another alphabet, padding, or spare bits that are set.
    """
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode_base64url(raw) != text:
        message = "not canonical base64url"
        raise ValueError(message)
    return raw
