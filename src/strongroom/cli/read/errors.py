"""What `op read` says of a reference that leads nowhere, in the words that clients know.

A reference is an address and may be shown. A text that is none is never
quoted: people paste secrets into the wrong place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.program.refusals import TO_READ
from strongroom.cli.program.ui import printable, several
from strongroom.errors import ForbiddenError, InvalidReferenceError, StrongroomError
from strongroom.references import Reference, parse_command_reference

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


def explain_read(error: StrongroomError, engine: Engine, reference: str) -> StrongroomError:
    """Return an error of the engine in the words of `op read`.

    Args:
        engine: As whom the command acts.
        reference: As the engine was asked.
    """
    try:
        parsed = parse_command_reference(reference)
    except InvalidReferenceError as refusal:
        text = f"could not read secret: {refusal.message}"
        return InvalidReferenceError(text, hint=refusal.hint, tag=refusal.tag)
    message = f"could not read secret '{printable(reference)}': {_reason(error, parsed)}"
    return type(error)(
        message,
        hint=TO_READ.for_caller(engine, error),
        candidates=error.candidates,
        reference=reference,
        tag=error.tag,
    )


def _reason(error: StrongroomError, parsed: Reference) -> str:
    vault, item = printable(parsed.vault), printable(parsed.item)
    field = printable(".".join(part for part in (parsed.section, parsed.field) if part))
    ambiguous = {
        "tooManyVaults": ("vault", vault, ""),
        "tooManyItems": ("item", item, f" in vault {vault}"),
        "tooManyMatchingFields": ("field", field, f" in item {vault}/{item}"),
    }
    if error.tag in ambiguous:
        noun, name, where = ambiguous[error.tag]
        return several(noun=noun, name=name, places=dict.fromkeys(error.candidates, where))
    missing = f"item '{vault}/{item}' does not have a field '{field}'"
    texts = {
        "vaultNotFound": (
            f'"{vault}" isn\'t a vault in this account. Specify the vault with its ID or name.'
        ),
        "itemNotFound": f"could not find item {item} in vault {vault}",
        "fieldNotFound": missing,
        "noMatchingSections": missing,
    }
    if isinstance(error, ForbiddenError):
        return f"you may not read it: {error.message}"
    return texts.get(error.tag or "", error.message)
