"""What a variable may be."""

import pytest

from strongroom.environments.models import VariableEdit, VariableShape, VariablesShape
from strongroom.environments.rules import (
    VARIABLE_NAME_CHARACTERS_MAX,
    VARIABLE_VALUE_BYTES_MAX,
    VARIABLES_MAX,
    check_variables,
    name_faults,
)
from strongroom.errors import InputError

PREFIX = "the environment cannot be stored: "


def variable(name="NAME", value="value", masked=False, **more):
    return {"name": name, "value": value, "masked": masked, **more}


def refused(*variables):
    with pytest.raises(InputError) as caught:
        check_variables(variables)
    assert caught.value.message.startswith(PREFIX)
    return caught.value.message.removeprefix(PREFIX)


NAMES = {
    "one character": "A",
    "the longest": "N" * VARIABLE_NAME_CHARACTERS_MAX,
    "blanks and brackets": "a name [x]",
    "other scripts": "größe",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_names(name):
    """A name is any text without `=`, NUL and line end, of 1 to 255 characters."""
    check_variables([variable(name)])


NOT_NAMES = {
    "empty": ("", "variable 1 has no name"),
    "an equals sign": ("A=B", "the name of variable 1 holds an equals sign"),
    "a NUL": ("A\0", "the name of variable 1 holds a NUL"),
    "a line feed": ("A\nB", "the name of variable 1 holds a line end"),
    "a carriage return": ("A\rB", "the name of variable 1 holds a line end"),
    "too long": (
        "N" * (VARIABLE_NAME_CHARACTERS_MAX + 1),
        "the name of variable 1 has more than 255 characters",
    ),
}


@pytest.mark.parametrize(("name", "fault"), NOT_NAMES.values(), ids=NOT_NAMES)
def test_not_names(name, fault):
    """What would be no name for a process, or two lines of a listing, is refused."""
    assert refused(variable(name)) == fault


def test_doubled_names():
    """Two variables of one name are refused; capitals make another name."""
    check_variables([variable("A"), variable("a")])
    assert refused(variable("A"), variable("B"), variable("A")) == (
        "variable 3 has the name of variable 1"
    )


VALUES = {
    "empty": "",
    "lines": "-----BEGIN-----\nabc\r\n-----END-----\n",
    "the longest": "v" * VARIABLE_VALUE_BYTES_MAX,
    "the longest of other scripts": "é" * (VARIABLE_VALUE_BYTES_MAX // 2),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_values(value):
    """A value is any text that a process can be given, of at most 120 KiB."""
    check_variables([variable(value=value)])


NOT_VALUES = {
    "too long": "v" * (VARIABLE_VALUE_BYTES_MAX + 1),
    "too long in bytes": "é" * (VARIABLE_VALUE_BYTES_MAX // 2) + "v",
    "a NUL": "a\0b",
}


@pytest.mark.parametrize("value", NOT_VALUES.values(), ids=NOT_VALUES)
def test_not_values(value):
    """A value that no process can be given is refused."""
    assert refused(variable(value=value)).startswith("the value of variable 1 h")


def test_longest_pair_fits_a_process():
    """The longest name with the longest value stays below the 128 KiB of Linux."""
    name = "\U0001d511" * VARIABLE_NAME_CHARACTERS_MAX
    pair = f"{name}={'v' * VARIABLE_VALUE_BYTES_MAX}\0"
    assert len(pair.encode()) <= 128 * 1024


def test_count():
    """An environment has at most 1,000 variables."""
    rows = [variable(str(number)) for number in range(VARIABLES_MAX + 1)]
    check_variables(rows[:VARIABLES_MAX])
    assert refused(*rows) == "it has 1001 variables, at most 1000 are possible"


SHAPES = {
    "a value that is no text": variable(value=1),
    "a name that is no text": variable(name=None),
    "masked that is no truth value": variable(masked="yes"),
    "half a character": variable(value="\udcff"),
    "no value": {"name": "A", "masked": False},
    "no JSON": variable(more=object()),
}


@pytest.mark.parametrize("row", SHAPES.values(), ids=SHAPES)
def test_shapes(row):
    """A variable with another shape than readers expect is refused."""
    refused(row)


def test_all_faults_at_once_and_no_text_of_them():
    """Every fault is told by its place; neither a name nor a value stands in an error."""
    text = refused(variable("hunter2=x", "top\0secret"), variable("", "s3cret"))
    assert text.count(";") == 2
    for word in ("hunter2", "secret", "s3cret"):
        assert word not in text


def test_name_faults_of_good_names():
    """Names that fit give no fault."""
    assert name_faults(["A", "B"]) == []


@pytest.mark.parametrize(
    "record",
    [
        VariableShape(name="n", value="s3cret", masked=True),
        VariablesShape([VariableShape(name="n", value="s3cret", masked=True)]),
        VariableEdit("n", "s3cret"),
    ],
    ids=["variable", "variables", "edit"],
)
def test_records_do_not_print_values(record):
    """Records of variables show no value."""
    assert "s3cret" not in repr(record)
    assert list(record.__rich_repr__()) == []
