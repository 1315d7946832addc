"""The examples of a page of documentation: found in its text, and run as they are printed.

A page is read from top to bottom. What counts in it:

- A fence that begins with `sh` is a script, with `console` a session (lines with
  `$ ` are commands, the others what they show), with `python` a piece of a
  program that goes on where the piece before it ended, and may `await`.
- A fence of the language `toml`, or any other one with `file: NAME` behind its
  language, is put into the file of that name. One of `go` or `js` has to have a name.
- `text output` shows what the example before it prints.
- `not-run: REASON` behind the language: the example cannot run here.
- Comments that a reader does not see: `<!-- types: ["…"] -->` is what a person
  types into the next example; `<!-- account: VAULT… -->` is a new account, with
  vaults and its owner signed in; `<!-- dev: seed.toml -->` is a throw-away account
  of that seed; `<!-- javascript -->` installs the official JavaScript SDK in the folder where
  the page is; `<!-- run` ... `-->` is a script, for what the page takes for granted.

In what is shown, `…` stands for any text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

RUN_LANGUAGES = frozenset({"console", "python", "sh", "toml"})
OTHER_LANGUAGES = frozenset({"dockerfile", "json", "text", "yaml", "{eval-rst}", "{toctree}"})
# What stands in a file that another example builds.
SOURCE_LANGUAGES = frozenset({"go", "js"})
OPTIONS = frozenset({"file", "not-run"})

_FENCE = re.compile(r"(?P<indent> *)```(?P<info>.*)")
_COMMENT = re.compile(r" *<!-- (?P<word>types|dev|account|javascript|run)\b:? *(?P<rest>.*)")


class PageError(Exception):
    """A page that is written against the rules above."""


@dataclass(frozen=True)
class Step:
    """One thing to do: an example, or a comment that the test obeys."""

    kind: str
    text: str
    line: int
    options: dict[str, str] = field(default_factory=dict)


def find_steps(page: Path) -> list[Step]:
    """Return what a page has to run, in its order.

    Raises:
        PageError: A fence without language, with an unknown one, or with an unknown option.
    """
    return list(_Scan(page).steps())


def expand(shown: str) -> re.Pattern[str]:
    """Return the pattern that an output has to match."""
    parts = [re.escape(part) for part in shown.strip().split("…")]
    return re.compile(".*?".join(parts), re.DOTALL)


def split_session(text: str) -> list[tuple[str, str]]:
    """Return the commands of a session, each with what it shows.

    Raises:
        PageError: It does not begin with a command.
    """
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(([line.removeprefix("$ ")], []))
        elif not found:
            message = f"a session begins with a command, not with {line!r}"
            raise PageError(message)
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line.removeprefix("> "))
        else:
            found[-1][1].append(line)
    return [("\n".join(command), "\n".join(shown)) for command, shown in found]


class _Scan:
    """Goes through the lines of one page."""

    def __init__(self, page: Path) -> None:
        self._page = page
        self._lines = page.read_text(encoding="utf-8").splitlines()
        self._at = 0

    def steps(self) -> Iterator[Step]:
        while self._at < len(self._lines):
            line, text = self._at + 1, self._lines[self._at]
            self._at += 1
            if fence := _FENCE.fullmatch(text):
                yield self._read_fence(line, fence["indent"], fence["info"].strip())
            elif comment := _COMMENT.fullmatch(text):
                yield self._read_comment(line, comment["word"], comment["rest"])

    def _read_fence(self, line: int, indent: str, info: str) -> Step:
        language, _, rest = info.partition(" ")
        inside = self._take(line, indent + "```")
        text = "".join(f"{one.removeprefix(indent)}\n" for one in inside)
        if rest == "output" and language == "text":
            return Step("output", text, line)
        if language not in RUN_LANGUAGES | OTHER_LANGUAGES | SOURCE_LANGUAGES:
            raise self._refuse(line, f"the language {language!r} of a fence is not known")
        options = self._read_options(line, rest.strip())
        if language in SOURCE_LANGUAGES and not options:
            raise self._refuse(line, f"a fence of {language!r} says which file it is")
        return Step(language, text, line, options)

    def _read_options(self, line: int, rest: str) -> dict[str, str]:
        if not rest:
            return {}
        name, colon, value = rest.partition(":")
        if name not in OPTIONS or not colon or not value.strip():
            raise self._refuse(line, f"{rest!r} behind the language is not known")
        return {name: value.strip()}

    def _read_comment(self, line: int, word: str, rest: str) -> Step:
        if word == "run":
            return Step(word, "\n".join(self._take(line, "-->")), line)
        value, closed, _ = rest.rpartition("-->")
        if not closed:
            raise self._refuse(line, "the comment ends on another line")
        if word == "types":
            json.loads(value)  # a mistake is found when the page is read
        return Step(word, value.strip(), line)

    def _take(self, line: int, end: str) -> list[str]:
        """Return the lines up to one that is `end`, and go behind it."""
        start = self._at
        while self._at < len(self._lines):
            self._at += 1
            if self._lines[self._at - 1].strip() == end.strip():
                return self._lines[start : self._at - 1]
        raise self._refuse(line, f"{end!r} never comes")

    def _refuse(self, line: int, what: str) -> PageError:
        return PageError(f"{self._page.name}:{line}: {what}")
