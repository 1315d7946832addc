"""`op environment read --format …`: what the programs read for whom each format is."""

import json
import shutil
import subprocess

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.cli.environment.formats import WRITERS, format_variables
from strongroom.environments.dotenv import DOCKER_LINE_BYTES_MAX
from strongroom.errors import InputError
from support.docker_client import read_by_client
from support.env_readers import (
    Node,
    node_programs,
    read_docker,
    read_github,
    read_python,
    read_shell,
)

SHELLS = [shell for shell in ("sh", "bash", "dash") if shutil.which(shell)]
KEY = "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n"
# Values that are easily read as something else.
VALUES = {
    "EMPTY": "",
    "PLAIN": "postgres://user:pw@db.example.org:5432/web?a=b&c=d",
    "WORDS": "two  words",
    "EDGES": " \t edges ",
    "SINGLE": "it's",
    "BOTH": 'it\'s "x"',
    "DOUBLE": '{"a": "b"}',
    "KEY": KEY,
    "HASH": "a #b",
    "HASHES": "#a#",
    "DOLLAR": "pa$word $(id) $1 $$",
    "BACKTICK": "`id`",
    "PATH_OF_WINDOWS": "C:\\new\\table",
    "BACKSLASH": "a\\",
    "HISTORY": "!x ~ * ? [a] {b,c}",
    "OTHERS": "ünd ā 秘密 😀",
    "NO": "no",
    "NUMBER": "012",
}
# What single formats do not carry.
HARD = {
    "BRACES": "${OTHER}",
    "QUOTES": 'it\'s "x" # y',
    "BACKSLASHES": " a\\\\b",
    "RETURN": "a\rb",
    "RETURN_AT_END": "a\r",
    "WINDOWS": "a\r\nb\r\n",
    "CONTROL": "\x01\x1b[0m\x7f\x85\u2028\ufeff\x0b",
}


def rows(variables):
    return [{"name": name, "value": text, "masked": False} for name, text in variables.items()]


def carried(variables, name):
    """Return those of some variables that a format carries, each by itself."""
    found = {}
    for key, value in variables.items():
        try:
            format_variables(rows({key: value}), name=name)
        except InputError:
            continue
        found[key] = value
    return found


@pytest.fixture(scope="module")
def nodes():
    """Each Node.js that is there: the one of the requirements, and this computer's."""
    opened = [Node(program) for program in node_programs().values()]
    yield opened
    for one in opened:
        one.close()


def readers(name, nodes):
    """Return the programs that read a format."""
    return {
        "dotenv": [read_python, *(node.read for node in nodes)],
        "docker": [read_docker],
        "github": [read_github],
        "yaml": [yaml.safe_load],
        "shell": [
            lambda text, shell=shell, by=by: read_shell(shell, text, by=by)
            for shell in SHELLS
            for by in ("eval", ".")
        ],
    }[name]


NOT_CARRIED = {
    "dotenv": {"BRACES", "QUOTES", "BACKSLASHES", "RETURN", "RETURN_AT_END", "WINDOWS"},
    "shell": set(),
    "docker": {"KEY", "RETURN", "RETURN_AT_END", "WINDOWS"},
    "github": {"RETURN_AT_END"},
    "yaml": set(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_values(nodes, name):
    """Every value that a format carries is read as it is; which it does not carry is known."""
    asked = VALUES | HARD
    expected = carried(asked, name)
    assert set(asked) - set(expected) == NOT_CARRIED[name]
    text = format_variables(rows(expected), name=name)
    for reader in readers(name, nodes):
        found = reader(text)
        assert {key: found.get(key) for key in expected} == expected


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from(list("'\"`\\$#{} \n\r\t!=;&|<>")),
    max_size=20,
)
NAMES = st.integers(0, 50).map(lambda number: f"SR_{number}") | st.sampled_from(["sr.a", "sr-b"])


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40, deadline=None)
@given(asked=st.dictionaries(NAMES, TEXT, max_size=20))
def test_made_values(nodes, name, asked):
    """Whatever values a format carries together, its programs read them as they are."""
    expected = carried(asked, name)
    text = format_variables(rows(expected), name=name)
    for reader in readers(name, nodes):
        found = reader(text)
        assert {key: found.get(key) for key in expected} == expected


@pytest.mark.skipif(shutil.which("docker") is None, reason="no docker on this computer")
def test_docker_by_the_client(tmp_path):
    """Docker's own client reads what is written for it."""
    expected = carried(VALUES | HARD, "docker")
    found = read_by_client(tmp_path, format_variables(rows(expected), name="docker"))
    assert found == expected


LONGEST = "x" * (DOCKER_LINE_BYTES_MAX - len("A="))
REFUSED = {
    "dotenv, a value": ("dotenv", {"A": "${B}"}, "however it is quoted"),
    "dotenv, a name": ("dotenv", {"a b": "1"}, "has a name that not all programs read alike"),
    "shell, a name": ("shell", {"a.b": "1"}, "has a name that shells do not take"),
    "shell, its own": ("shell", {"UID": "1"}, "has a name that shells keep for themselves"),
    "docker, a line end": ("docker", {"A": "1\n2"}, "has a value with a line end"),
    "docker, a carriage return": ("docker", {"A": "1\r"}, "has a value with a line end"),
    "docker, a name": ("docker", {"a b": "1"}, "has a name that Docker does not read"),
    "docker, a comment": ("docker", {"#a": "1"}, "has a name that Docker does not read"),
    "docker, too long": ("docker", {"A": LONGEST + "x"}, "a value that is too long for it"),
    "github, a name": ("github", {"a<<b": "1"}, "has a name that the runner does not read"),
    "github, its own": ("github", {"Node_Options": "1"}, "keeps for itself"),
    "github, its own too": ("github", {"GITHUB_SHA": "1"}, "keeps for itself"),
    "github, an end": ("github", {"A": "1\r"}, "which runners on Windows drop"),
    "yaml, a name": ("yaml", {"\x01" * 167: "1"}, "has a name that is too long for a key"),
}


