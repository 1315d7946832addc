"""Bytes that look random and are the same in every run.

Vectors must not change when nobody changed them, so every seed, salt and id is
derived from a label by SHA-256 and never drawn from the system.
"""

import hashlib

_DOMAIN = b"strongroom testkit/1/"


def derive_bytes(label: str, size: int = 32) -> bytes:
    """The first `size` bytes of the stream that belongs to `label`."""
    stream = b""
    counter = 0
    while len(stream) < size:
        block = _DOMAIN + label.encode() + b"/" + str(counter).encode()
        stream += hashlib.sha256(block).digest()
        counter += 1
    return stream[:size]
