"""The text of a `.env` file, as `op run` reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.delivery.env_files import expand_references, parse_env_file
from strongroom.errors import InputError

KNOWN = {"STAGE": "prod", "Mixed": "m", "EMPTY": ""}


def read(text, environment=KNOWN):
    return [tuple(line) for line in parse_env_file(text, what="the text", environment=environment)]


def refused(text):
    with pytest.raises(InputError) as caught:
        read(text)
    return caught.value.message


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=plain", "plain"),
        ("A=", ""),
        ("  export   A  =  spaced out  ", "spaced out"),
        ("A=value # comment", "value"),
        ("A=value#no", "value#no"),
        ("A='as $STAGE \\n # it is' # comment", "as $STAGE \\n # it is"),
        ('A="a\\tb\\nc \\"d\\" \\$STAGE"', 'a\tb\nc "d" $STAGE'),
        ('A="two\nlines"', "two\nlines"),
        ("A='two\nlines'", "two\nlines"),
        ('A={"json": [1, "x"]}', '{"json": [1, "x"]}'),
        ("A=$STAGE-${STAGE}-${ STAGE }", "prod-prod-prod"),
        ("A=$mixed", "m"),
        ("A=${NONE:-default} ${STAGE:-no} <${EMPTY:-no}> <${NONE:-}>", "default prod <> <>"),
        ("A=\\$STAGE $ $1 a\\\\b", "$STAGE $ $1 a\\b"),
        ("A=op://$STAGE/db/password", "op://prod/db/password"),
        ("A=x=y", "x=y"),
        ("\ufeffA=1\r\n", "1"),
    ],
)
def test_values(line, value):
    """Quotes, comments, escapes and variables are read as they are documented."""
    assert read(line) == [("A", value)]


def test_lines():
    """Empty lines and comments say nothing; a line knows the earlier ones, and order stays."""
    text = "# first\n\nA=1\n  # more\nB=$A-$A\nA=2\nexport C.d-e=${A}"
    assert read(text) == [("A", "1"), ("B", "1-1"), ("A", "2"), ("C.d-e", "2")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("A=1\nhunter2", "line 2 of the text is not of the form NAME=value"),
        ("1A=hunter2", "line 1 of the text is not of the form NAME=value"),
        ("A=#hunter2", "line 1 of the text has a # where its value begins"),
        ("A='hunter2", "line 1 of the text has a quote that does not close the value"),
        ('A=1\n\nB="x"hunter2', "line 3 of the text has a quote that does not close the value"),
        ("A=hunter2$NONE", "line 1 of the text names the variable NONE, which is not set"),
    ],
)
def test_refusals(text, reason):
    """What cannot be read is told by its line and the reason, and never repeated."""
    assert refused(text) == reason


def test_advice_for_a_variable_that_is_not_set():
    """Whoever names one is told how to give it a default, and how to write a `$`."""
    with pytest.raises(InputError) as caught:
        read("A=$NONE")
    assert caught.value.hint == (
        "set it, or write ${NONE:-default} for a default; a $ that is no variable is written \\$"
    )
    with pytest.raises(InputError) as caught:
        expand_references("op://$NONE/a/b", {})
    assert caught.value.hint == "set it, or write ${NONE:-default} for a default"


def test_names_that_differ_in_capitals():
    """Of several variables that differ in capitals only the exact one counts, or none."""
    known = {"Ab": "1", "aB": "2"}
    assert read("A=$Ab", known) == [("A", "1")]
    with pytest.raises(InputError):
        read("A=$AB", known)


@given(st.text(st.characters(exclude_characters="'\r", exclude_categories=["Cs"])))
def test_single_quotes_hold_anything(value):
    """Any value without a single quote can be written in single quotes."""
    assert read(f"A='{value}'") == [("A", value)]


@given(st.text("A=\"'$\\{}:-# \nop/", max_size=30))
def test_any_text(text):
    """Any text is read or refused as a whole, and nothing else is a name than what may be one."""
    try:
        names = {name for name, _ in read(text)}
    except InputError:
        names = set()
    assert all(set(name) <= set("Aop-") for name in names)


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("$STAGE", "$STAGE"),
        ("op://$STAGE/my item/f", "op://prod/my item/f"),
        ("$STAGE op://${STAGE}/db/f $STAGE", "$STAGE op://prod/db/f $STAGE"),
        ("{{ op://$STAGE/db/f }}", "{{ op://prod/db/f }}"),
        ("op://${NONE:-dev}/db/f", "op://dev/db/f"),
    ],
)
def test_references_elsewhere(value, expanded):
    """Outside of files variables are expanded within references, and nowhere else."""
    assert expand_references(value, KNOWN) == expanded
