"""The people of an account. Not part of the 1Password SDK."""

import builtins
from typing import TYPE_CHECKING

from onepassword._facade.handle import EngineHandle
from onepassword._models.people import User
from strongroom.clock import format_time

if TYPE_CHECKING:
    from strongroom.client.people.models import UserDict

__all__ = ["Users"]


class Users:
    """Reads who has an account; found as `client.users`. Takes ids, never names."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get(self, user_id: str) -> User:
        """Return a user.

        Raises:
            NotFoundError: There is no user with that id.
        """
        return _as_user(await self._handle.engine.users.get(user_id))

    # Annotations below name `builtins.list`, since `list` is now this method.
    async def list(self) -> builtins.list[User]:
        """List all users of the account who were not removed."""
        return [_as_user(row) for row in await self._handle.engine.users.list()]


def _as_user(row: "UserDict") -> User:
    times = {
        "createdAt": format_time(row["createdAt"]),
        "updatedAt": format_time(row["updatedAt"]),
    }
    return User.model_validate({**row, **times, "state": row["state"].lower()})
