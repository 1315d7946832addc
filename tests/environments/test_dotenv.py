r"""`.env` text: what programs agree on is read, the rest is refused by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.environments.dotenv import Line, format_lines, parse_dotenv
from strongroom.errors import InputError

READ = {
    "nothing": ("", []),
    "silent lines": ("\n  \n# a comment\n   # another", []),
    "plain": ("A=1\nB=two words\n", [("A", "1"), ("B", "two words")]),
    "no line end": ("A=1", [("A", "1")]),
    "empty values": ("A=\nB=''\nC=\"\"\n", [("A", ""), ("B", ""), ("C", "")]),
    "blanks around": ("  A = 1  \n", [("A", "1")]),
    "export": ("export A=1\nexport=2\n", [("A", "1"), ("export", "2")]),
    "equals signs in a value": ("A=b=c==\n", [("A", "b=c==")]),
    "a hash inside": ("A=b#c\n", [("A", "b#c")]),
    "quotes inside": ('A=it\'s "x"\n', [("A", 'it\'s "x"')]),
    "dollars": ("A=$B\nC='${D}'\n", [("A", "$B"), ("C", "${D}")]),
    "backslashes": ("A=C:\\new\nB='C:\\new'\n", [("A", "C:\\new"), ("B", "C:\\new")]),
    "single quotes": ("A=' #1 \"x\" '\n", [("A", ' #1 "x" ')]),
    "escapes": ('A="\\n\\r\\t\\"\\\\\\$x"\n', [("A", '\n\r\t"\\$x')]),
    "several lines": ("A='-\nkey\n-'\nB=\"1\n2\"\n", [("A", "-\nkey\n-"), ("B", "1\n2")]),
    "comments behind quotes": ("A='1' # one\nB=\"2\"  \n", [("A", "1"), ("B", "2")]),
    "lines of Windows": ("A=1\r\nB='x\r\ny'\r\n", [("A", "1"), ("B", "x\ny")]),
    "a byte order mark": ("\ufeffA=1\n", [("A", "1")]),
    "a name twice": ("A=1\nA=2\n", [("A", "1"), ("A", "2")]),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_read(text, expected):
    """What every reader of such files takes alike is taken."""
    assert parse_dotenv(text, what="x") == [Line(*row) for row in expected]


REFUSED = {
    "no equals sign": ("A=1\nhunter2\n", "line 2 of the file is not of the form NAME=value"),
    "no name": ("=hunter2", "line 1 of the file is not of the form NAME=value"),
    "a blank in a name": ("A B=hunter2", "line 1 of the file is not of the form NAME=value"),
    "a comment or not": (
        "A=hunter2 #x",
        "line 1 of the file contains a # that may begin a comment",
    ),
    "a hash at once": (
        "\n\nA=#hunter2",
        "line 3 of the file contains a # that may begin a comment",
    ),
    "an open quote": ("A='hunter2", "line 1 of the file has a quote that does not close the value"),
    "an open double quote": (
        'A=1\nB="hunter2\\"\n',
        "line 2 of the file has a quote that does not close the value",
    ),
    "text behind a quote": (
        "A='hunter'2\n",
        "line 1 of the file has a quote that does not close the value",
    ),
    "another escape": (
        'A="hunter\\2"\n',
        "line 1 of the file has an escape sequence that not all programs read alike",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(text, message):
    """What readers take differently is refused by its line, and not repeated."""
    with pytest.raises(InputError) as caught:
        parse_dotenv(text, what="the file")
    assert caught.value.message == message
    assert "hunter" not in f"{caught.value} {caught.value.hint}"


@given(st.text(st.characters(exclude_characters="'\r", exclude_categories=["Cs"])))
def test_any_value_in_single_quotes(value):
    """In single quotes any value without that quote comes back as it was."""
    assert parse_dotenv(f"A='{value}'\n", what="x") == [Line("A", value)]


@given(st.text())
def test_any_text_is_read_or_refused(text):
    """No text does anything but be read or be refused."""
    try:
        found = parse_dotenv(text, what="x")
    except InputError:
        return
    assert all(line.name for line in found)


def test_lines_are_as_they_are():
    """Written lines quote and change nothing."""
    rows = [{"name": "A", "value": " 'x' #\n"}, {"name": "B", "value": ""}]
    assert format_lines(rows) == "A= 'x' #\n\nB=\n"


def test_a_line_does_not_print_its_value():
    """A line of a file shows no value."""
    assert "s3cret" not in repr(Line("A", "s3cret"))
