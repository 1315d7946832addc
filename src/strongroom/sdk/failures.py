"""How the engine's errors become the SDK's texts and batch answers."""

from __future__ import annotations

from typing import Final

from strongroom.errors import (
    InvalidReferenceError,
    InvalidTokenError,
    StrongroomError,
)

PARSING_PREFIX: Final = "the secret reference could not be parsed: "
_RESOLVING_PREFIX: Final = "error resolving secret reference: "
# The two blanks are part of the SDKs' text.
_UNREADABLE: Final = (
    "invalid service account token, "
    "please make sure you provide a valid service account token as parameter:  "
)
_DETAIL_BY_LAYER: Final = {
    "base64": "service account token base64 decoding failed, please create another token",
    "json": "service account deserialization failed, please create another token",
    "keys": "service account deserialization failed, please create another token",
}


def refuse_token(error: InvalidTokenError) -> InvalidTokenError:
    """Return the error for a token that could not be read, in the SDK's words where it has some."""
    detail = _DETAIL_BY_LAYER.get(error.layer or "", error.message)
    return InvalidTokenError(_UNREADABLE + detail, hint=error.hint, layer=error.layer)


def refuse_reference(error: InvalidReferenceError) -> StrongroomError:
    """Return the error of `validate_secret_reference`."""
    return _prefix(error, PARSING_PREFIX)


def refuse_resolving(error: StrongroomError, reference: str) -> StrongroomError:
    """Return the error of `resolve`: same class and attributes, the SDK's text."""
    cause = refuse_reference(error) if isinstance(error, InvalidReferenceError) else error
    return _prefix(cause, _RESOLVING_PREFIX, reference=reference)


def _prefix(
    error: StrongroomError, prefix: str, *, reference: str | None = None
) -> StrongroomError:
    """Copy an error; two callers may wait for the same one, so it is never changed."""
    copied = type(error)(
        prefix + error.message,
        hint=error.hint,
        candidates=error.candidates,
        reference=error.reference or reference,
        tag=error.tag,
        layer=error.layer,
    )
    for note in getattr(error, "__notes__", ()):
        copied.add_note(note)
    return copied
