"""`strongroom dev`: a throw-away account for a shell or one command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import click

from strongroom.cli.program.framework import command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.ui import write_error
from strongroom.delivery.dumps import set_core_limit
from strongroom.errors import NotFoundError

_SHELL: Final = "/bin/sh"
# What a shell answers for a command that it cannot run, for one that it cannot find, and above
# which a signal ended one.
_CANNOT_RUN: Final = 126
_NOT_FOUND: Final = 127
_SIGNAL_BASE: Final = 128


@command("dev")
@click.option("--seed", metavar="FILE", help="TOML or YAML file with vaults, items and fields.")
@click.option(
    "--clock",
    metavar="TIME",
    help="Stop the clock of the account at this time: 2026-01-02T03:04:05Z.",
)
@click.argument("program", nargs=-1, metavar="[-- COMMAND...]")
@pass_invocation
@click.pass_context
def dev(
    context: click.Context,
    invocation: Invocation,
    *,
    seed: str | None,
    clock: str | None,
    program: tuple[str, ...],
) -> None:
    """Run a shell, or COMMAND, with a throw-away account and its token.

    OP_SERVICE_ACCOUNT_TOKEN is set, so that `op read`, `op item` and every program
    that uses `onepassword` work at once. The account is a file in a private
    temporary folder and is removed afterwards. Without --seed it has one empty
    vault, `vault`.

    A seed is TOML, or YAML if its name ends so; --seed <(COMMAND) works too. In TOML
    it has a table for each item, named by its vault and title:

        [vault.db]
        username = "app"
        password = "only for tests"
    """
    from strongroom.testing.account import throw_away_account

    source = None if seed is None else _existing(seed)
    words = list(program) or [invocation.environment.get("SHELL") or _SHELL]
    with throw_away_account(source, clock=clock) as account:
        kept = {
            name: text
            for name, text in invocation.environment.items()
            if not name.startswith("OP_")
        }
        try:
            # The account is thrown away: so may be what we dump meanwhile.
            set_core_limit(invocation.core_limit)
            done = subprocess.run(words, env=kept | account.environment, check=False)  # noqa: S603
        except OSError as error:
            write_error(f"cannot run {words[0]}: {os.strerror(error.errno or 0)}")
            context.exit(_NOT_FOUND if isinstance(error, FileNotFoundError) else _CANNOT_RUN)
    status = done.returncode
    context.exit(status if status >= 0 else _SIGNAL_BASE - status)


def _existing(text: str) -> Path:
    # Not those of `Path`, which fail on a name that is too long.
    if not os.path.exists(text) or os.path.isdir(text):  # noqa: PTH110, PTH112
        message = f"there is no file {text}"
        raise NotFoundError(message)
    return Path(text)
