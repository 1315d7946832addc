"""What commands that end at once load in another way than by a plain import."""

from __future__ import annotations

import sys
from typing import Final

_BACKPORTS: Final = "typing_extensions"


def load_msgspec() -> None:
    """Load msgspec as if backports of `typing` were not installed.

    It asks for two functions of theirs, and takes those of Python where there are none; from 3.11
    on they are the same. To load the backports takes a tenth of `op read`.
    """
    if _BACKPORTS in sys.modules:
        return
    sys.modules[_BACKPORTS] = None  # type: ignore[assignment]  # Python's own mark for "not there"
    try:
        import msgspec  # noqa: F401
    finally:
        del sys.modules[_BACKPORTS]
