"""Symmetric keys as handles: whoever needs one passes it on, and only `crypto` sees its bytes.

Source: specs/formats.md section 3. The key of a container's epoch, of a file, of a share, of local
files, and what password and Secret Key give. As bytes in a variable a key would stand in every
traceback that shows variables.
"""

from __future__ import annotations

from typing import Final

from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.public.hashes import equal, sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.pae import pae
from strongroom.secret import Masked

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 16


class SymmetricKey(Masked):
    """One key. It is compared in constant time, and never printed, pickled or copied."""

    __slots__ = ("_id", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._id = b""

    @classmethod
    def make(cls) -> SymmetricKey:
        """Make a key of 32 fresh bytes."""
        return cls(make_bytes(KEY_BYTES))

    @classmethod
    def parse(cls, text: str) -> SymmetricKey:
        """Read a key as `expose_text` wrote it.

        Raises:
            ValueError: Not the text of a key.
        """
        raw = decode_base64url(text)
        if len(raw) != KEY_BYTES:
            message = "not the text of a key"
            raise ValueError(message)
        return cls(raw)

    @property
    def id(self) -> bytes:
        """The 16-byte id, which the header of an envelope names."""
        if not self._id:
            self._id = sha256(pae("sr/v1/kid", self._raw))[:KEY_ID_BYTES]
        return self._id

    def expose_key(self) -> bytes:
        """Return the bytes, for computing with them; nothing outside `crypto` does."""
        return self._raw

    def expose_text(self) -> str:
        """Return the key as base64url: for the sealed document that holds it, or a session key."""
        return encode_base64url(self._raw)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymmetricKey) and equal(self._raw, other._raw)

    def __hash__(self) -> int:
        return hash(self.id)
