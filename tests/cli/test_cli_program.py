"""Flags, help, versions, usage errors and outputs that fail."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import ERROR_LINE, PASSWORD, SECONDS_MAX, Op
from strongroom.cli.app import OP_VERSION


def test_version(tmp_path):
    """The version is one line that starts with the release of `op` that is followed."""
    for flag in ("--version", "-v"):
        assert Op(tmp_path)(flag).out == f"{OP_VERSION}\n"
    assert OP_VERSION.startswith("2.")


PLACES = {
    "before the noun": ["--format", "json", "vault", "list"],
    "between": ["vault", "--format=json", "list"],
    "after": ["vault", "list", "--format", "json"],
    "with others": [
        "--cache=false",
        "vault",
        "--no-color",
        "list",
        "--iso-timestamps",
        "--format=json",
    ],
}


@pytest.mark.parametrize("arguments", PLACES.values(), ids=PLACES.keys())
def test_global_flags_anywhere(op, arguments):
    """Global flags work before the noun, between noun and verb, and at the end."""
    assert isinstance(op(*arguments).json, list)


def test_format_by_variable(op):
    """OP_FORMAT sets the format, and the flag wins over it."""
    other = op.with_(OP_FORMAT="json")
    assert isinstance(other("vault", "list").json, list)
    assert other("vault", "list", "--format", "human-readable").out.startswith("ID")
    assert "unknown output format" in op.run("vault", "list", "--format", "yaml").error


def test_iso_timestamps(op):
    """Times in human output are exact on demand."""
    assert re.search(
        r"Created: +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
        op("vault", "get", "dev", "--iso-timestamps").out,
    )


UNKNOWN = {
    "noun": (["plugin", "read"], 'unknown command "plugin" for "op"'),
    "verb": (["item", "frobnicate"], 'unknown command "frobnicate" for "op item"'),
}


@pytest.mark.parametrize(("arguments", "text"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_unknown_command(tmp_path, arguments, text):
    """An unknown command is an error line, then the usage."""
    done = Op(tmp_path).run(*arguments)
    assert (done.code, done.error) == (1, text)
    assert "Usage: op" in done.err


MEANT = {
    "not offered": (["connect", "server"], "1Password's `op` has `connect`; Strongroom does not"),
    "verb first": (["get", "item", "x"], "the noun comes first, as in `op item get`"),
    "typing error": (["item", "creat"], "did you mean `op item create`?"),
    "typing error in help": (["help", "vualt"], "did you mean `op vault`?"),
}


@pytest.mark.parametrize(("arguments", "hint"), MEANT.values(), ids=MEANT.keys())
def test_unknown_command_that_was_meant(tmp_path, arguments, hint):
    """What people know of `op`, or mistype, has advice behind the error line."""
    assert Op(tmp_path).run(*arguments).err.splitlines()[1].startswith(f"hint: {hint}")


def test_unknown_command_without_advice(tmp_path):
    """Where nothing is like it, no advice is given."""
    assert "hint: " not in Op(tmp_path).run("item", "frobnicate").err


USAGE_ERRORS = {
    "unknown flag": ["vault", "list", "--frobnicate"],
    "missing argument": ["vault", "create"],
    "missing value": ["vault", "list", "--format"],
    "too many arguments": ["signin", PASSWORD],
}


@pytest.mark.parametrize("arguments", USAGE_ERRORS.values(), ids=USAGE_ERRORS.keys())
def test_usage_error(tmp_path, arguments):
    """A wrong command line is exit 1 with the help on stderr; a stray password is not repeated."""
    done = Op(tmp_path).run(*arguments)
    assert done.code == 1
    assert done.error
    assert "--help" in done.err
    assert PASSWORD not in done.err


HELP = [["--help"], ["item", "-h"], ["item", "create", "--help"], ["help", "vault"], [], ["item"]]


@pytest.mark.parametrize("arguments", HELP, ids=lambda words: " ".join(words) or "nothing")
def test_help(tmp_path, arguments):
    """Help is data: stdout, exit 0."""
    assert Op(tmp_path)(*arguments).out.startswith("Usage: op")


def test_help_promises_no_sharing(tmp_path):
    """The help names nothing that is not there."""
    for word in ("connect", "plugin", "events-api"):
        assert word not in Op(tmp_path)("--help").out.lower()


@pytest.mark.parametrize("word", ["maybe", "", "2"])
def test_boolean_word(tmp_path, word):
    """A boolean that is spelled out takes true and false, and says so."""
    done = Op(tmp_path).run("vault", "create", "x", f"--allow-admins-to-manage={word}")
    assert done.error == (
        f'invalid argument "{word}" for "--allow-admins-to-manage" flag: write true or false'
    )


def test_unknown_flag_is_named_if_it_can_be_one(tmp_path):
    """A mistyped flag is named; what can be no flag is not repeated."""
    assert "--frobnicate" in Op(tmp_path).run("vault", "list", "--frobnicate").error
    # A letter alone tells nothing, whatever stands behind it.
    for asked in ("-z", "-zTr0ub4dor"):
        done = Op(tmp_path).run("vault", "list", asked)
        assert "-z" in done.error
        assert "Tr0ub4dor" not in done.err
    done = Op(tmp_path).run("vault", "list", "--Tr0ub4dor")
    assert done.error == "unknown flag"
    assert "Tr0ub4dor" not in done.err


def test_help_of_assignments(tmp_path):
    """The help of assignments says what a value in the command line exposes."""
    text = " ".join(Op(tmp_path)("item", "create", "--help").out.split())
    assert "can be seen by every process" in text


def test_full_output(op):
    """Output to a full disk is one error line, not a traceback and not a success."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "strongroom.cli.main", "read", "op://dev/db/password"],
            env=op.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=SECONDS_MAX,
        )
    assert done.returncode == 1
    [line] = done.stderr.decode().splitlines()
    assert "standard output" in ERROR_LINE.fullmatch(line)[1]


@pytest.mark.parametrize("words", [["--help"], ["vault"], ["--version"], ["help"]])
def test_full_output_of_help(tmp_path, words):
    """Help goes the way of all output."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "strongroom.cli.main", *words],
            env=Op(tmp_path).environment,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=SECONDS_MAX,
        )
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"standard output could not be written" in done.stderr


UNHEARD = {
    "a program that is not there": ("run -- /nonexistent", 127),
    "a program that cannot be run": ("run -- /etc/passwd", 126),
    "an error": ("nothing", 1),
    "what a program does": ("run --debug -- sh -c 'exit 3'", 3),
    "a success": ("account list --debug", 0),
}


@pytest.mark.parametrize("place", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(("words", "code"), UNHEARD.values(), ids=UNHEARD.keys())
def test_standard_error_that_nobody_hears(tmp_path, words, code, place):
    """How a command ends does not hang on whether what it says can be written."""
    command = f"{sys.executable} -m strongroom.cli.main {words} {place}"
    done = subprocess.run(
        ["sh", "-c", command],
        env=Op(tmp_path).environment,
        stdout=subprocess.DEVNULL,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert done.returncode == code


def test_reader_that_leaves(op):
    """A reader that closes its end early gets no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "strongroom.cli.main", "vault", "list"],
            env=op.environment,
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            timeout=SECONDS_MAX,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")
