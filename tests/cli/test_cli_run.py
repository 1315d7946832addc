"""`op run` with real programs, whose output goes to files and pipes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.program import SECONDS_MAX, SECRET
from strongroom.delivery.masking import MASK
from strongroom.delivery.streams import DRAIN_SECONDS
from strongroom.delivery.variables import Collected

OP = (sys.executable, "-W", "error", "-m", "strongroom.cli.main")
REFERENCE = "op://dev/db/password"
CONCEALED = MASK.decode()
KEY = "-----BEGIN-----\nfirst line\nsecond line\n-----END-----"


@pytest.fixture(scope="module")
def run(op, reader):
    """The program as a service account, with references in its variables."""
    op(
        *("item", "create", "--vault", "dev", "--category", "login", "--title", "more"),
        *("key[text]=-", "pin[text]=7"),
        given=KEY,
    )
    return reader.with_(DB_PASSWORD=REFERENCE)


def start(op, *arguments, **settings):
    """Start a command that goes on while the test does something."""
    return subprocess.Popen(
        [*OP, *arguments],
        env=op.environment,
        cwd=op.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        **settings,
    )


def test_the_program_has_the_value(run):
    """A reference in the environment is resolved; the program has the value itself."""
    program = f'test "$DB_PASSWORD" = "{SECRET}" && echo yes'
    assert run("run", "--", "sh", "-c", program).out == "yes\n"


def test_masks(run):
    """In both streams every secret is concealed, and everything else stays as it is."""
    done = run.run(
        "run", "--", "sh", "-c", 'printf "a%sb\\n" "$DB_PASSWORD"; echo "$DB_PASSWORD" >&2'
    )
    assert (done.code, done.out, done.err) == (0, f"a{CONCEALED}b\n", f"{CONCEALED}\n")


@pytest.mark.parametrize("off", [("--no-masking",), ()], ids=["flag", "variable"])
def test_no_masking(run, off):
    """With the flag or its variable the output is the program's own."""
    program = run if off else run.with_(OP_RUN_NO_MASKING="true")
    assert program("run", *off, "--", "printenv", "DB_PASSWORD").out == f"{SECRET}\n"


def test_env_files_and_environments(op, run):
    """Later files win over earlier ones and over the shell, Environments over all of them."""
    op("environment", "create", "one", "C=one", "D[masked]=hidden-value")
    op("environment", "create", "two", "D[unmasked]=two", f"E={REFERENCE}")
    (op.folder / "1.env").write_text(f"B=1\nC=1\nF='{REFERENCE}'\n")
    (op.folder / "2.env").write_text("C=2\nB=2\n")
    given = op.with_(A="shell", B="shell")
    files = ("--env-file", "1.env", "--env-file=2.env")
    show = ("--", "sh", "-c", 'echo "$A $B $C $D $E $F"')
    assert given("run", *files, *show).out == f"shell 2 2   {CONCEALED}\n"
    one = given("run", *files, "--environment", "one", *show)
    assert one.out == f"shell 2 one {CONCEALED}  {CONCEALED}\n"
    both = given("run", *files, "--environments", "one", "--environment", "two", *show)
    assert both.out == f"shell 2 one two {CONCEALED} {CONCEALED}\n"


def test_references_with_variables(run):
    """A variable within a reference is expanded, in a file and in the shell, and no quoted one."""
    (run.folder / "stage.env").write_text("X=\"<op://$STAGE/db/password>\"\nY='$STAGE'\n")
    given = run.with_(STAGE="dev", Z="$STAGE op://${STAGE}/db/username")
    show = ("--no-masking", "--env-file", "stage.env", "--", "sh", "-c", 'echo "$X $Y $Z"')
    assert given("run", *show).out == f"<{SECRET}> $STAGE $STAGE app\n"


def test_failures_start_nothing(run):
    """Every variable that cannot be had is told by name, and the program is not started."""
    given = run.with_(B="op://dev/db/none", C="op://nowhere/db/x", D="op://not-one")
    done = given.run("run", "--", "touch", "started")
    assert done.code == 1
    assert done.error == "3 variables or Environments cannot be read, so nothing was started:"
    told = [line.partition(": ") for line in done.err.splitlines()[1:4]]
    assert [name for name, _, _ in told] == ["\t* B", "\t* C", "\t* D"]
    assert "'op://dev/db/none': item 'dev/db' does not have a field 'none'" in told[0][2]
    assert "'op://nowhere/db/x'" in told[1][2]
    assert SECRET not in done.err
    assert not (run.folder / "started").exists()


