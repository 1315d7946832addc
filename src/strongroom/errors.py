"""Every error that Strongroom raises: one tree, one table.

Rules:

- A class is a situation. Its `code` is stable: programs, the wire and the
  vectors compare codes, never texts.
- The message says what failed and names the object; `hint` says what to do.
  Neither ever holds a secret, a sealed byte or a key.
- `layer` names the check that refused (specs/vectors.md). It serves the
  vectors and stays out of message, `repr` and wire, so that it is no oracle.

    StrongroomError                  internal
    ├── InputError                   invalid_input
    │   ├── InvalidArgumentError     invalid_argument
    │   ├── InvalidIdError           invalid_id
    │   ├── InvalidSecretKeyError    invalid_secret_key
    │   ├── InvalidPasswordError     invalid_password
    │   ├── InvalidTokenError        invalid_token
    │   │   ├── ForeignTokenError    foreign_token
    │   │   └── TokenExpiredError    token_expired
    │   ├── InvalidReferenceError    invalid_reference
    │   ├── InvalidFileError         invalid_file
    │   ├── InvalidItemError         invalid_item
    │   ├── InvalidSshKeyError       invalid_ssh_key
    │   └── TooLargeError            too_large
    ├── IntegrityError               integrity
    │   ├── TruncatedError           truncated
    │   ├── RollbackError            rollback
    │   └── ForkError                fork
    ├── UnsupportedVersionError      unsupported_version
    ├── KdfRefusedError              kdf_refused
    ├── KdfDowngradeError            kdf_downgrade
    ├── UnauthorizedError            unauthorized
    ├── ForbiddenError               forbidden
    ├── ExpiredError                 expired
    ├── NotFoundError                not_found
    ├── AmbiguousError               ambiguous
    ├── ResolveError                 unresolved
    ├── ConflictError                conflict
    │   ├── StaleEpochError          stale_epoch
    │   └── RotationDueError         rotation_due
    ├── NotAvailableError            not_available
    ├── ClockSkewError               clock_skew
    ├── StoreError                   store
    │   ├── StoreMissingError        store_missing
    │   ├── StoreForeignError        store_foreign
    │   ├── StoreNewerError          store_newer
    │   ├── StoreReadOnlyError       store_read_only
    │   ├── StoreFullError           store_full
    │   └── StoreBusyError           store_busy
    ├── LocalFileError               local_file
    ├── SignedOutError               signed_out
    ├── DesktopAppNotFoundError      desktop_app_not_found
    ├── DesktopSessionExpiredException  desktop_session_expired
    └── RateLimitExceededException   rate_limited
"""

from __future__ import annotations

from typing import Any, ClassVar, Final


class StrongroomError(Exception):
    """Root of all errors; raised itself only for a fault of Strongroom's own.

    Attributes:
        code: Stable name of the situation.
        message: What failed, lower case, without a final period.
        hint: What to do about it, or `None`.
        candidates: Ids among which the caller must choose, for ambiguity.
        reference: The secret reference that was asked, or `None`.
        tag: The SDK's failure tag (`vaultNotFound` …) where it has one.
        layer: The check that refused; for the vectors, never shown.
    """

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    sdk_name: ClassVar[str] = "Internal"
    exit_code: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        candidates: tuple[str, ...] = (),
        reference: str | None = None,
        tag: str | None = None,
        layer: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.candidates = candidates
        self.reference = reference
        self.tag = tag
        self.layer = layer


class InputError(StrongroomError):
    """The caller's input has a form that is refused."""

    code = "invalid_input"
    http_status = 400
    sdk_name = "InvalidConfiguration"


class InvalidArgumentError(InputError):
    """An argument of the wrong type; `msg` is the SDK's text for this situation."""

    code = "invalid_argument"

    def __init__(self, message: str, *, msg: str = "", **parts: Any) -> None:
        super().__init__(f"{msg}: {message}" if msg else message, **parts)
        self.msg = msg


class InvalidIdError(InputError):
    """Text that is not the canonical spelling of an id."""

    code = "invalid_id"


class InvalidSecretKeyError(InputError):
    """A Secret Key with a wrong form or check; found before any derivation."""

    code = "invalid_secret_key"


class InvalidPasswordError(InputError):
    """A password that cannot be one: empty, too long, with NUL, too short for a new account."""

    code = "invalid_password"


class InvalidTokenError(InputError):
    """A service-account token that is damaged, cut or not a token."""

    code = "invalid_token"
    sdk_name = "ServiceAccountTokenParsing"


class ForeignTokenError(InvalidTokenError):
    """A genuine token of another product; nothing was sent anywhere."""

    code = "foreign_token"


class TokenExpiredError(InvalidTokenError):
    """A token past the end that it names."""

    code = "token_expired"
    http_status = 401


class InvalidReferenceError(InputError):
    """A secret reference with a wrong form."""

    code = "invalid_reference"
    sdk_name = "ParsingSecretReference"


class InvalidFileError(InputError):
    """A file attachment beyond the limits."""

    code = "invalid_file"


