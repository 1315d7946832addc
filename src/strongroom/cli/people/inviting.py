"""`op user provision` and `op user confirm`: how somebody comes into the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from strongroom.cli.people.shapes import person_json, person_state
from strongroom.cli.program.asking import ask
from strongroom.cli.program.framework import Command, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import any_case, find_user
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.times import format_ms
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import NotFoundError, StrongroomError
from strongroom.permissions import ROLES

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.invites import Invite


# What somebody who is about to give a role reads on a line of its own.
_POWERS: Final = {
    "administrator": "An administrator adds and removes people and reads shared vaults",
    "owner": "An owner can do everything, and can appoint and remove other owners",
}


@click.command("provision", cls=Command)
@click.option(
    "--email", required=True, metavar="EMAIL", help="E-mail address of the person to invite."
)
@click.option("--name", default="", metavar="NAME", help="Name of the person.")
@click.option(
    "--role",
    type=click.Choice(ROLES, case_sensitive=False),
    default=ROLES[0],
    help="member by default.",
)
@click.option("--language", metavar="CODE", help="Accepted for compatibility; no mail is sent.")
@pass_invocation
def provision(
    invocation: Invocation, *, email: str, name: str, role: str, language: str | None
) -> None:
    """Invite somebody: print the link, which cannot be shown again.

    Send it over a channel that only the two of you can read: anybody who has the
    link can answer in that person's place. It works once, for 72 hours. The invited
    person runs `strongroom account join`, then you run `op user confirm`.
    """
    del language
    action = f'invite "{printable(email)}"'
    with invocation.engine() as engine, permission_to(engine, action):
        link = drive(engine.invites.create(email, name=name, role=role))
        invite = drive(engine.invites.of_link(link)).as_dict()
    # Exposed: the link is this command's result.
    text, output = link.expose(), invocation.output
    if output.wants_json:
        output.json(
            {
                **person_json(invite, now_ms=invocation.clock()),
                "role": role,
                "link": text,
                "expires_at": format_ms(invite["expiresAt"]),
            }
        )
    else:
        output.line(text)


@click.command("confirm", cls=Command)
@click.argument("name", required=False)
@click.option(
    "--role",
    type=click.Choice(ROLES, case_sensitive=False),
    help="The role to give; member by default.",
)
@flag("--all", help="Confirm every plain member who has answered an invite.")
@flag("-f", "--force", help="Do not ask.")
@flag("--no-input", help="Do not ask.")
@pass_invocation
def confirm(
    invocation: Invocation,
    *,
    name: str | None,
    role: str | None,
    all: bool,  # noqa: A002  (the flag's own word)
    force: bool,
    no_input: bool,
) -> None:
    """Confirm somebody who answered an invite, by e-mail address, name, user ID or invite ID.

    On a terminal it shows the address, name, role and fingerprint of the new keys,
    and asks. Compare the fingerprint with the one that `account join` showed the
    person. Prints nothing, or in JSON the users that were confirmed.

    Confirm administrators and owners one by one, and with --role; --all skips their
    invites.
    """
    if all and (name is not None or role is not None):
        message = (
            "--all confirms plain members only: do not use it with --role or the name of a user"
        )
        raise click.UsageError(message)
    role = role or ROLES[0]
    asks = invocation.input.is_terminal and not (force or no_input)
    confirmed: list[dict[str, Any]] = []
    failed: list[StrongroomError] = []
    with invocation.engine() as engine:
        with permission_to(engine, "confirm users"):
            invites = (
                _waiting(invocation, engine) if all else _named_invites(invocation, engine, name)
            )
        for invite in invites:
            try:
                invite.check_role(role)
                if not asks or _agreed(invite):
                    confirmed.append(_confirm(invocation, engine, invite, role))
            except StrongroomError as error:
                failed.append(error)  # one false answer must not keep the others out
        if invocation.output.wants_json and (confirmed or not failed):
            invocation.output.json(confirmed)
        if failed:
            raise failed[0]


def _waiting(invocation: Invocation, engine: Engine) -> list[Invite]:
    now = invocation.clock()
    invites = [(one, one.as_dict()) for one in drive(engine.invites.list())]
    return [
        one
        for one, shown in invites
        if shown["role"] == ROLES[0] and person_state(shown, now_ms=now) == "PENDING"
    ]


def _named_invites(invocation: Invocation, engine: Engine, name: str | None) -> list[Invite]:
    return [
        _find_invite(engine, one) for one in take_names(invocation.input, name, what="the user")
    ]


def _find_invite(engine: Engine, name: str) -> Invite:
    try:
        return drive(engine.invites.find(any_case(name), answered=True))
    except NotFoundError:
        user = find_user(engine, name)  # or else there is nobody of that name
        message = f'"{printable(user["name"] or name)}" is already a user'
        raise NotFoundError(message, hint="see `op user list`") from None


def _agreed(invite: Invite) -> bool:
    shown, keys = invite.as_dict(), invite.keys()
    if not keys:
        return True  # which the engine refuses, with its reason
    pairs = {
        "Email": shown["email"],
        "Name": shown["name"],
        "Role": shown["role"],
        "User ID": shown["userId"],
        "Fingerprint": keys["fingerprint"],
    }
    lines = [f"{key + ':':<13}{printable(value)}".rstrip() for key, value in pairs.items()]
    if shown["role"] in _POWERS:
        lines.append(f"{_POWERS[shown['role']]}.")
    return ask("Is this the person whom you invited?", above=lines)


def _confirm(invocation: Invocation, engine: Engine, invite: Invite, role: str) -> dict[str, Any]:
    action = f'confirm "{printable(invite.as_dict()["email"])}"'
    with permission_to(engine, action):
        user_id = drive(engine.invites.confirm(invite, role=role))
    return person_json(drive(engine.users.find(user_id)), now_ms=invocation.clock())
