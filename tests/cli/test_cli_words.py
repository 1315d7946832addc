"""Durations, times, recipes, permission words, flags, standard input, output rules, the scan."""

import base64
import errno
import io
import os
import re

import click
import pytest

from strongroom.cli.demo.scan import check_scan_finds, database_files, find_traces
from strongroom.cli.item.recipes import ALPHABETS, BARE, make_password, parse_recipe
from strongroom.cli.main import guarded
from strongroom.cli.program.files import parse_mode
from strongroom.cli.program.framework import EqualsOption, rewrite_flags
from strongroom.cli.program.passwords import read_password
from strongroom.cli.program.stdin import INPUT_BYTES_MAX, Input, take_specifiers
from strongroom.cli.program.times import TimeStyle, format_ms, json_time, parse_duration
from strongroom.cli.program.ui import Output, printable, report, report_unexpected
from strongroom.cli.read.quick import parse_plain_read
from strongroom.cli.service_account.service_account import parse_access
from strongroom.errors import (
    InputError,
    InvalidPasswordError,
    LocalFileError,
    NotFoundError,
    StrongroomError,
    TooLargeError,
)
from strongroom.permissions import SERVICE_ACCOUNT_WORDS

DAY = 24 * 60 * 60 * 1000

DURATIONS = {
    "90d": 90 * DAY,
    "1w": 7 * DAY,
    "12h": DAY // 2,
    "1h30m": 90 * 60 * 1000,
    "45s": 45_000,
    "0h1m": 60_000,
}


@pytest.mark.parametrize(("text", "expected"), DURATIONS.items(), ids=DURATIONS.keys())
def test_duration(text, expected):
    """Durations are numbers with units, one after the other."""
    assert parse_duration(text, flag="--expires-in") == expected


BAD_DURATIONS = {
    "5q": 'time: unknown unit "q" in duration "5q"',
    "5": 'time: missing unit in duration "5"',
    "": 'time: invalid duration ""',
    "-5d": 'time: invalid duration "-5d"',
    "0d": 'time: invalid duration "0d"',
    "1.5h": 'time: missing unit in duration "1.5h"',
    "999999999999999w": 'time: invalid duration "999999999999999w"',
}


@pytest.mark.parametrize(("text", "reason"), BAD_DURATIONS.items(), ids=BAD_DURATIONS.keys())
def test_bad_duration(text, reason):
    """A bad duration is refused in the words that clients of `op` know."""
    with pytest.raises(InputError) as caught:
        parse_duration(text, flag="--expires-in")
    assert caught.value.message == f'invalid argument "{text}" for "--expires-in" flag: {reason}'


AGES = {
    0: "now",
    59: "now",
    60: "1 minute ago",
    3 * 3600: "3 hours ago",
    2 * 86400: "2 days ago",
    21 * 86400: "3 weeks ago",
    180 * 86400: "6 months ago",
    800 * 86400: "2 years ago",
}


@pytest.mark.parametrize(("seconds", "expected"), AGES.items(), ids=[str(age) for age in AGES])
def test_human_time(seconds, expected):
    """Human output says how long ago something was."""
    then = "2026-01-02T03:04:05.678901Z"
    now_ms = 1_767_323_045_000 + seconds * 1000
    assert TimeStyle(now_ms=now_ms, iso=False).show(then) == expected


