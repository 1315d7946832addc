"""Which fields `--fields` means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.cli.item.output import Item, Vault, field_section
from strongroom.cli.program.shapes import parse_query_type
from strongroom.cli.program.ui import printable, several
from strongroom.errors import AmbiguousError, NotFoundError
from strongroom.items.fields import fields_meant, list_fields, sections_meant

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict


def select_fields(item: Item, vault: Vault, selectors: str) -> list[FieldDict]:
    """Return the fields that `--fields` names, in its order.

    Args:
        selectors: `a,b`, `label=a,label=section.b` or `type=otp`.

    Raises:
        NotFoundError: A selector fits no field.
        AmbiguousError: A name fits several; a type may.
    """
    chosen: list[FieldDict] = []
    for selector in (part.strip() for part in selectors.split(",")):
        fitting = _select(item, selector)
        if not fitting:
            place = printable(f"{vault['title']}/{item['title']}")
            name = printable(selector.removeprefix("label="))
            message = f"item '{place}' does not have a field '{name}'"
            raise NotFoundError(message, hint="name the field by its label or ID")
        chosen.extend(field for field in fitting if field not in chosen)
    return chosen


def _select(item: Item, selector: str) -> list[FieldDict]:
    kind, equals, wanted = selector.partition("=")
    if equals and kind == "type":
        sdk_type = parse_query_type(wanted)
        return [field for field in list_fields(item) if field.get("fieldType") == sdk_type]
    name = wanted if equals and kind == "label" else selector
    fitting = _select_named(item, name)
    if len(fitting) > 1:
        places = {field["id"]: _section_text(field, item) for field in fitting}
        message = several(noun="field", name=printable(name), places=places)
        raise AmbiguousError(message, candidates=tuple(places))
    return fitting


def _select_named(item: Item, name: str) -> list[FieldDict]:
    """Find fields as references do, or by `section.field`."""
    found = fields_meant(item, name)
    # Names may hold dots themselves.
    for dot in () if found else (at for at, one in enumerate(name) if one == "."):
        inside = sections_meant(item, name[:dot])
        fitting = fields_meant(item, name[dot + 1 :], sections=inside)
        found += [field for field in fitting if field not in found]
    return found


def _section_text(field: FieldDict, item: Item) -> str:
    section = field_section(field, item)
    return f" in section {printable(section.get('label') or section['id'])}" if section else ""
