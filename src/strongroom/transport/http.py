"""The transport over a network: signed requests to a server, and what becomes of its answers.

An answer is believed as little as a file is: the engine verifies what is in it. What this module
looks after is that a request reaches the installation that it is for, once, and that whatever
goes wrong on the way is one typed error, after which the next call starts anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, SSLError

from strongroom.addresses import ServerAddress
from strongroom.clock import Clock
from strongroom.crypto.public.hashes import sha256
from strongroom.crypto.public.randomness import make_bytes
from strongroom.errors import (
    ERRORS_BY_CODE,
    ClockSkewError,
    InputError,
    NotAvailableError,
    StrongroomError,
    UnreachableError,
)
from strongroom.ids import AccountId, PrincipalId
from strongroom.limits import ANSWER_BYTES_MAX
from strongroom.runtime import Runtime
from strongroom.service.operations import find_operation
from strongroom.trust.requests import check_clock_offset
from strongroom.wire.codec import answer_codec, request_codec
from strongroom.wire.operations import Answer, Request
from strongroom.wire.requests import (
    NONCE_BYTES,
    InstallationRequest,
    KeyKind,
    Refusal,
    SignatureBase,
    format_authority,
    format_headers,
    route_of,
)

CONNECT_SECONDS: Final = 10.0
# Longer than the slowest answer of a server at work; what takes longer is a server that hangs.
READ_SECONDS: Final = 60.0
# A connection that was kept may have been closed meanwhile: one more attempt, on a new one.
_ATTEMPTS: Final = 2
# So many connections are kept for later; urllib3 logs a warning for each one above it.
_KEPT: Final = 64
# Base64url and JSON around what an answer may hold.
_BODY_BYTES_MAX: Final = 2 * ANSWER_BYTES_MAX
_OK: Final = 200
# Below a status of the class, for codes that this release does not know.
_CLASSES: Final = {401: "unauthorized", 403: "forbidden", 404: "not_found", 409: "conflict"}


class Signer(msgspec.Struct, frozen=True):
    """As whom requests are made, and how they are signed."""

    account: AccountId
    principal: PrincipalId
    kind: KeyKind
    sign: Callable[[bytes], bytes]


class HttpTransport:
    """One principal's way to one server."""

    def __init__(
        self,
        url: str,
        address: ServerAddress,
        *,
        installation: bytes,
        signer: Signer,
        runtime: Runtime,
        clock: Clock,
    ) -> None:
        """Reach nothing yet.

        Args:
            installation: The id that the token names; empty if it names none, and then the
                server is asked for its own.
        """
        self._url = url
        self._address = address
        self._installation = installation
        self._signer = signer
        self._runtime = runtime
        self._clock = clock
        # What the service's clock is ahead of ours, once it has said so.
        self._offset = 0
        self._pool: tuple[int, urllib3.HTTPConnectionPool] | None = None

    @property
    def url(self) -> str:
        """The address of the server."""
        return self._url

    async def call(self, request: Request[Answer]) -> Answer:
        """Send one request; return the answer.

        Raises:
            UnreachableError: There was no answer, or none of a Strongroom server.
            NotAvailableError: A request that a server does not take yet.
            StrongroomError: What the service refused.
        """
        operation = find_operation(request)
        if operation.writes or operation.anybody:
            message = "changes through a server are not offered yet; this release only reads"
            raise NotAvailableError(message)
        return await self._runtime.call(lambda: self._call(request))

    def change_token(self) -> object | None:
        """Return `None`: only asking tells."""
        return None

    def close(self) -> None:
        """Close the connections of this process."""
        if self._pool is not None and self._pool[0] == os.getpid():
            self._pool[1].close()
        self._pool = None

    def _call(self, request: Request[Answer]) -> Answer:
        if not self._installation:
            asked = InstallationRequest()
            answer = self._exchange(asked, request_codec(type(asked)).encode(asked), {})
            self._installation = answer.id
        try:
            return self._signed(request)
        except _ClockError as error:
            # Once per call; the next request of this client is right at once.
            self._offset = check_clock_offset(server_time=error.time_ms, now=self._clock())
        return self._signed(request)

    def _signed(self, request: Request[Answer]) -> Answer:
        path, body = route_of(type(request)), request_codec(type(request)).encode(request)
        signer = self._signer
        base = SignatureBase(
            srv=self._installation,
            authority=self._authority,
            account=signer.account,
            principal=signer.principal,
            key_kind=signer.kind,
            method="POST",
            path=path,
            body_hash=sha256(body),
            time_ms=self._clock() + self._offset,
            nonce=make_bytes(NONCE_BYTES),
        )
        return self._exchange(request, body, format_headers(base, signer.sign(base.encode())))

    def _exchange(self, request: Request[Answer], body: bytes, headers: dict[str, str]) -> Answer:
        status, raw = self._post(route_of(type(request)), body, headers)
        if status != _OK:
            raise _refusal_of(status, raw)
        try:
            answer: Answer = answer_codec(type(request)).decode(raw)
        except InputError:
            raise self._unreachable("its answer is not one of a Strongroom server") from None
        return answer

    def _post(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Send a request that changes nothing; on a connection that was closed, once more."""
        own = {"host": self._authority, "content-type": "application/json", **headers}
        for left in reversed(range(_ATTEMPTS)):
            try:
                answer = self._connections().urlopen(
                    "POST",
                    path,
                    body=body,
                    headers=own,
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    decode_content=False,
                )
                try:
                    raw = answer.read(_BODY_BYTES_MAX + 1)
                finally:
                    answer.release_conn()
            except SSLError as error:
                raise self._unreachable(_why(error)) from None
            except (HTTPError, OSError) as error:
                if left:
                    continue
                raise self._unreachable(_why(error)) from None
            if len(raw) > _BODY_BYTES_MAX:
                raise self._unreachable("its answer is too large")
            return answer.status, raw
        raise AssertionError

    def _connections(self) -> urllib3.HTTPConnectionPool:
        """Return the connections of this process: a child leaves those of its parent alone."""
        if self._pool is None or self._pool[0] != os.getpid():
            kind = (
                urllib3.HTTPSConnectionPool if self._address.is_tls else urllib3.HTTPConnectionPool
            )
            timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
            pool = kind(self._address.host, self._address.port, timeout=timeout, maxsize=_KEPT)
            self._pool = (os.getpid(), pool)
        return self._pool[1]

    @property
    def _authority(self) -> str:
        return format_authority(self._address.host, self._address.port)

    def _unreachable(self, reason: str) -> UnreachableError:
        message = f"the server {self._url} was not reached: {reason}"
        hint = "look whether the address is right, and whether the server runs"
        return UnreachableError(message, hint=hint)


class _ClockError(Exception):
    """The service's clock and ours differ."""

    def __init__(self, time_ms: int) -> None:
        super().__init__()
        self.time_ms = time_ms


def _refusal_of(status: int, raw: bytes) -> Exception:
    try:
        failure = msgspec.json.decode(raw, type=Refusal)
    except msgspec.DecodeError:
        failure = Refusal()
    if failure.code == ClockSkewError.code and failure.time_ms:
        return _ClockError(failure.time_ms)
    code = failure.code if failure.code in ERRORS_BY_CODE else _CLASSES.get(status, "unreachable")
    kind: type[StrongroomError] = ERRORS_BY_CODE[code]
    message = failure.message or f"the server answered with status {status}"
    return kind(message, hint=failure.hint)


def _why(error: Exception) -> str:
    """Say what failed as the system or TLS says it, without names of our objects."""
    inner: BaseException = error
    while isinstance(cause := _cause(inner), BaseException):
        inner = cause
    text = getattr(inner, "verify_message", None) or getattr(inner, "strerror", None)
    return str(text or type(inner).__name__).lower()


def _cause(error: BaseException) -> object:
    """Return what an error of urllib3 is about: it stands in one of these places."""
    return getattr(error, "reason", None) or error.__cause__ or next(iter(error.args), None)
