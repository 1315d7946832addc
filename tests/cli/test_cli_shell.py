"""`op completion` in the shells themselves, `op env ls` and `op update`."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cli.program import SECONDS_MAX, SECRET, Op
from strongroom import __version__

HERE = str(Path(sys.executable).parent)
SHELLS = ("bash", "zsh", "fish", "powershell")


@pytest.fixture
def alone(tmp_path):
    """The program where nothing is set up, and on the path of shells."""
    return Op(tmp_path, PATH=f"{HERE}{os.pathsep}{os.environ['PATH']}", HOME=str(tmp_path))


def in_shell(op, *command):
    """Return what a shell writes, of each line the first column; it must write no error."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed here")
    done = subprocess.run(
        command,
        env=op.environment,
        cwd=op.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    lines = done.stdout.decode().splitlines()
    return [line.partition("\t")[0] for line in lines if line]


LINES = {
    "a noun": (["op", "vau"], {"vault"}),
    "a verb": (["op", "environment", "h"], {"history"}),
    "a flag": (["op", "read", "--out"], {"--out-file"}),
    "a flag of all commands": (["op", "vault", "list", "--iso"], {"--iso-timestamps"}),
    "nothing": (["op", "signout", "x"], set()),
}


@pytest.mark.parametrize(("words", "expected"), LINES.values(), ids=LINES)
def test_bash(alone, words, expected):
    """Bash completes nouns, verbs and flags."""
    script = (
        'source <(op completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _op op; '
        'printf "%s\\n" "${COMPREPLY[@]}"; complete -p op > /dev/null'
    )
    assert set(in_shell(alone, "bash", "-c", script, "bash", *words)) == expected


@pytest.mark.parametrize(("words", "expected"), LINES.values(), ids=LINES)
def test_zsh(alone, words, expected):
    """Zsh completes them too, by the function `_op` that its users name to `compdef`."""
    script = (
        'autoload -U compinit; compinit -D; eval "$(op completion zsh)"; compdef _op op; '
        "[[ $_comps[op] == _op ]] || exit 1; "
        "compadd() { print -l -- $completions }; "
        "_describe() { print -l -- ${completions_with_descriptions%%:*} }; "
        'words=("$@"); CURRENT=$#; _op'
    )
    done = in_shell(alone, "zsh", "-fc", f"{script}; true", "zsh", *words)
    assert set(done) == expected


@pytest.mark.parametrize(("words", "expected"), LINES.values(), ids=LINES)
def test_fish(alone, words, expected):
    """Fish is asked what it would offer."""
    script = f"op completion fish | source; complete -C '{' '.join(words)}'"
    assert set(in_shell(alone, "fish", "--no-config", "-c", script)) == expected


@pytest.mark.parametrize(("words", "expected"), LINES.values(), ids=LINES)
def test_powershell(alone, words, expected):
    """What PowerShell's script asks is answered by kind, value and help, with tabs between."""
    asked = {"_OP_COMPLETE": "powershell_complete", "COMP_WORDS": " ".join(words)}
    found = in_shell(alone.with_(**asked, COMP_CWORD=words[-1]), "sh", "-c", "op | cut -f 2")
    assert set(found) == expected


def test_a_new_word(alone):
    """Before anything is typed all nouns are offered, but for what only programs ask."""
    asked = {"_OP_COMPLETE": "powershell_complete", "COMP_WORDS": "op ", "COMP_CWORD": ""}
    found = set(in_shell(alone.with_(**asked), "sh", "-c", "op | cut -f 2"))
    assert {"item", "inject", "read", "vault"} <= found
    assert "env" not in found


@pytest.mark.parametrize("shell", SHELLS)
def test_script_has_its_program(alone, shell):
    """Each program has a script of its own; nothing else is printed."""
    for name in ("op", "strongroom"):
        done = in_shell(alone, "sh", "-c", f"{name} completion {shell}")
        assert f"_{name.upper()}_COMPLETE" in " ".join(done)


def test_unknown_shell(alone):
    """A shell that is not known is refused with those that are."""
    done = alone.run("completion", "csh")
    assert done.code == 1
    assert all(shell in done.error for shell in SHELLS)


def test_completion_is_light(alone):
    """Neither the script nor an answer loads the engine or what it stands on."""
    program = (
        "import sys; from strongroom.cli.main import main; code = main(sys.argv[1:]); "
        "sys.exit(code or [n for n in ('cryptography', 'sqlite3', 'pydantic', 'asyncio', "
        "'strongroom.client', 'strongroom.client.engine') if n in sys.modules] or 0)"
    )
    asked = {"_OP_COMPLETE": "bash_complete", "COMP_WORDS": "op ", "COMP_CWORD": "1"}
    script = "import sys; sys.argv[0] = 'op'; " + program
    for op, arguments in ((alone, ("completion", "bash")), (alone.with_(**asked), ())):
        assert in_shell(op, sys.executable, "-c", script, *arguments)


def test_env_ls(tmp_path):
    """`op env ls` names the variables that hold references, and shows no value."""
    op = Op(tmp_path, A="op://dev/db/password", B=SECRET, C="x op://a/b/c", D="op://bad", E="")
    for verb in ("ls", "list"):
        assert sorted(op("env", verb).out.split()) == ["A", "D"]
    assert Op(tmp_path)("env", "ls").out == ""
    assert " env " not in Op(tmp_path)("--help").out


def test_update(tmp_path):
    """`op update` says which release this is and how to update it; it does nothing."""
    for flags in ((), ("--channel", "beta", "--directory", "/nowhere")):
        assert f"Strongroom {__version__}" in Op(tmp_path)("update", *flags).out
    assert list(tmp_path.iterdir()) == []
