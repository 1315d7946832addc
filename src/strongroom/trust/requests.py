"""Which requests a service obeys, and which answer a retry gets.

Source: specs/formats.md section 13. Rules only: time, keys and stored nonces
are passed in, and nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec

from strongroom.crypto.public.digests import Hash
from strongroom.crypto.public.hashes import HASH_BYTES, equal
from strongroom.crypto.public.signatures import verify, wrong_signature
from strongroom.errors import ClockSkewError, ConflictError, IntegrityError, TooLargeError
from strongroom.ids import ID_BYTES
from strongroom.limits import INTEGER_MAX
from strongroom.wire.requests import NONCE_BYTES, KeyKind, SignatureBase

# A request that was recorded is of no use after this, and clocks are rarely further apart.
WINDOW_MS: Final = 90_000
# A client believes another clock up to a day: a wrong time zone, not a wrong year.
OFFSET_MS_MAX: Final = 24 * 60 * 60 * 1000
# Long enough for a laptop that was closed in the middle of a write.
NONCE_KEPT_MS: Final = 24 * 60 * 60 * 1000
# Outcomes of mutations are numbers; the longest says which of 10,000 revisions were refused, and
# why. More would make the nonces a second store.
RESULT_BYTES_MAX: Final = 64 * 1024
# From this HTTP status on a request was refused (RFC 9110 sections 15.5 and 15.6).
_REFUSED: Final = 400
# What is verified against where the service keeps no key: a point like any other, whose private key
# nobody has. It is SHA-256 of "strongroom: the key of nobody 0", without the sign.
_NOBODY: Final = bytes.fromhex("35690f9e1431a4035fc204f77f0e51f747d130dd94536eb115f6371a7a52b834")


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside a nonce: the request that it served and how that ended."""

    request_hash: Hash
    status: int
    result: bytes
    stored_ms: int


def check_request(request: SignatureBase, *, addresses: Collection[str], now: int) -> None:
    """Check all of a request that needs no key: `verify_request` must follow.

    Args:
        addresses: The public addresses of this service, as host:port.
        now: The service's time in milliseconds.

    Raises:
        IntegrityError: Made for another address (layer `authority`), or parts
            that do not fit each other (`form`).
        ClockSkewError: Over 90 seconds before or after `now` (layer `time`).
    """
    if request.authority not in addresses:
        message = "the request was made for another address"
        raise IntegrityError(message, layer="authority")
    if abs(request.time_ms - now) > WINDOW_MS:
        message = "the time of the request is not that of the service"
        raise ClockSkewError(message, layer="time", hint="set the clock of this computer")
    if not _fits(request):
        message = "the parts of the request contradict each other"
        raise IntegrityError(message, layer="form")


def verify_request(request: SignatureBase, *, signature: bytes, public_key: bytes | None) -> None:
    """Verify the signature of a request that `check_request` has passed.

    Args:
        public_key: What the service keeps for this principal, key kind and
            device; `None` if it keeps none, which is refused in the same words
            and after the same work.

    Raises:
        IntegrityError: Not signed by that key (layer `signature`).
    """
    what = "the request"
    verify(public_key or _NOBODY, signature, request.encode(), what=what)
    if not public_key:
        raise wrong_signature(what)


def check_clock_offset(*, server_time: int, now: int) -> int:
    """Return what a client adds to its clock after a `clock_skew` answer, once per call.

    Raises:
        ClockSkewError: The clocks are more than a day apart.
    """
    offset = server_time - now
    if abs(offset) > OFFSET_MS_MAX:
        message = "the clock of this computer and that of the service are over 24 hours apart"
        raise ClockSkewError(message, hint="set the clock of this computer")
    return offset


def make_outcome(request_hash: Hash, *, status: int, result: bytes, now: int) -> Outcome | None:
    """Return what to keep beside the nonce of a mutation, in the mutation's own transaction.

    Of a refused one nothing is kept: it changed nothing, and may come again
    under the same nonce when its cause is gone.

    Raises:
        TooLargeError: The result is over 64 KiB; the mutation must not happen.
    """
    if status >= _REFUSED:
        return None
    if len(result) > RESULT_BYTES_MAX:
        message = f"the result of a change has at most {RESULT_BYTES_MAX} bytes"
        raise TooLargeError(message)
    return Outcome(request_hash=request_hash, status=status, result=result, stored_ms=now)


def recall_outcome(stored: Outcome | None, request_hash: Hash, *, now: int) -> Outcome | None:
    """Return the first outcome of a retry, or `None` for a nonce that is new or forgotten.

    Raises:
        ConflictError: The nonce served another request (layer `nonce`).
    """
    if stored is None or now - stored.stored_ms >= NONCE_KEPT_MS:
        return None
    check_same_request(stored=stored.request_hash, again=request_hash)
    return stored


def check_same_request(*, stored: bytes, again: bytes) -> None:
    """Compare the requests of one nonce by their hashes.

    Raises:
        ConflictError: They differ (layer `nonce`).
    """
    if not equal(stored, again):
        message = "the nonce was already used for another request"
        raise ConflictError(message, layer="nonce")


def _fits(request: SignatureBase) -> bool:
    device_bytes = ID_BYTES if request.key_kind == KeyKind.DEVICE else 0
    return (
        request.key_kind in tuple(KeyKind)
        and len(request.device) == device_bytes
        and all(len(part) == ID_BYTES for part in (request.srv, request.account, request.principal))
        and len(request.body_hash) == HASH_BYTES
        and len(request.nonce) == NONCE_BYTES
        and 0 <= request.time_ms <= INTEGER_MAX
        and _has_utf8(request.method + request.path + request.client)
    )


def _has_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
