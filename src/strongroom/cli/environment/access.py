"""`op environment grant`, `revoke`, `list-access`: who may use an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from strongroom.cli.environment.find import find_environment, named_environment
from strongroom.cli.program.dues import write_left_out
from strongroom.cli.program.framework import Command, declare, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_group, find_user, principal_names
from strongroom.cli.program.refusals import by_manager, permission_to
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import NotFoundError
from strongroom.permissions import (
    BROAD_WORDS,
    missing_permissions,
    parse_permissions,
    permission_words,
)
from strongroom.wire.access import ContainerKind

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict, UserDict

_KIND: Final = ContainerKind.ENVIRONMENT
_TO_MANAGE: Final = by_manager("environment")
_DEFAULT: Final = "allow_viewing"
_KINDS: Final = {"user": "USER", "group": "GROUP", "serviceAccount": "SERVICE_ACCOUNT"}


# How one person or group is named.
_whose: Final = declare(
    click.argument("name"),
    click.option("--user", metavar="USER", help="A user, by ID, e-mail address or name."),
    click.option("--group", metavar="GROUP", help="A group, by ID or name."),
    pass_invocation,
)


@click.command("grant", cls=Command)
@_whose
@click.option(
    "--permissions",
    default=_DEFAULT,
    metavar="WORDS",
    help=f"{', '.join(BROAD_WORDS)}; {_DEFAULT} by default.",
)
def grant(
    invocation: Invocation, *, name: str, user: str | None, group: str | None, permissions: str
) -> None:
    """Give a user or group more rights in an environment; prints nothing.

    Permissions that a permission needs are given with it: allow_editing includes
    allow_viewing.
    """
    mask = parse_permissions(word.strip() for word in permissions.split(","))
    mask |= missing_permissions(mask)
    with invocation.engine() as engine:
        environment, holder = (
            find_environment(engine, name),
            _holder(engine, user=user, group=group),
        )
        action = f'give "{printable(holder["name"])}" rights in {named_environment(environment)}'
        with permission_to(engine, action, _TO_MANAGE):
            drive(engine.access.grant(environment["id"], {holder["id"]: mask}, kind=_KIND))


@click.command("revoke", cls=Command)
@_whose
def revoke(invocation: Invocation, *, name: str, user: str | None, group: str | None) -> None:
    """Take all rights in an environment from a user or group; the environment gets a new key.

    Prints nothing. Treat what was readable before as known.
    """
    with invocation.engine() as engine:
        environment, holder = (
            find_environment(engine, name),
            _holder(engine, user=user, group=group),
        )
        action = (
            f'take rights in {named_environment(environment)} from "{printable(holder["name"])}"'
        )
        with permission_to(engine, action, _TO_MANAGE):
            try:
                dues = drive(engine.access.revoke(environment["id"], holder["id"], kind=_KIND))
            except NotFoundError:
                who = printable(holder["name"])
                message = f'"{who}" has no direct rights in {named_environment(environment)}'
                hint = "see `op environment list-access`"
                raise NotFoundError(message, hint=hint) from None
        write_left_out(invocation, engine, dues)


@click.command("list-access", cls=Command)
@click.argument("name")
@pass_invocation
def list_access(invocation: Invocation, *, name: str) -> None:
    """List who may use an environment, and how."""
    with invocation.engine() as engine:
        environment = find_environment(engine, name)
        rows = drive(engine.access.list(environment["id"], kind=_KIND))
        names = principal_names(engine)
    shown = [
        (
            row["id"],
            _KINDS[row["kind"]],
            names.get(row["id"], ""),
            permission_words(row["permissions"], broad=True),
        )
        for row in rows
    ]
    output = invocation.output
    if output.wants_json:
        keys = ("id", "kind", "name", "permissions")
        output.json([dict(zip(keys, parts, strict=True)) for parts in shown])
        return
    output.table(
        ("ID", "KIND", "NAME", "PERMISSIONS"),
        [(one, kind, name, ",".join(words)) for one, kind, name, words in shown],
    )


def _holder(engine: Engine, *, user: str | None, group: str | None) -> UserDict | GroupDict:
    if (user is None) == (group is None):
        message = "name one of --user and --group"
        raise click.UsageError(message)
    return find_group(engine, group) if user is None else find_user(engine, user)  # type: ignore[arg-type]
