"""`strongroom restore accept`: an owner tells all clients that the older content is meant."""

from __future__ import annotations

import click

from strongroom.cli.backups.restore_shown import file_json, file_lines
from strongroom.cli.program.asking import ask
from strongroom.cli.program.framework import Command, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.passwords import ask_password, unlock_prompt
from strongroom.cli.program.ui import Output
from strongroom.client.account.restoring import RestoredFile
from strongroom.client.change.roles import members_without_role
from strongroom.client.runtime import InlineRuntime, drive
from strongroom.client.view.marks import Marks
from strongroom.crypto.public.digests import NO_HASH, Hash
from strongroom.crypto.public.hashes import HASH_BYTES
from strongroom.errors import InputError, IntegrityError, NotFoundError
from strongroom.home.state import StateFile
from strongroom.ids import format_id
from strongroom.opening.users import unlock_here
from strongroom.trust.directory import HeadMark
from strongroom.wiring.engines import accept_restored


@click.command("accept", cls=Command)
@click.option(
    "--head",
    metavar="HASH",
    help="Accept the directory head with this hash and no other, without asking.",
)
@pass_invocation
def accept(invocation: Invocation, *, head: str | None) -> None:
    """Accept the restored database, as an owner of the account.

    Clients that have seen newer content refuse a restored database, as they refuse
    any older state. This signs a new generation of the directory, which they
    accept. It needs your password even if you are signed in.

    If this computer has never seen the directory in the database, the command shows
    who is in it and asks you on the terminal; without a terminal it shows the same
    and fails. When you have looked at it, give its hash with --head. A directory is
    refused if its signer is no longer an owner or administrator.

    Everything after the backup is gone: new people, tokens, groups and vaults.
    Anybody who was removed or lost a role or right after it has it again. Look at
    `op user list`, `op group list` and `strongroom doctor` afterwards.
    """
    named = parse_hash(head) if head is not None else NO_HASH
    device = invocation.access.device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint="run `strongroom account add --kit FILE`")
    prompt = unlock_prompt(email=device.email, url=device.url)
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
    output.line(f"Accepted: the account's directory begins generation {mark.generation}.")
    output.line(
        "Anybody who was removed or lost a right after the backup has access again: look at"
    )
    output.line("`op user list` and `op group list`. Replace tokens that were created after it.")
    if left:
        output.line(
            "Some users have the keys of Owners or Administrators again without the role. Run:"
        )
    # Whoever leaves the owners leaves the administrators by the same command.
    for user, group in {user: group for group, user in reversed(left)}.items():
        output.line(f"  op group user revoke --group {group} --user {user}")
    output.line("Then give everything new keys: strongroom doctor --fix")


def parse_hash(text: str) -> Hash:
    """Read the hash of a head as it was shown.

    Raises:
        InputError: Not 64 hexadecimal digits.
    """
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != HASH_BYTES:
        message = "--head must be the hash of a directory head"
        raise InputError(
            message,
            hint="`strongroom restore accept` without --head shows the hash, if one is needed",
        )
    return Hash(found)


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
    message = "the directory head of the database is not one that this computer has seen"
    hint = f"if this is what you want back: strongroom restore accept --head {file.hash.hex()}"
    raise IntegrityError(message, layer="mark", hint=hint)