class InvalidItemError(InputError):
    """An item whose parts contradict each other."""

    code = "invalid_item"


class InvalidSshKeyError(InputError):
    """A private SSH key that cannot be read, is encrypted, or is of another kind."""

    code = "invalid_ssh_key"


class TooLargeError(InputError, ValueError):
    """Something over a named limit; programs know an oversized message as `ValueError`."""

    code = "too_large"
    http_status = 413


class IntegrityError(StrongroomError):
    """Stored or received data that is not what its author made, or not what was asked."""

    code = "integrity"
    http_status = 422


class TruncatedError(IntegrityError):
    """An envelope that is too short to be one."""

    code = "truncated"


class RollbackError(IntegrityError):
    """Older state than this client, or its pin, has already seen."""

    code = "rollback"


class ForkError(IntegrityError):
    """Two different states under one number."""

    code = "fork"


class UnsupportedVersionError(StrongroomError):
    """A format version that this release does not know."""

    code = "unsupported_version"
    http_status = 400


class KdfRefusedError(StrongroomError):
    """Derivation parameters outside floor and ceiling; no work was done."""

    code = "kdf_refused"
    http_status = 400


class KdfDowngradeError(StrongroomError):
    """Derivation parameters below those remembered on this device."""

    code = "kdf_downgrade"
    http_status = 400


class UnauthorizedError(StrongroomError):
    """Wrong password, unknown or suspended principal: never said which."""

    code = "unauthorized"
    http_status = 401


class ForbiddenError(StrongroomError):
    """A principal without the right for what it did or asked."""

    code = "forbidden"
    http_status = 403


class ExpiredError(StrongroomError):
    """An invite or share past its end."""

    code = "expired"
    http_status = 410


class NotFoundError(StrongroomError):
    """No such object, or none that the principal may see."""

    code = "not_found"
    http_status = 404


class AmbiguousError(StrongroomError):
    """A name that several objects have; `candidates` holds their ids."""

    code = "ambiguous"
    http_status = 409


class ResolveError(StrongroomError):
    """A well-formed reference that leads to no single value; `tag` says why."""

    code = "unresolved"
    http_status = 404
    sdk_name = "ResolvingSecretReference"


class ConflictError(StrongroomError):
    """Somebody else changed the object first; nothing was written."""

    code = "conflict"
    http_status = 409


class StaleEpochError(ConflictError):
    """Sealed under an older key or access record; the engine syncs and retries."""

    code = "stale_epoch"


class RotationDueError(ConflictError):
    """Nothing may be sealed under the current access record; a new one must come first."""

    code = "rotation_due"


class NotAvailableError(StrongroomError):
    """Part of the SDK's surface that this release, or this home, does not have."""

    code = "not_available"
    http_status = 501


class ClockSkewError(StrongroomError):
    """A request outside the server's time window."""

    code = "clock_skew"
    http_status = 401


class StoreError(StrongroomError):
    """The database failed in a way that has no better name."""

    code = "store"
    http_status = 503


class StoreMissingError(StoreError):
    """No database at that address."""

    code = "store_missing"
    http_status = 404


class StoreForeignError(StoreError):
    """A file that is not a Strongroom database, or a damaged one; it was not changed."""

    code = "store_foreign"


class StoreNewerError(StoreError):
    """A database of a newer release; it was not changed."""

    code = "store_newer"


class StoreReadOnlyError(StoreError):
    """A database that this user may not write."""

    code = "store_read_only"


class StoreFullError(StoreError):
    """No room left; nothing was written."""

    code = "store_full"
    http_status = 507


class StoreBusyError(StoreError):
    """Another process held the write lock until the deadline; nothing was written."""

    code = "store_busy"


class LocalFileError(StrongroomError):
    """A local file (device, session, state, objects) that is missing, unsafe or damaged."""

    code = "local_file"


class SignedOutError(StrongroomError):
    """No credential: neither a session nor a token."""

    code = "signed_out"
    http_status = 401


class DesktopAppNotFoundError(StrongroomError, FileNotFoundError):
    """No desktop agent on this computer; programs know it as `FileNotFoundError`."""

    code = "desktop_app_not_found"
    http_status = 503


class DesktopSessionExpiredException(StrongroomError):  # noqa: N818  (the SDK's name)
    """The approval on the desktop has ended and was not renewed."""

    code = "desktop_session_expired"
    http_status = 401
    sdk_name = "DesktopSessionExpired"


class RateLimitExceededException(StrongroomError):  # noqa: N818  (the SDK's name)
    """The server asks this caller to wait before the next request."""

    code = "rate_limited"
    http_status = 429
    sdk_name = "RateLimitExceeded"


def _tree(root: type[StrongroomError]) -> dict[str, type[StrongroomError]]:
    """Collect the classes below `root` by code."""
    table = {root.code: root}
    for child in root.__subclasses__():
        table |= _tree(child)
    return table


# The one table: code → class. HTTP status, SDK name and exit code are the class's own attributes.
ERRORS_BY_CODE: Final = _tree(StrongroomError)
