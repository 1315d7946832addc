"""Environments: read the variables of one."""

from onepassword._facade.handle import EngineHandle
from onepassword.types import GetVariablesResponse
from strongroom.sdk import environments as calls

__all__ = ["Environments"]


class Environments:
    """Reads Environments; found as `client.environments`."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get_variables(self, environment_id: str) -> GetVariablesResponse:
        """Return all variables of an Environment, in order, with their values as they were set.

        Raises:
            NotFoundError: There is no Environment with that id that the caller may use.
            ForbiddenError: The caller may not see values.
        """
        found = await calls.get_variables(self._handle.engine, environment_id)
        return GetVariablesResponse.model_validate(found)
