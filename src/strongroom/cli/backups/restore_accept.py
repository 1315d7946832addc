"""`strongroom restore accept`: an owner tells all clients that the older content is meant."""

from __future__ import annotations

import click

from strongroom.cli.backups.restore_shown import file_json, file_lines
from strongroom.cli.program.asking import ask
from strongroom.cli.program.framework import Command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_password
from strongroom.cli.program.ui import Output
from strongroom.client.account.restoring import RestoredFile
from strongroom.client.change.roles import members_without_role
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.errors import InputError, IntegrityError, NotFoundError
from strongroom.home.state import StateFile
from strongroom.ids import format_id
from strongroom.opening.users import unlock_here
from strongroom.trust.directory import HeadMark
from strongroom.wiring.engines import accept_restored


@click.command("accept", cls=Command)
@click.option(
    "--head", metavar="HASH", help="Accept the head with this hash and no other, without asking."
)
@pass_invocation
def accept(invocation: Invocation, *, head: str | None) -> None:
    """Accept the restored database, as an owner of the account.

    Clients that have seen newer content refuse a restored database, as they
    refuse any older state. This signs a new generation of the directory, which
    ends that. It needs your password, also where you are signed in.

    If this computer has never seen the directory that is in the file, it shows
    who is in it and asks on the terminal; elsewhere it shows the same and ends.
    When you have looked, name its hash with --head. A directory that was signed
    by somebody who has no role any more is refused.

    Everything since the backup is gone: people, tokens, groups and vaults made
    since; and whoever was removed or lost a role or right since has it again.
    Look through `op user list`, `op group list` and `strongroom doctor`
    afterwards.
    """
    named = parse_hash(head) if head is not None else b""
    device = invocation.access.device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint="run `strongroom account add --kit FILE`")
    prompt = f"Enter the password for {device.email} at {device.url}: "
    unlocked = unlock_here(invocation.home, device, ask_password(invocation.input, prompt=prompt))
    state = StateFile(invocation.home, device.account_id, device.user_id)
    seen = state.load(unlocked.seed) or Marks(pin=device.pin, head=HeadMark(0, 0))
    engine = drive(
        accept_restored(
            url=device.url,
            account=device.account_id,
            user=device.user_id,
            seed=unlocked.seed,
            seen=seen,
            runtime=InlineRuntime(),
            clock=invocation.clock,
            head=named,
            confirm=lambda file: _confirm(invocation, file),
        )
    )
    try:
        mark = state.merge(engine.marks, seed=unlocked.seed).head
        left = [
            (format_id(one), format_id(who)) for one, who in members_without_role(engine.session)
        ]
    finally:
        engine.close()
    _report(invocation.output, mark, left)


def _report(output: Output, mark: HeadMark, left: list[tuple[str, str]]) -> None:
    if output.wants_json:
        rows = [{"group_id": group, "user_id": user} for group, user in left]
        output.json({"generation": mark.generation, "rev": mark.rev, "members_without_role": rows})
        return
    output.line(f"Accepted: the account's directory begins its generation {mark.generation}.")
    output.line("Whoever was removed or lost a right since the backup has it again: look through")
    output.line("`op user list` and `op group list`, and make tokens anew that were made since.")
    if left:
        output.line(
            "Some have the keys of Owners or Administrators again without the role. End it:"
        )
    # Whoever leaves the owners leaves the administrators by the same command.
    for user, group in {user: group for group, user in reversed(left)}.items():
        output.line(f"  op group user revoke --group {group} --user {user}")
    output.line("Then give everything new keys: strongroom doctor --fix")


def parse_hash(text: str) -> bytes:
    """Read the hash of a head as it was shown.

    Raises:
        InputError: Not 64 hexadecimal digits.
    """
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != HASH_BYTES:
        message = "--head is not the hash of a head"
        raise InputError(message, hint="`strongroom restore accept` shows it if it matters")
    return found


def _confirm(invocation: Invocation, file: RestoredFile) -> bool:
    """Ask on a terminal whether a file is meant whose head this computer has not seen.

    Raises:
        IntegrityError: There is nobody to ask; the file was shown on standard output.
    """
    output = invocation.output
    if invocation.input.is_terminal and not output.wants_json:
        return ask("Is this the state that you want back?", above=file_lines(file))
    if output.wants_json:
        output.json(file_json(file))
    else:
        for line in file_lines(file):
            output.line(line)
    message = "the head of the file is not one that this computer has seen"
    hint = f"if this is what you want back: strongroom restore accept --head {file.hash.hex()}"
    raise IntegrityError(message, layer="mark", hint=hint)
