"""`op run` with real programs on real terminals."""

import os
import shlex
import signal
import sys
import time

import pytest

from cli.program import SECRET
from strongroom.delivery.masking import MASK
from support.typist import SECONDS_MAX, Typist

OP = (sys.executable, "-W", "error", "-m", "strongroom.cli.main", "run")
RUN = shlex.join(OP)
PROMPT = "here> "
KEY = "-----BEGIN-----\nfirst line\nsecond line\n-----END-----"


@pytest.fixture(scope="module")
def run(op, reader):
    """The program as a service account, with references in its variables."""
    item = (
        "item",
        "create",
        "--vault",
        "dev",
        "--category",
        "login",
        "--title",
        "more",
        "key[text]=-",
    )
    op(*item, given=KEY)
    return reader.with_(DB_PASSWORD="op://dev/db/password", KEY="op://dev/more/key")


def sit_down(op, *words, **settings):
    """Start `op run -- WORDS` on a terminal."""
    return Typist([*OP, "--", *words], environment=op.environment, folder=op.folder, **settings)


# Reads its input to the end, and goes on.
BOTH = "exec 3<&0; cat <&3 & exec sleep 300"


def sit_at_shell(op):
    """Start an interactive shell on a terminal, in which `run` is `op run --`."""
    shell = Typist(
        ["bash", "--norc", "--noprofile", "--noediting", "-i"],
        environment=op.environment | {"PS1": PROMPT, "RUN": f"{RUN} --", "BOTH": BOTH},
        folder=op.folder,
    )
    shell.wait_for(PROMPT)
    # What is shown of it never looks like what it shows.
    shell.type("PS1='here''> '\r")
    shell.wait_for(f"\n{PROMPT}")
    return shell


def test_the_program_has_a_terminal(run):
    """The program has a terminal of ours' size and settings on all its streams, and masks in it."""
    with sit_down(
        run, "sh", "-c", 'test -t 0 -a -t 1 -a -t 2 && stty size && echo "<$KEY>"'
    ) as person:
        before = person.settings
        assert person.wait() == 0
        assert person.shown == b"24 80\r\n<" + MASK + b">\r\n"
        assert person.settings == before


def test_nothing_to_conceal(run):
    """Without secrets the program has our own terminal."""
    plain = run.with_(DB_PASSWORD="", KEY="")
    with sit_down(plain, "sh", "-c", "tty; exit 3") as person:
        name = os.ttyname(person._follower)
        assert person.wait() == 3
        assert person.shown.decode() == f"{name}\r\n"


def test_typing(run):
    """What is typed reaches the program, echoed by its own terminal; Ctrl-D ends its input."""
    with sit_down(run, "sh", "-c", 'read line; echo "<$line>"; cat; echo end') as person:
        person.type("hello\r")
        person.wait_for("<hello>\r\n")
        person.type("more\r")
        person.wait_for("more\r\nmore\r\n")
        person.type("\x04")
        assert person.wait() == 0
        assert person.shown == b"end\r\n"


def test_size_of_the_window(run):
    """The program is told when the size of the window changes."""
    program = "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"
    with sit_down(run, "sh", "-c", program) as person:
        person.wait_for("ready\r\n")
        person.resize(50, 132)
        assert person.wait() == 0
        assert person.shown == b"50 132\r\n"


@pytest.mark.parametrize(("key", "name"), [("\x03", "INT"), ("\x1c", "QUIT")])
def test_keys_that_make_signals(run, key, name):
    """Ctrl-C reaches the program, which may handle it; one that does not ends us by the signal."""
    loop = "echo ready; while :; do sleep 0.05; done"
    with sit_down(run, "sh", "-c", f"trap 'echo got; exit 5' {name}; {loop}") as person:
        person.wait_for("ready\r\n")
        person.type(key)
        assert person.wait() == 5
        assert person.shown.endswith(b"got\r\n")
    with sit_down(run, "sh", "-c", f"ulimit -c 0; {loop}") as person:
        person.wait_for("ready\r\n")
        before = person.settings
        person.type(key)
        assert person.wait() == -signal.Signals[f"SIG{name}"]
        assert person.settings != before


@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "USR1"])
def test_signals_from_outside(run, name):
    """What we are sent the program on the terminal gets."""
    program = f"trap 'echo got; exit 6' {name}; echo ready; while :; do sleep 0.05; done"
    with sit_down(run, "sh", "-c", program) as person:
        person.wait_for("ready\r\n")
        person.child.send_signal(signal.Signals[f"SIG{name}"])
        assert person.wait() == 6
        assert person.shown == b"got\r\n"


