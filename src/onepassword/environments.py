"""Environments. They come with a later release."""

# ruff: noqa: ARG002  (methods that only refuse still have the SDK's parameters)

from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.types import GetVariablesResponse

__all__ = ["Environments"]


class Environments:
    """Reads Environments; found as `client.environments`."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get_variables(self, environment_id: str) -> GetVariablesResponse:
        """Return all variables of an Environment.

        Raises:
            NotAvailableError: Not available yet.
        """
        part = "Environments"
        raise refuse_unavailable(part)
