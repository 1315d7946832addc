"""Input that is refused for its form."""

from __future__ import annotations

from typing import Any

from strongroom.errors.base import StrongroomError


class InputError(StrongroomError):
    """The caller's input has a form that is refused."""

    code = "invalid_input"
    http_status = 400
    sdk_name = "InvalidConfiguration"


class InvalidArgumentError(InputError):
    """An argument of the wrong type; `msg` is the SDK's text for this situation."""

    code = "invalid_argument"

    def __init__(self, message: str, *, msg: str = "", **parts: Any) -> None:
        super().__init__(f"{msg}: {message}" if msg else message, **parts)
        self.msg = msg


class InvalidIdError(InputError):
    """Text that is not the canonical spelling of an id."""

    code = "invalid_id"


class InvalidSecretKeyError(InputError):
    """A Secret Key with a wrong form or check; found before any derivation."""

    code = "invalid_secret_key"


class InvalidPasswordError(InputError):
    """A password that cannot be one: empty, too long, with NUL, too short for a new account."""

    code = "invalid_password"


class InvalidTokenError(InputError):
    """A service-account token that is damaged, cut or not a token."""

    code = "invalid_token"
    sdk_name = "ServiceAccountTokenParsing"


class ForeignTokenError(InvalidTokenError):
    """A genuine token of another product; nothing was sent anywhere."""

    code = "foreign_token"


class TokenExpiredError(InvalidTokenError):
    """A token past the end that it names."""

    code = "token_expired"
    http_status = 401


class InvalidReferenceError(InputError):
    """A secret reference with a wrong form."""

    code = "invalid_reference"
    sdk_name = "ParsingSecretReference"


class InvalidKeyError(InputError):
    """A public key to which nothing can be sealed; never stored."""

    code = "invalid_key"


class InvalidFileError(InputError):
    """A file attachment beyond the limits."""

    code = "invalid_file"


class InvalidItemError(InputError):
    """An item whose parts contradict each other."""

    code = "invalid_item"


class InvalidSshKeyError(InputError):
    """A private SSH key that cannot be read, is encrypted, or is of another kind."""

    code = "invalid_ssh_key"


class TooLargeError(InputError, ValueError):
    """Something over a named limit; programs know an oversized message as `ValueError`."""

    code = "too_large"
    http_status = 413
