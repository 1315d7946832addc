"""The programming surface of the 1Password Python SDK (0.4.2), served by Strongroom.

    from onepassword import Client

    client = await Client.authenticate(auth=token, integration_name="…", integration_version="…")
    password = await client.secrets.resolve("op://vault/item/password")

Every name is loaded when it is first used: `from onepassword import Client`
does not import pydantic, `from onepassword import *` does.
"""

# ruff: noqa: F405  (`__all__` names what the star import of `types` brings)

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onepassword.client import Client
    from onepassword.defaults import (
        DEFAULT_INTEGRATION_NAME,
        DEFAULT_INTEGRATION_VERSION,
        DesktopAuth,
    )
    from onepassword.environments import Environments
    from onepassword.errors import (
        DesktopSessionExpiredException,
        RateLimitExceededException,
    )
    from onepassword.errors import raise_typed_exception as raise_typed_exception
    from onepassword.groups import Groups
    from onepassword.items import Items
    from onepassword.secrets import Secrets
    from onepassword.types import *
    from onepassword.users import Users as Users
    from onepassword.vaults import Vaults

# The names that a star import brings; the same as in the SDK.
__all__ = [
    "ARCHIVE_ITEMS",
    "CREATE_ITEMS",
    "DEFAULT_INTEGRATION_NAME",
    "DEFAULT_INTEGRATION_VERSION",
    "DELETE_ITEMS",
    "EXPORT_ITEMS",
    "IMPORT_ITEMS",
    "MANAGE_VAULT",
    "NO_ACCESS",
    "PRINT_ITEMS",
    "READ_ITEMS",
    "RECOVER_VAULT",
    "REVEAL_ITEM_PASSWORD",
    "SEND_ITEMS",
    "UPDATE_ITEMS",
    "UPDATE_ITEM_HISTORY",
    "AddressFieldDetails",
    "AllowedRecipientType",
    "AllowedType",
    "AutofillBehavior",
    "Client",
    "DesktopAuth",
    "DesktopSessionExpiredException",
    "DocumentCreateParams",
    "EnvironmentVariable",
    "Environments",
    "FileAttributes",
    "FileCreateParams",
    "GeneratePasswordResponse",
    "GetVariablesResponse",
    "Group",
    "GroupAccess",
    "GroupGetParams",
    "GroupState",
    "GroupType",
    "GroupVaultAccess",
    "Groups",
    "Item",
    "ItemCategory",
    "ItemCreateParams",
    "ItemField",
    "ItemFieldDetailsAddress",
    "ItemFieldDetailsOtp",
    "ItemFieldDetailsSshKey",
    "ItemFieldDetailsTypes",
    "ItemFieldType",
    "ItemFile",
    "ItemListFilter",
    "ItemListFilterByState",
    "ItemListFilterByStateInner",
    "ItemListFilterTypes",
    "ItemOverview",
    "ItemSection",
    "ItemShareAccountPolicy",
    "ItemShareDuration",
    "ItemShareFiles",
    "ItemShareParams",
    "ItemState",
    "ItemUpdateFailureReasonInternal",
    "ItemUpdateFailureReasonItemNotFound",
    "ItemUpdateFailureReasonItemStatusFileNotFound",
    "ItemUpdateFailureReasonItemStatusIncorrectItemVersion",
    "ItemUpdateFailureReasonItemStatusPermissionError",
    "ItemUpdateFailureReasonItemStatusTooBig",
    "ItemUpdateFailureReasonItemValidationError",
    "ItemUpdateFailureReasonTypes",
    "Items",
    "ItemsDeleteAllResponse",
    "ItemsGetAllErrorInternal",
    "ItemsGetAllErrorItemNotFound",
    "ItemsGetAllErrorTypes",
    "ItemsGetAllResponse",
    "ItemsUpdateAllResponse",
    "OtpFieldDetails",
    "PasswordRecipeMemorable",
    "PasswordRecipeMemorableInner",
    "PasswordRecipePin",
    "PasswordRecipePinInner",
    "PasswordRecipeRandom",
    "PasswordRecipeRandomInner",
    "PasswordRecipeTypes",
    "RateLimitExceededException",
    "ResolveAllResponse",
    "ResolveReferenceErrorFieldNotFound",
    "ResolveReferenceErrorIncompatibleSshKeyQueryParameterField",
    "ResolveReferenceErrorIncompatibleTOTPQueryParameterField",
    "ResolveReferenceErrorItemNotFound",
    "ResolveReferenceErrorNoMatchingSections",
    "ResolveReferenceErrorOther",
    "ResolveReferenceErrorParsing",
    "ResolveReferenceErrorSSHKeyMetadataNotFound",
    "ResolveReferenceErrorTooManyItems",
    "ResolveReferenceErrorTooManyMatchingFields",
    "ResolveReferenceErrorTooManyVaults",
    "ResolveReferenceErrorTypes",
    "ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh",
    "ResolveReferenceErrorUnableToGenerateTotpCode",
    "ResolveReferenceErrorUnableToParsePrivateKey",
    "ResolveReferenceErrorUnsupportedFileFormat",
    "ResolveReferenceErrorVaultNotFound",
    "ResolvedReference",
    "Response",
    "Secrets",
    "SeparatorType",
    "SshKeyAttributes",
    "ValidRecipientDomain",
    "ValidRecipientDomainInner",
    "ValidRecipientEmail",
    "ValidRecipientEmailInner",
    "ValidRecipientTypes",
    "Vault",
    "VaultAccess",
    "VaultAccessorType",
    "VaultCreateParams",
    "VaultGetParams",
    "VaultListParams",
    "VaultOverview",
    "VaultType",
    "VaultUpdateParams",
    "Vaults",
    "Website",
    "WordListType",
]