def test_one_failure(run):
    """One failure is one line, in the words of `op read`."""
    done = run.with_(B="op://dev/none/x").run("run", "--", "touch", "started")
    assert done.error == (
        "B: could not read secret 'op://dev/none/x': could not find item none in vault dev"
    )
    assert "nowhere" in run.run("run", "--environment", "nowhere", "--", "touch", "started").error
    assert not (run.folder / "started").exists()


def test_refusals(run):
    """No command, no such file, a bad line, a variable that is not set: each in a line."""
    assert "say which command to run" in run.run("run").error
    assert "cannot be read" in run.run("run", "--env-file", "none.env", "--", "true").error
    (run.folder / "bad.env").write_text("A=1\nhunter2\n")
    bad = run.run("run", "--env-file", "bad.env", "--", "true")
    assert bad.error == "line 2 of the file bad.env is not of the form NAME=value"
    assert "hunter2" not in bad.err
    unset = run.with_(X="op://$NOT_SET_HERE/db/x").run("run", "--", "true")
    assert unset.error == "X: its reference names the variable NOT_SET_HERE, which is not set"


def test_without_references_nobody_signs_in(run):
    """Without references and Environments no credential is needed."""
    nobody = run.with_(OP_SERVICE_ACCOUNT_TOKEN="", DB_PASSWORD="plain")
    assert nobody("run", "--", "printenv", "DB_PASSWORD").out == "plain\n"


def test_words_are_not_read(run):
    """The words of the program are its own, with `--` or without."""
    for dashes in (("--",), ()):
        show = ("sh", "-c", 'echo "$@"', "sh", "--debug=true", "--", "--no-masking", "$X")
        assert run("run", *dashes, *show).out == "--debug=true -- --no-masking $X\n"


def test_exit_codes(run):
    """The program's exit code is ours; 127 and 126 where it could not be started."""
    assert run.run("run", "--", "sh", "-c", "exit 7").code == 7
    done = run.run("run", "--", "no-such-program-here")
    told = "cannot run no-such-program-here: No such file or directory"
    assert (done.code, done.error) == (127, told)
    (run.folder / "plain.txt").write_text("no program")
    done = run.run("run", "--", "./plain.txt")
    assert (done.code, done.error) == (126, "cannot run ./plain.txt: Permission denied")


@pytest.mark.parametrize("masking", [(), ("--no-masking",)], ids=["masked", "not masked"])
@pytest.mark.parametrize("name", ["TERM", "KILL", "QUIT", "SEGV", "HUP", "INT"])
def test_ended_by_a_signal(run, name, masking):
    """A program that a signal ends ends us by the same signal, and nothing of us is dumped."""
    done = run.run("run", *masking, "--", "sh", "-c", f"ulimit -c 0; kill -{name} $$")
    assert done.code == -signal.Signals[f"SIG{name}"]
    assert done.err == ""


@pytest.mark.parametrize("masking", [(), ("--no-masking",)], ids=["masked", "not masked"])
@pytest.mark.parametrize("name", ["TERM", "HUP", "INT", "QUIT", "USR1", "USR2", "WINCH", "CONT"])
def test_signals_are_passed_on(run, name, masking):
    """What we are sent the program gets, and nothing of it ends us."""
    program = (
        "import signal, sys\n"
        f"signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIG{name}])\n"
        "print('ready', flush=True)\n"
        f"sys.exit(40 + (signal.sigwait([signal.SIG{name}]) == signal.SIG{name}))\n"
    )
    child = start(run, "run", *masking, "--", sys.executable, "-c", program)
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.Signals[f"SIG{name}"])
    assert child.communicate(timeout=SECONDS_MAX)[0] == b""
    assert child.returncode == 41


