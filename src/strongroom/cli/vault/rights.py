"""Rights in vaults: reading lists of permissions, completing them, and who holds which.

`op vault user` and `op vault group` share this.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import click

from strongroom.cli.people.members import groups_of
from strongroom.cli.program.asking import ask
from strongroom.cli.program.dues import write_left_out
from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import (
    Vault,
    find_group,
    find_user,
    find_vault,
    named_vault,
)
from strongroom.cli.program.refusals import TO_MANAGE, permission_to
from strongroom.cli.program.stdin import take_names
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import InputError, NotFoundError
from strongroom.permissions import (
    BROAD_WORDS,
    dependent_permissions,
    missing_permissions,
    parse_permissions,
    permission_names,
    permission_words,
)

if TYPE_CHECKING:
    from strongroom.cli.people.shapes import Person
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict, UserDict


H = TypeVar("H", "UserDict", "GroupDict")
S = TypeVar("S", "Person", "GroupDict")


class HolderNoun(NamedTuple, Generic[H]):
    """A kind of holder of rights in vaults, as its commands name and show it."""

    find: Callable[[Engine, str], H]
    named: Callable[[H], str]
    columns: Callable[[H], dict[str, str]]


def grant_rights(
    invocation: Invocation, noun: HolderNoun[H], *, vault: str, name: str, words: str, asks: bool
) -> None:
    """Give a holder rights in a vault, and write which.

    Raises:
        ForbiddenError: The caller may not manage the vault.
        InputError: As `_give`.
    """
    with invocation.engine() as engine:
        inside, holder = find_vault(engine, vault), noun.find(engine, name)
        action = f"give {noun.named(holder)} rights in {named_vault(inside)}"
        with permission_to(engine, action, TO_MANAGE):
            mask = _give(invocation, engine, inside, holder["id"], words=words, asks=asks)
    _write_rights(invocation, inside, noun.columns(holder), mask, done="Granted")


def revoke_rights(
    invocation: Invocation,
    noun: HolderNoun[H],
    *,
    vault: str,
    name: str,
    words: str | None,
    asks: bool,
) -> None:
    """Take rights in a vault from a holder, and write which.

    Raises:
        ForbiddenError: The caller may not manage the vault.
        InputError: As `_take`.
        NotFoundError: Nothing of it is held.
    """
    with invocation.engine() as engine:
        inside, holder = find_vault(engine, vault), noun.find(engine, name)
        action = f"take rights in {named_vault(inside)} from {noun.named(holder)}"
        with permission_to(engine, action, TO_MANAGE):
            mask = _take(invocation, engine, inside, holder, words=words, asks=asks)
    _write_rights(invocation, inside, noun.columns(holder), mask, done="Revoked")


def list_holders(
    invocation: Invocation,
    vault: str | None,
    holders: Callable[[Engine], list[S]],
    shape: Callable[[S], dict[str, str]],
) -> list[dict[str, Any]]:
    """Return who of a kind has rights in a vault, or in those that standard input names.

    Args:
        holders: Lists all of the kind.
        shape: Makes of a holder what is shown of it.
    """
    fitting: list[dict[str, Any]] = []
    with invocation.engine() as engine:
        for name in take_names(invocation.input, vault, what="the vault"):
            rights = rights_in(engine, find_vault(engine, name))
            fitting += [
                shape(holder) | {"permissions": permission_names(rights[holder["id"]])}
                for holder in holders(engine)
                if holder["id"] in rights
            ]
    return fitting


def rights_in(engine: Engine, vault: Vault) -> dict[str, int]:
    """Return the permission bits of everybody with a row in a vault, by id."""
    return {row["id"]: row["permissions"] for row in drive(engine.access.list(vault["id"]))}


def _give(
    invocation: Invocation, engine: Engine, vault: Vault, holder: str, *, words: str, asks: bool
) -> int:
    """Give somebody permissions in a vault; return the bits that were given.

    Raises:
        InputError: An unknown word, or permissions that need others, and
            nobody agreed to give those too.
    """
    asked = split_words(words)
    mask = parse_permissions(asked)
    # What is held already counts: it need not be named again.
    held = rights_in(engine, vault).get(holder, 0)
    missing = missing_permissions(held | mask)
    if missing:
        more = permission_words(missing, broad=_is_broad(asked))
        text = (
            f"In order to grant [{','.join(asked)}], the permission(s) [{','.join(more)}] "
            "are also required."
        )
        _need_yes(invocation, text, question="Would you like to grant them as well?", asks=asks)
        mask |= missing
    drive(engine.access.grant(vault["id"], {holder: mask}))
    return mask


def _take(
    invocation: Invocation,
    engine: Engine,
    vault: Vault,
    holder: UserDict | GroupDict,
    *,
    words: str | None,
    asks: bool,
) -> int:
    """Take permissions in a vault from somebody, all of them by default; return those bits.

    Raises:
        InputError: An unknown word, or permissions that others need, and
            nobody agreed to take those permissions away too.
        NotFoundError: Nothing of it is held.
    """
    held = rights_in(engine, vault).get(holder["id"], 0)
    asked = [] if words is None else split_words(words)
    mask = held if words is None else held & parse_permissions(asked)
    if not mask:
        what = "no rights" if words is None else "none of these permissions"
        message = f'"{printable(holder["name"])}" has {what} in {named_vault(vault)}'
        # A group has no rights but its own; a user may have some through a group.
        hint = (
            "the rights may come from a group: see `op vault group list`"
            if "email" in holder
            else None
        )
        raise NotFoundError(message, hint=hint)
    dependent = dependent_permissions(held=held, taken=mask)
    if dependent:
        more = permission_words(dependent, broad=_is_broad(asked))
        text = (
            f"In order to revoke [{','.join(asked)}], the permission(s) [{','.join(more)}] "
            "have to be revoked too."
        )
        _need_yes(invocation, text, question="Would you like to revoke them as well?", asks=asks)
        mask |= dependent
    rest = None if mask == held else mask
    dues = drive(engine.access.revoke(vault["id"], holder["id"], permissions=rest))
    write_left_out(invocation, engine, dues)
    return mask


def _need_yes(invocation: Invocation, text: str, *, question: str, asks: bool) -> None:
    if asks and invocation.input.is_terminal and ask(question, default=True, above=[text]):
        return
    message = text[:1].lower() + text[1:].removesuffix(".")
    raise InputError(message, hint="name all of them in --permissions")


def split_words(text: str) -> list[str]:
    """Split a list of permissions, each once."""
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _is_broad(words: Sequence[str]) -> bool:
    return any(word in BROAD_WORDS for word in words)


def _write_rights(
    invocation: Invocation, vault: Vault, pairs: dict[str, str], mask: int, *, done: str
) -> None:
    """Write whose rights in which vault were changed, and which.

    Args:
        done: What was done to the permissions, for people; JSON has the word of `op`.
    """
    row = {
        "vault_id": vault["id"],
        "vault_name": vault["title"],
        **pairs,
        "permissions": ",".join(permission_names(mask)),
    }
    if invocation.output.wants_json:
        invocation.output.json(row)
        return
    shown = {key.replace("_", " ").capitalize().replace(" id", " ID"): row[key] for key in row}
    shown[done] = shown.pop("Permissions")
    invocation.output.block(shown)


# -- vaults by who may do what ---------------------------------------------------------


def find_holders(engine: Engine, *, user: str | None, group: str | None) -> set[str]:
    """Return the ids under which a user (with its groups) or a group acts; else the caller's.

    Raises:
        UsageError: Both are named.
    """
    if user is not None and group is not None:
        message = "--user and --group cannot be used together"
        raise click.UsageError(message)
    if group is not None:
        return {find_group(engine, group)["id"]}
    holder = engine.identity()["principalId"] if user is None else find_user(engine, user)["id"]
    return {holder} | {one["id"] for one in groups_of(engine, holder)}


def with_rights(
    engine: Engine, vaults: list[Vault], holders: Collection[str], words: str | None
) -> list[Vault]:
    """Return the vaults in which some of these ids hold all permissions of a list, or any."""
    needed = 0 if words is None else parse_permissions(split_words(words))
    fitting: list[Vault] = []
    for vault in vaults:
        rights = rights_in(engine, vault)
        held = 0
        for holder in holders:
            held |= rights.get(holder, 0)
        if held and held & needed == needed:
            fitting.append(vault)
    return fitting