def test_ends(run):
    """Exit codes, signals and programs that cannot be run: as without a terminal."""
    for words, code in (
        (("sh", "-c", "exit 9"), 9),
        (("sh", "-c", "kill -KILL $$"), -signal.SIGKILL),
        (("sh", "-c", "ulimit -c 0; kill -SEGV $$"), -signal.SIGSEGV),
        (("no-such-program",), 127),
        (("/dev/null",), 126),
    ):
        with sit_down(run, *words) as person:
            assert person.wait() == code


def test_stopped_under_a_shell(run):
    """Ctrl-Z brings the shell back, with its terminal as it was; `fg` goes on with the program."""
    with sit_at_shell(run) as person:
        person.type("$RUN sh -c 'echo ready; read line; echo \"<$line $DB_PASSWORD>\"'\r")
        person.wait_for("\nready\r\n")
        person.type("\x1a")
        person.wait_for(f"\n{PROMPT}")
        person.type("jobs; stty -a | grep -o -w 'icanon.*'\r")
        assert b"Stopped" in person.wait_for(f"\n{PROMPT}")
        person.type("fg\r")
        person.wait_for("\r\n")
        person.type("hello\r")
        person.wait_for(b"<hello " + MASK + b">\r\n")
        person.wait_for(PROMPT)
        person.type("echo code $?; exit\r")
        person.wait_for("code 0\r\n")


@pytest.mark.parametrize("more", ["--no-masking", "--keep-token"])
def test_stopped_beside_a_shell(run, more):
    """Where the program has the shell's own terminal, Ctrl-Z, `fg` and Ctrl-C work as ever."""
    with sit_at_shell(run) as person:
        command = "trap 'echo got' INT; echo re''ady; read a; read b; echo \"<$a $b>\""
        end = "" if more == "--no-masking" else " | cat"
        person.type(f"${{RUN% --}} {more} -- bash -c '{command.replace(chr(39), chr(34))}'{end}\r")
        person.wait_for("\nready\r\n")
        person.type("\x1a")
        assert b"Stopped" in person.wait_for(f"\n{PROMPT}")
        person.type("fg\r")
        person.wait_for("\r\n")
        person.type("one\r")
        person.wait_for("one\r\n")
        person.type("two\r")
        person.wait_for("<one two>\r\n")
        person.wait_for(PROMPT)


def test_interrupted_once(run):
    """Ctrl-C reaches a program that has our own terminal once, and not twice."""
    program = "trap 'echo got' INT; echo ready; read line; echo \"<$line>\""
    words = ("--no-masking", "--", "bash", "-c", program)
    with Typist([*OP, *words], environment=run.environment, folder=run.folder) as person:
        person.wait_for("ready\r\n")
        person.type("\x03")
        person.wait_for("got\r\n")
        person.type("x\r")
        assert person.wait() == 0
        assert b"got" not in person.shown


def test_a_terminal_that_controls_nothing(run):
    """Keys reach the program also on a terminal that is not the session's own."""
    with sit_down(run, "sh", "-c", 'read line; echo "<$line>"', controlling=False) as person:
        person.type("hello\r")
        assert person.wait() == 0
        assert person.shown.endswith(b"<hello>\r\n")


def test_nobody_to_go_on(run):
    """Where no shell could continue it, Ctrl-Z does not stop the program for ever."""
    with sit_down(run, "sh", "-c", "echo ready; read line; echo $line") as person:
        person.wait_for("ready\r\n")
        person.type("\x1a")
        person.wait_for("^Z")
        person.type("hello\r")
        assert person.wait() == 0
        assert person.shown.endswith(b"hello\r\n")


def test_a_shell_in_it(run):
    """An interactive shell has job control on the terminal that it is given."""
    inner = ("env", f"PS1={PROMPT}", "bash", "--norc", "--noprofile", "--noediting", "-i")
    with sit_down(run, *inner) as person:
        assert b"job control" not in person.wait_for(PROMPT)
        person.type("sh -c 'echo [$DB_PASSWORD]; exec sleep 300'\r")
        person.wait_for(b"\n[" + MASK + b"]\r\n")
        person.type("\x1a")
        assert b"Stopped" in person.wait_for(f"\n{PROMPT}")
        person.type("kill -KILL %1; exec sh -c 'exit 3'\r")
        assert person.wait() == 3


