"""Title tags: how the service finds an item by a name it does not know.

Source: specs/formats.md section 8.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from strongroom.crypto.public.hashes import TAG_BYTES, hkdf, hmac_sha256
from strongroom.crypto.symmetric_keys import SymmetricKey
from strongroom.errors import IntegrityError
from strongroom.ids import ContainerId
from strongroom.pae import pae

_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def normalise_title(title: str) -> str:
    """Strip blanks (U+0020), apply NFC, and lower A-Z only."""
    return unicodedata.normalize("NFC", title.strip(" ")).translate(_ASCII_LOWER)


def derive_tag_key(container_key: SymmetricKey) -> SymmetricKey:
    """Return the key of a container epoch's tags."""
    return SymmetricKey(hkdf(container_key.expose_key(), info=b"sr/v1/title-tag"))


def derive_title_tag(tag_key: SymmetricKey, container: ContainerId, title: str) -> bytes:
    """Return the 16-byte tag of a title."""
    return hmac_sha256(tag_key.expose_key(), pae("sr/v1/tag", container, normalise_title(title)))[
        :TAG_BYTES
    ]


def check_title(*, asked: str, title: str, what: str) -> None:
    """Compare the opened title with the one that was asked for.

    Raises:
        IntegrityError: The service answered with another object.
    """
    if normalise_title(asked) != normalise_title(title):
        message = f"{what} was given as the answer to another name"
        raise IntegrityError(message, layer="title")
