"""`op service-account …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import click

from strongroom.cli.framework import Noun, flag, pass_invocation
from strongroom.cli.invocation import Invocation
from strongroom.cli.lookup import find_vault
from strongroom.cli.refusals import ASK_FOR_TOKENS, permission_to
from strongroom.cli.times import format_ms, parse_duration
from strongroom.cli.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import InputError
from strongroom.permissions import SERVICE_ACCOUNT_WORDS

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.secret import Secret

_DEFAULT_WORD: Final = "read_items"
_ON_FILE: Final = (
    "The account lies on a file: what the token cannot read stays closed by cryptography, but\n"
    "its end, its revocation and every limit beyond reading bind honest clients only."
)


class Access(NamedTuple):
    """One `--vault` flag: which vault, and which words."""

    vault: str
    words: tuple[str, ...]

    @property
    def mask(self) -> int:
        """The permission bits of the words."""
        mask = 0
        for word in self.words:
            mask |= SERVICE_ACCOUNT_WORDS[word]
        return mask


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
@flag("--can-create-vaults", help="Let it make vaults of its own.")
@click.option("--expires-in", metavar="DURATION", help="s, m, h, d, w; for ever if not said.")
@flag("--raw", help="Print the token only.")
@pass_invocation
def create(
    invocation: Invocation,
    *,
    name: str,
    vaults: tuple[str, ...],
    can_create_vaults: bool,
    expires_in: str | None,
    raw: bool,
) -> None:
    """Make a service account; its token is shown once."""
    accesses = [parse_access(text) for text in vaults]
    if not accesses and not can_create_vaults:
        message = "a service account needs a vault"
        raise InputError(message, hint="add --vault NAME:read_items, or --can-create-vaults")
    expires = None
    if expires_in is not None:
        expires = invocation.clock() + parse_duration(expires_in, flag="--expires-in")
    action = f'make the service account "{printable(name)}"'
    with invocation.engine() as engine, permission_to(action, hint=ASK_FOR_TOKENS):
        masks = _masks(engine, accesses)
        on_file = engine.identity()["url"].startswith("file:")
        token = drive(
            engine.service_accounts.create(
                name, masks, can_create_vaults=can_create_vaults, expires_ms=expires
            )
        )
    if raw:
        # Exposed here and below: the token is this command's result.
        invocation.output.line(token.expose())
    else:
        _write(
            invocation,
            name=name,
            token=token,
            accesses=accesses,
            expires=expires,
            on_file=on_file,
        )


def parse_access(text: str) -> Access:
    """Read `NAME[:WORD,WORD]`.

    Raises:
        InputError: An unknown word, or `read_items` missing beside another.
    """
    name, colon, words = text.rpartition(":")
    if not colon:
        return Access(text, (_DEFAULT_WORD,))
    chosen = tuple(dict.fromkeys(word.strip() for word in words.split(",")))
    for word in chosen:
        if word not in SERVICE_ACCOUNT_WORDS:
            message = f'"{word}" isn\'t a permission of a service account'
            hint = f"use {', '.join(SERVICE_ACCOUNT_WORDS)}; a vault with a colon goes by its ID"
            raise InputError(message, hint=hint)
    if _DEFAULT_WORD not in chosen:
        message = f"{' and '.join(chosen)} also needs {_DEFAULT_WORD}"
        raise InputError(message, hint=f"write {name}:{_DEFAULT_WORD},{','.join(chosen)}")
    return Access(name, chosen)


def _masks(engine: Engine, accesses: list[Access]) -> dict[str, int]:
    masks: dict[str, int] = {}
    for access in accesses:
        vault_id = find_vault(engine, access.vault)["id"]
        masks[vault_id] = masks.get(vault_id, 0) | access.mask
    return masks


def _write(
    invocation: Invocation,
    *,
    name: str,
    token: Secret[str],
    accesses: list[Access],
    expires: int | None,
    on_file: bool,
) -> None:
    output = invocation.output
    if output.wants_json:
        vaults = [{"name": one.vault, "permissions": list(one.words)} for one in accesses]
        end = {} if expires is None else {"expires_at": format_ms(expires)}
        output.json({"name": name, "vaults": vaults, **end, "token": token.expose()})
        return
    output.block(
        {
            "Service account": name,
            "Vaults": "; ".join(f"{one.vault} ({', '.join(one.words)})" for one in accesses),
            "Ends": "never" if expires is None else format_ms(expires),
        }
    )
    output.line("The token is shown this once. Keep it now; whoever has it has its rights.")
    if on_file:
        output.line(_ON_FILE)
    output.line(token.expose())
