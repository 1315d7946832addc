"""The command line reference has every command and flag of the program, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

import click
import pytest

from strongroom.cli.app import program, run
from support.examples_run import ROOT

PAGE = ROOT / "docs/reference/cli.md"
HEADING = "## All commands"
SPAN = re.compile(r"`([^`]+)`")


def commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Return the path of every command with its arguments and flags, as the program has them."""
    context = click.Context(command, info_name=" ".join(words))
    if isinstance(command, click.Group):
        if command.params:  # `restore FILE`: what the group itself takes
            yield " ".join(words), describe(command, context)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from commands(child, (*words, name))
    else:
        yield " ".join(words), describe(command, context)


def describe(command: click.Command, context: click.Context) -> str:
    """Return arguments and flags in one line."""
    pieces = [one for one in command.collect_usage_pieces(context) if one != "[OPTIONS]"]
    options = [one for one in command.params if isinstance(one, click.Option)]
    return " ".join([*pieces, *(name for one in options for name in one.opts)])


def the_programs_commands() -> dict[str, str]:
    """Return every command of the program; the root's own flags are the global ones."""
    return {path: text for path, text in commands(program()) if path}


def synopsis() -> str:
    """Return what the page has to show."""
    return "\n".join(f"{path} {text}".strip() for path, text in the_programs_commands().items())


def shown() -> str:
    """Return what the page shows."""
    block = re.search(rf"{HEADING}\n.*?```text\n(.*?)\n```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block is not None
    return block[1]


def told(text: str) -> set[str]:
    """Return the commands that the tables and paragraphs of a page tell about.

    In one line the nouns are not repeated: `op vault create NAME`, `list`.
    """
    found = set()
    for line in text.partition(HEADING)[0].splitlines():
        last: list[str] = []
        for span in SPAN.findall(line):
            first, *words = span.split() or [""]
            if first in ("op", "strongroom"):
                last = plain_words(words)
            elif last:
                last = [*last[:-1], *plain_words([first, *words])[:1]]
            found.add(" ".join(last))
    return found


def plain_words(words: list[str]) -> list[str]:
    """Return the words of a command without its arguments."""
    return list(takewhile(re.compile(r"[a-z][a-z-]*").fullmatch, words))


def test_all_commands_are_listed():
    """The list at the end of the page is the program's own, command by command, flag by flag."""
    assert shown() == synopsis(), f"put this under {HEADING!r}:\n\n{synopsis()}"


def test_all_commands_are_told():
    """Every command stands in a table or a paragraph, too."""
    silent = the_programs_commands().keys() - told(PAGE.read_text("utf-8"))
    assert silent == set()


@pytest.mark.parametrize("path", the_programs_commands())
def test_help(path: str, capsys: pytest.CaptureFixture[str]):
    """Every command explains itself."""
    assert run([*path.split(), "--help"], environment={}) == 0
    assert "Usage: " in capsys.readouterr().out


def test_mutant_list():
    """A command that is missing in the text is noticed."""
    text = PAGE.read_text("utf-8")
    assert "item recover" in told(text)
    assert "item recover" not in told(text.replace("item recover", "item forget"))
