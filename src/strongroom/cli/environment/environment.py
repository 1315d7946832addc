"""`op environment …`: making, reading and changing environments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import click

from strongroom.cli.environment.access import grant, list_access, revoke
from strongroom.cli.environment.differences import diff
from strongroom.cli.environment.find import (
    TO_READ,
    TO_WRITE,
    find_environment,
    name_is_free,
    named_environment,
    open_environment,
    version_of,
)
from strongroom.cli.environment.formats import WRITERS, format_variables
from strongroom.cli.environment.variables import check_replacement, take_edits
from strongroom.cli.program.framework import Noun, declare, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.times import json_time
from strongroom.cli.program.ui import BLOCK_COLUMN, printable
from strongroom.cli.program.versions import write_versions
from strongroom.client.runtime import drive
from strongroom.environments.codec import edit_variables
from strongroom.environments.dialects import Dialect
from strongroom.environments.dotenv import format_lines
from strongroom.errors import NotFoundError

if TYPE_CHECKING:
    from strongroom.environments.models import EnvironmentDict, VariableDict

Environment: TypeAlias = "EnvironmentDict"

_EXPOSES: Final = (
    "Assignments are NAME=value, NAME[masked]=value, NAME[unmasked] and NAME[delete]. A value on "
    "the command line can be seen by every process on this computer and stays in the shell's "
    "history: write NAME=- to read the value from standard input, or use --env-file."
)


@click.group("environment", cls=Noun)
def environment() -> None:
    """Environments: lists of variables for programs."""


# How a file of variables is read.
_file_options: Final = declare(
    click.option(
        "--dialect",
        type=click.Choice([one.value for one in Dialect if one != Dialect.COMMON]),
        help="The program whose rules hold for the .env file.",
    ),
    flag("--masked", help="Mask every variable that is set, unless [unmasked] says otherwise."),
    flag("--empty", help="Accept a file or standard input without any variable."),
    pass_invocation,
)
# What `create` and `edit` take.
_variable_options: Final = declare(
    click.argument("assignments", nargs=-1),
    click.option("--description", metavar="TEXT", help="What the environment is for."),
    click.option("--env-file", metavar="FILE", help=".env or JSON file, or - for standard input."),
    _file_options,
)


@environment.command("create", epilog=_EXPOSES)
@click.argument("name")
@_variable_options
def create(
    invocation: Invocation,
    *,
    name: str,
    assignments: tuple[str, ...],
    description: str | None,
    env_file: str | None,
    dialect: str | None,
    masked: bool,
    empty: bool,
) -> None:
    """Create an environment.

    Variables come from assignments, from --env-file or, with `-`, from standard
    input. If a name has several values, the last one counts. A file or input
    without any variable is an error, unless you add --empty.
    """
    edits = take_edits(
        invocation, assignments, env_file, masked=masked, empty=empty, dialect=dialect
    )
    variables = edit_variables({}, edits)["variables"]
    action = f'create the environment "{printable(name)}"'
    with invocation.engine() as engine, permission_to(engine, action), name_is_free(name):
        made = drive(
            engine.environments.create(name, description=description or "", variables=variables)
        )
    _write_facts(invocation, made)


@environment.command("list")
@pass_invocation
def list_environments(invocation: Invocation) -> None:
    """List the environments that you can open."""
    with invocation.engine() as engine:
        rows = drive(engine.environments.list())
    output = invocation.output
    if output.wants_json:
        output.json([environment_json(one) for one in rows])
        return
    style = invocation.time_style
    output.table(
        ("ID", "NAME", "EDITED"),
        [(one["id"], one["title"], style.show(one["updatedAt"])) for one in rows],
    )


@environment.command("get")
@click.argument("name", required=False)
@flag("--reveal", help="Show the values.")
@pass_invocation
def get(invocation: Invocation, *, name: str | None, reveal: bool) -> None:
    """Show environments with the names of their variables; values only with --reveal."""
    with invocation.engine() as engine:
        for one in take_names(invocation.input, name, what="the environment"):
            _write_environment(invocation, open_environment(engine, one), reveal=reveal)


@environment.command("read")
@click.argument("name")
@click.option(
    "--version",
    "version",
    type=click.IntRange(min=1),
    metavar="N",
    help="Print this version instead of the newest.",
)
@pass_invocation
def read(invocation: Invocation, *, name: str, version: int | None) -> None:
    """Print the variables as NAME=value lines, with the values exactly as they are.

    A value that contains a line end takes more than one line, and none is quoted. For
    programs, add --format dotenv, shell, docker, github, yaml or json. If a format
    cannot carry a variable, the command names it and prints nothing.
    """
    invocation.more_formats = tuple(WRITERS)
    output = invocation.output
    with invocation.engine() as engine:
        variables = open_environment(engine, name, version=version)["variables"]
    if output.wants_json:
        output.json(variables)
    elif output.format in WRITERS:
        output.write(format_variables(variables, name=output.format))
    else:
        output.write(format_lines(variables))


@environment.command("edit", epilog=_EXPOSES)
@click.argument("name")
@_variable_options
@click.option("--name", "new_name", metavar="NAME", help="Rename the environment.")
@flag("--replace", help="Remove all other variables.")
def edit(
    invocation: Invocation,
    *,
    name: str,
    assignments: tuple[str, ...],
    description: str | None,
    env_file: str | None,
    dialect: str | None,
    masked: bool,
    empty: bool,
    new_name: str | None,
    replace: bool,
) -> None:
    """Change variables, name or description; prints nothing.

    Other variables stay as they are, in their order, unless you add --replace.
    --replace --empty removes all variables. Without --empty, a file or input
    without any variable is an error.
    """
    clears = replace and empty
    if not assignments and not clears and (new_name, description, env_file) == (None, None, None):
        message = "say what to change: add assignments, --env-file, --name or - "
        raise click.UsageError(message.strip())
    edits = take_edits(
        invocation, assignments, env_file, masked=masked, empty=empty, dialect=dialect
    )
    if replace:
        check_replacement(edits, empty=empty)
    with invocation.engine() as engine:
        environment = find_environment(engine, name)
        allowed = permission_to(engine, f"change {named_environment(environment)}", TO_WRITE)
        with allowed, name_is_free(new_name or ""):
            drive(
                engine.environments.update(
                    environment["id"],
                    title=new_name,
                    description=description,
                    edits=edits,
                    replace=replace,
                )
            )


@environment.command("import")
@click.argument("name")
@click.argument("file")
@_file_options
@flag("--replace", help="Remove all variables that the file does not name.")
def import_file(
    invocation: Invocation,
    *,
    name: str,
    file: str,
    dialect: str | None,
    masked: bool,
    empty: bool,
    replace: bool,
) -> None:
    """Set the variables of a .env or JSON file; make the environment if it is not there.

    FILE may be - for standard input. All of it becomes one version, and other
    variables stay as they are, unless you add --replace.
    """
    edits = take_edits(invocation, (), file, masked=masked, empty=empty, dialect=dialect)
    if replace:
        check_replacement(edits, empty=empty)
    with invocation.engine() as engine:
        try:
            found = find_environment(engine, name)
        except NotFoundError:
            variables = edit_variables({}, edits)["variables"]
            action = f'create the environment "{printable(name)}"'
            with permission_to(engine, action):
                written = drive(engine.environments.create(name, variables=variables))
        else:
            with permission_to(engine, f"change {named_environment(found)}", TO_WRITE):
                written = drive(
                    engine.environments.update(found["id"], edits=edits, replace=replace)
                )
    _write_facts(invocation, written)


@environment.command("delete")
@click.argument("name", required=False)
@pass_invocation
def delete(invocation: Invocation, *, name: str | None) -> None:
    """Delete environments: one by name or ID, or those that standard input names."""
    with invocation.engine() as engine:
        # All are found before the first is deleted: a typing error costs nothing.
        environments = [
            find_environment(engine, one)
            for one in take_names(invocation.input, name, what="the environment")
        ]
        for environment in environments:
            with permission_to(engine, f"delete {named_environment(environment)}", TO_WRITE):
                drive(engine.environments.delete(environment["id"]))


@environment.command("history")
@click.argument("name")
@pass_invocation
def history(invocation: Invocation, *, name: str) -> None:
    """List the kept versions, newest first, with state, time and author but no content."""
    with invocation.engine() as engine:
        environment = find_environment(engine, name)
        with permission_to(
            engine, f"read the history of {named_environment(environment)}", TO_READ
        ):
            rows = drive(engine.environments.history(environment["id"]))
    write_versions(invocation, rows)


@environment.command("restore")
@click.argument("name")
@click.option(
    "--version",
    "version",
    type=click.IntRange(min=1),
    metavar="N",
    required=True,
    help="The version to restore.",
)
@pass_invocation
def restore(invocation: Invocation, *, name: str, version: int) -> None:
    """Restore the variables of an older version as a new version; name and description stay.

    `op environment history` lists the versions.
    """
    with invocation.engine() as engine:
        environment = find_environment(engine, name)
        action = f"change {named_environment(environment)}"
        with permission_to(engine, action, TO_WRITE), version_of(environment, version):
            restored = drive(engine.environments.restore(environment["id"], version))
    _write_facts(invocation, restored)


environment.add_command(grant)
environment.add_command(revoke)
environment.add_command(list_access)
environment.add_command(diff)


def environment_json(environment: Environment) -> dict[str, object]:
    """Return the JSON of an environment's facts."""
    row = {
        "id": environment["id"],
        "name": environment["title"],
        "description": environment["description"] or None,
        "version": environment["version"],
        "created_at": json_time(environment["createdAt"]),
        "updated_at": json_time(environment["updatedAt"]),
    }
    return {key: value for key, value in row.items() if value is not None}


