"""`op ci …`: secrets for the later steps of a CI job.

Everything is resolved before anything is written, and masked before it is anywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.environment.formats import format_variables, is_of_runner
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import printable
from strongroom.cli.run.prepare import prepare, source_options
from strongroom.delivery.runner import append_whole, mask_commands
from strongroom.delivery.variables import Collected, Prepared
from strongroom.errors import InputError
from strongroom.references import SCHEME

if TYPE_CHECKING:
    from strongroom.environments.models import VariableDict

_VARIABLES_FILE: Final = "GITHUB_ENV"
_OUTPUTS_FILE: Final = "GITHUB_OUTPUT"
# The names that were exported, with commas between. load-secrets-action has the same one, so that
# each of the two ends what the other began.
_MANAGED: Final = "OP_MANAGED_VARIABLES"
# What Linux starts a program with: 128 KiB for `NAME=value` and the zero behind it. A variable of
# the job that is larger would stop every later step, before it begins.
_VARIABLE_BYTES_MAX: Final = 128 * 1024 - 1


@click.group("ci", cls=Noun)
def ci() -> None:
    """Secrets for the steps of a CI job."""


@ci.command("github")
@source_options
@flag("--outputs", help="Make them outputs of this step, instead of variables of later steps.")
@flag("--unset-previous", help="Make the variables empty that an earlier step exported.")
@pass_invocation
def github(
    invocation: Invocation,
    *,
    env_files: tuple[str, ...],
    environments: tuple[str, ...],
    outputs: bool,
    unset_previous: bool,
) -> None:
    """Give secrets to the later steps of a job of GitHub Actions.

    These are the variables whose value begins with op://, and all those of .env files
    and Environments, with every op://… reference in them resolved. Each secret is
    masked in the log first. If anything cannot be read, nothing is exported.
    """
    variables = invocation.environment
    _path_of(variables, _OUTPUTS_FILE if outputs else _VARIABLES_FILE)
    collected = Collected(variables, keep_token=False, only=_references_in(variables))
    prepared = prepare(
        invocation, collected, env_files, environments=environments, undone="nothing was exported"
    )
    rows = _rows_of(prepared)
    exported = [] if outputs else rows
    previous = [name for name in variables.get(_MANAGED, "").split(",") if name]
    ended = _without(previous if unset_previous else (), exported)
    kept = [] if unset_previous else previous
    # The outputs last: what goes before them with --outputs holds no secret.
    texts = {
        _VARIABLES_FILE: _exports(exported, ended=ended, kept=kept),
        _OUTPUTS_FILE: _lines_of(rows) if outputs else "",
    }
    invocation.output.write_bytes(mask_commands(prepared.secrets))
    for name, text in texts.items():
        if text:
            append_whole(_path_of(variables, name), text.encode(), what=f"the file of {name}")


def _references_in(variables: Mapping[str, str]) -> set[str]:
    """Return the names of the inherited variables that somebody wants to be loaded.

    Only those whose value begins like a reference: in a job variables hold texts of strangers,
    such as the title of a change. The runner's own names hold some as well.
    """
    return {
        name
        for name, text in variables.items()
        if text.startswith(SCHEME) and not is_of_runner(name)
    }


def _path_of(variables: Mapping[str, str], name: str) -> str:
    path = variables.get(name, "")
    if not path:
        message = f"{name} is not set, so this is no step of GitHub Actions"
        hint = "elsewhere, start the program with `op run`"
        raise InputError(message, hint=hint)
    return path


def _rows_of(prepared: Prepared) -> list[VariableDict]:
    """Return the variables as texts.

    Raises:
        InputError: Values that are no text, by name.
    """
    rows: list[VariableDict] = [
        {"name": os.fsdecode(name), "value": raw.decode(errors="surrogateescape"), "masked": True}
        for name, raw in prepared.variables.items()
    ]
    no_text = [row for row in rows if any("\udc80" <= one <= "\udcff" for one in row["value"])]
    _refuse_rows(no_text, "variables have values that are not UTF-8")
    return rows


def _refuse_rows(rows: list[VariableDict], message: str) -> None:
    if rows:
        names = ", ".join(f'"{printable(row["name"])}"' for row in rows)
        raise InputError(f"{message}: {names}")


def _without(names: Iterable[str], rows: Iterable[VariableDict]) -> list[str]:
    taken = {row["name"] for row in rows}
    return [name for name in dict.fromkeys(names) if name not in taken]


def _exports(rows: list[VariableDict], *, ended: list[str], kept: list[str]) -> str:
    """Return what goes into the file of variables: empty ones, new ones, and the list of ours.

    Args:
        ended: Names that become empty.
        kept: Names that an earlier step exported, and that stay.

    Raises:
        InputError: A name or value that the runner does not take.
    """
    _refuse_rows(
        [row for row in rows if "," in row["name"]], "names with a comma cannot be exported"
    )
    if not rows and not ended:
        return ""
    managed = ",".join([*_without(kept, rows), *(row["name"] for row in rows)])
    own = {**dict.fromkeys(ended, ""), _MANAGED: managed}
    more: list[VariableDict] = [
        {"name": name, "value": value, "masked": False} for name, value in own.items()
    ]
    everything = [*more, *rows]
    _refuse_rows(
        [row for row in everything if _size_of(row) > _VARIABLE_BYTES_MAX],
        "variables are too large for the steps that follow",
    )
    return _lines_of(everything)


def _lines_of(rows: Iterable[VariableDict]) -> str:
    return format_variables(rows, name="github", hint="leave them out, or change them")


def _size_of(row: VariableDict) -> int:
    """Return how many bytes `NAME=value` has."""
    return len(f"{row['name']}={row['value']}".encode(errors="surrogateescape"))
