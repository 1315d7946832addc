"""`op update`: how Strongroom is updated; it never does that by itself."""

from __future__ import annotations

from typing import Final

import click

from strongroom import __version__
from strongroom.cli.program.framework import command, pass_invocation
from strongroom.cli.program.invocation import Invocation

_TEXT: Final = """\
This is Strongroom {version}. It does not update itself: fetch the newer release, and install it
the way this one was installed, for example with

    pip install --upgrade /path/to/strongroom

Then run `strongroom doctor`. Accounts, tokens and files of older releases go on working.
"""


@command("update")
@click.option("--channel", metavar="NAME", help="Accepted for compatibility.")
@click.option("--directory", metavar="DIRECTORY", help="Accepted for compatibility.")
@pass_invocation
def update(invocation: Invocation, *, channel: str | None, directory: str | None) -> None:
    """Say which release this is and how to update it; nothing is downloaded or changed."""
    del channel, directory
    invocation.output.write(_TEXT.format(version=__version__))
