"""Defaults of the SDK surface, and the two kinds of credentials."""

from __future__ import annotations

from onepassword.build_number import SDK_BUILD_NUMBER

__all__ = [
    "DEFAULT_INTEGRATION_NAME",
    "DEFAULT_INTEGRATION_VERSION",
    "DEFAULT_OS_VERSION",
    "DEFAULT_REQUEST_LIBRARY",
    "DEFAULT_REQUEST_LIBRARY_VERSION",
    "SDK_BUILD_NUMBER",
    "SDK_LANGUAGE",
    "SDK_VERSION",
    "DesktopAuth",
    "new_default_config",
]

SDK_LANGUAGE = "Python"
SDK_VERSION = SDK_BUILD_NUMBER
DEFAULT_INTEGRATION_NAME = "Unknown"
DEFAULT_INTEGRATION_VERSION = "Unknown"
DEFAULT_REQUEST_LIBRARY = "reqwest"
DEFAULT_REQUEST_LIBRARY_VERSION = "0.11.24"
DEFAULT_OS_VERSION = "0.0.0"


class DesktopAuth:
    """Ask the person at this computer instead of presenting a token.

    Attributes:
        account_name: Name or id of the account to use.
    """

    def __init__(self, account_name: str) -> None:
        self.account_name = account_name

    def __repr__(self) -> str:
        return f"DesktopAuth(account_name={self.account_name!r})"


def new_default_config(
    auth: DesktopAuth | str, integration_name: str, integration_version: str
) -> dict[str, str]:
    """Return the configuration record of the SDK's protocol.

    Holds the token when `auth` is one, so it must not be logged.
    """
    import platform

    config = {
        "programmingLanguage": SDK_LANGUAGE,
        "sdkVersion": SDK_VERSION,
        "integrationName": integration_name,
        "integrationVersion": integration_version,
        "requestLibraryName": DEFAULT_REQUEST_LIBRARY,
        "requestLibraryVersion": DEFAULT_REQUEST_LIBRARY_VERSION,
        "os": platform.system().lower(),
        "osVersion": DEFAULT_OS_VERSION,
        "architecture": platform.machine(),
    }
    if not isinstance(auth, DesktopAuth):
        config["serviceAccountToken"] = auth
    return config
