"""Sealed keys and epoch links (section 6 of specs/formats.md).

ML-KEM draws its randomness inside the library, so a sealed key differs in every
run.  `cases_grant` keeps what an earlier run made.
"""

from cryptography.exceptions import InvalidTag

from generator import hpke
from generator.crypto import sha256
from generator.envelope import Sealing, open_envelope, seal
from generator.errors import refuse, require
from generator.keys import Keyset, key_id
from generator.pae import encode

SEALED_SIZE = 1168


def grant_info(
    *, account: bytes, kind: int, container: bytes, epoch: int, accessor: bytes, fp: bytes
) -> bytes:
    """What a sealed key is bound to."""
    return encode("sr/v1/grant", account, kind, container, epoch, accessor, fp)


def seal_key(key: bytes, enc_pk: bytes, info: bytes, ephemeral: bytes) -> bytes:
    """Seal a container key to one accessor."""
    return hpke.seal(enc_pk, ephemeral, info, key)


def open_key(
    sealed: bytes, *, sealed_hash: bytes, keyset: Keyset, info: bytes, name: bytes
) -> bytes:
    """Open a sealed key and check that it is the one the record names."""
    require(sha256(sealed) == sealed_hash, "sealed-hash")
    require(len(sealed) == SEALED_SIZE, "hpke")
    try:
        key = hpke.open_sealed(keyset.enc_key, info, sealed)
    except (InvalidTag, ValueError):
        refuse("hpke")
    require(len(key) == 32, "hpke")
    require(key_id(key) == name, "key-id")
    return key


def seal_link(
    older: bytes, newer: bytes, context: tuple[bytes, int, bytes, int], salt: bytes
) -> bytes:
    """The key of epoch e under the key of epoch e + 1; context names epoch e."""
    return seal(Sealing(10, newer, context, salt), older)


def open_link(
    link: bytes,
    *,
    link_hash: bytes,
    newer: bytes,
    context: tuple[bytes, int, bytes, int],
    name: bytes,
) -> bytes:
    """The older key; it must be the one that the older content names."""
    require(sha256(link) == link_hash, "link-hash")
    older = open_envelope(link, purpose=10, key=newer, context=context)
    require(len(older) == 32 and key_id(older) == name, "link-key-id")
    return older
