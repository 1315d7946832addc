"""`op service-account …`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from strongroom.cli.environment.find import find_environment
from strongroom.cli.program.framework import Noun, flag, pass_invocation
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import find_vault
from strongroom.cli.program.refusals import permission_to
from strongroom.cli.program.times import format_ms, parse_duration
from strongroom.cli.program.ui import printable
from strongroom.cli.service_account.manage import (
    edit,
    get,
    list_service_accounts,
    ratelimit,
    revoke,
    rotate,
)
from strongroom.client.runtime import drive
from strongroom.crypto.tokens import parse_token
from strongroom.errors import InputError
from strongroom.ids import format_id
from strongroom.permissions import SERVICE_ACCOUNT_WORDS

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.environments.models import EnvironmentDict
    from strongroom.secret import Secret
    from strongroom.vaults.models import VaultDict

_DEFAULT_WORD: Final = "read_items"
# There is nothing of an environment to share.
_ENVIRONMENT_WORDS: Final = ("read_items", "write_items")
_ON_FILE: Final = (
    "The account is in a file: cryptography keeps closed what the token cannot read, but the\n"
    "token's end, its revocation and all limits beyond reading bind honest clients only."
)


class AccessFlag(NamedTuple):
    """One `--vault` or `--environment` flag: which one, and which words."""

    name: str
    words: tuple[str, ...]

    @property
    def mask(self) -> int:
        """The permission bits of the words."""
        mask = 0
        for word in self.words:
            mask |= SERVICE_ACCOUNT_WORDS[word]
        return mask


class Granted(NamedTuple):
    """A vault or environment that a service account gets, and the words of its flag."""

    id: str
    title: str
    access: AccessFlag

    def as_dict(self) -> dict[str, str | list[str]]:
        """Return what JSON says of it."""
        return {"id": self.id, "name": self.title, "permissions": list(self.access.words)}

    def __str__(self) -> str:
        return f"{self.title} ({', '.join(self.access.words)})"


@click.group("service-account", cls=Noun)
def service_account() -> None:
    """Service accounts: tokens for programs."""


@service_account.command("create")
@click.argument("name")
@click.option(
    "--vault",
    "vaults",
    multiple=True,
    metavar="NAME[:WORDS]",
    help="A vault and what is allowed: read_items (default), write_items, share_items.",
)
@click.option(
    "--environment",
    "environments",
    multiple=True,
    metavar="NAME[:WORDS]",
    help="An environment and what is allowed: read_items (default), write_items.",
)
@flag("--can-create-vaults", help="Let it create vaults and environments of its own.")
@click.option(
    "--expires-in",
    metavar="DURATION",
    help="How long the token works, in s, m, h, d, w: 90d; by default for ever.",
)
@flag("--raw", help="Print only the token.")
@pass_invocation
def create(
    invocation: Invocation,
    *,
    name: str,
    vaults: tuple[str, ...],
    environments: tuple[str, ...],
    can_create_vaults: bool,
    expires_in: str | None,
    raw: bool,
) -> None:
    """Create a service account; its token is shown once."""
    accesses = [parse_access(text) for text in vaults]
    readings = [parse_access(text, known=_ENVIRONMENT_WORDS) for text in environments]
    if not accesses and not readings and not can_create_vaults:
        message = "a service account needs a vault or an environment"
        hint = "add --vault NAME:read_items, --environment NAME, or --can-create-vaults"
        raise InputError(message, hint=hint)
    expires = None
    if expires_in is not None:
        expires = invocation.clock() + parse_duration(expires_in, flag="--expires-in")
    action = f'create the service account "{printable(name)}"'
    with invocation.engine() as engine, permission_to(engine, action):
        rooms = _find_granted(engine, accesses, find_vault)
        environment_rooms = _find_granted(engine, readings, find_environment)
        on_file = engine.identity()["url"].startswith("file:")
        token = drive(
            engine.service_accounts.create(
                name,
                _masks(rooms),
                environments=_masks(environment_rooms),
                can_create_vaults=can_create_vaults,
                expires_ms=expires,
            )
        )
    if raw:
        # Exposed here and below: the token is this command's result.
        invocation.output.line(token.expose())
    else:
        _write_token(
            invocation,
            name=name,
            token=token,
            vaults=rooms,
            environments=environment_rooms,
            expires=expires,
            on_file=on_file,
        )


def parse_access(text: str, *, known: Collection[str] = SERVICE_ACCOUNT_WORDS) -> AccessFlag:
    """Read `NAME[:WORD,WORD]`.

    Args:
        known: The words that may stand there.

    Raises:
        InputError: An unknown word, or `read_items` missing beside another.
    """
    name, colon, words = text.rpartition(":")
    if not colon:
        return AccessFlag(text, (_DEFAULT_WORD,))
    chosen = tuple(dict.fromkeys(word.strip() for word in words.split(",")))
    for word in chosen:
        if word not in known:
            message = f'"{word}" isn\'t a permission of a service account'
            hint = f"use {', '.join(known)}; a name with a colon goes by its ID"
            raise InputError(message, hint=hint)
    if _DEFAULT_WORD not in chosen:
        message = f"{' and '.join(chosen)} also needs {_DEFAULT_WORD}"
        raise InputError(message, hint=f"write {name}:{_DEFAULT_WORD},{','.join(chosen)}")
    return AccessFlag(name, chosen)


def _find_granted(
    engine: Engine,
    accesses: list[AccessFlag],
    find: Callable[[Engine, str], VaultDict | EnvironmentDict],
) -> list[Granted]:
    found = [(find(engine, access.name), access) for access in accesses]
    return [Granted(one["id"], one["title"], access) for one, access in found]


def _masks(rooms: list[Granted]) -> dict[str, int]:
    masks: dict[str, int] = {}
    for room in rooms:
        masks[room.id] = masks.get(room.id, 0) | room.access.mask
    return masks


def _write_token(
    invocation: Invocation,
    *,
    name: str,
    token: Secret[str],
    vaults: list[Granted],
    environments: list[Granted],
    expires: int | None,
    on_file: bool,
) -> None:
    output = invocation.output
    if output.wants_json:
        # Exposed to read the public id in it.
        own_id = format_id(parse_token(token.expose()).principal)
        row: dict[str, object] = {
            "id": own_id,
            "name": name,
            "vaults": [one.as_dict() for one in vaults],
        }
        if environments:
            row["environments"] = [one.as_dict() for one in environments]
        if expires is not None:
            row["expires_at"] = format_ms(expires)
        output.json(row | {"token": token.expose()})
        return
    pairs = {
        "Service account": name,
        "Vaults": "; ".join(map(str, vaults)),
        "Environments": "; ".join(map(str, environments)),
        "Ends": "never" if expires is None else format_ms(expires),
    }
    output.block({key: value for key, value in pairs.items() if value})
    output.line("The token is shown only once. Keep it now; whoever has it has its rights.")
    if on_file:
        output.line(_ON_FILE)
    output.line(token.expose())


for _command in (list_service_accounts, get, edit, rotate, ratelimit):
    service_account.add_command(_command)
service_account.add_command(revoke)
# `delete`, `rm` and `remove` are `revoke` too.
service_account.add_command(revoke, "delete")