def test_stopped_and_continued(run):
    """A program that stops stops us, and who lets us go on lets it go on."""
    child = start(run, "run", "--", "sh", "-c", "kill -STOP $$; exit 3", process_group=0)
    _, status = os.waitpid(child.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    os.kill(child.pid, signal.SIGCONT)
    child.communicate(timeout=SECONDS_MAX)
    assert child.returncode == 3


def test_what_is_inherited(run):
    """What is no reference is handed on byte for byte, and the code of a function is no value."""
    given = run.with_(**{"RAW": "\udcff\udcfe", "BASH_FUNC_f%%": "() { echo op://dev/no/x; }"})
    assert given("run", "--", "sh", "-c", 'printf "$RAW" | od -An -tx1').out == " ff fe\n"
    assert given("run", "--", "bash", "-c", "f").out == "op://dev/no/x\n"


def test_standard_input(run):
    """Standard input is the program's, byte for byte."""
    assert run("run", "--", "cat", given="a\n\0b").out == "a\n\0b"


def test_both_streams_in_one_place(run):
    """Where both streams go to one file, what is written first comes first."""
    program = 'for n in 1 2 3; do echo "$n $DB_PASSWORD"; echo "e$n" >&2; done'
    with (run.folder / "both").open("w+b") as both:
        subprocess.run(
            [*OP, "run", "--", "sh", "-c", program],
            env=run.environment,
            cwd=run.folder,
            stdout=both,
            stderr=both,
            check=True,
            timeout=SECONDS_MAX,
        )
        both.seek(0)
        lines = both.read().decode().splitlines()
    assert lines == [f"1 {CONCEALED}", "e1", f"2 {CONCEALED}", "e2", f"3 {CONCEALED}", "e3"]


def test_a_program_that_is_left_behind(run):
    """What holds the output open after the program's end is not waited for."""
    child = start(run, "run", "--", "sh", "-c", "sleep 300 & echo $!")
    left = int(child.stdout.readline())
    child.wait(timeout=SECONDS_MAX)
    os.kill(left, signal.SIGTERM)
    assert child.stdout.read() == b""
    child.stdout.close()
    assert child.returncode == 0


def test_a_slow_reader(run):
    """What the program had written before its end arrives, however late it is read."""
    size = 3_000_000
    program = f"import os; os.write(1, b'x' * {size})"
    child = start(run, "run", "--", sys.executable, "-c", program)
    time.sleep(DRAIN_SECONDS + 1)
    assert len(child.communicate(timeout=SECONDS_MAX)[0]) == size


def test_an_output_that_does_not_block(run):
    """An output that takes nothing at the moment is waited for."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    child = subprocess.Popen(
        [*OP, "run", "--", sys.executable, "-c", "print('x' * 1_000_000)"],
        env=run.environment,
        cwd=run.folder,
        stdout=writing,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        time.sleep(0.5)
        assert len(pipe.read()) == 1_000_001
    assert child.wait(timeout=SECONDS_MAX) == 0


def test_an_output_that_is_full(run):
    """An output that cannot be written is told; the program ends as it does then."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*OP, "run", "--", "yes"],
            env=run.environment,
            cwd=run.folder,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=SECONDS_MAX,
        )
    assert done.stderr.decode().rstrip().endswith("no space left on device")
    assert done.returncode == -signal.SIGPIPE


