"""Finding what the user names, with the refusals that clients of `op` know by their text."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from strongroom.cli.program.ui import printable, several
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, InputError, NotFoundError
from strongroom.ids import ID_PATTERN
from strongroom.items.websites import has_domain, parse_domain

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.models import GroupDict, UserDict
    from strongroom.items.shown import ItemDict
    from strongroom.vaults.models import VaultDict

Vault: TypeAlias = "VaultDict"
Item: TypeAlias = "ItemDict"


def ambiguous(noun: str, *, name: str, error: AmbiguousError) -> AmbiguousError:
    """Return the error for a name that several have, in the form that `op` has for items."""
    places = dict.fromkeys(error.candidates, "")
    message = several(noun=noun, name=printable(name), places=places)
    return AmbiguousError(message, candidates=error.candidates)


def find_vault(engine: Engine, name: str) -> Vault:
    """Return the vault of an id or name.

    Raises:
        NotFoundError: No such vault that the caller may see.
        AmbiguousError: Several have this name.
    """
    shown = printable(name)
    try:
        return drive(engine.vaults.find(name))
    except NotFoundError:
        message = (
            f'"{shown}" isn\'t a vault in this account. Specify the vault with its ID or name.'
        )
        raise NotFoundError(message, tag="vaultNotFound") from None
    except AmbiguousError as error:
        raise ambiguous("vault", name=name, error=error) from None


def find_user(engine: Engine, name: str) -> UserDict:
    """Return the user of an id, e-mail address or name.

    Raises:
        NotFoundError: No such user.
        AmbiguousError: Several have this name.
    """
    try:
        return drive(engine.users.find(any_case(name)))
    except NotFoundError:
        raise no_user(name) from None
    except AmbiguousError as error:
        raise ambiguous("user", name=name, error=error) from None


def no_user(name: str) -> NotFoundError:
    """Return the error for a user who is not there."""
    advice = "Specify the user with their UUID, email address, or name."
    return NotFoundError(f'"{printable(name)}" isn\'t a user in this account. {advice}')


def find_group(engine: Engine, name: str) -> GroupDict:
    """Return the group of an id or name.

    Raises:
        NotFoundError: No such group.
        AmbiguousError: Several have this name.
    """
    shown = printable(name)
    try:
        return drive(engine.groups.find(any_case(name)))
    except NotFoundError:
        advice = "Specify the group with its UUID or name."
        message = f'"{shown}" isn\'t a group in this account. {advice}'
        raise NotFoundError(message) from None
    except AmbiguousError as error:
        raise ambiguous("group", name=name, error=error) from None


def principal_names(engine: Engine) -> dict[str, str]:
    """Return the names of people, groups and service accounts by id, as lists show them (T21).

    They are empty where the caller may not read the account's names.
    """
    rows = [
        *drive(engine.users.list(deleted=True)),
        *drive(engine.groups.list(deleted=True)),
        *drive(engine.service_accounts.list(deleted=True)),
    ]
    return {row["id"]: row["name"] for row in rows}


def any_case(name: str) -> str:
    """Return an id in its one spelling; `op` writes those of users in capitals."""
    folded = name.lower()
    return folded if ID_PATTERN.fullmatch(folded) else name


def default_vault(engine: Engine, *, verb: str, noun: str = "item") -> Vault:
    """Return the vault for a new item where none is named: the user's own.

    Raises:
        InputError: A service account has none.
        NotFoundError: This user has none (yet).
    """
    if engine.identity()["userType"] == "SERVICE_ACCOUNT":
        message = f"a vault must be named when a service account calls {noun} {verb}"
        raise InputError(message, hint="add --vault NAME")
    for vault in drive(engine.vaults.list()):
        if vault["vaultType"] == "personal":
            return vault
    message = "you have no personal vault in this account"
    raise NotFoundError(message, hint="add --vault NAME")


def find_item(
    engine: Engine, query: str, *, vault: str | None, archived: bool = False
) -> tuple[Item, Vault]:
    """Return the overview of an item by id, title or domain of a website, with its vault.

    Raises:
        NotFoundError: No such item.
        AmbiguousError: Several have this title or domain; the text lists their ids.
    """
    inside = None if vault is None else find_vault(engine, vault)
    # An archived item is found by its id without further ado, as in `op`.
    archived = archived or ID_PATTERN.fullmatch(query) is not None
    vault_id = None if inside is None else inside["id"]
    try:
        item = drive(engine.items.find(query, vault_id=vault_id, archived=archived))
    except NotFoundError:
        found = _find_by_domain(engine, query, inside)
        if found is None:
            raise _missing(query, inside) from None
        item = found
    except AmbiguousError as error:
        raise _several(engine, query, error.candidates) from None
    return item, inside or drive(engine.vaults.get_overview(item["vaultId"]))


def _find_by_domain(engine: Engine, query: str, inside: Vault | None) -> Item | None:
    """Return the item of which a website has a domain; archived ones are not looked at.

    Raises:
        AmbiguousError: Several have it.
    """
    domain = parse_domain(query)
    if domain is None:
        return None
    places = [inside] if inside is not None else drive(engine.vaults.list())
    ids = [
        row["id"]
        for vault in places
        for row in drive(engine.items.list(vault["id"]))
        if has_domain(row, domain)
    ]
    # Who wrote what stands in a list nobody has checked, unlike what is found by its ID.
    checked = [drive(engine.items.find(one)) for one in ids]
    found = [item for item in checked if has_domain(item, domain)]
    if len(found) > 1:
        raise _several(engine, query, tuple(item["id"] for item in found))
    return found[0] if found else None


def get_item(
    engine: Engine, query: str, *, vault: str | None, archived: bool = False
) -> tuple[Item, Vault]:
    """Return a whole item by id or title, with its vault; errors as `find_item`."""
    overview, inside = find_item(engine, query, vault=vault, archived=archived)
    return drive(engine.items.get(inside["id"], overview["id"])), inside


def named(item: Item, vault: Vault) -> str:
    """Name an item for an error."""
    return f'the item "{printable(item["title"])}" in {named_vault(vault)}'


def named_vault(vault: Vault) -> str:
    """Name a vault for an error."""
    return f'the vault "{printable(vault["title"])}"'


def _missing(query: str, vault: Vault | None) -> NotFoundError:
    where = "" if vault is None else f' in the "{printable(vault["title"])}" vault'
    advice = "Specify the item with its UUID, name, or domain."
    message = f'"{printable(query)}" isn\'t an item{where}. {advice}'
    return NotFoundError(message)


def _several(engine: Engine, query: str, candidates: tuple[str, ...]) -> AmbiguousError:
    vaults = _places(engine, set(candidates))
    places = {one: f" in vault {printable(vaults.get(one, '?'))}" for one in candidates}
    return AmbiguousError(
        several(noun="item", name=printable(query), places=places), candidates=candidates
    )


def _places(engine: Engine, wanted: set[str]) -> dict[str, str]:
    """Return the vault titles of items; only an ambiguity pays for these lists."""
    return {
        item["id"]: vault["title"]
        for vault in drive(engine.vaults.list())
        for item in drive(engine.items.list(vault["id"], archived=True))
        if item["id"] in wanted
    }
