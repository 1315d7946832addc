"""What anybody may ask a service: which installation it is.

Source: specs/formats.md section 13: every signed request names the installation that it is for.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from strongroom.wire.operations import Request


class InstallationAnswer(msgspec.Struct, frozen=True):
    """The random id of an installation (16 bytes), and the service's time in milliseconds."""

    id: bytes
    time_ms: int


class InstallationRequest(Request[InstallationAnswer], frozen=True):
    """Ask a service which installation it is."""

    operation: ClassVar[str] = "installation"
