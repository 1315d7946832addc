"""`strongroom fingerprint`: what two people compare, to see that they share one account (T20)."""

from __future__ import annotations

from typing import Final

from strongroom.cli.program.framework import command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.ids import format_id

# 80 bits of each hash: too many to be met by trying, few enough to be read aloud.
_SHOWN_BYTES: Final = 10
_GROUP_CHARACTERS: Final = 4


@command("fingerprint")
@pass_invocation
def fingerprint(invocation: Invocation) -> None:
    """Show short hashes of the account's root document and directory, as this computer sees them.

    Whoever stores the database could show two people two different accounts.
    Compare these lines with somebody else's, over a channel outside the account:
    for the same numbers, both must be equal.
    """
    with invocation.engine() as engine:
        marks = engine.marks
        pin, head = marks.pin, marks.head
    output = invocation.output
    if output.wants_json:
        output.json(
            {
                "root_version": pin.version,
                "root": pin.hash.hex(),
                "generation": head.generation,
                "rev": head.rev,
                "head": head.hash.hex(),
            }
        )
        return
    output.block(
        {
            f"Root document {pin.version}": _spell(pin.hash),
            f"Directory {head.generation}.{head.rev}": _spell(head.hash),
        }
    )


def _spell(full: bytes) -> str:
    """Write the beginning of a hash in groups of four letters and digits."""
    text = format_id(full[:_SHOWN_BYTES].ljust(16, b"\0"))[: _SHOWN_BYTES * 8 // 5]
    groups = range(0, len(text), _GROUP_CHARACTERS)
    return " ".join(text[start : start + _GROUP_CHARACTERS] for start in groups)
