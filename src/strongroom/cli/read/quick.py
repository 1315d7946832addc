"""`op read` in its plain form, without the command-line library.

Programs call `op read REFERENCE` in loops; loading click costs more than the
whole look-up. Anything but exactly this form goes the long way, with the same
result. What a reference that leads nowhere is told stands in `read_errors`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from strongroom.cli.program.ui import EXIT_OK, Output
from strongroom.clock import system_clock
from strongroom.delivery.dumps import forbid_core_dumps
from strongroom.errors import (
    AmbiguousError,
    ForbiddenError,
    InvalidReferenceError,
    NotFoundError,
    ResolveError,
)
from strongroom.loading import load_msgspec
from strongroom.opening.credentials import CredentialSource
from strongroom.opening.engines import open_engine
from strongroom.references import parse_command_reference

if TYPE_CHECKING:
    from strongroom.client.items.content import FileReader

_NO_NEWLINE: Final = frozenset({"-n", "--no-newline"})


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
    output = Output()
    forbid_core_dumps()
    load_msgspec()
    with opened_reference(CredentialSource(environment, system_clock), reference) as found:
        if isinstance(found, str):
            output.write(f"{found}\n" if newline else found)
        else:
            from strongroom.cli.program.contents import deliver  # few references name a file

            deliver(found, output)
    return EXIT_OK


@contextmanager
def opened_reference(access: CredentialSource, reference: str) -> Iterator[str | FileReader]:
    """Find what one reference leads to: a value, or the content of a file, to be read inside.

    Raises:
        StrongroomError: Any failure; what is wrong with the reference names
            it, unless it is no reference at all.
    """
    with open_engine(access) as engine:
        from strongroom.client.runtime import drive  # only after the cheap refusals

        try:
            found = drive(engine.secrets.find(reference, parse=parse_command_reference))
        except (
            AmbiguousError,
            ForbiddenError,
            InvalidReferenceError,
            NotFoundError,
            ResolveError,
        ) as error:
            from strongroom.cli.read.errors import explain_read  # failures may take their time

            raise explain_read(error, engine, reference) from None
        if isinstance(found, str):
            yield found
        else:
            yield drive(engine.files.open(found.vault_id, found.item_id, found.file.id))
