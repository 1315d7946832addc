"""What is not true, not allowed, not there, or too late."""

from __future__ import annotations

from typing import ClassVar, Final

from strongroom.errors.base import StrongroomError

# Of every rollback that a restored backup explains. It names the other explanation too: whoever
# puts an older file in place must not have an owner accept it by habit.
RESTORED_HINT: Final = (
    "if a backup was restored, an owner must run `strongroom restore accept`; "
    "if none was, somebody has put an older database in its place"
)

# Whom to ask where a role in the account is missing; so it is never told to somebody who has it.
ASK_AN_OWNER: Final = "ask an owner of the account"
ASK_LISTED: Final = "ask an owner or administrator of the account"
# What a token may do was chosen when it was made.
CREATE_ANOTHER: Final = (
    "create another service account with {need}: the rights of this one cannot be changed"
)


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


class MissingPermissionError(ForbiddenError):
    """A permission that the principal lacks in a vault or environment, and no other reason."""

    code = "missing_permission"
    sdk_tag: ClassVar[str | None] = "itemStatusPermissionError"


class ExpiredError(StrongroomError):
    """An invite or share past its end."""

    code = "expired"
    http_status = 410


class NotFoundError(StrongroomError):
    """No such object, or none that the principal may see."""

    code = "not_found"
    http_status = 404


class MissingFileError(NotFoundError):
    """A file that an item names, or that was asked for, is not there."""

    code = "file_not_found"
    sdk_tag: ClassVar[str | None] = "itemStatusFileNotFound"


class AmbiguousError(StrongroomError):
    """A name that several objects have; `candidates` holds their ids."""

    code = "ambiguous"
    http_status = 409


class NameTakenError(StrongroomError):
    """A name that another object has already; `candidates` holds its id."""

    code = "name_taken"
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


class VersionConflictError(ConflictError):
    """Somebody else changed the object since it was read; reading it again helps."""

    code = "version_conflict"
    sdk_tag: ClassVar[str | None] = "itemStatusIncorrectItemVersion"


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
