"""Signed requests (section 13 of specs/formats.md).

The underscore keeps the name apart from a well-known library.
"""

from dataclasses import dataclass

from generator.crypto import sha256, verifies
from generator.errors import require
from generator.pae import INTEGER_MAX, encode

WINDOW_MS = 90_000
BY_AUTH_KEY, BY_DEVICE, BY_SERVICE_ACCOUNT = 1, 2, 3


@dataclass(frozen=True)
class Request:
    """What a signature covers."""

    srv: bytes
    authority: str
    account: bytes
    principal: bytes
    key_kind: int
    device: bytes
    method: str
    path: str
    body: bytes
    time: int
    nonce: bytes
    client: str

    def base(self) -> bytes:
        """The signed bytes."""
        return encode(
            "sr/v1/req",
            self.srv,
            self.authority,
            self.account,
            self.principal,
            self.key_kind,
            self.device,
            self.method,
            self.path,
            sha256(self.body),
            self.time,
            self.nonce,
            self.client,
        )


def check_request(
    request: Request, signature: bytes, pk: bytes, *, addresses: list[str], server_time: int
) -> bytes:
    """Authority, time, form, signature."""
    require(request.authority in addresses, "authority")
    near = abs(request.time - server_time) <= WINDOW_MS
    require(near, "time", "clock_skew")
    by_device = request.key_kind == BY_DEVICE
    require(request.key_kind in (BY_AUTH_KEY, BY_DEVICE, BY_SERVICE_ACCOUNT), "form")
    require(len(request.device) == (16 if by_device else 0), "form")
    require(len(request.nonce) == 16 and request.time <= INTEGER_MAX, "form")
    require(verifies(pk, signature, request.base()), "signature")
    return request.base()


def nonce_claim(method: str, path: str, body: bytes) -> bytes:
    """What is kept beside a nonce, so that a retry can be told from another request."""
    return sha256(encode(method, path, body))
