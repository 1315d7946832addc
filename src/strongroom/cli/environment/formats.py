"""`op environment read --format …`: variables in the form that one kind of program reads.

Every format gives back each value exactly as it is stored; a variable that a format
cannot carry is an error that names it, and nothing is printed. What a `.env` format
carries is not said twice: a line is right if our own reader of that dialect, which is
compared with the real programs, reads the variable from it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from strongroom.cli.program.ui import printable
from strongroom.crypto.public.randomness import make_bytes
from strongroom.environments.dialects import Dialect
from strongroom.environments.dotenv import Line, parse_dotenv
from strongroom.errors import InputError

if TYPE_CHECKING:
    from strongroom.environments.models import VariableDict

# YAML readers stop looking for the `:` behind a key after so many characters.
_YAML_KEY_CHARACTERS_MAX: Final = 1_000
# As many random bytes as make a line that no value holds.
_DELIMITER_BYTES: Final = 16

_OTHER_FORMAT: Final = "choose another format; json carries everything"

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
_SHELL_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What dash and bash 5.2 keep for themselves: they refuse the assignment, or forget the value.
_OF_SHELLS: Final = re.compile(
    "BASHOPTS|BASHPID|BASH_ALIASES|BASH_ARGC|BASH_ARGV|BASH_ARGV0|BASH_CMDS|BASH_COMMAND"
    "|BASH_LINENO|BASH_SOURCE|BASH_SUBSHELL|BASH_VERSINFO|DIRSTACK|EPOCHREALTIME|EPOCHSECONDS"
    "|EUID|FUNCNAME|GROUPS|HISTCMD|LINENO|OPTIND|PIPESTATUS|PPID|RANDOM|SECONDS|SHELLOPTS|SHLVL"
    "|SRANDOM|UID|_"
)
# What a runner of GitHub Actions (2.336) refuses in GITHUB_ENV, or sets anew for every step.
_OF_RUNNER: Final = re.compile(
    "NODE_OPTIONS"
    "|GITHUB_(?:ACTIONS?|ACTION_PATH|ACTION_REF|ACTION_REPOSITORY|ACTOR|ACTOR_ID|API_URL"
    "|ARTIFACTS|ARTIFACTS_LIST|BASE_REF|ENV|EVENT_NAME|EVENT_PATH|GRAPHQL_URL|HEAD_REF|JOB"
    "|OUTPUT|PATH|REF|REF_NAME|REF_PROTECTED|REF_TYPE|REPOSITORY|REPOSITORY_ID"
    "|REPOSITORY_OWNER|REPOSITORY_OWNER_ID|RETENTION_DAYS|RUN_ATTEMPT|RUN_ID|RUN_NUMBER"
    "|SERVER_URL|SHA|STATE|STEP_SUMMARY|TRIGGERING_ACTOR|WORKFLOW|WORKFLOW_REF|WORKFLOW_SHA"
    "|WORKSPACE)"
    "|RUNNER_(?:ARCH|DEBUG|ENVIRONMENT|NAME|OS|TEMP|TOOL_CACHE|WORKSPACE)",
    re.IGNORECASE,
)
# What YAML counts among line ends, or does not allow as it is; JSON escapes what comes before.
_NOT_IN_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class _NotCarriedError(Exception):
    """A variable that a format cannot carry; the text is the reason."""


def format_variables(
    variables: Iterable[VariableDict], *, name: str, hint: str = _OTHER_FORMAT
) -> str:
    """Return variables in one of the formats.

    Args:
        name: Which: a key of `WRITERS`.
        hint: What to do where the format cannot carry them.

    Raises:
        InputError: Variables that the format cannot carry, by name, with the reasons.
    """
    lines: list[str] = []
    faults: list[str] = []
    for row in variables:
        try:
            lines.append(WRITERS[name](Line(row["name"], row["value"])))
        except _NotCarriedError as error:
            faults.append(f'"{printable(row["name"])}" {error}')
    if faults:
        message = f"the format {name} cannot carry every variable: {'; '.join(faults)}"
        raise InputError(message, hint=hint)
    return "".join(lines) or _NOTHING.get(name, "")


def is_of_runner(name: str) -> bool:
    """Return whether a runner of GitHub Actions keeps a variable for itself."""
    return _OF_RUNNER.fullmatch(name) is not None


def _write_dotenv(line: Line) -> str:
    name, value = line
    plain = [value] if _PLAIN.fullmatch(value) else []
    for quoted in (*plain, f"'{value}'", f'"{value}"', value):
        text = f"{name}={quoted}\n"
        if _reads(text, line, dialect=Dialect.COMMON):
            return text
    if not _reads(f"{name}=\n", Line(name, ""), dialect=Dialect.COMMON):
        message = "has a name that not all programs read alike"
        raise _NotCarriedError(message)
    message = "has a value that not all programs read alike, however it is quoted"
    raise _NotCarriedError(message)


def _write_docker(line: Line) -> str:
    name, value = line
    if "\n" in value or "\r" in value:
        message = "has a value with a line end"
        raise _NotCarriedError(message)
    text = f"{name}={value}\n"
    if not _reads(text, line, dialect=Dialect.DOCKER):
        message = "has a name that Docker does not read, or a value that is too long for it"
        raise _NotCarriedError(message)
    return text


def _reads(text: str, line: Line, *, dialect: Dialect) -> bool:
    try:
        return parse_dotenv(text, what="the line", dialect=dialect) == [line]
    except InputError:
        return False


def _write_shell(line: Line) -> str:
    name, value = line
    if not _SHELL_NAME.fullmatch(name):
        message = "has a name that shells do not take"
        raise _NotCarriedError(message)
    if _OF_SHELLS.fullmatch(name):
        message = "has a name that shells keep for themselves"
        raise _NotCarriedError(message)
    quoted = value.replace("'", "'\\''")
    return f"export {name}='{quoted}'\n"


def _write_github(line: Line) -> str:
    name, value = line
    if not name.isprintable() or "<<" in name:
        message = "has a name that the runner does not read"
        raise _NotCarriedError(message)
    if is_of_runner(name):
        message = "has a name that the runner keeps for itself"
        raise _NotCarriedError(message)
    if value.endswith("\r"):
        message = "has a value that ends with a carriage return, which runners on Windows drop"
        raise _NotCarriedError(message)
    delimiter = f"end-{make_bytes(_DELIMITER_BYTES).hex()}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _write_yaml(line: Line) -> str:
    key = _yaml_text(line.name)
    if len(key) > _YAML_KEY_CHARACTERS_MAX:
        message = "has a name that is too long for a key"
        raise _NotCarriedError(message)
    return f"{key}: {_yaml_text(line.value)}\n"


def _yaml_text(text: str) -> str:
    """Return a text in double quotes, as YAML and JSON both read it."""
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda one: f"\\u{ord(one[0]):04x}", quoted)


WRITERS: Final[Mapping[str, Callable[[Line], str]]] = {
    "dotenv": _write_dotenv,
    "shell": _write_shell,
    "docker": _write_docker,
    "github": _write_github,
    "yaml": _write_yaml,
}
_NOTHING: Final = {"yaml": "{}\n"}