# Where a name is that is not one of `onepassword.types`.
_HOMES = {
    "Client": "client",
    "DEFAULT_INTEGRATION_NAME": "defaults",
    "DEFAULT_INTEGRATION_VERSION": "defaults",
    "DesktopAuth": "defaults",
    "DesktopSessionExpiredException": "errors",
    "Environments": "environments",
    "Groups": "groups",
    "Items": "items",
    "RateLimitExceededException": "errors",
    "Secrets": "secrets",
    "Users": "users",
    "Vaults": "vaults",
    "raise_typed_exception": "errors",
}

# Reachable as attributes, though a star import leaves them out: what it leaves out of the SDK's
# too, and what is not part of the SDK.
_MORE_TYPES = {
    "DeletedItem",
    "ErrorMessage",
    "GroupCreateParams",
    "GroupMember",
    "GroupMemberRole",
    "GroupUpdateParams",
    "ItemFieldDetails",
    "ItemUpdateFailureReason",
    "ItemVersion",
    "ItemVersionState",
    "ItemsGetAllError",
    "PasswordRecipe",
    "ResolveReferenceError",
    "User",
    "UserRole",
    "UserState",
    "ValidRecipient",
    "deserialize_binary_data",
    "parse_rfc3339",
    "serialize_binary_data",
    "serialize_datetime_data",
}

_SUBMODULES = {
    "build_number",
    "client",
    "core",
    "defaults",
    "environments",
    "errors",
    "groups",
    "items",
    "items_files",
    "items_shares",
    "secrets",
    "types",
    "users",
    "vaults",
}


if not TYPE_CHECKING:  # so that type checkers still see a misspelt name

    def __getattr__(name: str) -> object:
        """Load a name or a submodule at its first use, and keep it."""
        if name in _SUBMODULES:
            return import_module(f"onepassword.{name}")
        if name not in _HOMES and name not in _MORE_TYPES and name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(import_module(f"onepassword.{_HOMES.get(name, 'types')}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return every public name, loaded or not."""
    return sorted({*globals(), *__all__, *_HOMES, *_MORE_TYPES, *_SUBMODULES})
