"""`op item share`: checks everything, and says that a link needs a server."""

from __future__ import annotations

import click

from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import get_item, named
from strongroom.cli.program.refusals import TO_SHARE, permission_to
from strongroom.cli.program.times import parse_duration
from strongroom.client.runtime import drive
from strongroom.errors import InputError
from strongroom.shares.policy import DURATIONS_MS, default_policy
from strongroom.shares.recipients import parse_recipients

_DEFAULT = "7d"


@click.command("share", cls=Command)
@click.argument("name")
@click.option("--vault", metavar="VAULT", help="Look in this vault only.")
@click.option(
    "--emails",
    metavar="LIST",
    default="",
    help="Who may open the link, by addresses or domains: a@b.org,c.org; by default everybody.",
)
@click.option(
    "--expires-in",
    "--expiry",
    metavar="DURATION",
    default=_DEFAULT,
    show_default=True,
    help="How long the link works, in s, m, h, d, w.",
)
@flag("--view-once", help="Let each recipient open the link only once.")
@pass_invocation
def share(
    invocation: Invocation,
    *,
    name: str,
    vault: str | None,
    emails: str,
    expires_in: str,
    view_once: bool,  # noqa: ARG001  (there is no link yet that could be looked at)
) -> None:
    """Create a link that shows a copy of an item to people outside the account.

    A link needs a Strongroom server that other people can reach. An account in a
    file has none, so this only checks what you ask for and then fails.
    """
    milliseconds = parse_duration(expires_in, flag="--expires-in")
    fitting = [word for word, most in DURATIONS_MS.items() if milliseconds <= most]
    if not fitting:
        message = "a link works for at most 30 days"
        raise InputError(message)
    parse_recipients(default_policy(), [one for one in emails.split(",") if one.strip()])
    with invocation.engine() as engine:
        item, item_vault = get_item(engine, name, vault=vault, archived=False)
        with permission_to(engine, f"share {named(item, item_vault)}", TO_SHARE):
            drive(engine.shares.create(item["vaultId"], item["id"], expire_after=fitting[0]))
