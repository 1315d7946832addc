"""When `op inject` writes nothing: what it says, and what it never shows."""

import signal
import subprocess
import sys

import pytest

from cli.program import SECONDS_MAX, SECRET
from strongroom.cli.inject.faults import FAILURES_TOLD_MAX
from strongroom.cli.program.stdin import INPUT_BYTES_MAX
from strongroom.delivery.templates import REFERENCES_MAX, TEMPLATE_BYTES_MAX

CANARY = "tr0ub4dor"


def files_with(folder, *texts):
    """Return the files under a folder that hold one of the texts, hidden ones too."""
    return [
        path.name
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(text.encode() in path.read_bytes() for text in texts)
    ]


def test_one_failure(op):
    """One failure has the words of `op read`, behind its line and column."""
    done = op.run("inject", given="a\n  op://dev/none/x")
    reason = "could not find item none in vault dev"
    assert done.error == f"line 2, column 3: could not read secret 'op://dev/none/x': {reason}"


ALL = f"""\
good: op://dev/db/password
item: op://dev/none/x and op://dev/none/x
field: {{{{ op://dev/db/Admin/none }}}}
vault: op://none/db/x
variable: $NOT_SET, op://$NOT_SET/a/b
malformed: op://dev/{CANARY} op://dev/db/{CANARY}! op://a/b/c/d/{CANARY}
unclosed: {{{{ op://dev/db/password
size: op://dev/db/password?attribute=size
"""
TOLD = [
    "line 2, column 7: could not read secret 'op://dev/none/x': could not find item none in vault",
    "line 2, column 27: could not read secret 'op://dev/none/x': could not find item none in",
    "line 3, column 11: could not read secret 'op://dev/db/Admin/none': item 'dev/db' does not",
    "line 4, column 8: could not read secret 'op://none/db/x': \"none\" isn't a vault in this acc",
    "line 5, column 11: the variable NOT_SET is not set and has no default",
    "line 5, column 26: the variable NOT_SET is not set and has no default",
    "line 6, column 12: secret reference has invalid format",
    f"line 6, column 31: could not read secret 'op://dev/db/{CANARY}': item 'dev/db' does not hav",
    "line 6, column 54: too many '/'",
    "line 7, column 11: the reference that begins with {{ has no }} on its line",
    "line 8, column 7: could not read secret 'op://dev/db/password?attribute=size': the reference",
]


def test_all_failures(op):
    """All failures are told in their order, and nothing is written, to no file either."""
    for flags in ((), ("-o", "out.txt")):
        done = op.run("inject", *flags, given=ALL)
        places = f"{len(TOLD)} places of the template"
        assert done.error == f"{places} cannot be filled in, so nothing is written:"
        lines = [one for one in done.err.splitlines()[1:] if one.startswith("\t* ")]
        assert len(lines) == len(TOLD)
        for line, start in zip(lines, TOLD, strict=True):
            assert line.startswith(f"\t* {start}")
        assert SECRET not in done.err
    assert not (op.folder / "out.txt").exists()
    assert files_with(op.folder, SECRET) == []


def test_an_existing_file_survives_a_failure(op):
    """A failed run leaves the file that it was to replace as it was, and nothing beside it."""
    (op.folder / "old.txt").write_text("precious")
    before = sorted(op.folder.iterdir())
    done = op.run("inject", "-f", "-o", "old.txt", given="op://dev/db/password op://dev/none/x")
    assert done.code == 1
    assert (op.folder / "old.txt").read_text() == "precious"
    assert sorted(op.folder.iterdir()) == before


def test_variables_are_not_shown(op):
    """What a variable holds may be a secret: errors name the variable, and not its value."""
    program = op.with_(PASTED=f"{CANARY}!")
    done = program.run("inject", given="op://$PASTED/a/b op://dev/db/$PASTED")
    assert done.code == 1
    assert CANARY not in done.err


def test_many_failures(op):
    """Of many failures a thousand are told, and the rest is counted."""
    for count, more in ((FAILURES_TOLD_MAX, 0), (FAILURES_TOLD_MAX + 2, 2)):
        done = op.run("inject", given="$NOT_SET\n" * count)
        *lines, hint = done.err.splitlines()
        assert lines[FAILURES_TOLD_MAX].startswith(f"\t* line {FAILURES_TOLD_MAX}, column 1: ")
        assert lines[FAILURES_TOLD_MAX + 1 :] == ([f"\t* and {more} more"] if more else [])
        # All have the same advice, which is given once.
        assert hint.startswith("hint: set it, or write ${NOT_SET:-default}")


