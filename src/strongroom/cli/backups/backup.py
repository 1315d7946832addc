"""`strongroom backup` and `strongroom restore`: copies of the database, and the way back."""

from __future__ import annotations

from typing import Final

import click

from strongroom.addresses import URL_VARIABLE
from strongroom.cli.account.addresses import address_of
from strongroom.cli.backups.restore_accept import accept
from strongroom.cli.program.files import absolute
from strongroom.cli.program.framework import Command, Noun, command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.errors import NotFoundError
from strongroom.ids import NO_ACCOUNT, AccountId, format_id
from strongroom.wire.access import ContainerKind
from strongroom.wiring import backups

_URL_HELP: Final = "The database, as file:///absolute/path.db or a path; by default the account's."
# What a person may miss; groups come back with the list of people.
_KINDS: Final[dict[int, str]] = {
    ContainerKind.VAULT: "vault",
    ContainerKind.ENVIRONMENT: "environment",
}
_FROM_FILE: Final = "from-file"


@command("backup")
@click.argument("file")
@click.option("--url", metavar="URL", help=_URL_HELP)
@flag("-f", "--force", help="Replace FILE if it is there.")
@pass_invocation
def backup(invocation: Invocation, *, file: str, url: str | None, force: bool) -> None:
    """Copy the account's database to FILE, even while it is in use; print the name of FILE.

    No password is needed: the copy is as sealed as the database. Keep it with
    the same care, and the Emergency Kit in another place.
    """
    target = absolute(file)
    address, _ = find_database(invocation, url)
    backups.back_up(address, target, replace=force)
    output = invocation.output
    if output.wants_json:
        output.json({"file": str(target), "bytes": target.stat().st_size, "url": address})
    else:
        output.line(str(target))


class _Restore(Noun):
    """A noun whose first word may be a file: any that is not the name of a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the hidden command before a file."""
        verbs = {name for name in self.commands if name != _FROM_FILE}
        if not args:
            # A script whose variable is empty must not look like one that restored.
            message = "missing argument 'FILE'"
            raise click.UsageError(message, ctx=ctx)
        plain = [one for one in args if one not in ("-h", "--help")]
        if plain and len(plain) == len(args) and verbs.isdisjoint(args):
            args = [_FROM_FILE, *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Name the file, which is what most people come for."""
        del ctx
        return ["FILE | COMMAND", "[OPTIONS]"]


@click.group("restore", cls=_Restore)
@click.option("--url", metavar="URL", expose_value=False, help=_URL_HELP)
@click.option(
    "-f",
    "--force",
    is_flag=True,
    expose_value=False,
    help="Restore even if the backup lacks the account.",
)
def restore() -> None:
    """Replace the content of the account's database by the backup FILE.

    It is one transaction: programs that have the database open go on with the
    restored content. A missing database is created. What was written after the
    backup is lost; back up the current state first if you may want it.

    Clients that have seen newer content then fail with `rollback`, as they do when
    somebody else puts back an older state. An owner ends that with `strongroom
    restore accept`.

    A backup is refused if it lacks the account, or any other account in the
    database. Write a file that has the name of a command as ./NAME.
    """


@restore.command(_FROM_FILE, cls=Command, hidden=True)
@click.argument("file")
@click.option("--url", metavar="URL", help=_URL_HELP)
@flag("-f", "--force", help="Restore even if the backup lacks the account.")
@pass_invocation
def restore_file(invocation: Invocation, *, file: str, url: str | None, force: bool) -> None:
    """Replace the content of the account's database by the backup FILE."""
    source = absolute(file)
    address, account = find_database(invocation, url)
    lost = backups.restore(address, source, account=account, force=force)
    gone = [(_KINDS[one.kind], format_id(one.id)) for one in lost if one.kind in _KINDS]
    output = invocation.output
    if output.wants_json:
        rows = [{"type": kind, "id": identifier} for kind, identifier in gone]
        output.json({"file": str(source), "url": address, "gone": rows})
        return
    output.line(f"Restored {address}")
    for kind, identifier in gone:
        output.line(f"The {kind} {identifier} is gone: it was made after the backup.")
    output.line("Clients that have seen newer people, tokens, rights or versions refuse this")
    output.line("database until an owner runs:")
    output.line("  strongroom restore accept")


restore.add_command(accept)


def find_database(invocation: Invocation, url: str | None) -> tuple[str, AccountId]:
    """Return the address of the database that is meant, and its account if that is known.

    Raises:
        NotFoundError: No address, token or account says which.
        InputError: What is given is no address of a file.
    """
    if url is not None:
        return address_of(url), NO_ACCOUNT
    token = invocation.access.token()
    if token is not None:
        return _database_of_token(invocation, token)
    device = invocation.access.device()
    if device is None:
        message = "no account is set up on this computer"
        raise NotFoundError(message, hint="name the database with --url")
    return device.url, device.account_id


def _database_of_token(invocation: Invocation, token: str) -> tuple[str, AccountId]:
    from strongroom.crypto.tokens import parse_token

    # What it opens does not matter here, nor does its end.
    parsed = parse_token(token)
    return invocation.environment.get(URL_VARIABLE) or parsed.url, parsed.account
