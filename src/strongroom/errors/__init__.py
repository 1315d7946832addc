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
    │   ├── InvalidKeyError          invalid_key
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
    │   └── MissingPermissionError   missing_permission
    ├── ExpiredError                 expired
    ├── NotFoundError                not_found
    │   └── MissingFileError         file_not_found
    ├── AmbiguousError               ambiguous
    ├── NameTakenError               name_taken
    ├── ResolveError                 unresolved
    ├── ConflictError                conflict
    │   ├── VersionConflictError     version_conflict
    │   ├── StaleEpochError          stale_epoch
    │   └── RotationDueError         rotation_due
    ├── NotAvailableError            not_available
    ├── ClockSkewError               clock_skew
    ├── StoreError                   store
    │   ├── StoreMissingError        store_missing
    │   ├── StoreForeignError        store_foreign
    │   ├── StoreOlderError          store_older
    │   ├── StoreNewerError          store_newer
    │   ├── StoreReadOnlyError       store_read_only
    │   ├── StoreFullError           store_full
    │   └── StoreBusyError           store_busy
    ├── UnreachableError             unreachable
    ├── LocalFileError               local_file
    ├── SignedOutError               signed_out
    ├── DesktopAppNotFoundError      desktop_app_not_found
    ├── DesktopSessionExpiredException  desktop_session_expired
    └── RateLimitExceededException   rate_limited
"""

from __future__ import annotations

from typing import Final

from strongroom.errors.base import (
    StrongroomError,
)
from strongroom.errors.inputs import (
    ForeignTokenError,
    InputError,
    InvalidArgumentError,
    InvalidFileError,
    InvalidIdError,
    InvalidItemError,
    InvalidKeyError,
    InvalidPasswordError,
    InvalidReferenceError,
    InvalidSecretKeyError,
    InvalidSshKeyError,
    InvalidTokenError,
    TokenExpiredError,
    TooLargeError,
)
from strongroom.errors.places import (
    DesktopAppNotFoundError,
    DesktopSessionExpiredException,
    LocalFileError,
    RateLimitExceededException,
    SignedOutError,
    StoreBusyError,
    StoreError,
    StoreForeignError,
    StoreFullError,
    StoreMissingError,
    StoreNewerError,
    StoreOlderError,
    StoreReadOnlyError,
    UnreachableError,
)
from strongroom.errors.refusals import (
    AmbiguousError,
    ClockSkewError,
    ConflictError,
    ExpiredError,
    ForbiddenError,
    ForkError,
    IntegrityError,
    KdfDowngradeError,
    KdfRefusedError,
    MissingFileError,
    MissingPermissionError,
    NameTakenError,
    NotAvailableError,
    NotFoundError,
    ResolveError,
    RollbackError,
    RotationDueError,
    StaleEpochError,
    TruncatedError,
    UnauthorizedError,
    UnsupportedVersionError,
    VersionConflictError,
)

__all__ = [
    "ERRORS_BY_CODE",
    "AmbiguousError",
    "ClockSkewError",
    "ConflictError",
    "DesktopAppNotFoundError",
    "DesktopSessionExpiredException",
    "ExpiredError",
    "ForbiddenError",
    "ForeignTokenError",
    "ForkError",
    "InputError",
    "IntegrityError",
    "InvalidArgumentError",
    "InvalidFileError",
    "InvalidIdError",
    "InvalidItemError",
    "InvalidKeyError",
    "InvalidPasswordError",
    "InvalidReferenceError",
    "InvalidSecretKeyError",
    "InvalidSshKeyError",
    "InvalidTokenError",
    "KdfDowngradeError",
    "KdfRefusedError",
    "LocalFileError",
    "MissingFileError",
    "MissingPermissionError",
    "NameTakenError",
    "NotAvailableError",
    "NotFoundError",
    "RateLimitExceededException",
    "ResolveError",
    "RollbackError",
    "RotationDueError",
    "SignedOutError",
    "StaleEpochError",
    "StoreBusyError",
    "StoreError",
    "StoreForeignError",
    "StoreFullError",
    "StoreMissingError",
    "StoreNewerError",
    "StoreOlderError",
    "StoreReadOnlyError",
    "StrongroomError",
    "TokenExpiredError",
    "TooLargeError",
    "TruncatedError",
    "UnauthorizedError",
    "UnreachableError",
    "UnsupportedVersionError",
    "VersionConflictError",
]


def _tree(root: type[StrongroomError]) -> dict[str, type[StrongroomError]]:
    """Collect the classes below `root` by code."""
    table = {root.code: root}
    for child in root.__subclasses__():
        table |= _tree(child)
    return table


# The one table: code → class. HTTP status, SDK name and exit code are the class's own attributes.
ERRORS_BY_CODE: Final = _tree(StrongroomError)
