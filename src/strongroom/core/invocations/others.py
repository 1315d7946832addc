"""Messages about groups and Environments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from strongroom.core.invocations.base import ClientInvocation
from strongroom.sdk import environments, groups
from strongroom.sdk.shapes import GroupGetDict

if TYPE_CHECKING:
    from strongroom.client.engine import Engine


class GroupsGet(ClientInvocation, frozen=True):
    """A group, with what it may do in the caller's vaults when that is asked for."""

    group_id: str
    group_params: GroupGetDict

    async def answer(self, engine: Engine) -> object:
        """Return the group."""
        return await groups.get(engine, self.group_id, self.group_params)


class EnvironmentsGetVariables(ClientInvocation, frozen=True):
    """The variables of an Environment."""

    environment_id: str

    async def answer(self, engine: Engine) -> object:
        """Return the variables."""
        return await environments.get_variables(engine, self.environment_id)
