"""The Secret Key as people type it (section 2 of specs/formats.md)."""

from generator.crypto import sha256
from generator.errors import require
from generator.pae import encode

SYMBOLS = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"
HINT_SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PREFIX = "SR1"
_HINT, _BODY, _CHECK = 6, 26, 2
_CODE = "invalid_secret_key"


def check_symbols(hint: str, body: str) -> str:
    """Two symbols that catch typing mistakes before any derivation starts."""
    digest = sha256(encode("sr/v1/sk-check", hint, body))
    number = int.from_bytes(digest[:8], "big") % len(SYMBOLS) ** 2
    return SYMBOLS[number // len(SYMBOLS)] + SYMBOLS[number % len(SYMBOLS)]


def print_secret_key(hint: str, body: str) -> str:
    """`SR1-HHHHHH-XXXXXX-XXXXX-XXXXX-XXXXX-XXXXXCC`."""
    groups = [body[:6], body[6:11], body[11:16], body[16:21], body[21:]]
    return "-".join([PREFIX, hint, *groups]) + check_symbols(hint, body)


def parse_secret_key(typed: str) -> tuple[str, str]:
    """Hint and body of a typed Secret Key; no look-alike is guessed."""
    text = typed.upper().replace("-", "").replace(" ", "")
    require(text.startswith(PREFIX), "prefix", _CODE)
    text = text.removeprefix(PREFIX)
    require(len(text) == _HINT + _BODY + _CHECK, "length", _CODE)
    hint, body, check = text[:_HINT], text[_HINT:-_CHECK], text[-_CHECK:]
    require(all(c in HINT_SYMBOLS for c in hint), "symbols", _CODE)
    require(all(c in SYMBOLS for c in body + check), "symbols", _CODE)
    require(check == check_symbols(hint, body), "check", _CODE)
    return hint, body
