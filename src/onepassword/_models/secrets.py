"""Resolved references, the reasons why one is not, and password recipes."""

# ruff: noqa: UP042  (a StrEnum would print differently from the SDK's enums)

from enum import Enum
from typing import Literal

from onepassword._models.base import Model
from onepassword._models.responses import Response


class ResolveReferenceErrorTypes(str, Enum):
    """Tags of the reasons for which a reference was not resolved."""

    PARSING = "parsing"
    FIELD_NOT_FOUND = "fieldNotFound"
    VAULT_NOT_FOUND = "vaultNotFound"
    TOO_MANY_VAULTS = "tooManyVaults"
    ITEM_NOT_FOUND = "itemNotFound"
    TOO_MANY_ITEMS = "tooManyItems"
    TOO_MANY_MATCHING_FIELDS = "tooManyMatchingFields"
    NO_MATCHING_SECTIONS = "noMatchingSections"
    INCOMPATIBLE_TOTP_QUERY_PARAMETER_FIELD = "incompatibleTOTPQueryParameterField"
    UNABLE_TO_GENERATE_TOTP_CODE = "unableToGenerateTotpCode"
    S_SH_KEY_METADATA_NOT_FOUND = "sSHKeyMetadataNotFound"
    UNSUPPORTED_FILE_FORMAT = "unsupportedFileFormat"
    INCOMPATIBLE_SSH_KEY_QUERY_PARAMETER_FIELD = "incompatibleSshKeyQueryParameterField"
    UNABLE_TO_PARSE_PRIVATE_KEY = "unableToParsePrivateKey"
    UNABLE_TO_FORMAT_PRIVATE_KEY_TO_OPEN_SSH = "unableToFormatPrivateKeyToOpenSsh"
    OTHER = "other"


class ResolveReferenceErrorParsing(Model):
    """The text is not a reference; `message` names the rule it breaks."""

    type: Literal[ResolveReferenceErrorTypes.PARSING] = ResolveReferenceErrorTypes.PARSING
    message: str


class ResolveReferenceErrorFieldNotFound(Model):
    """The item has no such field."""

    type: Literal[ResolveReferenceErrorTypes.FIELD_NOT_FOUND] = (
        ResolveReferenceErrorTypes.FIELD_NOT_FOUND
    )


class ResolveReferenceErrorVaultNotFound(Model):
    """No such vault, or none that the caller may see."""

    type: Literal[ResolveReferenceErrorTypes.VAULT_NOT_FOUND] = (
        ResolveReferenceErrorTypes.VAULT_NOT_FOUND
    )


class ResolveReferenceErrorTooManyVaults(Model):
    """Several vaults have that name; use the id."""

    type: Literal[ResolveReferenceErrorTypes.TOO_MANY_VAULTS] = (
        ResolveReferenceErrorTypes.TOO_MANY_VAULTS
    )


class ResolveReferenceErrorItemNotFound(Model):
    """The vault has no such active item."""

    type: Literal[ResolveReferenceErrorTypes.ITEM_NOT_FOUND] = (
        ResolveReferenceErrorTypes.ITEM_NOT_FOUND
    )


class ResolveReferenceErrorTooManyItems(Model):
    """Several items of the vault have that name; use the id."""

    type: Literal[ResolveReferenceErrorTypes.TOO_MANY_ITEMS] = (
        ResolveReferenceErrorTypes.TOO_MANY_ITEMS
    )


class ResolveReferenceErrorTooManyMatchingFields(Model):
    """Several fields match; name the section or use the id."""

    type: Literal[ResolveReferenceErrorTypes.TOO_MANY_MATCHING_FIELDS] = (
        ResolveReferenceErrorTypes.TOO_MANY_MATCHING_FIELDS
    )


class ResolveReferenceErrorNoMatchingSections(Model):
    """The item has no such section."""

    type: Literal[ResolveReferenceErrorTypes.NO_MATCHING_SECTIONS] = (
        ResolveReferenceErrorTypes.NO_MATCHING_SECTIONS
    )