def test_exact_times():
    """On demand, and in JSON, times are whole seconds in RFC 3339."""
    assert TimeStyle(now_ms=0, iso=True).show("2026-01-02T03:04:05.678901Z") == (
        "2026-01-02T03:04:05Z"
    )
    assert json_time("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05Z"
    assert format_ms(1_767_323_045_999) == "2026-01-02T03:04:05Z"


RECIPES = {
    "letters,digits,20": (("letters", "digits"), 20),
    "symbols,1": (("symbols",), 1),
    "64": (("letters", "digits", "symbols"), 64),
    "Letters": (("letters",), 32),
    BARE: (("letters", "digits", "symbols"), 32),
}


@pytest.mark.parametrize(("text", "expected"), RECIPES.items(), ids=RECIPES.keys())
def test_recipe(text, expected):
    """A recipe names kinds and a length; what it leaves out has the default."""
    recipe = parse_recipe(text)
    assert recipe == expected
    drawn = make_password(recipe).expose()
    assert len(drawn) == recipe.length
    assert set(drawn) <= set("".join(ALPHABETS[kind] for kind in recipe.kinds))


@pytest.mark.parametrize("text", ["", "0", "65", "words", "letters,letters", "8,9", "-8", "²"])
def test_bad_recipe(text):
    """Unknown words, doubles and lengths outside 1 to 64 are refused."""
    with pytest.raises(InputError):
        parse_recipe(text)


def test_every_kind_occurs():
    """A password holds every kind that was asked for, as soon as there is room."""
    for _ in range(200):
        drawn = set(make_password(parse_recipe("letters,digits,symbols,3")).expose())
        assert all(drawn & set(alphabet) for alphabet in ALPHABETS.values())
    assert len(make_password(parse_recipe("letters,digits,1")).expose()) == 1


ACCESSES = {
    "dev": ("dev", ("read_items",)),
    "dev:read_items": ("dev", ("read_items",)),
    "dev:read_items,write_items": ("dev", ("read_items", "write_items")),
    "a:b:read_items": ("a:b", ("read_items",)),
}


@pytest.mark.parametrize(("text", "expected"), ACCESSES.items(), ids=ACCESSES.keys())
def test_access(text, expected):
    """`--vault` takes a vault and its words; reading is the default."""
    assert parse_access(text) == expected


def test_access_mask():
    """Words add up to their permission bits."""
    both = SERVICE_ACCOUNT_WORDS["write_items"] | SERVICE_ACCOUNT_WORDS["share_items"]
    assert parse_access("dev:read_items,write_items,share_items").mask == both


@pytest.mark.parametrize("text", ["dev:", "dev:all", "dev:write_items", "dev:share_items"])
def test_bad_access(text):
    """Unknown words, and writing or sharing without reading, are refused."""
    with pytest.raises(InputError):
        parse_access(text)


FLAGS = [
    click.Option(["-f", "--force"], is_flag=True),
    EqualsOption(["--recipe"], bare="default"),
    click.Option(["--title"]),
]

REWRITES = {
    "plain": (["--force", "x"], ["--force", "x"]),
    "true": (["--force=true"], ["--force"]),
    "false": (["--force=false"], []),
    "bare": (["--recipe", "x"], ["--recipe=default", "x"]),
    "with value": (["--recipe=20", "x"], ["--recipe=20", "x"]),
    "after the end": (["--", "--recipe"], ["--", "--recipe"]),
    "other": (["--title=true", "force=true"], ["--title=true", "force=true"]),
}


@pytest.mark.parametrize(("given", "expected"), REWRITES.values(), ids=REWRITES.keys())
def test_rewrite_flags(given, expected):
    """Booleans take `=true`, optional values take `=` only."""
    assert rewrite_flags(FLAGS, given) == expected


PLAIN_READS = {
    "plain": (["read", "op://a/b/c"], ("op://a/b/c", True)),
    "short flag": (["read", "-n", "op://a/b/c"], ("op://a/b/c", False)),
    "long flag": (["read", "op://a/b/c", "--no-newline"], ("op://a/b/c", False)),
    "another flag": (["read", "op://a/b/c", "--force"], None),
    "a global flag": (["--debug", "read", "op://a/b/c"], None),
    "two references": (["read", "op://a/b/c", "op://a/b/d"], None),
    "no reference": (["read", "-n"], None),
    "another command": (["item", "op://a/b/c"], None),
    "nothing": ([], None),
}


@pytest.mark.parametrize(("given", "expected"), PLAIN_READS.values(), ids=PLAIN_READS.keys())
def test_quick_path(given, expected):
    """Only the plain form takes the quick path; everything else goes the long way."""
    assert parse_plain_read(given) == expected


@pytest.mark.parametrize(("text", "mode"), [("0600", 0o600), ("644", 0o644), ("0777", 0o777)])
def test_file_mode(text, mode):
    """A file mode is octal."""
    assert parse_mode(text) == mode


@pytest.mark.parametrize("text", ["", "rw", "0999", "-1", "10000"])
def test_bad_file_mode(text):
    """What is no file mode is refused."""
    with pytest.raises(InputError, match="--file-mode"):
        parse_mode(text)


def given(raw):
    return Input(io.BytesIO(raw))


SPECIFIERS = {
    "lines": (b"one\n two \n\nthree", ["one", "two", "three"]),
    "object": (b'{"id": "a", "title": "x"}', ["a"]),
    "array": (b'[{"id": "a"}, {"id": "b"}]', ["a", "b"]),
    "objects": (b'{"id": "a"}\n{"id": "b"}', ["a", "b"]),
}


@pytest.mark.parametrize(("raw", "expected"), SPECIFIERS.values(), ids=SPECIFIERS.keys())
def test_specifiers(raw, expected):
    """Standard input may name objects by line or by JSON."""
    assert take_specifiers(given(raw), "the item") == expected


@pytest.mark.parametrize("raw", [b"", b" \n", b"{}", b'[{"id": 1}]', b'{"id"', b"\xff", b"[1]"])
def test_bad_specifiers(raw):
    """Empty or damaged input is refused."""
    with pytest.raises(InputError):
        take_specifiers(given(raw), "the item")


def test_hint_of_no_specifiers():
    """Where nothing came, the hint says what to do."""
    with pytest.raises(InputError) as caught:
        take_specifiers(given(b""), "the item")
    assert caught.value.hint == "name it, or pipe in names or IDs, one per line"


def test_input_is_taken_once():
    """Standard input cannot serve two parts of one command."""
    source = given(b"x\n")
    assert source.take_text("a") == "x"
    with pytest.raises(InputError, match="already used"):
        source.take_text("b")


def test_input_limit():
    """Input at the limit is taken, one byte more is refused."""
    assert len(given(b"x" * INPUT_BYTES_MAX).take("it")) == INPUT_BYTES_MAX
    with pytest.raises(TooLargeError):
        given(b"x" * (INPUT_BYTES_MAX + 1)).take("it")


def test_password_is_the_first_line():
    """A password is the first line; what follows is not waited for."""
    assert read_password(given(b"one two\r\nmore")).expose() == "one two"
    with pytest.raises(InvalidPasswordError, match="none found"):
        read_password(given(b"\n"))


def test_only_one_line_end_is_dropped():
    """A value from standard input loses the line end that `echo` adds, and nothing else."""
    assert given(b" a \n\n").take_text("it") == " a \n"
    assert given(b"a\r\n").take_text("it") == "a"


def test_error_line(capsys):
    """An error is one line with 28 characters before its message; the hint follows."""
    assert report(NotFoundError("no such thing", hint="look again")) == 1
    captured = capsys.readouterr()
    first, second = captured.err.splitlines()
    assert captured.out == ""
    assert re.fullmatch(r"\[ERROR\] \d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2} ", first[:28])
    assert first[28:] == "no such thing"
    assert second == "hint: look again"


@pytest.mark.parametrize("debug", [False, True])
def test_internal_error_shows_no_value(capsys, debug):
    """An unexpected exception shows its class and, with --debug, places; never a value."""

    def fail():
        try:
            int("s3cret")
        except ValueError as error:
            raise RuntimeError(f"failed on {error}") from error

    with pytest.raises(RuntimeError) as caught:
        fail()
    assert report_unexpected(caught.value, debug=debug) == 2
    text = capsys.readouterr().err
    assert "s3cret" not in text
    assert "RuntimeError" in text
    assert ("test_cli_words.py" in text) is debug


def test_table_shows_no_control_characters(capsys):
    """A title cannot move the cursor or forge a line."""
    Output().table(("ID",), [("a\x1b[2J\nb",)])
    assert capsys.readouterr().out == "ID\na [2J b\n"
    assert printable("é\tx") == "é x"


def test_empty_table(capsys):
    """No rows, no header."""
    Output().table(("ID",), [])
    assert capsys.readouterr().out == ""


def test_encoding(capfdbinary, monkeypatch):
    """Output comes in the encoding asked for; what it lacks is refused without being shown."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr("sys.stdout", stream)
    Output(encoding="shift_jis").line("金庫")
    assert stream.buffer.getvalue() == "金庫\n".encode("shift_jis")
    with pytest.raises(InputError) as caught:
        Output(encoding="shift_jis").line("s3cret€")
    assert "s3cret" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(("number", "code"), [(errno.EMFILE, 1), (errno.ENFILE, 1), (errno.EIO, 2)])
def test_no_more_files(capsys, number, code):
    """A process that may open no more files is told so; another system error is a fault of ours."""

    def fail():
        raise OSError(number, "x")

    assert guarded(fail, debug=False) == code
    assert ("no more open files" in capsys.readouterr().err) is (code == 1)


def test_a_path_that_is_no_text(capfdbinary):
    """A path is written byte for byte: what was done at it is done."""
    Output().line(os.fsdecode(b"/srv/a\xff.txt"))
    assert capfdbinary.readouterr().out == b"/srv/a\xff.txt\n"
    with pytest.raises(InputError):
        Output().line("half a character: \ud800")


def test_closed_output(monkeypatch):
    """A closed standard output is an error, not a silent success."""
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(LocalFileError, match="closed"):
        Output().line("x")


MARKER = "Zebra-42!"
TRACES = {
    "as it is": MARKER.encode(),
    "in another case": MARKER.upper().encode(),
    "UTF-16": MARKER.encode("utf-16-le"),
    "hexadecimal": MARKER.encode().hex().encode(),
    **{f"base64 {n}": base64.b64encode(b"x" * n + MARKER.encode() + b"yz") for n in range(3)},
}


@pytest.mark.parametrize("content", TRACES.values(), ids=TRACES.keys())
def test_scan_finds(tmp_path, content):
    """The scan finds a text in every usual spelling, in side files too."""
    database = tmp_path / "v.db"
    database.write_bytes(b"nothing")
    (tmp_path / "v.db-wal").write_bytes(b"\0" * 7 + content + b"\0")
    assert find_traces(database_files(database), MARKER)
    check_scan_finds(database_files(database), MARKER)


def test_scan_that_finds_nothing_proves_nothing(tmp_path):
    """Without its planted marker a scan is an error."""
    database = tmp_path / "v.db"
    database.write_bytes(b"nothing")
    assert find_traces(database_files(database), MARKER) == []
    with pytest.raises(StrongroomError, match="did not find the marker"):
        check_scan_finds(database_files(database), MARKER)
