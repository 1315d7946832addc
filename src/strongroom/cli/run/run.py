"""`op run`: a program with its secrets in variables, and its output with masks in their place."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final, NoReturn

import click

from strongroom.cli.program.framework import Command, first_word, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import printable, write_error
from strongroom.cli.run.prepare import prepare, source_options
from strongroom.delivery.child import run_job
from strongroom.delivery.dumps import CoreLimit
from strongroom.delivery.job import Job, occupy_standard_streams
from strongroom.delivery.programs import CannotRunError
from strongroom.delivery.signals import end_like
from strongroom.delivery.variables import Collected, Prepared

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
@source_options
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
    collected = Collected(invocation.environment, keep_token=keep_token)
    prepared = prepare(
        invocation, collected, env_files, environments=environments, undone="nothing was started"
    )
    masked = not (no_masking or invocation.is_set(_NO_MASKING))
    _run_words(words, prepared, masked=masked, core_limit=invocation.core_limit)


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
