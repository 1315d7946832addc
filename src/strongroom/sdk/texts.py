"""Texts of the 1Password SDKs (0.4.2) that programs know, or their beginnings."""

from __future__ import annotations

from typing import Final

INPUT_PREFIX: Final = "invalid user input: encountered the following errors: "
CONFIGURATION_TEXT: Final = "data did not match any variant of untagged enum ClientConfig"
CALL_TEXT: Final = "data did not match any variant of untagged enum Invocation"
DESKTOP_TEXT: Final = "1Password desktop application not found"

# The SDK's own limit on one message, in bytes: 50 MiB.
MESSAGE_LIMIT: Final = 50 * 1024 * 1024
# Programs match the beginning, which is the SDK's; whom to ask is not its maker.
OVERSIZED_TEXT: Final = (
    f"message size exceeds the limit of {MESSAGE_LIMIT} bytes; larger contents go through "
    "streams in Python, or through `op document` (docs/how-to/files.md, Large files)"
)
