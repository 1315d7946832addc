"""Service-account tokens.

Source: specs/formats.md section 2. `ops_` + standard base64 without padding of
a JSON object with fixed keys in a fixed order. A token carries one seed and
the pinned root, so its holder needs nothing else.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from typing import Any, ClassVar, Final

import msgspec

from strongroom.addresses import parse_file_address
from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.crypto.keysets import SEED_BYTES
from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES, equal, sha256
from strongroom.errors import (
    ForeignTokenError,
    InputError,
    InvalidTokenError,
    TokenExpiredError,
    UnsupportedVersionError,
)
from strongroom.ids import AccountId, PrincipalId, format_id, parse_id
from strongroom.limits import INTEGER_MAX
from strongroom.pae import pae
from strongroom.secret import Veil, veil

PREFIX: Final = "ops_"
TOKEN_BYTES_MAX: Final = 8 * 1024
VERSION: Final = 1
_KEYS: Final = ("v", "url", "srv", "acc", "id", "seed", "root", "head", "exp", "chk")
_CHECK_CHARACTERS: Final = 8
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*")


class Token(msgspec.Struct, frozen=True):
    """What a token says. Ids and hashes are raw bytes; `srv` is empty for a file."""

    url: str
    srv: bytes
    account: AccountId
    principal: PrincipalId
    seed: bytes
    root_version: int
    root_hash: Hash
    generation: int
    rev: int
    expires_ms: int | None

    __rich_repr__: ClassVar[Veil] = veil

    def __repr__(self) -> str:
        return f"Token(principal={format_id(self.principal)!r})"


def format_token(token: Token) -> str:
    """Write a token."""
    record = {
        "v": VERSION,
        "url": token.url,
        "srv": format_id(token.srv) if token.srv else "",
        "acc": format_id(token.account),
        "id": format_id(token.principal),
        "seed": encode_base64url(token.seed),
        "root": [token.root_version, encode_base64url(token.root_hash)],
        "head": [token.generation, token.rev],
        "exp": token.expires_ms,
        "chk": _check(token),
    }
    raw = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
    return PREFIX + b64encode(raw).decode("ascii").rstrip("=")


def parse_token(text: str, *, now: int | None = None) -> Token:
    """Read a token, locally, without echoing any part of it.

    Args:
        now: Current time in milliseconds; `None` skips the expiry check.

    Raises:
        InvalidTokenError: Prefix, base64, JSON, keys or check are wrong.
        ForeignTokenError: A genuine token of 1Password.
        UnsupportedVersionError: A token of a newer release.
        TokenExpiredError: At or past its end.
    """
    record = _parse_json(_decode(text))
    version = record.get("v")
    if type(version) is int and version != VERSION:
        message = "the service account token was made by a newer release"
        raise UnsupportedVersionError(message, layer="v", hint="update strongroom")
    token = _read(record)
    if not equal(_check(token).encode(), record["chk"].encode()):
        raise _refusal("is damaged", layer="chk")
    if now is not None and token.expires_ms is not None and now >= token.expires_ms:
        message = "the service account token has expired"
        raise TokenExpiredError(message, layer="expiry", hint="create a new service account")
    return token


def _decode(text: str) -> bytes:
    if not text.startswith(PREFIX):
        raise _refusal(f"does not start with {PREFIX}", layer="prefix")
    if len(text) > TOKEN_BYTES_MAX:
        raise _refusal(f"is longer than {TOKEN_BYTES_MAX} characters", layer="prefix")
    body = text.removeprefix(PREFIX)
    if _BASE64.fullmatch(body) is None or len(body) % 4 == 1:
        raise _refusal("is not base64; it may be cut off", layer="base64")
    raw = b64decode(body + "=" * (-len(body) % 4))
    if b64encode(raw).decode("ascii").rstrip("=") != body:
        raise _refusal("is not base64; it may be cut off", layer="base64")
    return raw


def _parse_json(raw: bytes) -> _Pairs:
    try:
        # Decoded first: the parser alone would take other encodings of Unicode too.
        record = json.loads(raw.decode(), object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise _refusal("does not hold a record", layer="json") from None
    if not isinstance(record, _Pairs):
        raise _refusal("does not hold a record", layer="json")
    if "signInAddress" in record:
        message = "this is a 1Password service account token; Strongroom cannot use it"
        raise ForeignTokenError(
            message,
            layer="json",
            hint="create one with `op service-account create`; nothing was sent anywhere",
        )
    return record


class _Pairs(dict[str, Any]):
    """A JSON object that remembers the order and number of its keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.keys_read = tuple(key for key, _ in pairs)


def _refuse_constant(_name: str) -> object:
    message = "not a number"
    raise ValueError(message)


def _read(record: _Pairs) -> Token:
    refusal = _refusal("has unknown, missing or ill-typed parts", layer="keys")
    if record.keys_read != _KEYS:
        raise refusal
    try:
        _integer(record["v"])
        _text(record["chk"])
        root_version, root_hash = _pair(record["root"])
        generation, rev = _pair(record["head"])
        return Token(
            url=_address(record["url"]),
            srv=parse_id(_text(record["srv"])) if record["srv"] != "" else b"",
            account=parse_id(_text(record["acc"]), AccountId),
            principal=parse_id(_text(record["id"]), PrincipalId),
            seed=_binary(record["seed"], SEED_BYTES),
            root_version=_integer(root_version),
            root_hash=Hash(_binary(root_hash, HASH_BYTES)),
            generation=_integer(generation),
            rev=_integer(rev),
            expires_ms=None if record["exp"] is None else _integer(record["exp"]),
        )
    except (ValueError, InputError):
        raise refusal from None


def _address(value: object) -> str:
    url = _text(value)
    if url.startswith("file:"):
        parse_file_address(url)
    return url


def _pair(value: object) -> tuple[object, object]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004  (a pair has two)
        raise ValueError
    return value[0], value[1]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004  (one refusal for every ill-typed part)
    value.encode()  # a lone surrogate has no UTF-8, hence no check value: a ValueError too
    return value


def _integer(value: object) -> int:
    if type(value) is not int or not 0 <= value <= INTEGER_MAX:
        raise ValueError
    return value


def _binary(value: object, size: int) -> bytes:
    raw = decode_base64url(_text(value))
    if len(raw) != size:
        raise ValueError
    return raw


def _check(token: Token) -> str:
    body = pae(
        "sr/v1/token",
        token.url,
        token.srv,
        token.account,
        token.principal,
        token.seed,
        token.root_version,
        token.root_hash,
        token.generation,
        token.rev,
        token.expires_ms or 0,
    )
    return sha256(body).hex()[:_CHECK_CHARACTERS]


def _refusal(reason: str, *, layer: str) -> InvalidTokenError:
    message = f"the service account token {reason}"
    return InvalidTokenError(message, layer=layer, hint="copy all of it again")
