"""Assignments carried out on the SDK's item."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TypeAlias

from strongroom.cli.item.assignments import DELETE, Assignment, set_twice
from strongroom.cli.item.input import address_details, make_field_id, make_website
from strongroom.cli.item.ssh import KEY_TYPE
from strongroom.cli.program.shapes import to_sdk_value
from strongroom.cli.program.ui import printable, several
from strongroom.errors import AmbiguousError, InputError
from strongroom.items.fields import fields_meant, is_stored, names_key_part, sections_meant
from strongroom.items.models import NOTES_ID
from strongroom.items.otp import check_otp
from strongroom.items.rows import ADDRESS, ADDRESS_PARTS, address_content, format_address
from strongroom.items.templates import CategoryTemplate, make_field, template_of
from strongroom.secret import Secret

if TYPE_CHECKING:
    from strongroom.items.shown import FieldDict, ItemDict, SectionDict, WebsiteDict

Item: TypeAlias = "ItemDict"

# Assignments to these set the first website of what can sign in, unless a field has that name.
_WEBSITE_NAMES: Final = frozenset({"url", "website"})
_HAS_WEBSITES: Final = frozenset({"Login", "Password"})


def apply_assignments(item: Item, assignments: Iterable[Assignment]) -> Item:
    """Return an item with assignments carried out, in their order.

    Raises:
        InputError: A value that does not fit its type, a second value for a field, or
            a built-in field to be deleted.
        AmbiguousError: A name that several fields have.
    """
    changed: Item = {
        **item,
        "fields": [{**field} for field in item.get("fields") or []],
        "sections": [{**section} for section in item.get("sections") or []],
    }
    done: dict[str, list[Assignment]] = {}
    for assignment in assignments:
        target = _assign(changed, assignment)
        if assignment.value is not None:
            _check_double(assignment, done.setdefault(target, []))
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


def _check_double(assignment: Assignment, earlier: list[Assignment]) -> None:
    """Refuse a value of which another name, or the whole address, was set: one would be lost."""
    for one in earlier:
        if assignment.part in (None, one.part):
            raise set_twice(assignment, first=one)
    earlier.append(assignment)


def _assign(item: Item, assignment: Assignment) -> str:
    """Carry out a statement; return the id of its field, empty for the website."""
    # Exposed to be stored: from here on the value is a part of the item.
    value = None if assignment.value is None else assignment.value.expose()
    field = _find_field(item, assignment)
    if (
        field is None
        and assignment.section is None
        and assignment.field in _WEBSITE_NAMES
        and item["category"] in _HAS_WEBSITES
    ):
        _check_whole(assignment)
        if assignment.field_type == DELETE:
            item["websites"] = (item.get("websites") or [])[1:]
            return ""
        set_website(item, value or "")
        return ""
    return _assign_field(item, assignment, field=field, value=value)


def _check_whole(assignment: Assignment) -> None:
    """Refuse a part of what can be no address."""
    if assignment.part is not None:
        message = f"{assignment.counted} sets a part of what can be no address"
        raise InputError(message, hint="write it without the brackets")


def _assign_field(
    item: Item, assignment: Assignment, *, field: FieldDict | None, value: str | None
) -> str:
    built_in = template_of(item["category"])
    if field is not None and not is_stored(field, item):
        _assign_reserved(item, assignment, field, value)
        return field["id"]
    if assignment.field_type == DELETE:
        return _delete(item, assignment, field, built_in)
    if field is None:
        field = _new_field(item, assignment, built_in)
    if assignment.field_type not in (None, field["fieldType"]):
        _set_type(field, assignment.field_type)
    if assignment.part is not None:
        _set_part(field, part=assignment.part, value=value or "")
    elif value is not None:
        kind, what = field["fieldType"], assignment.counted
        field["value"] = to_sdk_value(field_type=kind, value=value, what=what, seconds=False)
        if field["fieldType"] == ADDRESS:
            field["details"] = address_details(value)
    if field["fieldType"] == "Totp" and field["value"]:
        _check_seed(field["value"], assignment)
    return field["id"]


def _set_type(field: FieldDict, field_type: str) -> None:
    """Give a field another type; its value stays, as the street if it becomes an address."""
    field["fieldType"] = field_type
    field.pop("details", None)
    if field_type == ADDRESS:
        field["details"] = address_details(field["value"])


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
    _check_whole(assignment)
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
    inside = named_sections(item, assignment)
    fitting = fields_meant(item, assignment.field, sections=inside)
    if len(fitting) > 1:
        ids = tuple(field["id"] for field in fitting)
        hint = "write its ID, or its section too: section.field"
        raise several_meant("field", name=fitting[0]["title"], ids=ids, hint=hint)
    return fitting[0] if fitting else None


def several_meant(noun: str, *, name: str, ids: tuple[str, ...], hint: str) -> AmbiguousError:
    """Return the refusal of a statement that several parts of an item fit.

    Args:
        name: As the item has it: what stands in the command line is never repeated.
    """
    message = several(noun=noun, name=printable(name), places=dict.fromkeys(ids, ""))
    return AmbiguousError(message, hint=hint, candidates=ids)


def named_sections(item: Item, assignment: Assignment) -> set[str] | None:
    """Return the ids of the sections that a statement names, or nothing if it names none."""
    return None if assignment.section is None else sections_meant(item, assignment.section)


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
    meant = sections_meant(item, name)
    for section in item["sections"]:
        if section["id"] in meant:
            return str(section["id"])
    made: SectionDict = {"id": f"Section_{make_field_id()}", "title": name}
    item["sections"].append(made)
    return made["id"]


def _delete(
    item: Item,
    assignment: Assignment,
    field: FieldDict | None,
    built_in: CategoryTemplate,
) -> str:
    if field is None:
        message = f"{assignment.counted} deletes a field that does not exist"
        raise InputError(message, hint="name the field by its label or ID")
    if field["id"] in built_in.fields:
        raise _built_in(field["id"])
    item["fields"] = [one for one in item["fields"] if one is not field]
    section = field.get("sectionId")
    if all(one.get("sectionId") != section for one in item["fields"]):
        item["sections"] = [one for one in item["sections"] if one["id"] != section]
    return field["id"]


def _computed(assignment: Assignment) -> InputError:
    message = f"{assignment.counted} sets what is computed from the private key"
    return InputError(message, hint="set the private key itself: private_key=…")


def _built_in(name: str) -> InputError:
    message = f'the field "{name}" belongs to every item of this category and cannot be deleted'
    return InputError(message, hint=f"set it to nothing instead: {name}=")
