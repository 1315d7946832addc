"""SSH keys: what can be said of a private key without showing it, and new ones.

Ed25519 and RSA, unencrypted, as PKCS#8, PKCS#1 or OpenSSH text. Sources: RFC
5208, 5958 (PKCS#8), 8017 (PKCS#1), 4253 and 8709 (public keys), OpenSSH's
PROTOCOL.key. Fingerprints are those of `ssh-keygen -l`.

The numbers of an RSA key are checked against each other, but not for being
prime, which takes seconds: a key is described at every read of its item.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Final, TypeAlias

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from strongroom.crypto.public.hashes import sha256
from strongroom.errors import InvalidSshKeyError

RSA_BITS_MIN: Final = 2048  # servers refuse what is weaker
RSA_BITS_MAX: Final = 16_384  # OpenSSH reads no longer number
# An RSA key of the longest kind has 13 thousand; what is far longer is no key.
TEXT_CHARACTERS_MAX: Final = 64 * 1024
# The kinds that are made, by their names on the command line. OpenSSL takes minutes for more bits.
KEY_KINDS: Final = {"ed25519": 0, "rsa": 4096, "rsa2048": 2048, "rsa3072": 3072, "rsa4096": 4096}
_EXPONENT: Final = 65_537

_PrivateKey: TypeAlias = Ed25519PrivateKey | RSAPrivateKey

_PEM: Final = re.compile(
    r"\s*-----BEGIN (?P<label>[A-Z ]*)PRIVATE KEY-----"
    r"(?P<body>.*?)-----END (?P=label)PRIVATE KEY-----\s*",
    re.DOTALL,
)
_PRIVATE: Final = "PRIVATE KEY"
_LABEL: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")
# The longest line of a key that `ssh-keygen` writes.
_OPENSSH_COLUMNS: Final = 70
_PKCS8: Final = ""
_PKCS1: Final = "RSA "
_OPENSSH: Final = "OPENSSH "
_ENCRYPTED_PKCS8: Final = "ENCRYPTED "
_DSA_NAME: Final = b"ssh-dss"
# Of an OpenSSH key without password: what stands before the end of its kind's name. A comment,
# which may hold anything, comes far behind it.
_KIND_BYTES: Final = 64
# What the library raises for text that is damaged in one way or another.
_DAMAGES: Final = (
    ValueError,
    UnsupportedAlgorithm,
    ArithmeticError,
    LookupError,
    AssertionError,
    InternalError,  # an Ed448 key of another size
)

# DER, of PKCS#8: the tags that are looked at, and where a long length begins.
_SEQUENCE, _INTEGER, _OCTETS, _ATTRIBUTES = 0x30, 0x02, 0x04, 0xA0
_PUBLIC_KEYS: Final = frozenset({0x81, 0xA1})  # by the standard, and as some libraries write it
_LONG_LENGTH: Final = 0x80
_VERSION_1: Final = b"\x02\x01\x00"


class SshKey:
    """One private key that was read; `repr` shows nothing of it.

    Attributes:
        public_key: In OpenSSH's form, without comment.
        fingerprint: `SHA256:…`.
        key_type: `Ed25519` or `RSA, <n>-bit`.
    """

    def __init__(self, key: _PrivateKey, *, openssh: bytes | None = None) -> None:
        """Take a key that was read, and its bytes if they were OpenSSH's."""
        self._key = key
        self._openssh = openssh
        encoded = key.public_key().public_bytes(
            serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
        )
        self.public_key = encoded.decode()
        blob = base64.b64decode(encoded.split()[1])
        self.fingerprint = "SHA256:" + base64.b64encode(sha256(blob)).decode().rstrip("=")
        bits = key.key_size if isinstance(key, RSAPrivateKey) else 0
        self.key_type = f"RSA, {bits}-bit" if bits else "Ed25519"

    def __repr__(self) -> str:
        return f"SshKey({self.fingerprint})"

    def format_openssh(self) -> str:
        """Return the private key as OpenSSH keeps it in a file, with its comment if it had one."""
        if self._openssh is not None:
            return _wrap_openssh(self._openssh)  # the library knows no comments
        return self._format(serialization.PrivateFormat.OpenSSH)

    def format_pkcs8(self) -> str:
        """Return the private key as PKCS#8 text, the form in which new ones are stored."""
        return self._format(serialization.PrivateFormat.PKCS8)

    def _format(self, form: serialization.PrivateFormat) -> str:
        plain = serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, form, plain).decode()


