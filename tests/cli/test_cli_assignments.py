"""Assignment statements: what they mean, and what they never repeat."""

import pytest

from strongroom.cli.item.assign import apply_assignments
from strongroom.cli.item.assignments import Assignment, parse_assignment, parse_assignments
from strongroom.errors import AmbiguousError, InputError

SECRET = "tr0ub4dor"


def parts(text):
    one = parse_assignment(text)
    value = None if one.value is None else one.value.expose()
    return one.section, one.field, one.field_type, value


ACCEPTED = {
    "plain": ("username=ana", (None, "username", None, "ana")),
    "section": ("admin.pin=1", ("admin", "pin", None, "1")),
    "type": ("pin[text]=1", (None, "pin", "Text", "1")),
    "section and type": ("admin.pin[otp]=1", ("admin", "pin", "Totp", "1")),
    "type in another case": ("when[monthYear]=202601", (None, "when", "MonthYear", "202601")),
    "empty value": ("pin=", (None, "pin", None, "")),
    "equals signs in the value": ("pin=a=b=", (None, "pin", None, "a=b=")),
    "dots and brackets in the value": ("pin=a.b[c]", (None, "pin", None, "a.b[c]")),
    "backslash in the value": ("pin=a\\.b", (None, "pin", None, "a\\.b")),
    "escaped dot": (r"my\.section.user=x", ("my.section", "user", None, "x")),
    "escaped equals": (r"a\=b=c", (None, "a=b", None, "c")),
    "escaped backslash": (r"a\\.b=c", ("a\\", "b", None, "c")),
    "escaped bracket": (r"a\[text]=c", (None, "a[text]", None, "c")),
    "an address": ("home[address]=Way 1", (None, "home", "Address", "Way 1")),
    "a part of an address": ("home[address.City]=x", (None, "home", "Address", "x")),
    "type only": ("pin[text]", (None, "pin", "Text", None)),
    "delete": ("admin.pin[delete]", ("admin", "pin", "delete", None)),
    "a file": ("admin.scan[File]=a/b.pdf", ("admin", "scan", "file", "a/b.pdf")),
    "a file under its own name": ("[file]=a/b.pdf", (None, "", "file", "a/b.pdf")),
    "blank in a name": ("one time.the code=1", ("one time", "the code", None, "1")),
}


@pytest.mark.parametrize(("text", "expected"), ACCEPTED.values(), ids=ACCEPTED.keys())
def test_parse(text, expected):
    """A statement gives its section, field, type and value."""
    assert parts(text) == expected


