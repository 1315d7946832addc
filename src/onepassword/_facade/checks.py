"""The checks of arguments that need neither a file nor a network: types, then what they say."""

from __future__ import annotations

from collections.abc import Sequence

from onepassword.defaults import DesktopAuth
from onepassword.errors import InvalidArgumentError
from strongroom.sdk.credentials import check_credentials
from strongroom.sdk.texts import CALL_TEXT, CONFIGURATION_TEXT


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
    check_credentials(
        auth if isinstance(auth, str) else None,
        integration_name=integration_name,
        integration_version=integration_version,
    )


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
        msg=CONFIGURATION_TEXT,
        hint="is OP_SERVICE_ACCOUNT_TOKEN set?" if value is None and name == "auth" else None,
    )
