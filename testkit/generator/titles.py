"""Title tags: how an item is found by name without telling it (section 8)."""

import unicodedata

from generator.crypto import hkdf, hmac_sha256
from generator.pae import encode

TAG_SIZE = 16
_ASCII_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})


def normalise_title(title: str) -> str:
    """U+0020 stripped, NFC, then A-Z only: the order matters for A + ring."""
    return unicodedata.normalize("NFC", title.strip(" ")).translate(_ASCII_LOWER)


def title_tag(container_key: bytes, container: bytes, title: str) -> bytes:
    """The tag of a title under one container key."""
    key = hkdf(container_key, b"", b"sr/v1/title-tag")
    return hmac_sha256(key, encode("sr/v1/tag", container, normalise_title(title)))[:TAG_SIZE]
