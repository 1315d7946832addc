"""`strongroom restore accept`: an owner tells all clients that the older content is meant."""

from __future__ import annotations

import click

from strongroom import wiring
from strongroom.cli.framework import Command, pass_invocation
from strongroom.cli.invocation import Invocation
from strongroom.cli.passwords import ask_password
from strongroom.cli.signin import unlock_here
from strongroom.client.marks import Marks
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.errors import NotFoundError
from strongroom.home.state import StateFile
from strongroom.trust.directory import HeadMark


@click.command("accept", cls=Command)
@pass_invocation
def accept(invocation: Invocation) -> None:
    """Accept the restored database, as an owner of the account.

    Clients that have seen newer content refuse a restored database, as they
    refuse any older state. This signs a new generation of the directory, which
    ends that. It needs your password, also where you are signed in.

    Everything since the backup is gone: people, tokens, groups and vaults made
    since; and whoever was removed or lost a role or right since has it again.
    Look through `op user list`, `op group list` and `strongroom doctor`
    afterwards.
    """
    device = invocation.access.device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint="run `strongroom account add --kit FILE`")
    prompt = f"Enter the password for {device.email} at {device.url}: "
    unlocked = unlock_here(invocation, device, ask_password(invocation.input, prompt=prompt))
    state = StateFile(invocation.home, device.account_id, device.user_id)
    seen = state.load(unlocked.seed) or Marks(pin=device.pin, head=HeadMark(0, 0))
    engine = drive(
        wiring.accept_restored(
            url=device.url,
            account=device.account_id,
            user=device.user_id,
            seed=unlocked.seed,
            seen=seen,
            runtime=InlineRuntime(),
            clock=invocation.clock,
        )
    )
    try:
        head = state.merge(engine.marks, seed=unlocked.seed).head
    finally:
        engine.close()
    output = invocation.output
    if output.wants_json:
        output.json({"generation": head.generation, "rev": head.rev})
        return
    output.line(f"Accepted: the account's directory begins its generation {head.generation}.")
    output.line("Whoever was removed or lost a right since the backup has it again: look through")
    output.line("`op user list` and `op group list`, and make tokens anew that were made since.")