class ResolveReferenceErrorIncompatibleTOTPQueryParameterField(Model):
    """A one-time code was asked of a field that has none."""

    type: Literal[ResolveReferenceErrorTypes.INCOMPATIBLE_TOTP_QUERY_PARAMETER_FIELD] = (
        ResolveReferenceErrorTypes.INCOMPATIBLE_TOTP_QUERY_PARAMETER_FIELD
    )


class ResolveReferenceErrorUnableToGenerateTotpCode(Model):
    """The stored seed gives no code; `message` says why."""

    type: Literal[ResolveReferenceErrorTypes.UNABLE_TO_GENERATE_TOTP_CODE] = (
        ResolveReferenceErrorTypes.UNABLE_TO_GENERATE_TOTP_CODE
    )
    message: str


class ResolveReferenceErrorSSHKeyMetadataNotFound(Model):
    """The SSH key lacks the part that was asked for."""

    type: Literal[ResolveReferenceErrorTypes.S_SH_KEY_METADATA_NOT_FOUND] = (
        ResolveReferenceErrorTypes.S_SH_KEY_METADATA_NOT_FOUND
    )


class ResolveReferenceErrorUnsupportedFileFormat(Model):
    """The file is not text."""

    type: Literal[ResolveReferenceErrorTypes.UNSUPPORTED_FILE_FORMAT] = (
        ResolveReferenceErrorTypes.UNSUPPORTED_FILE_FORMAT
    )


class ResolveReferenceErrorIncompatibleSshKeyQueryParameterField(Model):
    """An SSH key format was asked of a field that is no private key."""

    type: Literal[ResolveReferenceErrorTypes.INCOMPATIBLE_SSH_KEY_QUERY_PARAMETER_FIELD] = (
        ResolveReferenceErrorTypes.INCOMPATIBLE_SSH_KEY_QUERY_PARAMETER_FIELD
    )


class ResolveReferenceErrorUnableToParsePrivateKey(Model):
    """The stored private key cannot be read."""

    type: Literal[ResolveReferenceErrorTypes.UNABLE_TO_PARSE_PRIVATE_KEY] = (
        ResolveReferenceErrorTypes.UNABLE_TO_PARSE_PRIVATE_KEY
    )


class ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh(Model):
    """The stored private key has no OpenSSH form."""

    type: Literal[ResolveReferenceErrorTypes.UNABLE_TO_FORMAT_PRIVATE_KEY_TO_OPEN_SSH] = (
        ResolveReferenceErrorTypes.UNABLE_TO_FORMAT_PRIVATE_KEY_TO_OPEN_SSH
    )


class ResolveReferenceErrorOther(Model):
    """Anything else; resolve the reference alone to see the error."""

    type: Literal[ResolveReferenceErrorTypes.OTHER] = ResolveReferenceErrorTypes.OTHER


ResolveReferenceError = (
    ResolveReferenceErrorParsing
    | ResolveReferenceErrorFieldNotFound
    | ResolveReferenceErrorVaultNotFound
    | ResolveReferenceErrorTooManyVaults
    | ResolveReferenceErrorItemNotFound
    | ResolveReferenceErrorTooManyItems
    | ResolveReferenceErrorTooManyMatchingFields
    | ResolveReferenceErrorNoMatchingSections
    | ResolveReferenceErrorIncompatibleTOTPQueryParameterField
    | ResolveReferenceErrorUnableToGenerateTotpCode
    | ResolveReferenceErrorSSHKeyMetadataNotFound
    | ResolveReferenceErrorUnsupportedFileFormat
    | ResolveReferenceErrorIncompatibleSshKeyQueryParameterField
    | ResolveReferenceErrorUnableToParsePrivateKey
    | ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh
    | ResolveReferenceErrorOther
)


class ResolvedReference(Model):
    """A secret and where it was found."""

    secret: str
    item_id: str
    vault_id: str


class ResolveAllResponse(Model):
    """One answer for each reference, keyed by the reference as it was given."""

    individual_responses: dict[str, Response[ResolvedReference, ResolveReferenceError]]
