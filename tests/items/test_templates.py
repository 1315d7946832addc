"""The built-in fields of each category."""

import pytest

from strongroom.items.codec import normalise_item
from strongroom.items.models import CATEGORIES, FIELD_TYPES
from strongroom.items.rules import check_item, complete_sections
from strongroom.items.templates import default_parts, template_of, templates


def test_every_category_has_one():
    """The table has every category of the SDK; all but Person have a number of their own."""
    assert set(templates()) == CATEGORIES
    numbers = [one.number for one in templates().values() if one.number]
    assert len(set(numbers)) == len(numbers) == 22
    assert numbers == sorted(numbers)
    assert template_of("Person").number == ""


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_templates_hold_together(category):
    """Fields have known types and stand in sections that are there; every section is used."""
    template = template_of(category)
    assert {field.field_type for field in template.fields.values()} <= FIELD_TYPES
    used = {field.section_id for field in template.fields.values()} - {None}
    assert used == set(template.sections)
    assert all(template.sections.values())
    assert all(field.title for field in template.fields.values())


@pytest.mark.parametrize("category", sorted(CATEGORIES - {"Document"}))
def test_default_parts_are_an_item(category):
    """What an item of a category begins with follows the rules, and needs nothing added."""
    fields, sections = default_parts(category)
    item = normalise_item({"title": "x", "category": category})
    item |= {"fields": fields, "sections": sections}
    check_item(item)
    assert complete_sections(item) == item


KNOWN = {
    "Login": ["username", "password"],
    "SecureNote": [],
    "SshKey": ["private_key"],
    "Database": [
        *("database_type", "hostname", "port", "database", "username"),
        *("password", "sid", "alias", "options"),
    ],
}


@pytest.mark.parametrize(("category", "ids"), KNOWN.items())
def test_known_fields(category, ids):
    """Fields have the ids and the order that clients know."""
    assert list(template_of(category).fields) == ids


def test_a_row_of_the_table():
    """Title, type and section of a field are read; a field without title is called by its id."""
    fields = template_of("CreditCard").fields
    assert fields["cvv"] == ("cvv", "Concealed", "verification number", None)
    assert fields["type"] == ("type", "CreditCardType", "type", None)
    assert fields["pin"] == ("pin", "Concealed", "PIN", "details")
    assert template_of("CreditCard").sections["details"] == "Additional Details"
    assert template_of("Email").fields["provider"].section_id == "Contact Information"


def test_unknown_category():
    """A category that is not known has nothing built in."""
    assert template_of("Unsupported").fields == {}
    assert default_parts("Unsupported") == ([], [])
