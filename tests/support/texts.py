"""Every text that a person may be shown: errors, hints, findings, prompts and help.

They are collected from the source, so that somebody can read them in one go;
values stand as {}. A test compares them with `tests/texts.txt`.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

import strongroom
from strongroom.cli.app import program

SOURCE: Final = Path(strongroom.__path__[0])
SNAPSHOT: Final = Path(__file__).parents[1] / "texts.txt"
# Names and parameters whose value is shown to people.
_NAMES: Final = frozenset(
    {"message", "hint", "detail", "text", "prompt", "reason", "what", "action"}
)
_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9_]+|_[A-Z0-9_]+")
# Not for people: regular expressions, statements for the database, names, lists of words.
_NOT_TEXT: Final = re.compile(
    r"^\(?[A-Z]{4,} |^\w+(, \w+){4}|\bJOIN\b|^\{\} AND |^\S*$"
    r"|^\w+\(\w+=|\[A-Za-z0-9|\(\?|\\[wsSd]|^(\w+ ){20}"
)
_PARAMETERS: Final = frozenset({"hint", "prompt", "help", "reason"})
_CALLS: Final = re.compile(
    r"(^|\.)(line|ask|_say|Finding|_wrong_\w+|_refus\w+|UsageError|BadParameter|\w+Error)$"
)


def collect() -> list[str]:
    """Return all texts, each once, in the order of the alphabet."""
    return sorted({*_in_source(), *_in_help()}, key=lambda text: (text.casefold(), text))


def render() -> str:
    """Return the content of the snapshot."""
    return "".join(f"{text}\n" for text in collect())


def _in_source() -> Iterator[str]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            yield from filter(_is_text, map(_plain, _shown(node)))


def _shown(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {one.id for one in targets if isinstance(one, ast.Name)}
        if node.value is not None and names & _NAMES:
            yield from _texts(node.value)
        elif node.value is not None and any(map(_CONSTANT.fullmatch, names)):
            yield from _inside(node.value)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield from _texts(node.value)
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[ast.expr]:
    for keyword in node.keywords:
        if keyword.arg in _PARAMETERS:
            yield from _texts(keyword.value)
    if _CALLS.search(ast.unparse(node.func)):
        for argument in node.args:
            yield from _texts(argument)


def _inside(value: ast.expr) -> Iterator[ast.expr]:
    """Return the texts of a constant, those in its rows and values too."""
    if isinstance(value, ast.Tuple | ast.List):
        for one in value.elts:
            yield from _inside(one)
    elif isinstance(value, ast.Dict):
        for one in value.values:
            yield from _inside(one)
    else:
        yield from _texts(value)


def _texts(value: ast.expr) -> Iterator[ast.expr]:
    """Return the texts among which an expression chooses."""
    if isinstance(value, ast.IfExp):
        yield from _texts(value.body)
        yield from _texts(value.orelse)
    elif isinstance(value, ast.BinOp):
        yield from _texts(value.left)
        yield from _texts(value.right)
    elif isinstance(value, ast.Constant | ast.JoinedStr):
        yield value


def _plain(value: ast.expr) -> str:
    parts = value.values if isinstance(value, ast.JoinedStr) else [value]
    texts = (
        str(part.value) if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
        for part in parts
        if not isinstance(part, ast.Constant) or isinstance(part.value, str)
    )
    return " ".join("".join(texts).split())


def _is_text(text: str) -> bool:
    """Tell whether it is more than a name, a format or a piece of SQL."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) >= 3 and not _NOT_TEXT.search(text)


def _in_help() -> Iterator[str]:
    """Return the help of every command, paragraph by paragraph."""
    todo: list[click.Command] = [program()]
    while todo:
        command = todo.pop()
        helps = [getattr(one, "help", None) or "" for one in command.params]
        for long in (command.help or "", command.epilog or "", *helps):
            for paragraph in inspect.cleandoc(long).split("\n\n"):
                text = " ".join(paragraph.split())
                if text:
                    yield text
        if isinstance(command, click.Group):
            context = click.Context(command)
            names = command.list_commands(context)
            todo += [one for name in names if (one := command.get_command(context, name))]
