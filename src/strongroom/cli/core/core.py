"""`strongroom core`: the core beneath the official SDKs, for adapters in other languages."""

from __future__ import annotations

import grp
import sys
import time
from contextlib import suppress
from typing import Final

import click

from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, Noun, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.core.serving.checking import WAIT_SECONDS_MAX, wait_for_socket
from strongroom.core.serving.sockets import serve_socket
from strongroom.core.serving.stdio import serve_stdio
from strongroom.errors import NotFoundError

_STDIO: Final = "stdio"
_FLAG: Final = "--stdio"
_GROUP_ID_MAX: Final = 2**32 - 2  # the last one means "leave it as it is" to the system


class _Core(Noun):
    """A noun with a flag in the place of a verb."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the hidden command in the place of the flag."""
        return super().parse_args(ctx, [_STDIO if one == _FLAG else one for one in args])


@click.group("core", cls=_Core)
@click.option(
    _FLAG,
    is_flag=True,
    expose_value=False,
    help="Serve the program that has started this one, by frames on standard input and output.",
)
def core() -> None:
    """The core beneath the official SDKs of other languages: JSON in, JSON out.

    Their adapters start it; specs/core.md says what they send.
    """


@core.command(_STDIO, cls=Command, hidden=True)
@pass_invocation
def stdio(invocation: Invocation) -> None:
    """Serve frames on standard input and output, until standard input ends."""
    serve_stdio(invocation.environment)


@core.command("serve", cls=Command)
@click.option(
    "--socket",
    "path",
    required=True,
    metavar="PATH",
    help="Where to listen, in a folder of yours; if only the folder is missing, it is made.",
)
@click.option(
    "--group", metavar="GROUP", help="Members of it (a name or a number) may connect too."
)
@pass_invocation
def serve(invocation: Invocation, *, path: str, group: str | None) -> None:
    """Serve the programs of this user by frames on a Unix socket; print its path when ready.

    Ends on SIGTERM, after calls at work have ended.
    """
    place = absolute(path)

    def tell() -> None:
        invocation.output.line(str(place))
        sys.stdout.flush()  # whoever waits for the line reads it now

    serve_socket(
        place,
        environment=invocation.environment,
        ready=tell,
        group=None if group is None else _group_id(group),
    )


@core.command("check", cls=Command)
@click.option("--socket", "path", required=True, metavar="PATH", help="The socket of the core.")
@click.option(
    "--wait",
    "seconds",
    type=click.FloatRange(0, WAIT_SECONDS_MAX),
    default=0.0,
    metavar="SECONDS",
    help="Wait so long for one that is just starting; 0 by default.",
)
@pass_invocation
def check(invocation: Invocation, *, path: str, seconds: float) -> None:
    """Tell whether a core serves this user at a path; exits with 1 where none does."""
    place = absolute(path)
    wait_for_socket(place, seconds=seconds, pause=time.sleep)
    invocation.output.line(f"a core serves at {place}")


def _group_id(name: str) -> int:
    with suppress(KeyError):
        return grp.getgrnam(name).gr_gid
    # In containers groups have no names.
    if name.isascii() and name.isdigit() and int(name) <= _GROUP_ID_MAX:
        return int(name)
    message = f"there is no group {name} on this computer"
    raise NotFoundError(message)
