"""Where a server listens, and by which addresses it is known."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple


class Certificate(NamedTuple):
    """Files of a TLS certificate with its chain, and of its key."""

    chain: Path
    key: Path


class Listening(NamedTuple):
    """Where to listen, and by which addresses clients know it."""

    host: str
    port: int
    addresses: Collection[str]
    certificate: Certificate | None = None