def parse_private_key(text: str) -> SshKey:
    """Read a private key.

    Raises:
        InvalidSshKeyError: Not a private key, an encrypted one, or one of another kind or size.
            The tag is the SDK's; the message repeats nothing of the text.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        raise _unreadable("is far longer than a key")
    text = text.removeprefix("\ufeff")  # some editors begin a file with it
    found = _PEM.fullmatch(text)
    if found is None or "-----" in found["body"]:
        raise _no_single_key(text)
    label, body = found["label"], found["body"]
    if label == _ENCRYPTED_PKCS8 or "ENCRYPTED" in body:
        raise _encrypted()
    load = _LOADERS.get(label)
    if load is None:
        raise _unsupported()
    try:
        raw = _decode(body)
        key = load(raw)
    except TypeError:
        # The library's word for a key that needs a password.
        raise _encrypted() from None
    except _DAMAGES:
        # Without its cause: the library's message may quote the text.
        raise _unreadable("is damaged") from None
    return SshKey(_supported(key), openssh=raw if label == _OPENSSH else None)


def _no_single_key(text: str) -> InvalidSshKeyError:
    """Return why a text is not that of one private key and nothing else."""
    labels = _LABEL.findall(text)
    private = [label for label in labels if label.endswith(_PRIVATE)]
    if len(private) > 1:
        hint = "store each in an item of its own"
        return _refused("the text holds more than one private key", hint=hint)
    if not private:
        if text.lstrip().startswith("ssh-") or any("PUBLIC" in label for label in labels):
            return _refused("the text is a public key, not a private one")
        return _refused("the text is not that of a private key (PEM)")
    # What makes keys for elliptic curves writes a block of parameters before them.
    if private[0].removesuffix(_PRIVATE) not in (*_LOADERS, _ENCRYPTED_PKCS8):
        return _unsupported()
    if f"-----END {private[0]}-----" not in text:
        return _unreadable("is cut off: its last line is missing")
    hint = "leave out what is before and after it"
    return _refused("the private key does not stand alone in its text", hint=hint)


def make_private_key(kind: str) -> SshKey:
    """Make a private key; `kind` is one of `KEY_KINDS`."""
    bits = KEY_KINDS[kind]
    if not bits:
        return SshKey(Ed25519PrivateKey.generate())
    return SshKey(rsa.generate_private_key(public_exponent=_EXPONENT, key_size=bits))


def _decode(body: str) -> bytes:
    return base64.b64decode("".join(body.split()), validate=True)


def _load_pkcs8(raw: bytes) -> object:
    plain, public = _without_public_key(raw)
    key = serialization.load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    if public and isinstance(key, Ed25519PrivateKey):
        own = key.public_key().public_bytes_raw()
        if not public.endswith(own):
            message = "it comes with a public key that is not its own"
            raise ValueError(message)
    return key


def _load_pkcs1(raw: bytes) -> object:
    return serialization.load_der_private_key(raw, None, unsafe_skip_rsa_key_validation=True)


def _wrap_openssh(raw: bytes) -> str:
    """Return the text of a private key in OpenSSH's form, in lines as OpenSSH writes them."""
    body = base64.b64encode(raw).decode()
    lines = [body[at : at + _OPENSSH_COLUMNS] for at in range(0, len(body), _OPENSSH_COLUMNS)]
    start, end = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
    return "\n".join([start, *lines, end, ""])


