"""Texts of the 1Password SDKs (0.4.2) that programs know, word for word."""

from __future__ import annotations

from typing import Final

INPUT_PREFIX: Final = "invalid user input: encountered the following errors: "
CONFIGURATION_TEXT: Final = "data did not match any variant of untagged enum ClientConfig"
CALL_TEXT: Final = "data did not match any variant of untagged enum Invocation"
DESKTOP_TEXT: Final = "1Password desktop application not found"

# The SDK's own limit on one message, in bytes: 50 MiB.
MESSAGE_LIMIT: Final = 50 * 1024 * 1024
OVERSIZED_TEXT: Final = (
    f"message size exceeds the limit of {MESSAGE_LIMIT} bytes, please contact 1Password at "
    "support@1password.com or https://developer.1password.com/joinslack if you need help."
)
