"""`op read` in its plain form, without the command-line library.

Programs call `op read REFERENCE` in loops; loading click costs more than the
whole look-up. Anything but exactly this form goes the long way, with the same
result. What a reference that leads nowhere is told stands in `read_errors`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from strongroom.cli.opening import Access, open_engine
from strongroom.cli.ui import EXIT_OK, Output
from strongroom.clock import system_clock
from strongroom.errors import (
    AmbiguousError,
    ForbiddenError,
    InvalidReferenceError,
    NotFoundError,
    ResolveError,
)

_NO_NEWLINE = frozenset({"-n", "--no-newline"})


def parse_plain_read(arguments: Sequence[str]) -> tuple[str, bool] | None:
    """Return (reference, with newline) for `read REFERENCE [-n]`, else `None`."""
    if not arguments or arguments[0] != "read":
        return None
    references = [text for text in arguments[1:] if text not in _NO_NEWLINE]
    if len(references) != 1 or not references[0].startswith("op://"):
        return None
    return references[0], len(arguments) == len(references) + 1


def run_plain_read(reference: str, *, newline: bool, environment: Mapping[str, str]) -> int:
    """Print the secret that a reference names; return the exit code.

    Raises:
        StrongroomError: Any failure, with the reference in its text.
    """
    value = read_reference(Access(environment, system_clock), reference)
    Output().write(f"{value}\n" if newline else value)
    return EXIT_OK


def read_reference(access: Access, reference: str) -> str:
    """Resolve one reference.

    Raises:
        StrongroomError: Any failure; what is wrong with the reference names
            it, unless it is no reference at all.
    """
    from strongroom.client.runtime import drive  # only after the cheap refusals

    asked = _normalised(reference)
    with open_engine(access) as engine:
        try:
            return drive(engine.secrets.resolve(asked))
        except (
            AmbiguousError,
            ForbiddenError,
            InvalidReferenceError,
            NotFoundError,
            ResolveError,
        ) as error:
            from strongroom.cli.read_errors import explain_read  # failures may take their time

            raise explain_read(error, reference, asked) from None


def _normalised(reference: str) -> str:
    """Spell the query as the SDK does: `attr` is short for `attribute`, `value` the default."""
    path, mark, query = reference.partition("?")
    if query.startswith("attr="):
        query = f"attribute={query.removeprefix('attr=')}"
    if query == "attribute=value":
        return path
    return path + mark + query
