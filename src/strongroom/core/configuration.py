"""What a wrapper says about itself and its program when it makes a client."""

from __future__ import annotations

from typing import Final

import msgspec

from strongroom.core.parsing import explain, read_message
from strongroom.errors import InvalidArgumentError, NotAvailableError
from strongroom.sdk.credentials import check_credentials
from strongroom.sdk.texts import CONFIGURATION_TEXT
from strongroom.secret import veil

# The one wrapper whose language reads base64 where others read a list of integers.
_COMPACT_LANGUAGE: Final = "Go"


class WorkloadDetails(msgspec.Struct, frozen=True, rename="camel"):
    """The credential of a workload, which no home of ours knows."""

    customer_managed_secret: str
    workload_uuid: str

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "WorkloadDetails([secret])"


class Configuration(msgspec.Struct, frozen=True, rename="camel"):
    """The keys of all three wrappers. Those without a default every wrapper sends.

    Attributes:
        service_account_token: Empty, or not there, if the program has another credential.
        js_account_name: Account of the desktop app that is to be asked; spelt so by JavaScript.
        go_account_name: The same; spelt so by Go.
    """

    programming_language: str
    sdk_version: str
    integration_name: str
    integration_version: str
    request_library_name: str
    request_library_version: str
    os: str
    os_version: str
    architecture: str
    service_account_token: str | None = None
    js_account_name: str | None = msgspec.field(name="accountName", default=None)
    go_account_name: str | None = msgspec.field(name="account_name", default=None)
    workload_details: WorkloadDetails | None = None

    __rich_repr__ = veil

    def __repr__(self) -> str:
        return "Configuration([secret])"

    @property
    def token(self) -> str | None:
        """The token; `None` if the person at this computer is to be asked."""
        asks = self.js_account_name or self.go_account_name
        return None if asks and not self.service_account_token else self.service_account_token

    @property
    def reads_base64(self) -> bool:
        """Whether the content of a file may travel as base64 text to this wrapper."""
        return self.programming_language == _COMPACT_LANGUAGE


_decoder = msgspec.json.Decoder(Configuration)


def read_configuration(text: str) -> Configuration:
    """Read and check a configuration.

    Raises:
        InvalidArgumentError: A key is missing, or has the wrong type.
        InputError: The message lists everything that is wrong with token, name and version.
        NotAvailableError: The credential is that of a workload.
    """
    try:
        configuration = read_message(text, _decoder)
    except msgspec.ValidationError as error:
        raise InvalidArgumentError(explain(error), msg=CONFIGURATION_TEXT) from None
    token = configuration.token
    if configuration.workload_details is not None and not token:
        message = "workload identity is not available"
        raise NotAvailableError(message, hint="use a service account token")
    _check_named(configuration)
    check_credentials(
        token,
        integration_name=configuration.integration_name,
        integration_version=configuration.integration_version,
    )
    return configuration


def _check_named(configuration: Configuration) -> None:
    """Refuse a configuration without any credential, not even an empty one."""
    names = (configuration.js_account_name, configuration.go_account_name)
    if configuration.service_account_token is None and not any(names):
        message = "serviceAccountToken is missing"
        raise InvalidArgumentError(message, msg=CONFIGURATION_TEXT)
