"""Groups. They come with a later release."""

# ruff: noqa: ARG002  (methods that only refuse still have the SDK's parameters)

from onepassword._failures import refuse_unavailable
from onepassword._handle import EngineHandle
from onepassword.types import Group, GroupGetParams

__all__ = ["Groups"]


class Groups:
    """Reads groups; found as `client.groups`."""

    def __init__(self, handle: EngineHandle) -> None:
        self._handle = handle

    async def get(self, group_id: str, group_params: GroupGetParams) -> Group:
        """Return a group, with its vaults when asked.

        Raises:
            NotAvailableError: Not available yet.
        """
        part = "groups"
        raise refuse_unavailable(part)
