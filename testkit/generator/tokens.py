"""Tokens of service accounts (section 2 of specs/formats.md)."""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import quote, unquote

from generator.crypto import sha256
from generator.errors import RefusedError, refuse, require
from generator.ids import parse_id
from generator.pae import INTEGER_MAX, encode

PREFIX = "ops_"
KEYS = ["v", "url", "srv", "acc", "id", "seed", "root", "head", "exp", "chk"]
TOKEN_BYTES_MAX = 8 * 1024
_CODE = "invalid_token"


class DoubledKeyError(ValueError):
    """A JSON object names a key twice."""


def base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def parse_base64url(text: str, size: int) -> bytes:
    """The one spelling of `size` bytes."""
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text or len(raw) != size:
        raise ValueError("not canonical")
    return raw


def checksum(claims: dict[str, Any]) -> str:
    """`chk`: eight hex digits that catch a token cut or typed wrongly."""
    body = encode(
        "sr/v1/token",
        claims["url"],
        parse_id(claims["srv"]) if claims["srv"] else b"",
        parse_id(claims["acc"]),
        parse_id(claims["id"]),
        parse_base64url(claims["seed"], 32),
        claims["root"][0],
        parse_base64url(claims["root"][1], 32),
        *claims["head"],
        claims["exp"] or 0,
    )
    return sha256(body).hex()[:8]


def print_text(text: str) -> str:
    """Any JSON text as a token."""
    return PREFIX + base64.b64encode(text.encode()).decode().rstrip("=")


def print_token(claims: dict[str, Any]) -> str:
    """A token, keys in the order given."""
    return print_text(json.dumps(claims, separators=(",", ":")))


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DoubledKeyError
    return found


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        refuse("base64", _CODE)
    require(base64.b64encode(raw).decode().rstrip("=") == text, "base64", _CODE)
    return raw


def _load(raw: bytes) -> dict[str, Any]:
    try:
        claims: Any = json.loads(raw.decode(), object_pairs_hook=_pairs)
    except DoubledKeyError:
        refuse("keys", _CODE)
    except ValueError:
        refuse("json", _CODE)
    require(isinstance(claims, dict), "json", _CODE)
    found: dict[str, Any] = claims
    require("signInAddress" not in found, "json", "foreign_token")
    return found


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= INTEGER_MAX


def _check_claims(claims: dict[str, Any]) -> None:
    require(list(claims) == KEYS, "keys", _CODE)
    texts = all(isinstance(claims[k], str) for k in ("url", "srv", "acc", "id", "seed", "chk"))
    require(texts, "keys", _CODE)
    for pair, last in ((claims["root"], str), (claims["head"], int)):
        require(isinstance(pair, list) and len(pair) == 2, "keys", _CODE)
        require(_is_count(pair[0]) and type(pair[1]) is last, "keys", _CODE)
    require(_is_count(claims["head"][1]), "keys", _CODE)
    require(claims["exp"] is None or _is_count(claims["exp"]), "keys", _CODE)
    is_file = _check_url(claims["url"])
    try:
        for name in ("acc", "id", *(() if is_file else ("srv",))):
            parse_id(claims[name])
        parse_base64url(claims["seed"], 32)
        parse_base64url(claims["root"][1], 32)
    except (RefusedError, ValueError):
        refuse("keys", _CODE)
    require(not is_file or claims["srv"] == "", "keys", _CODE)


def _check_url(url: str) -> bool:
    """Whether the address is a file's; other schemes are left to the transport."""
    if not url.startswith("file:"):
        require(re.match(r"https?://[^/]", url) is not None, "keys", _CODE)
        return False
    path = url.removeprefix("file://")
    require(path.startswith("/") and path != url, "keys", _CODE)
    require(quote(unquote(path)) == path, "keys", _CODE)
    return True


def check_token(token: str, now: int) -> dict[str, Any]:
    """The claims of a token, in the order of checks of the text."""
    require(token.startswith(PREFIX), "prefix", _CODE)
    require(len(token) <= TOKEN_BYTES_MAX, "prefix", _CODE)
    claims = _load(_decode(token.removeprefix(PREFIX)))
    if type(claims.get("v")) is int:
        require(claims["v"] == 1, "v", "unsupported_version")
    require(claims.get("v") == 1 and claims["v"] is not True, "keys", _CODE)
    _check_claims(claims)
    require(claims["chk"] == checksum(claims), "chk", _CODE)
    require(claims["exp"] is None or now < claims["exp"], "expiry", "token_expired")
    return claims
