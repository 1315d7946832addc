"""The checks of arguments that need neither a file nor a network.

Source of rules and texts: the 1Password SDKs (0.4.2). All problems of one
call of `authenticate` are told at once: token, then name, then version; within the latter two
the length first, then every character that is not allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters, digits
from typing import Final

from onepassword.defaults import DesktopAuth
from onepassword.errors import InvalidArgumentError
from strongroom.errors import InputError

_ALLOWED: Final = frozenset(ascii_letters + digits + " -._")
_TOKEN_PREFIX: Final = "ops_"  # noqa: S105
# The texts say "chars"; what is counted is bytes of UTF-8.
_NAME_BYTES_MAX: Final = 40
_VERSION_BYTES_MAX: Final = 20

INPUT_PREFIX: Final = "invalid user input: encountered the following errors: "
_CONFIGURATION_TEXT: Final = "data did not match any variant of untagged enum ClientConfig"
CALL_TEXT: Final = "data did not match any variant of untagged enum Invocation"


def check_configuration(
    auth: str | DesktopAuth, integration_name: str, integration_version: str
) -> None:
    """Check the three arguments of `authenticate`.

    Raises:
        InvalidArgumentError: One of them has the wrong type.
        InputError: The message lists everything that is wrong.
    """
    if not isinstance(auth, str | DesktopAuth):
        raise _refuse_type("auth", expected="a service account token or a DesktopAuth", value=auth)
    if not isinstance(integration_name, str):
        raise _refuse_type("integration_name", expected="text", value=integration_name)
    if not isinstance(integration_version, str):
        raise _refuse_type("integration_version", expected="text", value=integration_version)
    faults = [
        *(_find_token_faults(auth) if isinstance(auth, str) else ()),
        *_find_faults("name", value=integration_name, bytes_max=_NAME_BYTES_MAX),
        *_find_faults("version", value=integration_version, bytes_max=_VERSION_BYTES_MAX),
    ]
    if faults:
        raise InputError(INPUT_PREFIX + "; ".join(faults))


def check_reference_type(reference: object) -> None:
    """Check that a reference is text.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(reference, str):
        message = f"a secret reference must be text, not {type(reference).__name__}"
        raise InvalidArgumentError(message, msg=CALL_TEXT)


def check_argument(name: str, value: object, kind: type) -> None:
    """Check that an argument of a call is what its annotation says.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not isinstance(value, kind):
        message = f"{name} must be {_article(kind.__name__)}, not {type(value).__name__}"
        raise InvalidArgumentError(message, msg=CALL_TEXT)


def check_list(name: str, values: object, kind: type) -> None:
    """Check that an argument of a call is a list of what its annotation says.

    Raises:
        InvalidArgumentError: It is not.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        message = f"{name} must be a list, not {type(values).__name__}"
        raise InvalidArgumentError(message, msg=CALL_TEXT)
    for value in values:
        check_argument(f"each of {name}", value, kind)


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "AEIOUaeiou" else f"a {word}"


def _refuse_type(name: str, *, expected: str, value: object) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{name} must be {expected}, not {type(value).__name__}",
        msg=_CONFIGURATION_TEXT,
        hint="is OP_SERVICE_ACCOUNT_TOKEN set?" if value is None and name == "auth" else None,
    )


def _find_token_faults(token: str) -> list[str]:
    if not token:
        return ["service account token was not specified"]
    if not token.strip().startswith(_TOKEN_PREFIX):
        return ["service account token had invalid format"]
    return []


def _find_faults(name: str, *, value: str, bytes_max: int) -> list[str]:
    if not value:
        return [f"integration {name} was not specified"]
    faults = [
        f"integration {name} contained unallowed char: '{_show(character)}'"
        for character in value
        if character not in _ALLOWED
    ]
    if len(value.encode(errors="surrogatepass")) > bytes_max:
        faults.insert(0, f"integration {name} was too long. Max allowed: {bytes_max} chars")
    return faults


def _show(character: str) -> str:
    """Return a character as it is, or escaped when no terminal could print it."""
    return character.encode(errors="backslashreplace").decode()
