"""The four functions that the wrappers of the official SDKs call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from strongroom.clock import Clock
from strongroom.core.clients import Clients, idle_clock
from strongroom.core.configuration import read_configuration
from strongroom.core.failures import describe
from strongroom.core.invocations.base import StaticInvocation
from strongroom.core.messages import read_invocation, write_answer
from strongroom.core.parsing import read_message
from strongroom.errors import InputError, NotAvailableError
from strongroom.sdk.credentials import open_client

if TYPE_CHECKING:
    from strongroom.runtime import Runtime

_id_decoder: Final = msgspec.json.Decoder(int)


class Core:
    """One core: clients by id, messages to them.

    Every failure is a `CoreError`, and leaves all clients as they were. Calls
    may run side by side, of one client too.
    """

    def __init__(
        self, runtime: Runtime, *, environment: Mapping[str, str], clock: Clock = idle_clock
    ) -> None:
        """Take what a program brings along.

        Args:
            runtime: How engines wait; one of a loop of events, or `InlineRuntime` for a caller
                who drives the coroutines of this class to their end.
            environment: As `open_token_engine` reads it.
            clock: In milliseconds, for what is not used: any that never goes back.
        """
        self._runtime = runtime
        self._environment = environment
        self._clients = Clients(clock)

    async def init_client(self, configuration: str) -> str:
        """Make a client; return its id as JSON.

        Args:
            configuration: JSON text; see specs/core.md.

        Raises:
            CoreError: It has another form, or the home that its token names cannot be used.
        """
        try:
            given = read_configuration(configuration)
            engine = await open_client(
                given.token, environment=self._environment, runtime=self._runtime
            )
            return str(self._clients.add(engine, reads_base64=given.reads_base64))
        except Exception as error:  # noqa: BLE001  (whatever it is, the wrapper reads one form)
            failure = describe(error)
        # Outside, so that nothing which may hold a secret hangs on it.
        raise failure

    async def invoke(self, message: str) -> str:
        """Do what a message asks, and return the answer as JSON; an empty text for nothing.

        Raises:
            CoreError: It has another form, it is not allowed, or it failed.
        """
        try:
            client_id, invocation = read_invocation(message)
            if isinstance(invocation, StaticInvocation):
                return write_answer(invocation.answer(), reads_base64=False)
            assert client_id is not None, "what needs a client names one"
            with self._clients.use(client_id) as client:
                answer = await invocation.answer(client.engine)
                return write_answer(answer, reads_base64=client.reads_base64)
        except Exception as error:  # noqa: BLE001  (likewise)
            failure = describe(error)
        raise failure

    def invoke_sync(self, message: str) -> str:
        """Do what a message asks that needs no client; otherwise as `invoke`.

        Raises:
            CoreError: As of `invoke`; also for a message to a client.
        """
        try:
            _, invocation = read_invocation(message)
            if isinstance(invocation, StaticInvocation):
                return write_answer(invocation.answer(), reads_base64=False)
            text = f"{type(invocation).__name__} has to be awaited"
            failure = describe(NotAvailableError(text))
        except Exception as error:  # noqa: BLE001  (likewise)
            failure = describe(error)
        raise failure

    def release_client(self, client_id: str) -> None:
        """End a client; one that is not known is passed over.

        Args:
            client_id: As `init_client` returned it.

        Raises:
            CoreError: It is no id, or what the client has seen cannot be kept.
        """
        try:
            try:
                number = read_message(client_id, _id_decoder)
            except msgspec.ValidationError:
                raise InputError("a client id is a number") from None
            self._clients.release(number)
        except Exception as error:  # noqa: BLE001  (likewise)
            failure = describe(error)
        else:
            return
        raise failure

    def expire(self) -> None:
        """End the clients that nobody has used for long; calls do so too."""
        self._clients.expire()

    def close(self) -> None:
        """End all clients."""
        self._clients.close()
