"""`op service-account list|get|edit|rotate|revoke|ratelimit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from strongroom.cli.program.dues import write_dues
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import ambiguous
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.times import format_ms, parse_duration
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, InputError, NotFoundError
from strongroom.permissions import SERVICE_ACCOUNT_WORDS, permission_names

if TYPE_CHECKING:
    from strongroom.client.change.dues import Due
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import ServiceAccountDict

ServiceAccount: TypeAlias = "ServiceAccountDict"

_NO_LIMITS: Final = "There are no rate limits on a database file."


@click.command("list", cls=Command)
@pass_invocation
def list_service_accounts(invocation: Invocation) -> None:
    """List the service accounts that were not revoked."""
    with invocation.engine() as engine:
        rows = [_json(one) for one in drive(engine.service_accounts.list())]
    if invocation.output.wants_json:
        invocation.output.json(rows)
        return
    invocation.output.table(
        ("ID", "NAME", "STATE", "ENDS"),
        [(row["id"], row["name"], row["state"], row.get("expires_at", "never")) for row in rows],
    )


@click.command("get", cls=Command)
@click.argument("name")
@pass_invocation
def get(invocation: Invocation, *, name: str) -> None:
    """Show a service account, and what it may use as far as you can see."""
    with invocation.engine() as engine:
        account = find_service_account(engine, name)
        grants = drive(engine.service_accounts.grants(account["id"]))
    shown = _json(account)
    for kind in ("vault", "environment"):
        shown[f"{kind}s"] = [
            {
                "id": one["id"],
                "name": one["title"],
                "permissions": mask_words(one["permissions"]),
            }
            for one in grants
            if one["kind"] == kind
        ]
    if invocation.output.wants_json:
        invocation.output.json(shown)
    else:
        _write_account(invocation, shown)


@click.command("edit", cls=Command)
@click.argument("name")
@click.option("--name", "new_name", required=True, metavar="NAME", help="The new name.")
@pass_invocation
def edit(invocation: Invocation, *, name: str, new_name: str) -> None:
    """Rename a service account; prints nothing.

    Its vaults, environments and permissions are fixed: to change them, create
    another service account.
    """
    with invocation.engine() as engine:
        account = find_service_account(engine, name)
        with permission_to(engine, f"rename {_named_account(account)}"):
            drive(engine.service_accounts.edit(account["id"], name=new_name))


@click.command("rotate", cls=Command)
@click.argument("name")
@click.option(
    "--expire-old-in",
    metavar="DURATION",
    help="How long the old token still works, in s, m, h, d, w: 12h; by default it ends now.",
)
@flag("--raw", help="Print only the token.")
@pass_invocation
def rotate(invocation: Invocation, *, name: str, expire_old_in: str | None, raw: bool) -> None:
    """Give a service account a new token, shown once; its vaults get new keys.

    With --expire-old-in the old token is refused from that time on; the first
    `strongroom doctor --fix` afterwards ends its keys.
    """
    ends = None
    if expire_old_in is not None:
        ends = invocation.clock() + parse_duration(expire_old_in, flag="--expire-old-in")
    with invocation.engine() as engine:
        account = find_service_account(engine, name)
        if account["state"] != "ACTIVE":
            message = f"{_named_account(account)} was revoked"
            raise InputError(message, hint="create another one: op service-account create")
        with permission_to(engine, f"rotate the token of {_named_account(account)}"):
            token = drive(engine.service_accounts.rotate(account["id"], old_ends_ms=ends))
    output = invocation.output
    # Exposed here and below: the token is this command's result.
    if raw:
        output.line(token.expose())
    elif output.wants_json:
        end = {} if ends is None else {"old_token_ends_at": format_ms(ends)}
        output.json({"id": account["id"], "name": account["name"], **end, "token": token.expose()})
    else:
        old = "refused from now on" if ends is None else f"works until {format_ms(ends)}"
        output.block({"Service account": account["name"], "Old token": old})
        output.line("The new token is shown only once. Keep it now.")
        output.line(token.expose())


@click.command("revoke", cls=Command)
@click.argument("name", required=False)
@pass_invocation
def revoke(invocation: Invocation, *, name: str | None) -> None:
    """Revoke service accounts, at once and for good; what they could open gets new keys.

    Prints only the vaults that keep their old key because somebody else manages
    them.
    """
    names = take_names(invocation.input, name, what="the service account")
    with invocation.engine() as engine:
        # All are found before the first is revoked: a typing error costs nothing.
        accounts = [find_service_account(engine, one) for one in names]
        dues: dict[str, Due] = {}
        for account in accounts:
            with permission_to(engine, f"revoke {_named_account(account)}"):
                done = drive(engine.service_accounts.revoke(account["id"]))
            dues |= {due.container: due for due in done}
        write_dues(invocation, engine, [*dues.values()])


@click.command("ratelimit", cls=Command)
@click.argument("name", required=False)
@pass_invocation
def ratelimit(invocation: Invocation, *, name: str | None) -> None:
    """Show rate limits: there are none on a database file."""
    with invocation.engine() as engine:
        if name is not None:
            find_service_account(engine, name)
    if invocation.output.wants_json:
        invocation.output.json([])
    else:
        invocation.output.line(_NO_LIMITS)


def find_service_account(engine: Engine, name: str) -> ServiceAccount:
    """Return the service account of an id or name.

    Raises:
        NotFoundError: No such service account.
        AmbiguousError: Several have this name.
    """
    shown = printable(name)
    try:
        return drive(engine.service_accounts.find(name))
    except NotFoundError:
        advice = "Specify the service account with its ID or name."
        message = f'"{shown}" isn\'t a service account in this account. {advice}'
        raise NotFoundError(message, tag="serviceAccountNotFound") from None
    except AmbiguousError as error:
        raise ambiguous("service account", name=name, error=error) from None


def mask_words(mask: int) -> list[str]:
    """Return the words of a service account's permissions, then what no word covers."""
    words, covered = list[str](), 0
    for word, bits in SERVICE_ACCOUNT_WORDS.items():
        if mask & bits == bits:
            words.append(word)
            covered |= bits
    return words + permission_names(mask & ~covered)


def _named_account(account: ServiceAccount) -> str:
    return f'the service account "{printable(account["name"])}"'


def _json(account: ServiceAccount) -> dict[str, Any]:
    """Return the JSON of a service account; times that it does not have are left out."""
    times = {
        "created_at": account["createdAt"],
        "expires_at": account["expiresAt"],
        "old_token_ends_at": account["oldTokenEndsAt"],
    }
    row = {
        "id": account["id"],
        "name": account["name"],
        "state": account["state"],
        "can_create_vaults": account["canCreateVaults"],
        "creator_id": account["creatorId"],
    }
    return row | {key: format_ms(time) for key, time in times.items() if time}


def _write_account(invocation: Invocation, shown: Mapping[str, Any]) -> None:
    parts = {
        kind.capitalize() + "s": "; ".join(
            f"{one['name']} ({', '.join(one['permissions'])})" for one in shown[f"{kind}s"]
        )
        for kind in ("vault", "environment")
    }
    pairs = {
        "ID": shown["id"],
        "Name": shown["name"],
        "State": shown["state"],
        **parts,
        "Creates vaults": "yes" if shown["can_create_vaults"] else "no",
        "Ends": shown.get("expires_at", "never"),
        "Old token ends": shown.get("old_token_ends_at", ""),
        "Created": shown.get("created_at", ""),
        "Creator": shown["creator_id"],
    }
    invocation.output.block({key: value for key, value in pairs.items() if value})
