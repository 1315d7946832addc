"""Variables as the command line names them: statements, `.env` text, JSON."""

import io
import json

import pytest

from strongroom.cli.environment.variables import (
    check_replacement,
    parse_statement,
    parse_variables,
    take_edits,
)
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.stdin import INPUT_BYTES_MAX, Input
from strongroom.environments.models import VariableEdit
from strongroom.errors import InputError, LocalFileError, TooLargeError

STATEMENTS = {
    "A=1": VariableEdit("A", "1"),
    "A=": VariableEdit("A", ""),
    "A=b=c": VariableEdit("A", "b=c"),
    "A[masked]=1": VariableEdit("A", "1", masked=True),
    "A[Unmasked]=1": VariableEdit("A", "1", masked=False),
    "A[masked]": VariableEdit("A", None, masked=True),
    "A[delete]": VariableEdit("A", remove=True),
    "a.b=1": VariableEdit("a.b", "1"),
    "A\\[masked]=1": VariableEdit("A[masked]", "1"),
    "A= two ": VariableEdit("A", " two "),
    "A=C:\\new": VariableEdit("A", "C:\\new"),
}


@pytest.mark.parametrize(("text", "expected"), STATEMENTS.items(), ids=STATEMENTS)
def test_statement(text, expected):
    """A statement sets a value, a mask, both, or removes."""
    assert parse_statement(text) == expected


NOT_STATEMENTS = {
    "no name": ("=hunter2", "the 2nd assignment names no variable"),
    "an equals sign in a name": ("a\\=b=hunter2", "the 2nd assignment names no variable"),
    "a line end in a name": ("a\nhunter2=", "the 2nd assignment names no variable"),
    "another word": ("A[hunter]=2", "the 2nd assignment has an unknown word in brackets"),
    "no value": ("hunter2", "the 2nd assignment has neither a value nor a word in brackets"),
    "both": ("A[delete]=hunter2", "the 2nd assignment both sets a variable and removes it"),
}


@pytest.mark.parametrize(("text", "message"), NOT_STATEMENTS.values(), ids=NOT_STATEMENTS)
def test_not_a_statement(text, message):
    """What is no statement is counted and not repeated."""
    with pytest.raises(InputError) as caught:
        parse_statement(text, 2)
    assert caught.value.message == message
    assert "hunter" not in f"{caught.value} {caught.value.hint}"


def test_json():
    """The JSON of `environment read` is read with its masks."""
    rows = [{"name": "A", "value": "1", "masked": True}, {"name": "B", "value": "x\ny"}]
    assert parse_variables(f"\ufeff {json.dumps(rows)}", what="x") == [
        VariableEdit("A", "1", masked=True),
        VariableEdit("B", "x\ny", masked=None),
    ]
    assert parse_variables("[]", what="x") == []


NOT_JSON = {
    "damaged": '[{"name": "hunter2"',
    "a key twice": '[{"name": "A", "name": "hunter2", "value": ""}]',
    "texts": '["hunter2"]',
    "no value": '[{"name": "hunter2"}]',
    "a number": '[{"name": "A", "value": 2}]',
    "masked as text": '[{"name": "A", "value": "hunter2", "masked": "yes"}]',
    "nested too deep": "[" * 100_000,
}


@pytest.mark.parametrize("text", NOT_JSON.values(), ids=NOT_JSON)
def test_not_json(text):
    """JSON that is no list of variables is refused by place, and not repeated."""
    with pytest.raises(InputError) as caught:
        parse_variables(text, what="the file")
    assert "hunter" not in f"{caught.value} {caught.value.hint}"


def invocation(text=None):
    stream = None if text is None else io.BytesIO(text.encode())
    return Invocation({}, standard_input=lambda: Input(stream))


def test_file_first(tmp_path):
    """Statements come after the file, so that they win; `--masked` is for what has no word."""
    path = tmp_path / ".env"
    path.write_text("A=1\nB=2\n")
    edits = take_edits(invocation(), ["B=3", "C[unmasked]=4", "A[delete]"], str(path), masked=True)
    assert edits == [
        VariableEdit("A", "1", masked=True),
        VariableEdit("B", "2", masked=True),
        VariableEdit("B", "3", masked=True),
        VariableEdit("C", "4", masked=False),
        VariableEdit("A", remove=True),
    ]


@pytest.mark.parametrize(
    ("statements", "env_file"), [(["-"], None), ([], "-"), (["/dev/stdin"], "-")]
)
def test_standard_input(statements, env_file):
    """With `-`, in either place, the file comes from standard input."""
    edits = take_edits(invocation("A=1\n"), statements, env_file, masked=False)
    assert edits == [VariableEdit("A", "1")]


NO_VARIABLES = {"nothing": "", "a line end": "\n", "a comment": "# A=1\n", "an empty list": "[]"}


@pytest.mark.parametrize("text", NO_VARIABLES.values(), ids=NO_VARIABLES)
@pytest.mark.parametrize("by_file", [True, False], ids=["a file", "standard input"])
def test_no_variables(tmp_path, text, by_file):
    """What names no variable is an error that says how to mean it; with `--empty` it is none."""
    path = tmp_path / "empty.env"
    path.write_text(text)
    source = ([], str(path)) if by_file else (["-"], None)
    with pytest.raises(InputError, match="names no variable") as caught:
        take_edits(invocation(text), *source, masked=False)
    assert "--empty" in str(caught.value.hint)
    assert take_edits(invocation(text), *source, masked=False, empty=True) == []


