"""`op read`: one secret by its reference, to standard output or into a file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from strongroom.cli.framework import command, flag, pass_invocation
from strongroom.cli.invocation import Invocation
from strongroom.cli.quick import read_reference
from strongroom.errors import InputError, LocalFileError

_MODE_MAX = 0o777


@command("read")
@click.argument("reference")
@click.option("-o", "--out-file", metavar="PATH", help="Write to a file; print its path.")
@click.option("--file-mode", metavar="MODE", default="0600", help="Mode of a new file.")
@flag("-f", "--force", help="Overwrite a file without asking.")
@flag("-n", "--no-newline", help="No newline after the value.")
@pass_invocation
def read(
    invocation: Invocation,
    *,
    reference: str,
    out_file: str | None,
    file_mode: str,
    force: bool,
    no_newline: bool,
) -> None:
    """Print the secret of a reference: op://vault/item/[section/]field."""
    mode = parse_mode(file_mode)
    path = None if out_file is None else Path(os.path.abspath(out_file))  # noqa: PTH100
    if path is not None:
        check_overwrite(path, force=force)
    value = read_reference(invocation.access, reference)
    text = value if no_newline else f"{value}\n"
    if path is None:
        invocation.output.write(text)
        return
    write_secret_file(path, text.encode(), mode=mode, force=force)
    invocation.output.line(str(path))


def parse_mode(text: str) -> int:
    """Read an octal file mode.

    Raises:
        InputError: Not one.
    """
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= _MODE_MAX:
        message = f'invalid argument "{text}" for "--file-mode" flag'
        raise InputError(message, hint="for example 0600")
    return mode


def check_overwrite(path: Path, *, force: bool) -> None:
    """Ask before a file is overwritten; where nobody can be asked, refuse.

    Raises:
        LocalFileError: It exists, and nobody said yes.
    """
    if force or not path.is_file():
        return
    if not _confirmed(f"{path} exists already. Overwrite it?"):
        message = f"{path} exists already"
        raise LocalFileError(message, hint="use --force to overwrite it")


def write_secret_file(path: Path, data: bytes, *, mode: int, force: bool) -> None:
    """Write a file that may hold secrets; without `--force` a new one never follows a link."""
    from strongroom.home.files import create_file, replace_file

    if force or path.exists():
        replace_file(path, data, mode=mode)
    else:
        create_file(path, data, mode=mode)


def _confirmed(question: str) -> bool:
    """Ask on the terminal itself, so that neither output stream is touched."""
    try:
        with Path("/dev/tty").open("r+", encoding="utf-8") as terminal:  # pragma: no cover
            terminal.write(f"{question} [y/N] ")
            terminal.flush()
            return terminal.readline().strip().lower() in {"y", "yes"}
    except OSError:
        return False