@pytest.mark.parametrize(("name", "variables", "reason"), REFUSED.values(), ids=REFUSED)
def test_refused(name, variables, reason):
    """What a format cannot carry is named with the format and the reason, never its value."""
    with pytest.raises(InputError, match=reason) as caught:
        format_variables(rows({"OK": "hunter2"} | variables), name=name)
    assert f"the format {name} cannot carry" in caught.value.message
    for key, value in variables.items():
        assert f'"{key}"'.replace("\x01", " ") in caught.value.message
        assert len(value) < 2 or value not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert '"OK"' not in caught.value.message


def test_tokens_for_a_runner():
    """A token under a name that only begins like the runner's own is written."""
    asked = {"GITHUB_TOKEN": "1", "RUNNER_TOKEN": "2"}
    assert read_github(format_variables(rows(asked), name="github")) == asked


def test_limits():
    """The longest line for Docker and the longest key for YAML are written."""
    assert read_docker(format_variables(rows({"A": LONGEST}), name="docker")) == {"A": LONGEST}
    key = "\x01" * 166
    assert yaml.safe_load(format_variables(rows({key: "1"}), name="yaml")) == {key: "1"}


@pytest.mark.parametrize("shell", SHELLS)
def test_names_of_shells(shell):
    """Names that a shell needs itself are carried unless they are refused; the next one always."""
    listed = subprocess.run(
        ["bash", "-c", "compgen -v"], capture_output=True, text=True, check=True
    )
    asked = dict.fromkeys(["OPTIND", "HISTCMD", *listed.stdout.split()], "probe x")
    for key, value in carried(asked, "shell").items():
        text = format_variables(rows({key: value, "SR_LATER": "y"}), name="shell")
        found = read_shell(shell, text, by="eval")
        assert (found[key], found["SR_LATER"]) == (value, "y"), key


def test_delimiters():
    """Each variable for a runner ends with a line that cannot be told before."""
    variables = rows({"A": "1\nend-00\n", "B": ""})
    texts = [format_variables(variables, name="github") for _ in range(2)]
    ends = {line for text in texts for line in text.splitlines() if line.startswith("end-")}
    assert len(ends) == 5
    for text in texts:
        assert read_github(text) == {"A": "1\nend-00\n", "B": ""}


def test_yaml_is_json():
    """Every line of the YAML is a member of a JSON object."""
    lines = format_variables(rows(VALUES | HARD), name="yaml").splitlines()
    assert json.loads("{" + ",".join(lines) + "}") == VALUES | HARD


# -- the program -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def env(op):
    """An environment with all the values that every format carries."""
    common = {key: text for key, text in VALUES.items() if key != "KEY"}
    op("environment", "create", "formats", "-", given=json.dumps(rows(common)))
    return common


@pytest.mark.parametrize("name", WRITERS)
def test_printed(op, env, nodes, name):
    """`--format`, and OP_FORMAT, print what the programs read."""
    printed = op("environment", "read", "formats", "--format", name).out
    for reader in readers(name, nodes):
        found = reader(printed)
        assert {key: found.get(key) for key in env} == env
    by_variable = op.with_(OP_FORMAT=name.upper())("environment", "read", "formats")
    assert len(by_variable.out) == len(printed)


@pytest.mark.parametrize("program", node_programs().values(), ids=node_programs())
def test_env_file_of_node(op, env, program):
    """Node.js has the values in its environment with `--env-file`."""
    path = op.folder / "formats.env"
    path.write_text(op("environment", "read", "formats", "--format", "dotenv").out)
    script = "console.log(JSON.stringify(process.env))"
    command = [program, f"--env-file={path}", "-e", script]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) | env == json.loads(done.stdout)


def test_nothing_is_printed(op):
    """If one value cannot be written, none is, and the error names it."""
    op("environment", "create", "hard", "A=1", "B=-", "C=3", given="x\ny")
    done = op.run("environment", "read", "hard", "--format", "docker")
    reason = 'the format docker cannot carry every variable: "B" has a value with a line end'
    assert done.error == reason
    assert op.run("environment", "read", "hard", "--format", "toml").error == (
        "unknown output format 'toml'"
    )
    op("environment", "delete", "hard")


def test_formats_of_other_commands(op, env):
    """The formats belong to `environment read` alone."""
    done = op.run("environment", "list", "--format", "shell")
    assert done.error == "unknown output format 'shell'"
    assert "use human-readable or json" in done.err


@pytest.mark.parametrize("name", WRITERS)
def test_no_variables(op, name):
    """An environment without variables is an empty text, and an empty mapping in YAML."""
    op("environment", "create", "bare of all")
    printed = op("environment", "read", "bare of all", "--format", name).out
    assert printed == ("{}\n" if name == "yaml" else "")
    op("environment", "delete", "bare of all")


@pytest.mark.parametrize("name", ["dotenv", "docker"])
def test_there_and_back(op, env, name):
    """What is printed for programs makes the same environment again."""
    dialect = ["--dialect", "docker"] if name == "docker" else []
    text = op("environment", "read", "formats", "--format", name).out
    op("environment", "create", "copied", "-", *dialect, given=text)
    again = op("environment", "read", "copied", "--format", "json").json
    assert {row["name"]: row["value"] for row in again} == env
    op("environment", "delete", "copied")
