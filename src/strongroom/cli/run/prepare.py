"""The variables of a program or of a CI job: where the user says they come from, made ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.environment.find import open_environment
from strongroom.cli.program.files import read_limited
from strongroom.cli.program.framework import declare
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import join_errors, place_error, printable
from strongroom.cli.read.errors import explain_read
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

# Where variables come from, besides the shell.
source_options: Final = declare(
    click.option(
        "--env-file",
        "env_files",
        metavar="FILE",
        multiple=True,
        help="A .env file; a later one wins. May be given several times.",
    ),
    click.option(
        "--environment",
        "--environments",
        "environments",
        metavar="ENVIRONMENT",
        multiple=True,
        help="An Environment, by name or ID; it wins over files, a later one over earlier ones.",
    ),
)


def prepare(
    invocation: Invocation,
    collected: Collected,
    env_files: Sequence[str],
    *,
    environments: Sequence[str],
    undone: str,
) -> Prepared:
    """Add files and Environments to what is there, and resolve every reference.

    Without references and Environments nobody has to be signed in.

    Args:
        undone: What has not happened, for the error that tells several failures.

    Raises:
        StrongroomError: What cannot be read, all of it in one error.
    """
    for text in [_read_env_file(path) for path in env_files]:
        collected.add_env_file(text)
    if not environments and not collected.has_references:
        return _resolve(collected, None, undone=undone)
    with invocation.engine() as engine:
        _add_environments(engine, collected, environments, undone=undone)
        return _resolve(collected, engine, undone=undone)


def _read_env_file(path: str) -> EnvText:
    raw = read_limited(Path(path), what="the file")
    try:
        return EnvText(raw.decode(), f"the file {path}")
    except UnicodeDecodeError:
        # The exception would carry the bytes, which hold secrets.
        message = f"the file {path} is not UTF-8"
        raise InputError(message) from None


def _resolve(collected: Collected, engine: Engine | None, *, undone: str) -> Prepared:
    try:
        return collected.resolve(engine)
    except NotReadyError as error:
        failures = [_explained(engine, one) for one in error.failures]
        raise _joined(failures, undone=undone) from None


def _add_environments(
    engine: Engine, collected: Collected, names: Sequence[str], *, undone: str
) -> None:
    failures: list[StrongroomError] = []
    for name in names:
        try:
            collected.add_environment(open_environment(engine, name)["variables"])
        except StrongroomError as error:
            failures.append(error)
    if failures:
        raise _joined(failures, undone=undone)


def _explained(engine: Engine | None, failure: VariableFailure) -> StrongroomError:
    """Say of a failure which variable has it."""
    error = failure.error
    if engine is not None and failure.reference is not None and error.reference is not None:
        error = explain_read(error, engine, failure.reference)
    return place_error(error, printable(failure.variable))


def _joined(failures: Sequence[StrongroomError], *, undone: str) -> StrongroomError:
    return join_errors(failures, f"variables or Environments cannot be read, so {undone}")