SILENT = {
    "python-dotenv": ["", "# A=1", "\ufeff", " \t\n  # A=1\n", "\r\n"],
    "node": ["", "#", "# A\n\n", "\r\n"],
    "docker": ["", "# A=1", "\ufeff", " \t\n  # A=1\n", "\r\n"],
}


@pytest.mark.parametrize(
    ("dialect", "text"), [(name, text) for name, texts in SILENT.items() for text in texts]
)
def test_no_variables_in_a_dialect(dialect, text):
    """What names no variable for one program is an error under its dialect, too."""
    with pytest.raises(InputError, match="standard input names no variable"):
        take_edits(invocation(text), ["-"], None, masked=False, dialect=dialect)
    kept = take_edits(invocation(text), ["-"], None, masked=False, dialect=dialect, empty=True)
    assert kept == []


def test_names_without_values_are_not_nothing():
    """A line whose value Docker would take from elsewhere is refused, also with `--empty`."""
    for empty in (False, True):
        with pytest.raises(InputError, match="line 1 of standard input names no value"):
            take_edits(invocation("A\n"), ["-"], None, masked=False, dialect="docker", empty=empty)


def test_dialect(tmp_path):
    """A dialect holds for a file and for standard input, and not for their JSON."""
    text = 'A = "x\\ty"\n'
    path = tmp_path / ".env"
    path.write_text(text)
    expected = [VariableEdit("A", "x\ty")]
    for source in (([], str(path)), ([], "-"), (["-"], None)):
        options = {"masked": False, "dialect": "python-dotenv"}
        assert take_edits(invocation(text), *source, **options) == expected
        with pytest.raises(InputError, match="line 1 of"):
            take_edits(invocation(text), *source, masked=False)
    rows = json.dumps([{"name": "A", "value": "x\ty"}])
    assert take_edits(invocation(rows), ["-"], None, masked=False, dialect="docker") == expected


def test_dialect_of_nothing():
    """A dialect without a file is refused: it would say nothing."""
    with pytest.raises(InputError, match="and there is none") as caught:
        take_edits(invocation(), ["A=1"], None, masked=False, dialect="node")
    assert "--env-file" in str(caught.value.hint)


def test_the_last_line_end_is_seen():
    """Standard input is read to its last byte: without its line end a comment is doubtful."""
    kept = take_edits(invocation("A=1\n# B=2\n"), ["-"], None, masked=False)
    assert kept == [VariableEdit("A", "1")]
    with pytest.raises(InputError, match="line 2 of standard input is a comment without"):
        take_edits(invocation("A=1\n# B=2"), ["-"], None, masked=False)


def test_replacement_with_nothing():
    """A replacement that sets no variable is an error, unless `--empty` asks for it."""
    for edits in ([], [VariableEdit("A", remove=True)]):
        with pytest.raises(InputError, match="would remove every variable"):
            check_replacement(edits, empty=False)
        check_replacement(edits, empty=True)
    check_replacement([VariableEdit("A", remove=True), VariableEdit("B", "")], empty=False)


def test_value_from_standard_input():
    """`NAME=-` takes its value from there, without one line end."""
    edits = take_edits(invocation("s3cret \n\n"), ["A[masked]=-", "B=2"], None, masked=False)
    assert edits[0] == VariableEdit("A", "s3cret \n", masked=True)


TWICE = {
    "two values": (["A=-", "B=-"], None),
    "a file and a value": (["-", "A=-"], None),
    "two files": (["-"], "x.env"),
}


@pytest.mark.parametrize(("statements", "env_file"), TWICE.values(), ids=TWICE)
def test_standard_input_twice(statements, env_file):
    """Standard input serves one purpose."""
    with pytest.raises(InputError):
        take_edits(invocation("A=1\n"), statements, env_file, masked=False)


def test_bad_statement_takes_nothing():
    """Before a bad statement is refused nothing is read."""
    opened = invocation("A=1\n")
    with pytest.raises(InputError):
        take_edits(opened, ["-", "hunter2"], None, masked=False)
    assert opened.input.take_text("x") == "A=1"


def test_files_that_cannot_be_read(tmp_path):
    """A file that is missing, too large or not UTF-8 is named, and not repeated."""
    latin, huge = tmp_path / "latin", tmp_path / "huge"
    latin.write_bytes(b"A=hunter\xe9\n")
    with huge.open("wb") as file:
        file.truncate(INPUT_BYTES_MAX + 1)
    refused = {
        tmp_path / "missing": LocalFileError,
        tmp_path: LocalFileError,
        latin: InputError,
        huge: TooLargeError,
    }
    for path, kind in refused.items():
        with pytest.raises(kind) as caught:
            take_edits(invocation(), [], str(path), masked=False)
        assert "hunter" not in str(caught.value)
    with huge.open("wb") as file:
        file.write(b"A=1\n".ljust(INPUT_BYTES_MAX, b"\n"))
    assert take_edits(invocation(), [], str(huge), masked=False) == [VariableEdit("A", "1")]