def _load_openssh(raw: bytes) -> object:
    if _DSA_NAME in raw[:_KIND_BYTES]:
        raise _unsupported()  # the library reads these with a warning
    text = _wrap_openssh(raw).encode()
    return serialization.load_ssh_private_key(text, None, unsafe_skip_rsa_key_validation=True)


_LOADERS: Final[dict[str, Callable[[bytes], object]]] = {
    _PKCS8: _load_pkcs8,
    _PKCS1: _load_pkcs1,
    _OPENSSH: _load_openssh,
}


def _supported(key: object) -> _PrivateKey:
    if isinstance(key, Ed25519PrivateKey):
        return key
    if not isinstance(key, RSAPrivateKey) or not RSA_BITS_MIN <= key.key_size <= RSA_BITS_MAX:
        raise _unsupported()
    if not _agrees(key.private_numbers()):
        raise _unreadable("is damaged")
    return key


def _agrees(numbers: rsa.RSAPrivateNumbers) -> bool:
    """Return whether the numbers of an RSA key belong together."""
    p, q, d = numbers.p, numbers.q, numbers.d
    n, e = numbers.public_numbers.n, numbers.public_numbers.e
    return (
        min(p, q, d, e) > 1
        and p * q == n
        and d * e % (p - 1) == 1
        and d * e % (q - 1) == 1
        and numbers.dmp1 == d % (p - 1)
        and numbers.dmq1 == d % (q - 1)
        and numbers.iqmp * q % p == 1
    )


def _without_public_key(raw: bytes) -> tuple[bytes, bytes]:
    """Return PKCS#8 of version 2 as version 1, and the public key that stood in it.

    Many programs write version 2 for Ed25519; the library reads version 1 only.
    """
    parts = _elements(_only(raw, _SEQUENCE))
    tags = [tag for tag, _, _ in parts]
    kept = [whole for tag, _, whole in parts if tag not in (_ATTRIBUTES, *_PUBLIC_KEYS)]
    if tags[:3] != [_INTEGER, _SEQUENCE, _OCTETS] or len(kept) != 3:  # noqa: PLR2004
        message = "not PKCS#8"
        raise ValueError(message)
    public = b"".join(content for tag, content, _ in parts if tag in _PUBLIC_KEYS)
    body = b"".join([_VERSION_1, *kept[1:]])
    return bytes([_SEQUENCE]) + _length(len(body)) + body, public


def _only(raw: bytes, tag: int) -> bytes:
    parts = _elements(raw)
    if [one[0] for one in parts] != [tag]:
        message = "not one element"
        raise ValueError(message)
    return parts[0][1]


def _elements(raw: bytes) -> list[tuple[int, bytes, bytes]]:
    """Return tag, content and whole bytes of each DER element."""
    found, position = [], 0
    while position < len(raw):
        tag, size, start = raw[position], raw[position + 1], position + 2
        if size >= _LONG_LENGTH:
            count = size - _LONG_LENGTH
            size = int.from_bytes(raw[start : start + count], "big")
            start += count
        end = start + size
        if end > len(raw):
            message = "cut"
            raise ValueError(message)
        found.append((tag, raw[start:end], raw[position:end]))
        position = end
    return found


def _length(size: int) -> bytes:
    if size < _LONG_LENGTH:
        return bytes([size])
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([_LONG_LENGTH + len(raw)]) + raw


def _unreadable(reason: str) -> InvalidSshKeyError:
    return _refused(f"the private key {reason}")


def _encrypted() -> InvalidSshKeyError:
    hint = "take its password away first: ssh-keygen -p -N '' -f FILE"
    return _refused("the private key is encrypted with a password", hint=hint)


def _refused(message: str, *, hint: str | None = None) -> InvalidSshKeyError:
    return InvalidSshKeyError(message, tag="unableToParsePrivateKey", hint=hint)


def _unsupported() -> InvalidSshKeyError:
    message = f"the private key is neither Ed25519 nor RSA of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits"
    return InvalidSshKeyError(message, tag="unableToFormatPrivateKeyToOpenSsh")
