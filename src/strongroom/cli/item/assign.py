"""Assignments carried out on the SDK's item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom.cli.item.assignments import DELETE, Assignment
from strongroom.cli.item.input import address_details, make_field_id, make_website
from strongroom.cli.item.ssh import KEY_TYPE
from strongroom.cli.program.shapes import to_sdk_value
from strongroom.cli.program.ui import printable, several
from strongroom.errors import AmbiguousError, InputError
from strongroom.items.fields import fields_meant, is_named, is_stored, names_key_part
from strongroom.items.models import NOTES_ID
from strongroom.items.otp import check_otp
from strongroom.items.rows import ADDRESS, ADDRESS_PARTS, address_content, format_address
from strongroom.items.templates import CategoryTemplate, make_field, template_of
from strongroom.secret import Secret

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict, WebsiteDict

Item: TypeAlias = "ItemDict"

# Assignments to these set the first website of what can sign in.
_WEBSITE_NAMES: Final = frozenset({"url", "website"})
_HAS_WEBSITES: Final = frozenset({"Login", "Password"})


def apply_assignments(item: Item, assignments: Iterable[Assignment]) -> Item:
    """Return an item with assignments carried out, in their order.

    Raises:
        InputError: A value that does not fit its type, or a built-in field to
            be deleted.
        AmbiguousError: A name that several fields have.
    """
    changed: Item = {
        **item,
        "fields": [{**field} for field in item.get("fields") or []],
        "sections": [{**section} for section in item.get("sections") or []],
    }
    for assignment in assignments:
        _assign(changed, assignment)
    return changed


def set_website(item: Item, url: str) -> None:
    """Set the first website of an item."""
    websites: list[WebsiteDict] = [{**website} for website in item.get("websites") or []]
    if not websites:
        websites = [make_website({"href": url})]
    websites[0]["url"] = url
    item["websites"] = websites


def set_password(item: Item, password: Secret[str]) -> None:
    """Set the password of an item, made if it has none."""
    changed = apply_assignments(item, [Assignment(None, "password", None, password)])
    item.update(changed)


def _assign(item: Item, assignment: Assignment) -> None:
    # Exposed to be stored: from here on the value is a part of the item.
    value = None if assignment.value is None else assignment.value.expose()
    if (
        assignment.section is None
        and assignment.field in _WEBSITE_NAMES
        and item["category"] in _HAS_WEBSITES
    ):
        set_website(item, value or "")
    else:
        _assign_field(item, assignment, value)


def _assign_field(item: Item, assignment: Assignment, value: str | None) -> None:
    field = _find_field(item, assignment)
    built_in = template_of(item["category"])
    if field is not None and not is_stored(field, item):
        _assign_reserved(item, assignment, field, value)
        return
    if assignment.field_type == DELETE:
        _delete(item, assignment, field, built_in)
        return
    if field is None:
        field = _new_field(item, assignment, built_in)
    if assignment.field_type not in (None, field["fieldType"]):
        field["fieldType"] = assignment.field_type
        field.pop("details", None)
    if assignment.part is not None:
        _set_part(field, part=assignment.part, value=value or "")
    elif value is not None:
        field["value"] = to_sdk_value(
            field_type=field["fieldType"], value=value, what=assignment.counted
        )
        if field["fieldType"] == ADDRESS:
            field["details"] = address_details(value)
    if field["fieldType"] == "Totp" and field["value"]:
        _check_seed(field["value"], assignment)


def _set_part(field: FieldDict, *, part: str, value: str) -> None:
    """Set one part of an address; the others stay as they are."""
    content = address_content({**field}) or dict.fromkeys(ADDRESS_PARTS, "")
    content |= {part: value}
    field["value"] = format_address(content)
    field["details"] = {"type": ADDRESS, "content": content}


def _assign_reserved(
    item: Item, assignment: Assignment, field: FieldDict, value: str | None
) -> None:
    """Set the notes; refuse to set what is computed."""
    if field["id"] != NOTES_ID:
        raise _computed(assignment)
    if assignment.field_type == DELETE or value is None:
        raise _built_in(NOTES_ID)
    item["notes"] = value


def _check_seed(value: str, assignment: Assignment) -> None:
    """Refuse a seed that the engine would refuse, in terms of the command line."""
    try:
        check_otp(value)
    except InputError as error:
        message = f"{assignment.counted} does not set a one-time password: {error.message}"
        hint = "give an otpauth:// address or a base32 seed"
        raise InputError(message, hint=hint) from None


def _find_field(item: Item, assignment: Assignment) -> FieldDict | None:
    """Find the field that a statement means, or the notes or what is computed from a key."""
    inside = None
    if assignment.section is not None:
        inside = {one["id"] for one in item["sections"] if is_named(one, assignment.section)}
    fitting = fields_meant(item, assignment.field, sections=inside)
    if len(fitting) > 1:
        ids = tuple(field["id"] for field in fitting)
        # Named as the item names it: what stands in the command line is never repeated.
        message = several(
            noun="field", name=printable(fitting[0]["title"]), places=dict.fromkeys(ids, "")
        )
        raise AmbiguousError(
            message, hint="write its ID, or its section too: section.field", candidates=ids
        )
    return fitting[0] if fitting else None


def _new_field(item: Item, assignment: Assignment, built_in: CategoryTemplate) -> FieldDict:
    field: FieldDict
    # Once the item has its key, this name would read what is computed from it.
    plain = assignment.section is None
    if plain and item["category"] == KEY_TYPE and names_key_part(assignment.field):
        raise _computed(assignment)
    known = built_in.fields.get(assignment.field) if plain else None
    if known is not None:
        field = make_field(known)
        _need_section(item, known.section_id, built_in)
    else:
        field = {"id": make_field_id(), "title": assignment.field}
        field["fieldType"], field["value"] = "Concealed", ""
        if assignment.section is not None:
            field["sectionId"] = place_section(item, assignment.section)
    item["fields"].append(field)
    return field


def _need_section(item: Item, section_id: str | None, built_in: CategoryTemplate) -> None:
    """Make a built-in section that an item lacks."""
    if section_id is not None and all(one["id"] != section_id for one in item["sections"]):
        made: SectionDict = {"id": section_id, "title": built_in.sections[section_id]}
        item["sections"].append(made)


def place_section(item: Item, name: str) -> str:
    """Return the id of an item's section of that name or id, made if it is missing."""
    for section in item["sections"]:
        if is_named(section, name):
            return str(section["id"])
    made: SectionDict = {"id": f"Section_{make_field_id()}", "title": name}
    item["sections"].append(made)
    return made["id"]


def _delete(
    item: Item,
    assignment: Assignment,
    field: FieldDict | None,
    built_in: CategoryTemplate,
) -> None:
    if field is None:
        message = f"{assignment.counted} deletes a field that does not exist"
        raise InputError(message, hint="name the field by its label or ID")
    if field["id"] in built_in.fields:
        raise _built_in(field["id"])
    item["fields"] = [one for one in item["fields"] if one is not field]
    section = field.get("sectionId")
    if all(one.get("sectionId") != section for one in item["fields"]):
        item["sections"] = [one for one in item["sections"] if one["id"] != section]


def _computed(assignment: Assignment) -> InputError:
    message = f"{assignment.counted} sets what is computed from the private key"
    return InputError(message, hint="set the private key itself: private_key=…")


def _built_in(name: str) -> InputError:
    message = f'the field "{name}" belongs to every item of this category and cannot be deleted'
    return InputError(message, hint=f"set it to nothing instead: {name}=")
