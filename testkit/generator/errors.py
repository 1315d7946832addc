"""How this implementation says no: a layer and an error code.

Section 19 of specs/formats.md gives a refusal two names.  The layer is the
first check that must notice the fault, the code is what a caller may see.
"""

from typing import NoReturn


class RefusedError(Exception):
    """The input is refused; `layer` and `code` are what a vector declares."""

    def __init__(self, layer: str, code: str) -> None:
        super().__init__(f"{layer} -> {code}")
        self.layer = layer
        self.code = code


def refuse(layer: str, code: str = "integrity") -> NoReturn:
    """Raise the refusal; most faults are `integrity` and say nothing more."""
    raise RefusedError(layer, code)


def require(condition: bool, layer: str, code: str = "integrity") -> None:
    """Refuse unless `condition` holds."""
    if not condition:
        refuse(layer, code)
