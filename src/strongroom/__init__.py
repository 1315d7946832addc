"""Strongroom: self-hosted, end-to-end encrypted secrets.

User code imports `onepassword`; this package is what stands behind it.
Importing it costs nothing: every public name is loaded at first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strongroom.sync import SyncClient

__all__ = ["SyncClient", "__version__"]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Load the synchronous client on first use, so that importing the package stays free."""
    if name == "SyncClient":
        from strongroom.sync import SyncClient

        return SyncClient
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
