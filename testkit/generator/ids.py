"""Ids: their text, and the two kinds that are derived (sections 1, 4 and 6)."""

import base64
import re

from generator.crypto import sha256
from generator.errors import require
from generator.pae import encode

ID_SIZE = 16
_SPELLING = re.compile(r"[a-z2-7]{26}", re.ASCII)


def id_text(identifier: bytes) -> str:
    """16 bytes as 26 characters of lower-case base32."""
    return base64.b32encode(identifier).decode().rstrip("=").lower()


def parse_id(text: str) -> bytes:
    """The only spelling of an id; its two spare bits are zero."""
    require(_SPELLING.fullmatch(text) is not None, "spelling", "invalid_id")
    raw = base64.b32decode(text.upper() + "======")
    require(id_text(raw) == text, "spare-bits", "invalid_id")
    return raw


def container_id(account: bytes, kind: int, subtype: int, creator: bytes, salt: bytes) -> bytes:
    """The id proves who created the container and of which subtype it is."""
    body = encode("sr/v1/cid", account, kind, subtype, creator, salt)
    return sha256(body)[:ID_SIZE]


def principal_id(account: bytes, kind: int, enc_pk_hash: bytes, sign_pk: bytes) -> bytes:
    """The id of a user or service account proves its first keyset."""
    return sha256(encode("sr/v1/pid", account, kind, enc_pk_hash, sign_pk))[:ID_SIZE]
