"""`op run`: a program with its secrets in variables, and its output with masks in their place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from strongroom.cli.environment.find import open_environment
from strongroom.cli.program.files import read_limited
from strongroom.cli.program.framework import Command, first_word, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import join_errors, place_error, printable, write_error
from strongroom.cli.read.errors import explain_read
from strongroom.delivery.child import run_job
from strongroom.delivery.dumps import CoreLimit
from strongroom.delivery.job import Job, occupy_standard_streams
from strongroom.delivery.programs import CannotRunError
from strongroom.delivery.signals import end_like
from strongroom.delivery.variables import (
    Collected,
    EnvText,
    NotReadyError,
    Prepared,
    VariableFailure,
)
from strongroom.errors import InputError, StrongroomError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine

_NO_MASKING: Final = "OP_RUN_NO_MASKING"


class RunCommand(Command):
    """A command whose first argument that is none of its flags begins another command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `--` before the other command, whose flags are not ours."""
        words = first_word(self.get_params(ctx), args)
        if words < len(args) and args[words] != "--":
            args = [*args[:words], "--", *args[words:]]
        return super().parse_args(ctx, args)


@click.command("run", cls=RunCommand)
@click.option(
    "--env-file",
    "env_files",
    metavar="FILE",
    multiple=True,
    help="A .env file; a later one wins. May be given several times.",
)
@click.option(
    "--environment",
    "--environments",
    "environments",
    metavar="ENVIRONMENT",
    multiple=True,
    help="An Environment, by name or ID; it wins over files, a later one over earlier ones.",
)
@flag("--no-masking", help="Give the output as it is, with the secrets in it (OP_RUN_NO_MASKING).")
@flag("--keep-token", help="Let the program have the token or session of this command, too.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND...")
@pass_invocation
def run(
    invocation: Invocation,
    *,
    env_files: tuple[str, ...],
    environments: tuple[str, ...],
    no_masking: bool,
    keep_token: bool,
    words: tuple[str, ...],
) -> None:
    """Run a command with secrets in its environment variables.

    Every op://… reference in the variables of the shell, of .env files and of
    Environments is resolved first; if one cannot be, the command is not started.
    In the output of the command each secret is replaced by a mask.
    """
    if not words:
        message = "say which command to run: op run -- COMMAND"
        raise click.UsageError(message)
    occupy_standard_streams()
    texts = [_read_env_file(path) for path in env_files]
    collected = Collected(invocation.environment, keep_token=keep_token)
    for text in texts:
        collected.add_env_file(text)
    prepared = _prepare(invocation, collected, environments)
    masked = not (no_masking or invocation.is_set(_NO_MASKING))
    _run_words(words, prepared, masked=masked, core_limit=invocation.core_limit)


def _read_env_file(path: str) -> EnvText:
    raw = read_limited(Path(path), what="the file")
    try:
        return EnvText(raw.decode(), f"the file {path}")
    except UnicodeDecodeError:
        # The exception would carry the bytes, which hold secrets.
        message = f"the file {path} is not UTF-8"
        raise InputError(message) from None


def _prepare(invocation: Invocation, collected: Collected, environments: Sequence[str]) -> Prepared:
    """Read Environments and resolve references; without either nobody has to be signed in."""
    if not environments and not collected.has_references:
        try:
            return collected.resolve(None)
        except NotReadyError as error:
            raise _joined([_explained(None, one) for one in error.failures]) from None
    with invocation.engine() as engine:
        _add_environments(engine, collected, environments)
        try:
            return collected.resolve(engine)
        except NotReadyError as error:
            raise _joined([_explained(engine, one) for one in error.failures]) from None


def _add_environments(engine: Engine, collected: Collected, names: Sequence[str]) -> None:
    failures: list[StrongroomError] = []
    for name in names:
        try:
            collected.add_environment(open_environment(engine, name)["variables"])
        except StrongroomError as error:
            failures.append(error)
    if failures:
        raise _joined(failures)


def _explained(engine: Engine | None, failure: VariableFailure) -> StrongroomError:
    """Say of a failure which variable has it."""
    error = failure.error
    if engine is not None and failure.reference is not None and error.reference is not None:
        error = explain_read(error, engine, failure.reference)
    return place_error(error, printable(failure.variable))


def _joined(failures: Sequence[StrongroomError]) -> StrongroomError:
    message = "variables or Environments cannot be read, so nothing was started"
    return join_errors(failures, message)


def _run_words(
    words: Sequence[str], prepared: Prepared, *, masked: bool, core_limit: CoreLimit
) -> NoReturn:
    secrets = prepared.secrets if masked else frozenset()
    try:
        ended = run_job(Job(words, prepared.variables, secrets, core_limit=core_limit))
    except CannotRunError as error:
        write_error(printable(str(error)))
        raise click.exceptions.Exit(error.exit_code) from None
    for failure in ended.failures:
        write_error(f"output could not be written: {os.strerror(failure.errno or 0).lower()}")
    end_like(ended.status)
