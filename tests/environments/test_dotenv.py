r"""`.env` text: what programs agree on is read, the rest is refused by its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strongroom.environments.dialects import Dialect
from strongroom.environments.dotenv import Line, format_lines, parse_dotenv
from strongroom.errors import InputError

READ = {
    "nothing": ("", []),
    "silent lines": ("\n\n# a comment = 'x\n\n# another", []),
    "plain": ("A=1\nB=two words\n", [("A", "1"), ("B", "two words")]),
    "no line end": ("A=1", [("A", "1")]),
    "empty values": ("A=\nB=''\nC=\"\"\n", [("A", ""), ("B", ""), ("C", "")]),
    "blanks before": ("  A=1\n", [("A", "1")]),
    "export": ("export A=1\nexport=2\n", [("A", "1"), ("export", "2")]),
    "an empty value in quotes, exported": ("export A=''\n", [("A", "")]),
    "equals signs in a value": ("A=b=c==\n", [("A", "b=c==")]),
    "quotes inside": ('A=it\'s "x"\n', [("A", 'it\'s "x"')]),
    "backticks inside": ("A=a`b`\nB='`c`'\n", [("A", "a`b`"), ("B", "`c`")]),
    "dollars in single quotes": ("A='$B $(c) $1'\n", [("A", "$B $(c) $1")]),
    "backslashes": ("A=C:\\new\nB='C:\\new'\n", [("A", "C:\\new"), ("B", "C:\\new")]),
    "single quotes": ("A=' #1 \"x\" '\n", [("A", ' #1 "x" ')]),
    "a line end in double quotes": ('A="\\na\'s\\n"\n', [("A", "\na's\n")]),
    "several lines": ("A='-\nkey\n-'\nB=\"1\n2\"\n", [("A", "-\nkey\n-"), ("B", "1\n2")]),
    "comments behind quotes": ("A='1' # one\nB=\"2\"  \n", [("A", "1"), ("B", "2")]),
    "lines of Windows": ("A=1\r\nB='x\r\ny'\r\n", [("A", "1"), ("B", "x\ny")]),
    "a name twice": ("A=1\nA=2\n", [("A", "1"), ("A", "2")]),
    "names": ("a.b=1\n_x-Y9=2\n", [("a.b", "1"), ("_x-Y9", "2")]),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ)
def test_read(text, expected):
    """What every reader of such files takes alike is taken."""
    assert parse_dotenv(text, what="x") == [Line(*row) for row in expected]


FORM = "is not of the form NAME=value"
BLANKS = "has blanks around its name that not all programs read alike"
NAME = "has a name that not all programs read alike"
ENDS = "has blanks at the start or end of its value that not all programs drop"
HASH = "contains a # that may begin a comment"
QUOTE = "has a quote that does not close the value"
ESCAPE = "has an escape sequence that not all programs read alike"
DOLLAR = "contains a $ that some programs expand"
INDENT = "begins with blanks that some programs take as part of the next name"
REFUSED = {
    "no equals sign": ("A=1\nhunter2\n", 2, FORM),
    "no name": ("=hunter2", 1, FORM),
    "a blank in a name": ("A B=hunter2", 1, FORM),
    "blanks around the equals sign": ("A = hunter2", 1, BLANKS),
    "a blank before the equals sign": ("A =hunter2", 1, BLANKS),
    "a blank behind the equals sign": ("A= hunter2", 1, ENDS),
    "a blank before a quote": ("A= 'hunter2'", 1, ENDS),
    "a blank alone": ("A= \nB=hunter2", 1, ENDS),
    "blanks at the end": ("A=hunter2  \n", 1, ENDS),
    "a rare blank at the end": ("A=hunter2\xa0\n", 1, ENDS),
    "a byte order mark at the end": ("A=hunter2\ufeff\n", 1, ENDS),
    "a tab before the name": ("\tA=hunter2", 1, BLANKS),
    "two blanks behind export": ("export  A=hunter2", 1, BLANKS),
    "a tab behind export": ("export\tA=hunter2", 1, BLANKS),
    "an empty value, exported": (
        *("export A=\nB=hunter2", 1),
        "exports an empty value, which Node.js reads under another name",
    ),
    "quotes around a name": ("'A'=hunter2", 1, NAME),
    "a digit before a name": ("1a=hunter2", 1, NAME),
    "a name of other letters": ("é=hunter2", 1, NAME),
    "a comment or not": ("A=hunter2 #x", 1, HASH),
    "a hash at once": ("\n\nA=#hunter2", 3, HASH),
    "a hash inside": ("A=hunter2#x", 1, HASH),
    "blanks before a comment": ("A=1\n  # hunter2\n", 2, INDENT),
    "blanks alone on a line": ("A=1\n  \nB=hunter2", 2, INDENT),
    "a last comment": (
        *("A=1\n# B=hunter2", 2),
        "is a comment without a line end, which some programs take for a variable",
    ),
    "an open quote": ("A='hunter2", 1, QUOTE),
    "an open double quote": ('A=1\nB="hunter2\\"\n', 2, QUOTE),
    "text behind a quote": ("A='hunter'2\n", 1, QUOTE),
    "a quote in single quotes": ("A='hunter\\'2'\n", 1, QUOTE),
    "backticks": (
        "A=`hunter2`\n",
        1,
        "begins with a backtick, which some programs take for a quote",
    ),
    "a tab escaped": ('A="hunter\\t2"\n', 1, ESCAPE),
    "a carriage return escaped": ('A="hunter\\r2"\n', 1, ESCAPE),
    "a quote escaped": ('A="hunter\\"2"\n', 1, ESCAPE),
    "a backslash escaped": ('A="hunter\\\\2"\n', 1, ESCAPE),
    "a dollar escaped": ('A="hunter\\$2"\n', 1, ESCAPE),
    "a path in double quotes": ('A="C:\\new\\table"\n', 1, ESCAPE),
    "another escape": ('A="hunter\\2"\n', 1, ESCAPE),
    "two backslashes in single quotes": ("A='hunter\\\\2'\n", 1, ESCAPE),
    "a backslash before the last quote": ("A='hunter2\\'\n", 1, ESCAPE),
    "an expansion": ("A=${hunter2}\n", 1, DOLLAR),
    "an expansion without braces": ("A=hunter$2\n", 1, DOLLAR),
    "an expansion in double quotes": ('A="$hunter2"\n', 1, DOLLAR),
    "an expansion in single quotes": (
        *("A='${hunter2}'\n", 1),
        "contains ${ which python-dotenv expands",
    ),
    "a byte order mark": (
        *("\ufeffA=hunter2\n", 1),
        "begins with a byte order mark, which some programs take as part of the name",
    ),
    "a carriage return alone": (
        *("A=1\r\nB=hunter\r2\n", 2),
        "contains a carriage return that is not part of a line end",
    ),
}


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(text, line, reason):
    """What readers take differently is refused by its line, and not repeated."""
    with pytest.raises(InputError) as caught:
        parse_dotenv(text, what="the file")
    assert caught.value.message == f"line {line} of the file {reason}"
    assert "hunter" not in f"{caught.value} {caught.value.hint}"
    assert "--dialect" in caught.value.hint


PLAIN_TEXT = st.characters(exclude_characters="'\\$\r", exclude_categories=["Cs"])


@given(st.text(PLAIN_TEXT))
def test_any_value_in_single_quotes(value):
    """In single quotes any value without that quote, backslash and dollar comes back as it was."""
    assert parse_dotenv(f"A='{value}'\n", what="x") == [Line("A", value)]


@pytest.mark.parametrize("dialect", Dialect)
@given(text=st.text())
def test_any_text_is_read_or_refused(dialect, text):
    """No text does anything but be read or be refused, in any dialect."""
    try:
        found = parse_dotenv(text, what="x", dialect=dialect)
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
