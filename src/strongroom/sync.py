"""The client for programs without an event loop: the same names without `await`.

    from strongroom import SyncClient

    with SyncClient.authenticate(token, "backup job", "1.0") as client:
        password = client.secrets.resolve("op://vault/item/password")

There is no second implementation. Each call makes the coroutine of the async
client and drives it to its end on the caller's thread; the runtime behind it
does everything in place, so the coroutine never waits.
"""

from __future__ import annotations

from functools import cached_property, wraps
from types import CoroutineType
from typing import TYPE_CHECKING, Any, cast

from onepassword._facade.checks import check_configuration
from onepassword._facade.file_streams import FileStream
from onepassword.client import Client
from strongroom.client.runtime import InlineRuntime, drive

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType
    from typing import Self

    from onepassword.defaults import DesktopAuth
    from strongroom.sync_types import (
        SyncEnvironments,
        SyncGroups,
        SyncItems,
        SyncSecrets,
        SyncUsers,
        SyncVaults,
    )

__all__ = ["SyncClient"]


class SyncClient:
    """Access to secrets, items and vaults with one credential, without an event loop.

    Parts, methods, arguments, results and errors are those of
    `onepassword.Client`.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    @classmethod
    def authenticate(
        cls,
        auth: str | DesktopAuth,
        integration_name: str,
        integration_version: str,
        *,
        state_folder: str | PathLike[str] | None = None,
    ) -> Self:
        """Make a client; see `onepassword.Client.authenticate`.

        Args:
            state_folder: Absolute path of a private folder in which the program remembers what
                it has seen, so that a later run of it refuses what is older; the first run makes
                it. Not given, STRONGROOM_STATE says which, and without that there is none.

        Raises:
            LocalFileError: Beside the errors there: the folder is open to others or belongs to
                somebody else, or a file in it is damaged.
        """
        check_configuration(auth, integration_name, integration_version)
        runtime = InlineRuntime()
        return cls(drive(Client._open(auth, runtime, state_folder)))  # noqa: SLF001  (its second door)

    @cached_property
    def secrets(self) -> SyncSecrets:
        """Read values by reference."""
        return cast("SyncSecrets", _Driven(self._client.secrets))

    @cached_property
    def items(self) -> SyncItems:
        """Work on items."""
        return cast("SyncItems", _Driven(self._client.items))

    @cached_property
    def vaults(self) -> SyncVaults:
        """Work on vaults."""
        return cast("SyncVaults", _Driven(self._client.vaults))

    @cached_property
    def groups(self) -> SyncGroups:
        """Work on groups."""
        return cast("SyncGroups", _Driven(self._client.groups))

    @cached_property
    def users(self) -> SyncUsers:
        """Read who has an account."""
        return cast("SyncUsers", _Driven(self._client.users))

    @cached_property
    def environments(self) -> SyncEnvironments:
        """Read Environments."""
        return cast("SyncEnvironments", _Driven(self._client.environments))

    def close(self) -> None:
        """Release what the client holds; a second time does nothing."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class _Driven:
    """One part of the client; its methods return results instead of awaitables."""

    def __init__(self, part: object) -> None:
        self._part = part

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._part, name)
        if name.startswith("_"):
            return value
        driven = _drive_calls(value) if callable(value) else _Driven(value)
        setattr(self, name, driven)
        return driven

    def __dir__(self) -> list[str]:
        return dir(self._part)


def _drive_calls(method: Any) -> Any:
    """Wrap a method so that nothing it returns has to be awaited."""

    @wraps(method)
    def call(*args: Any, **keywords: Any) -> Any:
        result = method(*args, **keywords)
        if isinstance(result, CoroutineType):
            result = drive(result)
        return result.without_await() if isinstance(result, FileStream) else result

    return call