def test_a_reader_that_goes(run):
    """Where nobody reads any more, the program is told so as in any pipe."""
    command = " ".join(OP) + " run -- yes | head -1"
    done = subprocess.run(
        ["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
        env=run.environment,
        cwd=run.folder,
        capture_output=True,
        check=True,
        timeout=SECONDS_MAX,
    )
    assert (done.stdout, done.stderr) == (b"y\n%d\n" % (128 + signal.SIGPIPE), b"")


def test_a_prompt_comes_at_once(run):
    """What may begin a secret comes, too, though the program goes on and writes no more."""
    child = start(run, "run", "--", "sh", "-c", f'printf "{SECRET[:4]}"; exec sleep 300')
    assert os.read(child.stdout.fileno(), 100) == SECRET[:4].encode()
    child.terminate()
    child.communicate(timeout=SECONDS_MAX)


def test_large_output(run):
    """A large output arrives whole, and each of many secrets in it is concealed."""
    program = 'import os; [print("x" * 999, os.environ["DB_PASSWORD"]) for _ in range(4000)]'
    done = run("run", "--", sys.executable, "-c", program)
    assert done.out == f"{'x' * 999} {CONCEALED}\n" * 4000


def test_a_secret_of_many_lines(run):
    """A key of many lines is concealed as a whole, and a secret of one character everywhere."""
    more = run.with_(KEY="op://dev/more/key", PIN="op://dev/more/pin")
    assert more("run", "--", "sh", "-c", 'echo "[$KEY]"').out == f"[{CONCEALED}]\n"
    assert more("run", "--", "echo", "1 7 77").out == f"1 {CONCEALED} {CONCEALED * 2}\n"


def test_the_token_stays_here(run):
    """The program has no token and no session, unless they are to be kept."""
    given = run.with_(OP_SESSION_abc="s", OP_CONNECT_TOKEN="c", OP_ACCOUNT="")
    names = ("run", "--", "sh", "-c", "env | grep -c -E '^OP_(SERVICE|SESSION|CONNECT)' || true")
    assert given(*names).out == "0\n"
    assert given("run", "--keep-token", *names[1:]).out == "4\n"
    (run.folder / "token.env").write_text("OP_SERVICE_ACCOUNT_TOKEN=another\n")
    show = ("--", "printenv", "OP_SERVICE_ACCOUNT_TOKEN")
    assert given("run", "--env-file", "token.env", *show).out == "another\n"


def find_traces(folder, values):
    """Return where values stand: in files, or in the command line of any process."""
    found = set()
    for path in folder.rglob("*"):
        if path.is_file() and any(value in path.read_bytes() for value in values):
            found.add(path.name)
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if any(value in path.read_bytes() for value in values):
                found.add("cmdline")
        except OSError:
            continue
    return found


def test_no_traces(run):
    """While the program runs, its secret is in no file and in no command line; nor is the token."""
    token = run.environment["OP_SERVICE_ACCOUNT_TOKEN"].encode()
    # Of its own: tests side by side have the usual one in command lines.
    secret = KEY.encode()
    child = start(
        run.with_(KEY="op://dev/more/key"), "run", "--", "sh", "-c", "echo $$; exec sleep 300"
    )
    pid = int(child.stdout.readline())
    assert find_traces(run.folder, [secret, token]) == set()
    inside = Path(f"/proc/{pid}/environ").read_bytes()
    assert secret in inside
    assert token not in inside
    assert secret not in Path(f"/proc/{child.pid}/environ").read_bytes()
    child.terminate()
    child.communicate(timeout=SECONDS_MAX)


def test_mutant_traces(run):
    """The search finds a value in a file and one in a command line."""
    (run.folder / "planted").write_text("planted-value")
    child = subprocess.Popen(["sh", "-c", "sleep 300; true planted-value"])
    time.sleep(0.2)
    assert find_traces(run.folder, [b"planted-value"]) == {"planted", "cmdline"}
    child.terminate()
    child.wait()
    (run.folder / "planted").unlink()


@pytest.mark.parametrize(("spare", "code"), [(0, 0), (-1, 126)])
def test_a_value_that_is_too_large(run, spare, code):
    """The largest value that Linux takes is given, and one byte more is told without it."""
    room = 128 * 1024 - len("LARGE=") - 1
    (run.folder / "large.env").write_text("LARGE=" + "x" * (room - spare))
    done = run.run("run", "--env-file", "large.env", "--", "true")
    assert done.code == code
    if code:
        assert "cannot run true: Argument list too long; its " in done.error
        assert "of which LARGE has 131073" in done.error
        assert "xxx" not in done.err


def test_too_many_references(run):
    """As many references as one trip takes are looked up; one more is refused as a whole."""
    lines = [f"V{n}=op://dev/db/f{n}\n" for n in range(10_000)]
    (run.folder / "many.env").write_text("".join(lines))
    plain = run.with_(DB_PASSWORD="")
    many = plain.run("run", "--env-file", "many.env", "--", "touch", "started")
    assert many.error.startswith("10000 variables or Environments cannot be read")
    more = run.run("run", "--env-file", "many.env", "--", "touch", "started")
    assert more.error == "at most 10000 references can be resolved at once"
    assert not (run.folder / "started").exists()


def test_a_nul(op, run):
    """A value with a NUL is refused with the name of its variable."""
    (op.folder / "nul.txt").write_bytes(b"a\0b")
    op("document", "create", "nul.txt", "--title", "nul", "--vault", "dev")
    done = run.with_(FILE="op://dev/nul/nul.txt").run("run", "--", "touch", "started")
    assert done.error.startswith("FILE: could not read secret 'op://dev/nul/nul.txt': ")
    assert "not text" in done.error
    assert not (run.folder / "started").exists()


def test_a_file(op, run):
    """A reference to a file is its content."""
    (op.folder / "note.txt").write_text("file content\n")
    op("document", "create", "note.txt", "--title", "note", "--vault", "dev")
    given = run.with_(FILE="op://dev/note/note.txt?attribute=content")
    assert given("run", "--no-masking", "--", "printenv", "FILE").out == "file content\n\n"
    sized = run.with_(FILE="op://dev/note/note.txt?attribute=size")
    assert sized("run", "--no-masking", "--", "printenv", "FILE").out == "13\n"


def test_closed_streams(run):
    """Where our own streams are closed the program runs, and nothing else takes their place."""
    command = " ".join(OP) + " run -- sh -c 'echo out; echo err >&2; exit 4' >&- 2>&-"
    done = subprocess.run(
        ["sh", "-c", command], env=run.environment, check=False, timeout=SECONDS_MAX
    )
    assert done.returncode == 4


def test_a_variable_without_a_name():
    """What no program can read, and Python starts none with, stays behind; the others are there."""
    collected = Collected({"": "x", "A": "1"}, keep_token=False)
    assert collected.resolve(None).variables == {b"A": b"1"}
