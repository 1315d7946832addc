"""The client: one credential, and the parts that work with it.

Importing this module costs next to nothing. The engine is imported by
`authenticate`, and each part of the client at its first use, so a program
that only resolves secrets never imports pydantic.
"""

from __future__ import annotations

import os
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from onepassword._facade.checks import check_configuration
from onepassword._facade.handle import EngineHandle
from onepassword.defaults import DesktopAuth, new_default_config
from strongroom.sdk.credentials import open_client

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from onepassword.environments import Environments
    from onepassword.groups import Groups
    from onepassword.items import Items
    from onepassword.secrets import Secrets
    from onepassword.users import Users
    from onepassword.vaults import Vaults
    from strongroom.runtime import Runtime

__all__ = ["Client", "DesktopAuth", "new_default_config"]


class Client:
    """Access to secrets, items and vaults with one credential.

    Made by `await Client.authenticate(...)`; the parts below exist from then
    on. It is released when nothing uses it any more, by `close()`, or at the
    end of `async with`.

    Attributes:
        secrets: Read values by reference.
        items: Work on items.
        vaults: Work on vaults.
        groups: Work on groups.
        users: Read who has an account.
        environments: Read Environments.
    """

    _handle: EngineHandle

    @classmethod
    async def authenticate(
        cls, auth: str | DesktopAuth, integration_name: str, integration_version: str
    ) -> Client:
        """Make a client.

        Args:
            auth: A service account token, or `DesktopAuth` to ask the person
                at this computer. White space around a token does not count.
            integration_name: Name of the program, at most 40 bytes of ASCII
                letters, digits, blanks and `-._`.
            integration_version: Its version, at most 20 bytes of the same.

        Raises:
            InputError: Arguments that are missing or have a wrong form; the
                message lists all of them. Its subclass `InvalidTokenError`: a
                token that is cut, damaged, expired or of another product.
            DesktopAppNotFoundError: There is no desktop agent to ask.
            StrongroomError: The home that the token names cannot be used.
        """
        check_configuration(auth, integration_name, integration_version)
        from strongroom.client.aio import ThreadRuntime

        return await cls._open(auth, ThreadRuntime())

    @classmethod
    async def _open(
        cls,
        auth: str | DesktopAuth,
        runtime: Runtime,
        state_folder: str | os.PathLike[str] | None = None,
    ) -> Client:
        """Make a client in the given runtime, from arguments that were checked."""
        client = cls()
        engine = await open_client(
            None if isinstance(auth, DesktopAuth) else auth,
            environment=os.environ,
            runtime=runtime,
            state_folder=state_folder,
        )
        client._handle = EngineHandle(engine)
        return client

    # Assignable attributes made at first use, so that importing stays cheap;
    # before `authenticate` there is no handle, hence an AttributeError.
    @cached_property
    def secrets(self) -> Secrets:
        """Read values by reference."""
        from onepassword.secrets import Secrets

        return Secrets(self._handle)

    @cached_property
    def items(self) -> Items:
        """Work on items."""
        from onepassword.items import Items

        return Items(self._handle)

    @cached_property
    def vaults(self) -> Vaults:
        """Work on vaults."""
        from onepassword.vaults import Vaults

        return Vaults(self._handle)

    @cached_property
    def groups(self) -> Groups:
        """Work on groups."""
        from onepassword.groups import Groups

        return Groups(self._handle)

    @cached_property
    def users(self) -> Users:
        """Read who has an account."""
        from onepassword.users import Users

        return Users(self._handle)

    @cached_property
    def environments(self) -> Environments:
        """Read Environments."""
        from onepassword.environments import Environments

        return Environments(self._handle)

    def close(self) -> None:
        """Release what the client holds; a second time does nothing."""
        self._handle.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


_PARTS = {
    "Environments": "environments",
    "Groups": "groups",
    "Items": "items",
    "Secrets": "secrets",
    "Users": "users",
    "Vaults": "vaults",
}


if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> object:
        """Load the classes of the parts when a program asks this module for them."""
        if name not in _PARTS:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"onepassword.{_PARTS[name]}"), name)


def __dir__() -> list[str]:
    """Return every name, loaded or not."""
    return sorted({*globals(), *_PARTS})
