"""Users and open invites as `op` shows users."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict, final

from strongroom.cli.program.invocation import Invocation
from strongroom.cli.program.lookup import any_case, find_user, no_user
from strongroom.cli.program.times import TimeStyle, format_ms
from strongroom.cli.program.ui import printable
from strongroom.client.runtime import drive
from strongroom.errors import AmbiguousError, ForbiddenError, NotFoundError

if TYPE_CHECKING:
    from strongroom.client.engine import Engine
    from strongroom.client.people.invites import Invite
    from strongroom.client.people.models import InviteDict, ServiceAccountDict, UserDict

    @final
    class MachineDict(TypedDict):
        """A service account in the place of a user."""

        id: str
        name: str
        email: str
        state: str
        type: str
        createdAt: int
        updatedAt: int


Person: TypeAlias = "UserDict | InviteDict | MachineDict"

# What `op` prints where it knows no time; nobody keeps when a user was last there.
NO_TIME: Final = "0001-01-01T00:00:00Z"

# The engine's states of invites in the words that `op` has for users.
_INVITE_STATES: Final = {
    "INVITED": "TEAM_REGISTRATION_INITIATED",
    "PENDING": "PENDING",
}
_UNUSABLE: Final = "UNKNOWN"


def find_person(engine: Engine, text: str) -> tuple[Person, Invite | None]:
    """Return a user, or else the open invite, of an id, e-mail address or name.

    Returns:
        What the engine says of the one or the other, and the invite if it is one.

    Raises:
        NotFoundError: Neither.
        AmbiguousError: Several have this name.
    """
    user: UserDict | None = None
    with suppress(NotFoundError):
        user = find_user(engine, text)
    if user is not None and user["state"] != "DELETED":
        return user, None
    # Somebody who was removed may have been invited again.
    invite = find_invite(engine, text)
    if invite is not None:
        return invite.as_dict(), invite
    if user is None:
        raise no_user(text)
    return user, None


def find_leaver(engine: Engine, text: str) -> tuple[Person, Invite | None]:
    """Return whom to remove, or the invite to withdraw, where only one of the two fits.

    Raises:
        NotFoundError: Neither.
        AmbiguousError: Both, or several of one.
    """
    person, invite = find_person(engine, text)
    if invite is not None or person["id"] == text or person["state"] == "DELETED":
        return person, invite
    other = find_invite(engine, text)
    if other is None:
        return person, None
    message = f'"{printable(text)}" is a user and also has an open invite'
    ids = (person["id"], other.as_dict()["id"])
    raise AmbiguousError(message, candidates=ids, hint="name one of the two by its ID")


def find_invite(engine: Engine, text: str) -> Invite | None:
    """Return the open invite that fits, or `None`, also for callers who may not see invites."""
    try:
        return drive(engine.invites.find(any_case(text)))
    except (NotFoundError, ForbiddenError):
        return None


def person_json(person: Person, *, now_ms: int) -> dict[str, str]:
    """Return what lists say of a user or an open invite."""
    return {
        "id": person["userId"] or person["id"] if "expiresAt" in person else person["id"],
        "name": person["name"],
        "email": person["email"],
        "type": "MEMBER" if "expiresAt" in person else person["type"],
        "state": person_state(person, now_ms=now_ms),
    }


def machine_person(account: ServiceAccountDict) -> MachineDict:
    """Return a service account in the place of a user."""
    return {
        "id": account["id"],
        "name": account["name"],
        "email": "",
        "state": account["state"],
        "type": "SERVICE_ACCOUNT",
        "createdAt": account["createdAt"],
        "updatedAt": account["createdAt"],
    }


def person_state(person: Person, *, now_ms: int) -> str:
    """Return the state of a user or an open invite, in `op`'s words."""
    if "expiresAt" not in person:  # a user; only invites end
        return person["state"]
    if person["expiresAt"] <= now_ms:
        return _UNUSABLE
    return _INVITE_STATES.get(person["state"], _UNUSABLE)


def user_json(person: Person, *, now_ms: int) -> dict[str, str]:
    """Return the whole JSON of a user or an open invite."""
    created = time_of(person["createdAt"])
    return {
        **person_json(person, now_ms=now_ms),
        "created_at": created,
        "updated_at": created if "expiresAt" in person else time_of(person["updatedAt"]),
        "last_auth_at": NO_TIME,
    }


def time_of(milliseconds: int | None) -> str:
    """Write a time; one that is not known as `op` does."""
    return format_ms(milliseconds) if milliseconds else NO_TIME


def write_people(invocation: Invocation, people: list[dict[str, Any]], *more: str) -> None:
    """Write a list of users, with more columns if there are any."""
    output = invocation.output
    if output.wants_json:
        output.json(people)
        return
    keys = ("id", "name", "email", "state", "type", *more)
    rows = [tuple(_cell(one[key]) for key in keys) for one in people]
    output.table(tuple(key.upper() for key in keys), rows)


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def show_time(style: TimeStyle, text: str) -> str:
    """Show a time in human output; names, and with them times, may be closed to the caller."""
    return "unknown" if text == NO_TIME else style.show(text)