def _write_facts(invocation: Invocation, environment: Environment) -> None:
    output = invocation.output
    if output.wants_json:
        output.json(environment_json(environment))
    else:
        output.block(_facts(invocation, environment))


def _write_environment(invocation: Invocation, environment: Environment, *, reveal: bool) -> None:
    output = invocation.output
    if output.wants_json:
        variables = [
            {
                "name": row["name"],
                **({"value": row["value"]} if reveal else {}),
                "masked": row["masked"],
            }
            for row in environment["variables"]
        ]
        output.json(environment_json(environment) | {"variables": variables})
        return
    output.block(_facts(invocation, environment))
    lines = [
        f"  {printable(row['name'])}:".ljust(BLOCK_COLUMN - 1)
        + f" {_shown_value(environment, row, reveal)}"
        for row in environment["variables"]
    ]
    if lines:
        output.line("\n".join(["Variables:", *(line.rstrip() for line in lines)]))


def _shown_value(environment: Environment, variable: VariableDict, reveal: bool) -> str:
    if reveal or not variable["value"]:
        return printable(variable["value"])
    return f"[use 'op environment get {environment['id']} --reveal' to reveal]"


def _facts(invocation: Invocation, environment: Environment) -> dict[str, str]:
    style = invocation.time_style
    return {
        "ID": environment["id"],
        "Name": environment["title"],
        **({"Description": environment["description"]} if environment["description"] else {}),
        "Version": str(environment["version"]),
        "Created": style.show(environment["createdAt"]),
        "Updated": style.show(environment["updatedAt"]),
    }