def test_less(run):
    """A full-screen program reads keys and draws its pages; what it shows has masks."""
    lines = "".join(f"line {number} {SECRET}\n" for number in range(100))
    (run.folder / "page.txt").write_text(lines)
    with sit_down(run, "less", "page.txt") as person:
        page = person.wait_for("line 22 ")
        assert b"line 0 " + MASK in page
        person.type("G")
        assert SECRET.encode() not in person.wait_for("line 99 ")
        person.wait_for("(END)")
        person.resize(10, 60)
        # A pager that is told just before it reads looks at its size with the next key, and one
        # that is told while it reads loses the key: the next one waits for the page of that size.
        person.type("r")
        person.wait_for(b"line 85 " + MASK + b"\r\n:")
        person.type("g")
        person.wait_for("line 0 ")
        person.type("q")
        assert person.wait() == 0
        assert SECRET.encode() not in person.shown


def test_vim(run):
    """An editor works as on any terminal, and goes to the background and comes back."""
    with sit_at_shell(run) as person:
        person.type("$RUN vi -u NONE -n new.txt\r")
        person.wait_for('"new.txt" [New')
        person.type("ione\rtwo\x1b")
        person.wait_for("two")
        person.type("\x1a")
        person.wait_for(PROMPT)
        person.type("fg\r")
        person.wait_for("two")
        person.type(":wq\r")
        person.wait_for(f"\n{PROMPT}"[1:])
        person.type("cat new.txt; echo en''d\r")
        assert b"one\r\ntwo\r\n" in person.wait_for("end\r\n")


def test_input_from_a_pipe(run):
    """A pager with a pipe for its input reads keys, and Ctrl-C reaches all of the pipeline."""
    with sit_at_shell(run) as person:
        person.type("seq 100 | $RUN less\r")
        person.wait_for("\n22\r\n")
        person.type("q")
        person.wait_for(PROMPT)
        # Nothing that starts another command when its input ends: dash loses a signal that comes
        # just then (it ignores signals while it starts a command by vfork).
        person.type("(echo sta''rt; exec sleep 300) | $RUN sh -c \"$BOTH\"\r")
        person.wait_for("start\r\n")
        person.type("\x03")
        person.wait_for(PROMPT)
        person.type('echo "[${PIPESTATUS[@]}]"\r')
        person.wait_for("[130 130]\r\n")


def test_in_the_background(run):
    """A job in the background writes, is not stopped, and leaves the terminal to the shell."""
    with sit_at_shell(run) as person:
        person.type('$RUN sh -c \'echo "<$DB_PASSWORD>"; read line; echo "[$line]"\' &\r')
        person.wait_for(b"<" + MASK + b">\r")
        person.type("echo st''ill; jobs\r")
        person.wait_for("still\r\n")
        assert b"Running" in person.wait_for(PROMPT)
        person.type("fg\r")
        person.wait_for("\r\n")
        person.type("hello\r")
        person.wait_for("[hello]\r\n")


def test_errors_to_a_file(run):
    """Standard error that goes elsewhere goes there, with masks, and not to the terminal."""
    errors = run.folder / "errors.txt"
    program = 'test -t 1 && echo "out $DB_PASSWORD"; test -t 2 || echo "err $DB_PASSWORD" >&2'
    with sit_down(run, "sh", "-c", program, error=errors) as person:
        assert person.wait() == 0
        assert person.shown == b"out " + MASK + b"\r\n"
    assert errors.read_bytes() == b"err " + MASK + b"\n"


def test_killed(run):
    """Where we are killed the program is hung up, as when a window is closed."""
    program = "trap 'echo gone > gone; exit' HUP; echo ready; while :; do sleep 0.05; done"
    with sit_down(run, "sh", "-c", program) as person:
        person.wait_for("ready\r\n")
        person.child.kill()
        person.wait()
        end = time.monotonic() + SECONDS_MAX
        while not (run.folder / "gone").exists():
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_window_that_is_closed(run):
    """A program that outlives its window is not held up by output that nobody sees."""
    program = "trap '' HUP; echo ready; sleep 0.5; seq 20000; touch finished"
    with sit_down(run, "sh", "-c", program) as person:
        person.wait_for("ready\r\n")
        person.hang_up()
        assert person.child.wait(timeout=SECONDS_MAX) == 0
    assert (run.folder / "finished").exists()


def test_a_program_that_is_left_behind(run):
    """What keeps the terminal after the program's end is not waited for."""
    with sit_down(run, "sh", "-c", "trap '' HUP; sleep 300 & echo pid $!") as person:
        assert person.wait() == 0
        left = int(person.shown.split()[1])
    os.kill(left, signal.SIGTERM)
