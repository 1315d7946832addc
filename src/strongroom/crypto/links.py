"""Links that carry a secret: `<url>/<place>#<base64url(payload)>`.

Source: specs/formats.md sections 11 and 12. What stands behind the `#` never
travels in a request, so the keeper of the address does not learn it. A refusal
never quotes the link.
"""

from __future__ import annotations

from typing import Final

from strongroom.addresses import SCHEME, parse_file_address
from strongroom.base64url import decode_base64url, encode_base64url
from strongroom.errors import InputError

# As long as a token may be: an address of the longest path still fits.
LINK_CHARACTERS_MAX: Final = 8 * 1024

_SCHEMES: Final = ("https://", "http://", SCHEME)


def format_link(url: str, *, path: str, payload: bytes, what: str) -> str:
    """Write a link.

    Raises:
        InputError: The address cannot stand in a link, or is too long for one.
    """
    link = f"{url}/{path}#{encode_base64url(payload)}"
    if not _is_address(url) or len(link) > LINK_CHARACTERS_MAX:
        message = f"the address of the account cannot be written in the {what}"
        raise InputError(message)
    return link


def parse_link(text: str, *, path: str, size: int, what: str) -> tuple[str, bytes]:
    """Read a link; return its address and its payload of `size` bytes.

    Raises:
        InputError: Not a link of this kind, cut, or changed in its spelling.
    """
    if len(text) > LINK_CHARACTERS_MAX:
        raise _refusal(what, reason=f"is longer than {LINK_CHARACTERS_MAX} characters")
    front, mark, fragment = text.partition("#")
    url = front.removesuffix(f"/{path}")
    if not mark or url == front or not _is_address(url):
        raise _refusal(what, reason=f"is not <address>/{path}#<secret>")
    try:
        payload = decode_base64url(fragment)
    except ValueError:
        payload = b""
    if len(payload) != size:
        raise _refusal(what, reason="is cut off or changed after its #")
    return url, payload


def _is_address(url: str) -> bool:
    """Tell whether an address has the one spelling that a link carries."""
    if url.startswith(SCHEME):
        try:
            parse_file_address(url)
        except InputError:
            return False
        return True
    plain = url.isascii() and url.isprintable() and not set(url) & set(' ?#"<>\\')
    return plain and url.startswith(_SCHEMES) and not url.endswith("/")


def _refusal(what: str, *, reason: str) -> InputError:
    return InputError(f"the {what} {reason}", hint="copy all of it again")