NO_TEXT = {
    "latin-1": (f"{CANARY} ä".encode("latin-1"), "is not UTF-8, from byte 10 on"),
    "UTF-16": (f"{CANARY}".encode("utf-16"), "is not UTF-8, from byte 0 on"),
    "UTF-16 without its mark": (CANARY.encode("utf-16-le"), "is no text: it has a NUL in it"),
    "an archive": (b"\x1f\x8b\x08\0\0", "is not UTF-8, from byte 1 on"),
}


@pytest.mark.parametrize(("raw", "reason"), NO_TEXT.values(), ids=NO_TEXT)
def test_no_text(op, raw, reason):
    """A template that is no UTF-8 text is refused, and not repeated."""
    (op.folder / "binary.tpl").write_bytes(raw)
    done = op.run("inject", "-i", "binary.tpl")
    assert done.error == f"the template binary.tpl {reason}"
    assert CANARY not in done.err


def test_size_limit(op):
    """A template has at most 16 MiB, from a file and from standard input."""
    assert TEMPLATE_BYTES_MAX == INPUT_BYTES_MAX
    path = op.folder / "large.tpl"
    path.write_bytes(b"a" * TEMPLATE_BYTES_MAX)
    assert len(op("inject", "-i", "large.tpl").out) == TEMPLATE_BYTES_MAX + 1
    path.write_bytes(b"a" * (TEMPLATE_BYTES_MAX + 1))
    assert f"has more than {TEMPLATE_BYTES_MAX} bytes" in op.run("inject", "-i", "large.tpl").error
    done = op.run("inject", given="a" * (TEMPLATE_BYTES_MAX + 1))
    assert f"has more than {TEMPLATE_BYTES_MAX} bytes" in done.error
    path.unlink()


def test_references_limit(op):
    """More references than go into one trip are refused before anybody is asked."""
    text = "\n".join(f"op://dev/db/{number}" for number in range(REFERENCES_MAX + 1))
    assert op.run("inject", given=text).error == (
        f"a template may have at most {REFERENCES_MAX} different references"
    )


@pytest.mark.parametrize("name", ["none.tpl", "."])
def test_unreadable_template(op, name):
    """A template that cannot be read is named."""
    assert op.run("inject", "-i", name).error == f"the template {name} cannot be read"


def test_unwritable_file(op):
    """A result that cannot be written is an error with the path, and leaves nothing."""
    done = op.run("inject", "-o", "none/config", given="op://dev/db/password")
    assert "none/config could not be written: no such file or directory" in done.error
    assert SECRET not in done.err


KILLERS = {"before the file has its name": "link", "while the file is written": "fsync"}


@pytest.mark.parametrize("call", KILLERS.values(), ids=KILLERS)
@pytest.mark.parametrize("exists", [False, True])
def test_killed(op, tmp_path, call, exists):
    """A run that is killed while it writes leaves no value, and old files as they were."""
    path = tmp_path / "config"
    if exists:
        path.write_text("precious")
    program = (
        "import os, signal, sys\n"
        f"def kill(*_, **__): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"os.{call} = kill\n"
        "from strongroom.cli.main import main\n"
        f"sys.exit(main(['inject', '-f', '-o', {str(path)!r}]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=op.environment,
        input=b"op://dev/db/password",
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert files_with(tmp_path, SECRET) == []
    assert path.exists() == exists
    assert not exists or path.read_text() == "precious"


def test_arguments_hold_no_value(op, tmp_path):
    """While it runs and waits for its template, no value stands in its command line."""
    child = subprocess.Popen(
        [sys.executable, "-m", "strongroom.cli.main", "inject"],
        env=op.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.stdin.write(b"op://dev/db/password")
    child.stdin.flush()
    shown = (tmp_path.__class__(f"/proc/{child.pid}/cmdline")).read_bytes()
    child.stdin.close()
    assert child.wait(timeout=SECONDS_MAX) == 0
    out = child.stdout.read()
    child.stdout.close()
    assert SECRET.encode() in out
    assert SECRET.encode() not in shown