REFUSED = {
    "no name": f"={SECRET}",
    "no field in a section": f"admin.={SECRET}",
    "no section": f".pin={SECRET}",
    "two sections": f"a.b.c={SECRET}",
    "unknown type": f"pin[secret]={SECRET}",
    "an unknown part of an address": f"home[address.planet]={SECRET}",
    "a part of an address without value": "home[address.city]",
    "a part of a text": f"home[text.city]={SECRET}",
    "an unnamed field": f"[text]={SECRET}",
    "neither value nor type": SECRET,
    "a value as an unknown type": f"pin[{SECRET}]",
    "a word as an unknown type": "pin[tROUBadour]",
    "dots in a value": f"a.b.{SECRET}",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refuse(text):
    """A malformed statement is refused by its place, and nothing of it is repeated."""
    with pytest.raises(InputError, match=r"^the 3rd assignment ") as caught:
        parse_assignment(text, 3)
    shown = f"{caught.value} {caught.value.hint}"
    assert SECRET not in shown
    assert "tROUBadour" not in shown


def test_blank_behind_the_equals_sign():
    """A value after a blank is not repeated, and the hint says how to give it."""
    with pytest.raises(InputError) as caught:
        parse_assignments(["password=", SECRET], lambda _: "")
    assert caught.value.message == "the 2nd assignment has neither a value nor a type"
    assert "field=-" in caught.value.hint


PLACES = {1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 21: "21st", 113: "113th"}


@pytest.mark.parametrize(("position", "word"), PLACES.items(), ids=PLACES.values())
def test_place(position, word):
    """Statements are counted as people count."""
    assert parse_assignment("a=1", position).counted == f"the {word} assignment"


def test_malformed_statement_asks_nothing():
    """Every statement is read before the first value is asked for."""
    asked = []
    with pytest.raises(InputError):
        parse_assignments(["a=-", "b"], asked.append)
    assert asked == []


def test_value_does_not_print():
    """A parsed statement shows a mask in place of its value."""
    assert SECRET not in repr(parse_assignment(f"pin={SECRET}"))


def test_standard_input():
    """`field=-` takes the value from standard input and says what for."""
    asked = []
    [one, two] = parse_assignments(["a=-", "b=x"], lambda what: asked.append(what) or SECRET)
    assert (one.value.expose(), two.value.expose()) == (SECRET, "x")
    assert asked == ['the value of "a"']


def item(**changes):
    return {
        "category": "Login",
        "title": "db",
        "fields": [
            {"id": "username", "title": "username", "fieldType": "Text", "value": "ana"},
            {
                "id": "f1",
                "title": "PIN code",
                "sectionId": "s1",
                "fieldType": "Text",
                "value": "1",
                "extra": 7,
            },
        ],
        "sections": [{"id": "s1", "title": "Admin"}],
        "websites": [],
        "notes": "",
    } | changes


def assign(before, *texts):
    return apply_assignments(before, [parse_assignment(text) for text in texts])


def field(of, name):
    return next(one for one in of["fields"] if name in (one["id"], one["title"]))


def test_original_is_untouched():
    """Carrying out a statement leaves the item that was read as it was."""
    before = item()
    assign(before, "username=bob", "admin.pincode[delete]")
    assert before == item()


def test_change_by_id_and_by_label():
    """A field goes by id or label; case and blanks do not count; the rest is carried along."""
    after = assign(item(), "USERNAME=bob", "admin.pincode=2")
    assert field(after, "username")["value"] == "bob"
    assert field(after, "f1") == {**item()["fields"][1], "value": "2"}


def test_new_field_is_concealed():
    """A new field without a type is concealed, in a new section if need be."""
    after = assign(item(), "Keys.api=x")
    made = field(after, "api")
    assert made["fieldType"] == "Concealed"
    assert {"id": made["sectionId"], "title": "Keys"} in after["sections"]


def test_new_fields_share_a_section():
    """Two statements that name one section make it once."""
    after = assign(item(), "Keys.a=1", "keys.b=2")
    assert len(after["sections"]) == 2


def test_built_in_field():
    """A built-in field is made with its own id and type."""
    made = field(assign(item(fields=[]), "password=x"), "password")
    assert made == {"id": "password", "title": "password", "fieldType": "Concealed", "value": "x"}


def test_notes():
    """`notesPlain` sets the notes."""
    assert assign(item(), "notesPlain=hello")["notes"] == "hello"


@pytest.mark.parametrize("name", ["url", "website"])
def test_website(name):
    """`url` and `website` of a Login set its first website."""
    after = assign(item(), f"{name}=https://example.org")
    assert after["websites"][0]["url"] == "https://example.org"
    assert len(after["fields"]) == 2


def test_type_change():
    """A type alone changes the type and keeps the value."""
    after = assign(item(), "admin.pincode[password]")
    assert (field(after, "f1")["fieldType"], field(after, "f1")["value"]) == ("Concealed", "1")


def test_delete_takes_empty_section():
    """Deleting the last field of a section removes the section."""
    after = assign(item(), "admin.pincode[delete]")
    assert len(after["fields"]) == 1
    assert after["sections"] == []


@pytest.mark.parametrize("text", ["username[delete]", "notesPlain[delete]"])
def test_built_in_cannot_be_deleted(text):
    """A built-in field can only be emptied, and the hint says how."""
    with pytest.raises(InputError, match="cannot be deleted") as caught:
        assign(item(), text)
    assert "=" in caught.value.hint


def test_delete_of_nothing():
    """Deleting a field that does not exist is an error that does not repeat its name."""
    with pytest.raises(InputError, match="1st assignment deletes a field that does not") as caught:
        assign(item(), f"{SECRET}[delete]")
    assert SECRET not in f"{caught.value} {caught.value.hint}"


SEEDS = {
    "JBSWY3DPEHPK3PXP": True,
    "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP": True,
    "": True,
    "zorro 1 !": False,
    "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP": True,
    "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&secret=AA": False,
}


@pytest.mark.parametrize(("seed", "taken"), SEEDS.items(), ids=lambda one: str(one) or "empty")
def test_seed_is_checked(seed, taken):
    """What is set needs one base32 seed; an empty one is none. It is not repeated."""
    if taken:
        assert field(assign(item(), f"x[otp]={seed}"), "x")["value"] == seed
        return
    with pytest.raises(
        InputError, match="1st assignment does not set a one-time password"
    ) as caught:
        assign(item(), f"x[otp]={seed}")
    assert seed not in f"{caught.value} {caught.value.hint}"


def test_seed_is_checked_when_the_type_changes():
    """A text that is no seed does not become one by its type."""
    with pytest.raises(InputError, match="not set a one-time password"):
        assign(item(), "username=app-1", "username[otp]")


def test_ambiguous():
    """A name of several fields is refused with their ids; the unsectioned one wins."""
    twice = [
        {"id": "x1", "title": "x", "sectionId": "s1", "fieldType": "Text", "value": ""},
        {"id": "x2", "title": "x", "sectionId": "s1", "fieldType": "Text", "value": ""},
    ]
    with pytest.raises(AmbiguousError) as caught:
        assign(item(fields=twice), "x=1")
    assert caught.value.candidates == ("x1", "x2")
    assert '\n\t* for the field "x": x1\n' in caught.value.message
    plain = {"id": "x3", "title": "x", "fieldType": "Text", "value": ""}
    assert field(assign(item(fields=[*twice, plain]), "x=1"), "x3")["value"] == "1"


@pytest.mark.parametrize("text", ["2030", "20300131", "-631108740"])
def test_date_is_no_number(text):
    """A year, or a day without hyphens, is not taken for seconds since 1970."""
    with pytest.raises(InputError, match="needs a date") as caught:
        assign(item(), f"born[date]={text}")
    assert caught.value.hint == "write it as YYYY-MM-DD"


def test_date_is_checked():
    """A value that does not fit its type is refused without being repeated."""
    with pytest.raises(InputError, match="needs a date") as caught:
        assign(item(), f"born[date]={SECRET}")
    assert SECRET not in str(caught.value)


def test_assignment_is_a_value():
    """Statements compare by what they say."""
    assert parse_assignment("a[text]") == Assignment(None, "a", "Text", None)
