"""Looking for secrets in files: the demo's proof that the database is sealed.

A scan that finds nothing proves nothing until it has found something. So each
scan is asked first for a text that is known to stand in the same files.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from strongroom.errors import LocalFileError


def database_files(database: Path) -> list[Path]:
    """Return a database file and its side files (journal, write-ahead log, …)."""
    return sorted(path for path in database.parent.iterdir() if path.name.startswith(database.name))


def find_traces(files: Iterable[Path], text: str) -> list[str]:
    """Return where a text stands in files, in any of its usual spellings."""
    spellings = _spellings(text)
    found: list[str] = []
    for path in files:
        content = path.read_bytes().lower()
        found += [
            f"{path.name} ({name})" for name, raw in spellings.items() if raw.lower() in content
        ]
    return found


def check_scan_finds(files: Iterable[Path], planted: str) -> None:
    """Prove that the scan can find what is there.

    Raises:
        LocalFileError: It cannot, so its silence would prove nothing.
    """
    if not find_traces(files, planted):
        message = "the scan did not find the marker that was planted for it"
        raise LocalFileError(message, hint="please report it")


def _spellings(text: str) -> dict[str, bytes]:
    raw = text.encode()
    return {
        "as it is": raw,
        "UTF-16": text.encode("utf-16-le"),
        "hexadecimal": raw.hex().encode(),
        "reversed": raw[::-1],
        **{f"base64, offset {shift}": _inner_base64(raw, shift) for shift in range(3)},
    }


def _inner_base64(raw: bytes, shift: int) -> bytes:
    """Return the part of a base64 text that `raw` alone decides, at one of three offsets."""
    encoded = base64.b64encode(bytes(shift) + raw + bytes(2))
    first = -(-shift * 8 // 6)
    last = (shift + len(raw)) * 8 // 6
    return encoded[first:last]
