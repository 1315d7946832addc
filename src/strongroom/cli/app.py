"""The whole program: its commands, and what becomes of click's own errors."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from strongroom import __version__
from strongroom.cli.program.framework import Program, UnknownCommandError, command
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Output,
    write_error,
    write_stderr,
)
from strongroom.clock import Clock, system_clock
from strongroom.delivery.dumps import forbid_core_dumps

# The release of `op` whose command line this one follows; clients compare it with ranges.
OP_VERSION: Final = "2.41.0"

_HERE: Final = "strongroom.cli"
_COMMANDS: Final = {
    "account": (f"{_HERE}.account.account", "account"),
    "audit": (f"{_HERE}.audit", "audit"),
    "backup": (f"{_HERE}.backups.backup", "backup"),
    "ci": (f"{_HERE}.run.ci", "ci"),
    "completion": (f"{_HERE}.shell.completion", "completion"),
    "core": (f"{_HERE}.core.core", "core"),
    "demo": (f"{_HERE}.demo.demo", "demo"),
    "dev": (f"{_HERE}.dev", "dev"),
    "doctor": (f"{_HERE}.doctor.doctor", "doctor"),
    "document": (f"{_HERE}.document.document", "document"),
    "env": (f"{_HERE}.shell.env", "env"),
    "environment": (f"{_HERE}.environment.environment", "environment"),
    "fingerprint": (f"{_HERE}.fingerprint", "fingerprint"),
    "group": (f"{_HERE}.people.group", "group"),
    "help": (f"{_HERE}.app", "show_help"),
    "inject": (f"{_HERE}.inject.inject", "inject"),
    "item": (f"{_HERE}.item.item", "item"),
    "read": (f"{_HERE}.read.read", "read"),
    "restore": (f"{_HERE}.backups.backup", "restore"),
    "run": (f"{_HERE}.run.run", "run"),
    "server": (f"{_HERE}.server.server", "server"),
    "service-account": (f"{_HERE}.service_account.service_account", "service_account"),
    "signin": (f"{_HERE}.account.signin", "signin"),
    "signout": (f"{_HERE}.account.signin", "signout"),
    "update": (f"{_HERE}.shell.update", "update"),
    "user": (f"{_HERE}.people.user", "user"),
    "vault": (f"{_HERE}.vault.vault", "vault"),
    "whoami": (f"{_HERE}.account.signin", "whoami"),
}
# What programs ask, and no person: neither the help nor a completion names it.
_HIDDEN: Final = frozenset({"env"})
_NAMES: Final = ("op", "strongroom")
# What can be a mistyped flag; anything else with a dash before it is not repeated.
_FLAG: Final = re.compile(r"-[A-Za-z]|--[a-z]{1,16}(-[a-z]{1,16}){0,4}")


def program_name() -> str:
    """Return the name by which the program was called: `op` or `strongroom`."""
    name = Path(sys.argv[0]).stem if sys.argv else ""
    return name if name in _NAMES else _NAMES[0]


def run(arguments: list[str], *, environment: Mapping[str, str], clock: Clock | None = None) -> int:
    """Run one command line; return its exit code.

    Raises:
        StrongroomError: Any failure of the command itself.
    """
    if environment.get(f"_{program_name()}_COMPLETE".upper(), "").startswith("powershell"):
        import_module(_COMMANDS["completion"][0])  # click knows the other shells itself
    invocation = Invocation(
        environment, clock=clock or system_clock, core_limit=forbid_core_dumps()
    )
    try:
        status = program().main(
            arguments, prog_name=program_name(), standalone_mode=False, obj=invocation
        )
    except click.UsageError as error:
        return _refuse(error)
    except click.Abort:
        write_error("interrupted")
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        write_error(error.format_message())
        return EXIT_FAILURE
    return status if isinstance(status, int) else EXIT_OK


def program() -> Program:
    """Return the program with all its commands."""
    return Program(
        name="op",
        modules=_COMMANDS,
        hidden_names=_HIDDEN,
        help="Secrets, end-to-end encrypted, in a file of your own.",
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[
            click.Option(
                ["-v", "--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help="Print the version.",
            )
        ],
    )


def _show_version(ctx: click.Context, _param: click.Parameter, value: object) -> None:
    if value:
        # Clients of `op` parse this line whole; only under our own name it says more.
        own = f" (strongroom {__version__})" if ctx.info_name == "strongroom" else ""
        Output().line(f"{OP_VERSION}{own}")
        ctx.exit()


def _refuse(error: click.UsageError) -> int:
    """Print a usage error: the error line, then the help of the command it is about."""
    message = error.format_message().rstrip(".")
    # Click repeats the argument, and a stray argument may be a password.
    if message.startswith("Got unexpected extra argument"):
        message = "too many arguments"
    elif isinstance(error, click.NoSuchOption) and not _FLAG.fullmatch(error.option_name):
        message = "unknown flag"
    # Click's name for the type of a number from 1 on.
    message = message.replace("a valid integer range", "a whole number")
    write_error(message[:1].lower() + message[1:])
    if isinstance(error, UnknownCommandError) and error.hint is not None:
        sys.stderr.write(f"hint: {error.hint}\n")
    usage = "hint: see --help" if error.ctx is None else f"\n{error.ctx.get_help()}"
    write_stderr(f"{usage}\n")
    return EXIT_FAILURE


@command("help")
@click.argument("words", nargs=-1)
@click.pass_context
def show_help(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Show the help of a command: `op help item create`."""
    current = ctx.parent or ctx
    for word in words:
        group = current.command
        found = group.get_command(current, word) if isinstance(group, click.Group) else None
        if found is None:
            raise UnknownCommandError(word, current)
        current = click.Context(found, info_name=found.name, parent=current)
    Output().line(current.get_help())
