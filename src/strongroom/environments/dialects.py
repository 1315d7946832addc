r"""How programs read the text of a `.env` file, as far as that was measured.

Measured with python-dotenv 1.2.4, Node.js 20.20, 22.20 and 24.19 (`--env-file`,
`util.parseEnv`) and `--env-file` of Docker 28.2; `tests/environments` compares with the
real programs. Each rule reads less than its program: what is refused here can be
written in another way, and a secret that is read wrongly is found too late.

Without a dialect only that is read which python-dotenv and Node.js read alike. Docker
knows no quotes: what stands in none has to be the same for Docker too. `$` is refused
besides, where shells, Compose and other readers expand it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class Dialect(StrEnum):
    """For which program a text is written."""

    COMMON = "common"
    PYTHON = "python-dotenv"
    NODE = "node"
    DOCKER = "docker"


class NotReadError(Exception):
    """A part of a line that is not read; the text is the reason, never the part."""


class Quote(NamedTuple):
    """What stands between two quotes, and what it means."""

    body: re.Pattern[str]
    read: Callable[[str], str]


class Rules(NamedTuple):
    """How one program reads a text with quotes."""

    silent: re.Pattern[str]
    # As far as the `=`, and the blanks that may stand behind it.
    head: re.Pattern[str]
    blanks: re.Pattern[str]
    quotes: Mapping[str, Quote]
    # From the `=` to the end of the line.
    read_bare: Callable[[str], str]
    skips_mark: bool
    exports_nothing: bool


ESCAPE_REASON: Final = "has an escape sequence that not all programs read alike"
_NO_BLANKS: Final = "has blanks at the start or end of its value that not all programs drop"
_SINGLE: Final = re.compile(r"'(?P<text>[^']*)'")
_ESCAPING_SINGLE: Final = re.compile(r"'(?P<text>(?:[^'\\]|\\.)*)'", re.DOTALL)
_DOUBLE: Final = re.compile(r'"(?P<text>[^"]*)"')
_ESCAPING_DOUBLE: Final = re.compile(r'"(?P<text>(?:[^"\\]|\\.)*)"', re.DOTALL)
_BACKTICKS: Final = re.compile(r"`(?P<text>[^`]*)`")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
# Of two backslashes python-dotenv takes one away, and one before the quote hides the quote from it.
_DOUBTFUL_BACKSLASH: Final = re.compile(r"\\(?:\\|\Z)")
_PYTHON_COMMENT: Final = re.compile(r"\s#.*")
_PYTHON_ESCAPES_OF_SINGLE: Final = {"\\": "\\", "'": "'"}
_PYTHON_ESCAPES: Final = {
    **dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)),
    **_PYTHON_ESCAPES_OF_SINGLE,
    '"': '"',
}


def _read_bare(part: str) -> str:
    """Read a value without quotes that every program takes as it stands."""
    # JavaScript counts a byte order mark among the blanks.
    if part != part.strip() or part != part.strip("\ufeff"):
        raise NotReadError(_NO_BLANKS)
    if part.startswith("`"):
        message = "begins with a backtick, which some programs take for a quote"
        raise NotReadError(message)
    if "#" in part:
        message = "contains a # that may begin a comment"
        raise NotReadError(message)
    _check_dollar(part)
    return part


def _check_dollar(text: str) -> None:
    if "$" in text:
        message = "contains a $ that some programs expand"
        raise NotReadError(message)


def _check_expansion(text: str) -> str:
    """Refuse what python-dotenv expands, whatever the quotes; return the text."""
    if "${" in text:
        message = "contains ${ which python-dotenv expands"
        raise NotReadError(message)
    return text


def _read_single(body: str) -> str:
    if _DOUBTFUL_BACKSLASH.search(body):
        raise NotReadError(ESCAPE_REASON)
    return _check_expansion(body)


def _read_double(body: str) -> str:
    if any(one[1] != "n" for one in _ESCAPE.finditer(body)):
        raise NotReadError(ESCAPE_REASON)
    _check_dollar(body)
    return body.replace("\\n", "\n")


def _read_python_bare(part: str) -> str:
    value = _PYTHON_COMMENT.sub("", part.lstrip(" \t")).rstrip(" \t")
    if value.startswith("#"):
        message = "has a # where its value begins"
        raise NotReadError(message)
    if value != value.strip():
        raise NotReadError(_NO_BLANKS)
    return _check_expansion(value)


def _read_python_quoted(escapes: Mapping[str, str]) -> Callable[[str], str]:
    def read(body: str) -> str:
        return _check_expansion(_ESCAPE.sub(lambda one: escapes.get(one[1], one[0]), body))

    return read


def _read_node_bare(part: str) -> str:
    before, comment, _ = part.partition("#")
    value = before.strip(" ")
    # Node.js from 22 on takes the next line for the value where only blanks follow the `=`.
    if value != value.strip() or (part and not value and not comment):
        raise NotReadError(_NO_BLANKS)
    return value


def _read_node_double(body: str) -> str:
    return body.replace("\\n", "\n")


def _same(body: str) -> str:
    return body


# Blanks before a comment, or alone on a line, are part of the next name for Node.js 20, and so
# is a last comment with `=` that no line end follows.
_NODE_SILENT: Final = re.compile(r"(?:#[^\n]*)?\n|#[^=\n]*\Z")

RULES: Final[Mapping[Dialect, Rules]] = {
    Dialect.COMMON: Rules(
        silent=_NODE_SILENT,
        head=re.compile(r" *(?:export )?[^=\s]+="),
        blanks=re.compile(""),
        quotes={
            "'": Quote(_SINGLE, _read_single),
            '"': Quote(_ESCAPING_DOUBLE, _read_double),
        },
        read_bare=_read_bare,
        skips_mark=False,
        exports_nothing=False,
    ),
    Dialect.PYTHON: Rules(
        silent=re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)"),
        # `export =` is no variable of that name.
        head=re.compile(r"[ \t]*(?!export[ \t]+=)(?:export[ \t]+)?[^=\s]+[ \t]*="),
        blanks=re.compile(r"[ \t]*"),
        quotes={
            "'": Quote(_ESCAPING_SINGLE, _read_python_quoted(_PYTHON_ESCAPES_OF_SINGLE)),
            '"': Quote(_ESCAPING_DOUBLE, _read_python_quoted(_PYTHON_ESCAPES)),
        },
        read_bare=_read_python_bare,
        skips_mark=True,
        exports_nothing=True,
    ),
    Dialect.NODE: Rules(
        silent=_NODE_SILENT,
        head=re.compile(r" *(?:export )?[^=\s]+ *="),
        blanks=re.compile(" *"),
        quotes={
            "'": Quote(_SINGLE, _same),
            '"': Quote(_DOUBLE, _read_node_double),
            "`": Quote(_BACKTICKS, _same),
        },
        read_bare=_read_node_bare,
        skips_mark=False,
        exports_nothing=False,
    ),
}
