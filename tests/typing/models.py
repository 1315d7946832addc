# pyright: strict
"""Every model, enum and constant, with the types of all fields; read by type checkers, never run.

Type checkers know all fields by Python's spelling (`section_id`), and those of what programs make
by JSON's (`sectionId`) too, one of the two in a call. What they cannot know is in `refused.py`.
"""

from datetime import datetime
from typing import Literal, assert_type

from onepassword.types import (
    ARCHIVE_ITEMS,
    CREATE_ITEMS,
    DELETE_ITEMS,
    EXPORT_ITEMS,
    IMPORT_ITEMS,
    MANAGE_VAULT,
    NO_ACCESS,
    PRINT_ITEMS,
    READ_ITEMS,
    RECOVER_VAULT,
    REVEAL_ITEM_PASSWORD,
    SEND_ITEMS,
    UPDATE_ITEM_HISTORY,
    UPDATE_ITEMS,
    AddressFieldDetails,
    AllowedRecipientType,
    AllowedType,
    AutofillBehavior,
    DeletedItem,
    DocumentCreateParams,
    EnvironmentVariable,
    ErrorMessage,
    FileAttributes,
    FileCreateParams,
    GeneratePasswordResponse,
    GetVariablesResponse,
    Group,
    GroupAccess,
    GroupCreateParams,
    GroupGetParams,
    GroupMember,
    GroupMemberRole,
    GroupState,
    GroupType,
    GroupUpdateParams,
    GroupVaultAccess,
    Item,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldDetails,
    ItemFieldDetailsAddress,
    ItemFieldDetailsOtp,
    ItemFieldDetailsSshKey,
    ItemFieldDetailsTypes,
    ItemFieldType,
    ItemFile,
    ItemListFilter,
    ItemListFilterByState,
    ItemListFilterByStateInner,
    ItemListFilterTypes,
    ItemOverview,
    ItemsDeleteAllResponse,
    ItemSection,
    ItemsGetAllError,
    ItemsGetAllErrorInternal,
    ItemsGetAllErrorItemNotFound,
    ItemsGetAllErrorTypes,
    ItemsGetAllResponse,
    ItemShareAccountPolicy,
    ItemShareDuration,
    ItemShareFiles,
    ItemShareParams,
    ItemState,
    ItemsUpdateAllResponse,
    ItemUpdateFailureReason,
    ItemUpdateFailureReasonInternal,
    ItemUpdateFailureReasonItemNotFound,
    ItemUpdateFailureReasonItemStatusFileNotFound,
    ItemUpdateFailureReasonItemStatusIncorrectItemVersion,
    ItemUpdateFailureReasonItemStatusPermissionError,
    ItemUpdateFailureReasonItemStatusTooBig,
    ItemUpdateFailureReasonItemValidationError,
    ItemUpdateFailureReasonTypes,
    ItemVersion,
    ItemVersionState,
    OtpFieldDetails,
    PasswordRecipe,
    PasswordRecipeMemorable,
    PasswordRecipeMemorableInner,
    PasswordRecipePin,
    PasswordRecipePinInner,
    PasswordRecipeRandom,
    PasswordRecipeRandomInner,
    PasswordRecipeTypes,
    ResolveAllResponse,
    ResolvedReference,
    ResolveReferenceError,
    ResolveReferenceErrorFieldNotFound,
    ResolveReferenceErrorIncompatibleSshKeyQueryParameterField,
    ResolveReferenceErrorIncompatibleTOTPQueryParameterField,
    ResolveReferenceErrorItemNotFound,
    ResolveReferenceErrorNoMatchingSections,
    ResolveReferenceErrorOther,
    ResolveReferenceErrorParsing,
    ResolveReferenceErrorSSHKeyMetadataNotFound,
    ResolveReferenceErrorTooManyItems,
    ResolveReferenceErrorTooManyMatchingFields,
    ResolveReferenceErrorTooManyVaults,
    ResolveReferenceErrorTypes,
    ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh,
    ResolveReferenceErrorUnableToGenerateTotpCode,
    ResolveReferenceErrorUnableToParsePrivateKey,
    ResolveReferenceErrorUnsupportedFileFormat,
    ResolveReferenceErrorVaultNotFound,
    Response,
    SeparatorType,
    SshKeyAttributes,
    User,
    UserRole,
    UserState,
    ValidRecipient,
    ValidRecipientDomain,
    ValidRecipientDomainInner,
    ValidRecipientEmail,
    ValidRecipientEmailInner,
    ValidRecipientTypes,
    Vault,
    VaultAccess,
    VaultAccessorType,
    VaultCreateParams,
    VaultGetParams,
    VaultListParams,
    VaultOverview,
    VaultType,
    VaultUpdateParams,
    Website,
    WordListType,
)


def address_field_details(one: AddressFieldDetails) -> AddressFieldDetails:
    assert_type(one.street, str)
    assert_type(one.city, str)
    assert_type(one.country, str)
    assert_type(one.zip, str)
    assert_type(one.state, str)
    return AddressFieldDetails(
        street=one.street, city=one.city, country=one.country, zip=one.zip, state=one.state
    )


def deleted_item(one: DeletedItem) -> DeletedItem:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.category, ItemCategory)
    assert_type(one.vault_id, str)
    assert_type(one.websites, list[Website])
    assert_type(one.tags, list[str])
    assert_type(one.created_at, datetime)
    assert_type(one.updated_at, datetime)
    assert_type(one.deleted_at, datetime)
    return DeletedItem(
        id=one.id,
        title=one.title,
        category=one.category,
        vault_id=one.vault_id,
        websites=one.websites,
        tags=one.tags,
        created_at=one.created_at,
        updated_at=one.updated_at,
        deleted_at=one.deleted_at,
    )


def document_create_params(one: DocumentCreateParams) -> DocumentCreateParams:
    assert_type(one.name, str)
    assert_type(one.content, bytes)
    return DocumentCreateParams(name=one.name, content=one.content)


def environment_variable(one: EnvironmentVariable) -> EnvironmentVariable:
    assert_type(one.name, str)
    assert_type(one.value, str)
    assert_type(one.masked, bool)
    return EnvironmentVariable(name=one.name, value=one.value, masked=one.masked)


def file_attributes(one: FileAttributes) -> FileAttributes:
    assert_type(one.name, str)
    assert_type(one.id, str)
    assert_type(one.size, int)
    return FileAttributes(name=one.name, id=one.id, size=one.size)


def file_create_params(one: FileCreateParams) -> FileCreateParams:
    assert_type(one.name, str)
    assert_type(one.content, bytes)
    assert_type(one.section_id, str)
    assert_type(one.field_id, str)
    return FileCreateParams(
        name=one.name, content=one.content, section_id=one.section_id, field_id=one.field_id
    )


def generate_password_response(one: GeneratePasswordResponse) -> GeneratePasswordResponse:
    assert_type(one.password, str)
    return GeneratePasswordResponse(password=one.password)


def get_variables_response(one: GetVariablesResponse) -> GetVariablesResponse:
    assert_type(one.variables, list[EnvironmentVariable])
    return GetVariablesResponse(variables=one.variables)


def group(one: Group) -> Group:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.description, str)
    assert_type(one.group_type, GroupType)
    assert_type(one.state, GroupState)
    assert_type(one.vault_access, list[VaultAccess] | None)
    return Group(
        id=one.id,
        title=one.title,
        description=one.description,
        group_type=one.group_type,
        state=one.state,
        vault_access=one.vault_access,
    )


def group_access(one: GroupAccess) -> GroupAccess:
    assert_type(one.group_id, str)
    assert_type(one.permissions, int)
    return GroupAccess(group_id=one.group_id, permissions=one.permissions)


def group_create_params(one: GroupCreateParams) -> GroupCreateParams:
    assert_type(one.title, str)
    assert_type(one.description, str | None)
    return GroupCreateParams(title=one.title, description=one.description)


def group_get_params(one: GroupGetParams) -> GroupGetParams:
    assert_type(one.vault_permissions, bool | None)
    return GroupGetParams(vault_permissions=one.vault_permissions)


def group_member(one: GroupMember) -> GroupMember:
    assert_type(one.user_id, str)
    assert_type(one.role, GroupMemberRole)
    return GroupMember(user_id=one.user_id, role=one.role)


def group_update_params(one: GroupUpdateParams) -> GroupUpdateParams:
    assert_type(one.title, str | None)
    assert_type(one.description, str | None)
    return GroupUpdateParams(title=one.title, description=one.description)


def group_vault_access(one: GroupVaultAccess) -> GroupVaultAccess:
    assert_type(one.vault_id, str)
    assert_type(one.group_id, str)
    assert_type(one.permissions, int)
    return GroupVaultAccess(
        vault_id=one.vault_id, group_id=one.group_id, permissions=one.permissions
    )


def item(one: Item) -> Item:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.category, ItemCategory)
    assert_type(one.vault_id, str)
    assert_type(one.fields, list[ItemField])
    assert_type(one.sections, list[ItemSection])
    assert_type(one.notes, str)
    assert_type(one.tags, list[str])
    assert_type(one.websites, list[Website])
    assert_type(one.version, int)
    assert_type(one.files, list[ItemFile])
    assert_type(one.document, FileAttributes | None)
    assert_type(one.created_at, datetime)
    assert_type(one.updated_at, datetime)
    return Item(
        id=one.id,
        title=one.title,
        category=one.category,
        vault_id=one.vault_id,
        fields=one.fields,
        sections=one.sections,
        notes=one.notes,
        tags=one.tags,
        websites=one.websites,
        version=one.version,
        files=one.files,
        document=one.document,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def item_create_params(one: ItemCreateParams) -> ItemCreateParams:
    assert_type(one.category, ItemCategory)
    assert_type(one.vault_id, str)
    assert_type(one.title, str)
    assert_type(one.fields, list[ItemField] | None)
    assert_type(one.sections, list[ItemSection] | None)
    assert_type(one.notes, str | None)
    assert_type(one.tags, list[str] | None)
    assert_type(one.websites, list[Website] | None)
    assert_type(one.files, list[FileCreateParams] | None)
    assert_type(one.document, DocumentCreateParams | None)
    return ItemCreateParams(
        category=one.category,
        vault_id=one.vault_id,
        title=one.title,
        fields=one.fields,
        sections=one.sections,
        notes=one.notes,
        tags=one.tags,
        websites=one.websites,
        files=one.files,
        document=one.document,
    )


def item_field(one: ItemField) -> ItemField:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.section_id, str | None)
    assert_type(one.field_type, ItemFieldType)
    assert_type(one.value, str)
    assert_type(one.details, ItemFieldDetails | None)
    return ItemField(
        id=one.id,
        title=one.title,
        section_id=one.section_id,
        field_type=one.field_type,
        value=one.value,
        details=one.details,
    )


def item_field_details_address(one: ItemFieldDetailsAddress) -> ItemFieldDetailsAddress:
    assert_type(one.type, Literal[ItemFieldDetailsTypes.ADDRESS])
    assert_type(one.content, AddressFieldDetails | None)
    return ItemFieldDetailsAddress(type=one.type, content=one.content)


def item_field_details_otp(one: ItemFieldDetailsOtp) -> ItemFieldDetailsOtp:
    assert_type(one.type, Literal[ItemFieldDetailsTypes.OTP])
    assert_type(one.content, OtpFieldDetails)
    return ItemFieldDetailsOtp(type=one.type, content=one.content)


def item_field_details_ssh_key(one: ItemFieldDetailsSshKey) -> ItemFieldDetailsSshKey:
    assert_type(one.type, Literal[ItemFieldDetailsTypes.SSH_KEY])
    assert_type(one.content, SshKeyAttributes | None)
    return ItemFieldDetailsSshKey(type=one.type, content=one.content)


def item_file(one: ItemFile) -> ItemFile:
    assert_type(one.attributes, FileAttributes)
    assert_type(one.section_id, str)
    assert_type(one.field_id, str)
    return ItemFile(attributes=one.attributes, section_id=one.section_id, field_id=one.field_id)


def item_list_filter_by_state(one: ItemListFilterByState) -> ItemListFilterByState:
    assert_type(one.type, Literal[ItemListFilterTypes.BY_STATE])
    assert_type(one.content, ItemListFilterByStateInner)
    return ItemListFilterByState(type=one.type, content=one.content)


def item_list_filter_by_state_inner(one: ItemListFilterByStateInner) -> ItemListFilterByStateInner:
    assert_type(one.active, bool)
    assert_type(one.archived, bool)
    return ItemListFilterByStateInner(active=one.active, archived=one.archived)


def item_overview(one: ItemOverview) -> ItemOverview:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.category, ItemCategory)
    assert_type(one.vault_id, str)
    assert_type(one.websites, list[Website])
    assert_type(one.tags, list[str])
    assert_type(one.created_at, datetime)
    assert_type(one.updated_at, datetime)
    assert_type(one.state, ItemState)
    return ItemOverview(
        id=one.id,
        title=one.title,
        category=one.category,
        vault_id=one.vault_id,
        websites=one.websites,
        tags=one.tags,
        created_at=one.created_at,
        updated_at=one.updated_at,
        state=one.state,
    )


def item_section(one: ItemSection) -> ItemSection:
    assert_type(one.id, str)
    assert_type(one.title, str)
    return ItemSection(id=one.id, title=one.title)


def item_share_account_policy(one: ItemShareAccountPolicy) -> ItemShareAccountPolicy:
    assert_type(one.max_expiry, ItemShareDuration)
    assert_type(one.default_expiry, ItemShareDuration)
    assert_type(one.max_views, int | None)
    assert_type(one.allowed_types, list[AllowedType])
    assert_type(one.allowed_recipient_types, list[AllowedRecipientType])
    assert_type(one.files, ItemShareFiles)
    return ItemShareAccountPolicy(
        max_expiry=one.max_expiry,
        default_expiry=one.default_expiry,
        max_views=one.max_views,
        allowed_types=one.allowed_types,
        allowed_recipient_types=one.allowed_recipient_types,
        files=one.files,
    )


def item_share_files(one: ItemShareFiles) -> ItemShareFiles:
    assert_type(one.allowed, bool)
    assert_type(one.max_size, int)
    assert_type(one.allowed_types, list[AllowedType] | None)
    assert_type(one.allowed_recipient_types, list[AllowedRecipientType] | None)
    assert_type(one.max_expiry, ItemShareDuration | None)
    assert_type(one.default_expiry, ItemShareDuration | None)
    assert_type(one.max_views, int | None)
    return ItemShareFiles(
        allowed=one.allowed,
        max_size=one.max_size,
        allowed_types=one.allowed_types,
        allowed_recipient_types=one.allowed_recipient_types,
        max_expiry=one.max_expiry,
        default_expiry=one.default_expiry,
        max_views=one.max_views,
    )


def item_share_params(one: ItemShareParams) -> ItemShareParams:
    assert_type(one.recipients, list[ValidRecipient] | None)
    assert_type(one.expire_after, ItemShareDuration | None)
    assert_type(one.one_time_only, bool)
    return ItemShareParams(
        recipients=one.recipients, expire_after=one.expire_after, one_time_only=one.one_time_only
    )


def item_update_failure_reason_internal(
    one: ItemUpdateFailureReasonInternal,
) -> ItemUpdateFailureReasonInternal:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.INTERNAL])
    assert_type(one.message, str)
    return ItemUpdateFailureReasonInternal(type=one.type, message=one.message)


def item_update_failure_reason_item_not_found(
    one: ItemUpdateFailureReasonItemNotFound,
) -> ItemUpdateFailureReasonItemNotFound:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_NOT_FOUND])
    return ItemUpdateFailureReasonItemNotFound(type=one.type)


def item_update_failure_reason_item_status_file_not_found(
    one: ItemUpdateFailureReasonItemStatusFileNotFound,
) -> ItemUpdateFailureReasonItemStatusFileNotFound:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_FILE_NOT_FOUND])
    return ItemUpdateFailureReasonItemStatusFileNotFound(type=one.type)


def item_update_failure_reason_item_status_incorrect_item_version(
    one: ItemUpdateFailureReasonItemStatusIncorrectItemVersion,
) -> ItemUpdateFailureReasonItemStatusIncorrectItemVersion:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_INCORRECT_ITEM_VERSION])
    return ItemUpdateFailureReasonItemStatusIncorrectItemVersion(type=one.type)


def item_update_failure_reason_item_status_permission_error(
    one: ItemUpdateFailureReasonItemStatusPermissionError,
) -> ItemUpdateFailureReasonItemStatusPermissionError:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_PERMISSION_ERROR])
    return ItemUpdateFailureReasonItemStatusPermissionError(type=one.type)


def item_update_failure_reason_item_status_too_big(
    one: ItemUpdateFailureReasonItemStatusTooBig,
) -> ItemUpdateFailureReasonItemStatusTooBig:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_STATUS_TOO_BIG])
    return ItemUpdateFailureReasonItemStatusTooBig(type=one.type)


def item_update_failure_reason_item_validation_error(
    one: ItemUpdateFailureReasonItemValidationError,
) -> ItemUpdateFailureReasonItemValidationError:
    assert_type(one.type, Literal[ItemUpdateFailureReasonTypes.ITEM_VALIDATION_ERROR])
    assert_type(one.message, str)
    return ItemUpdateFailureReasonItemValidationError(type=one.type, message=one.message)


def item_version(one: ItemVersion) -> ItemVersion:
    assert_type(one.version, int)
    assert_type(one.state, ItemVersionState)
    assert_type(one.updated_at, datetime)
    assert_type(one.author, str)
    return ItemVersion(
        version=one.version, state=one.state, updated_at=one.updated_at, author=one.author
    )


def items_delete_all_response(one: ItemsDeleteAllResponse) -> ItemsDeleteAllResponse:
    assert_type(one.individual_responses, dict[str, Response[None, ItemUpdateFailureReason]])
    return ItemsDeleteAllResponse(individual_responses=one.individual_responses)


def items_get_all_error_internal(one: ItemsGetAllErrorInternal) -> ItemsGetAllErrorInternal:
    assert_type(one.type, Literal[ItemsGetAllErrorTypes.INTERNAL])
    assert_type(one.message, str)
    return ItemsGetAllErrorInternal(type=one.type, message=one.message)


def items_get_all_error_item_not_found(
    one: ItemsGetAllErrorItemNotFound,
) -> ItemsGetAllErrorItemNotFound:
    assert_type(one.type, Literal[ItemsGetAllErrorTypes.ITEM_NOT_FOUND])
    return ItemsGetAllErrorItemNotFound(type=one.type)


def items_get_all_response(one: ItemsGetAllResponse) -> ItemsGetAllResponse:
    assert_type(one.individual_responses, list[Response[Item, ItemsGetAllError]])
    return ItemsGetAllResponse(individual_responses=one.individual_responses)


def items_update_all_response(one: ItemsUpdateAllResponse) -> ItemsUpdateAllResponse:
    assert_type(one.individual_responses, list[Response[Item, ItemUpdateFailureReason]])
    return ItemsUpdateAllResponse(individual_responses=one.individual_responses)


def otp_field_details(one: OtpFieldDetails) -> OtpFieldDetails:
    assert_type(one.code, str | None)
    assert_type(one.error_message, str | None)
    return OtpFieldDetails(code=one.code, error_message=one.error_message)


def password_recipe_memorable(one: PasswordRecipeMemorable) -> PasswordRecipeMemorable:
    assert_type(one.type, Literal[PasswordRecipeTypes.MEMORABLE])
    assert_type(one.parameters, PasswordRecipeMemorableInner)
    return PasswordRecipeMemorable(type=one.type, parameters=one.parameters)


def password_recipe_memorable_inner(
    one: PasswordRecipeMemorableInner,
) -> PasswordRecipeMemorableInner:
    assert_type(one.separator_type, SeparatorType)
    assert_type(one.capitalize, bool)
    assert_type(one.word_list_type, WordListType)
    assert_type(one.word_count, int)
    return PasswordRecipeMemorableInner(
        separator_type=one.separator_type,
        capitalize=one.capitalize,
        word_list_type=one.word_list_type,
        word_count=one.word_count,
    )


def password_recipe_pin(one: PasswordRecipePin) -> PasswordRecipePin:
    assert_type(one.type, Literal[PasswordRecipeTypes.PIN])
    assert_type(one.parameters, PasswordRecipePinInner)
    return PasswordRecipePin(type=one.type, parameters=one.parameters)


def password_recipe_pin_inner(one: PasswordRecipePinInner) -> PasswordRecipePinInner:
    assert_type(one.length, int)
    return PasswordRecipePinInner(length=one.length)


def password_recipe_random(one: PasswordRecipeRandom) -> PasswordRecipeRandom:
    assert_type(one.type, Literal[PasswordRecipeTypes.RANDOM])
    assert_type(one.parameters, PasswordRecipeRandomInner)
    return PasswordRecipeRandom(type=one.type, parameters=one.parameters)


def password_recipe_random_inner(one: PasswordRecipeRandomInner) -> PasswordRecipeRandomInner:
    assert_type(one.include_digits, bool)
    assert_type(one.include_symbols, bool)
    assert_type(one.length, int)
    return PasswordRecipeRandomInner(
        include_digits=one.include_digits, include_symbols=one.include_symbols, length=one.length
    )


def resolve_all_response(one: ResolveAllResponse) -> ResolveAllResponse:
    assert_type(
        one.individual_responses, dict[str, Response[ResolvedReference, ResolveReferenceError]]
    )
    return ResolveAllResponse(individual_responses=one.individual_responses)


def resolve_reference_error_field_not_found(
    one: ResolveReferenceErrorFieldNotFound,
) -> ResolveReferenceErrorFieldNotFound:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.FIELD_NOT_FOUND])
    return ResolveReferenceErrorFieldNotFound(type=one.type)


def resolve_reference_error_incompatible_ssh_key_query_parameter_field(
    one: ResolveReferenceErrorIncompatibleSshKeyQueryParameterField,
) -> ResolveReferenceErrorIncompatibleSshKeyQueryParameterField:
    assert_type(
        one.type, Literal[ResolveReferenceErrorTypes.INCOMPATIBLE_SSH_KEY_QUERY_PARAMETER_FIELD]
    )
    return ResolveReferenceErrorIncompatibleSshKeyQueryParameterField(type=one.type)


def resolve_reference_error_incompatible_totpquery_parameter_field(
    one: ResolveReferenceErrorIncompatibleTOTPQueryParameterField,
) -> ResolveReferenceErrorIncompatibleTOTPQueryParameterField:
    assert_type(
        one.type, Literal[ResolveReferenceErrorTypes.INCOMPATIBLE_TOTP_QUERY_PARAMETER_FIELD]
    )
    return ResolveReferenceErrorIncompatibleTOTPQueryParameterField(type=one.type)


def resolve_reference_error_item_not_found(
    one: ResolveReferenceErrorItemNotFound,
) -> ResolveReferenceErrorItemNotFound:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.ITEM_NOT_FOUND])
    return ResolveReferenceErrorItemNotFound(type=one.type)


def resolve_reference_error_no_matching_sections(
    one: ResolveReferenceErrorNoMatchingSections,
) -> ResolveReferenceErrorNoMatchingSections:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.NO_MATCHING_SECTIONS])
    return ResolveReferenceErrorNoMatchingSections(type=one.type)


def resolve_reference_error_other(one: ResolveReferenceErrorOther) -> ResolveReferenceErrorOther:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.OTHER])
    return ResolveReferenceErrorOther(type=one.type)


def resolve_reference_error_parsing(
    one: ResolveReferenceErrorParsing,
) -> ResolveReferenceErrorParsing:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.PARSING])
    assert_type(one.message, str)
    return ResolveReferenceErrorParsing(type=one.type, message=one.message)


def resolve_reference_error_sshkey_metadata_not_found(
    one: ResolveReferenceErrorSSHKeyMetadataNotFound,
) -> ResolveReferenceErrorSSHKeyMetadataNotFound:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.S_SH_KEY_METADATA_NOT_FOUND])
    return ResolveReferenceErrorSSHKeyMetadataNotFound(type=one.type)


def resolve_reference_error_too_many_items(
    one: ResolveReferenceErrorTooManyItems,
) -> ResolveReferenceErrorTooManyItems:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.TOO_MANY_ITEMS])
    return ResolveReferenceErrorTooManyItems(type=one.type)


def resolve_reference_error_too_many_matching_fields(
    one: ResolveReferenceErrorTooManyMatchingFields,
) -> ResolveReferenceErrorTooManyMatchingFields:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.TOO_MANY_MATCHING_FIELDS])
    return ResolveReferenceErrorTooManyMatchingFields(type=one.type)


def resolve_reference_error_too_many_vaults(
    one: ResolveReferenceErrorTooManyVaults,
) -> ResolveReferenceErrorTooManyVaults:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.TOO_MANY_VAULTS])
    return ResolveReferenceErrorTooManyVaults(type=one.type)


def resolve_reference_error_unable_to_format_private_key_to_open_ssh(
    one: ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh,
) -> ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh:
    assert_type(
        one.type, Literal[ResolveReferenceErrorTypes.UNABLE_TO_FORMAT_PRIVATE_KEY_TO_OPEN_SSH]
    )
    return ResolveReferenceErrorUnableToFormatPrivateKeyToOpenSsh(type=one.type)


def resolve_reference_error_unable_to_generate_totp_code(
    one: ResolveReferenceErrorUnableToGenerateTotpCode,
) -> ResolveReferenceErrorUnableToGenerateTotpCode:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.UNABLE_TO_GENERATE_TOTP_CODE])
    assert_type(one.message, str)
    return ResolveReferenceErrorUnableToGenerateTotpCode(type=one.type, message=one.message)


def resolve_reference_error_unable_to_parse_private_key(
    one: ResolveReferenceErrorUnableToParsePrivateKey,
) -> ResolveReferenceErrorUnableToParsePrivateKey:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.UNABLE_TO_PARSE_PRIVATE_KEY])
    return ResolveReferenceErrorUnableToParsePrivateKey(type=one.type)


def resolve_reference_error_unsupported_file_format(
    one: ResolveReferenceErrorUnsupportedFileFormat,
) -> ResolveReferenceErrorUnsupportedFileFormat:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.UNSUPPORTED_FILE_FORMAT])
    return ResolveReferenceErrorUnsupportedFileFormat(type=one.type)


def resolve_reference_error_vault_not_found(
    one: ResolveReferenceErrorVaultNotFound,
) -> ResolveReferenceErrorVaultNotFound:
    assert_type(one.type, Literal[ResolveReferenceErrorTypes.VAULT_NOT_FOUND])
    return ResolveReferenceErrorVaultNotFound(type=one.type)


def resolved_reference(one: ResolvedReference) -> ResolvedReference:
    assert_type(one.secret, str)
    assert_type(one.item_id, str)
    assert_type(one.vault_id, str)
    return ResolvedReference(secret=one.secret, item_id=one.item_id, vault_id=one.vault_id)


def ssh_key_attributes(one: SshKeyAttributes) -> SshKeyAttributes:
    assert_type(one.public_key, str)
    assert_type(one.fingerprint, str)
    assert_type(one.key_type, str)
    return SshKeyAttributes(
        public_key=one.public_key, fingerprint=one.fingerprint, key_type=one.key_type
    )


def user(one: User) -> User:
    assert_type(one.id, str)
    assert_type(one.name, str)
    assert_type(one.email, str)
    assert_type(one.state, UserState)
    assert_type(one.role, UserRole)
    assert_type(one.created_at, datetime)
    assert_type(one.updated_at, datetime)
    return User(
        id=one.id,
        name=one.name,
        email=one.email,
        state=one.state,
        role=one.role,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def valid_recipient_domain(one: ValidRecipientDomain) -> ValidRecipientDomain:
    assert_type(one.type, Literal[ValidRecipientTypes.DOMAIN])
    assert_type(one.parameters, ValidRecipientDomainInner)
    return ValidRecipientDomain(type=one.type, parameters=one.parameters)


def valid_recipient_domain_inner(one: ValidRecipientDomainInner) -> ValidRecipientDomainInner:
    assert_type(one.domain, str)
    return ValidRecipientDomainInner(domain=one.domain)


def valid_recipient_email(one: ValidRecipientEmail) -> ValidRecipientEmail:
    assert_type(one.type, Literal[ValidRecipientTypes.EMAIL])
    assert_type(one.parameters, ValidRecipientEmailInner)
    return ValidRecipientEmail(type=one.type, parameters=one.parameters)


def valid_recipient_email_inner(one: ValidRecipientEmailInner) -> ValidRecipientEmailInner:
    assert_type(one.email, str)
    return ValidRecipientEmailInner(email=one.email)


def vault(one: Vault) -> Vault:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.description, str)
    assert_type(one.vault_type, VaultType)
    assert_type(one.active_item_count, int)
    assert_type(one.content_version, int)
    assert_type(one.attribute_version, int)
    assert_type(one.access, list[VaultAccess] | None)
    return Vault(
        id=one.id,
        title=one.title,
        description=one.description,
        vault_type=one.vault_type,
        active_item_count=one.active_item_count,
        content_version=one.content_version,
        attribute_version=one.attribute_version,
        access=one.access,
    )


def vault_access(one: VaultAccess) -> VaultAccess:
    assert_type(one.vault_uuid, str)
    assert_type(one.accessor_type, VaultAccessorType)
    assert_type(one.accessor_uuid, str)
    assert_type(one.permissions, int)
    return VaultAccess(
        vault_uuid=one.vault_uuid,
        accessor_type=one.accessor_type,
        accessor_uuid=one.accessor_uuid,
        permissions=one.permissions,
    )


def vault_create_params(one: VaultCreateParams) -> VaultCreateParams:
    assert_type(one.title, str)
    assert_type(one.description, str | None)
    assert_type(one.allow_admins_access, bool | None)
    return VaultCreateParams(
        title=one.title, description=one.description, allow_admins_access=one.allow_admins_access
    )


def vault_get_params(one: VaultGetParams) -> VaultGetParams:
    assert_type(one.accessors, bool | None)
    return VaultGetParams(accessors=one.accessors)


def vault_list_params(one: VaultListParams) -> VaultListParams:
    assert_type(one.decrypt_details, bool | None)
    return VaultListParams(decrypt_details=one.decrypt_details)


def vault_overview(one: VaultOverview) -> VaultOverview:
    assert_type(one.id, str)
    assert_type(one.title, str)
    assert_type(one.description, str)
    assert_type(one.vault_type, VaultType)
    assert_type(one.active_item_count, int)
    assert_type(one.content_version, int)
    assert_type(one.attribute_version, int)
    assert_type(one.created_at, datetime)
    assert_type(one.updated_at, datetime)
    return VaultOverview(
        id=one.id,
        title=one.title,
        description=one.description,
        vault_type=one.vault_type,
        active_item_count=one.active_item_count,
        content_version=one.content_version,
        attribute_version=one.attribute_version,
        created_at=one.created_at,
        updated_at=one.updated_at,
    )


def vault_update_params(one: VaultUpdateParams) -> VaultUpdateParams:
    assert_type(one.title, str | None)
    assert_type(one.description, str | None)
    return VaultUpdateParams(title=one.title, description=one.description)


def website(one: Website) -> Website:
    assert_type(one.url, str)
    assert_type(one.label, str)
    assert_type(one.autofill_behavior, AutofillBehavior)
    return Website(url=one.url, label=one.label, autofill_behavior=one.autofill_behavior)


def enums() -> None:
    assert_type(AllowedRecipientType("Email"), AllowedRecipientType)
    assert_type(AllowedRecipientType.EMAIL.upper(), str)
    assert_type(AllowedType("Authenticated"), AllowedType)
    assert_type(AllowedType.AUTHENTICATED.upper(), str)
    assert_type(AutofillBehavior("AnywhereOnWebsite"), AutofillBehavior)
    assert_type(AutofillBehavior.ANYWHEREONWEBSITE.upper(), str)
    assert_type(GroupMemberRole("member"), GroupMemberRole)
    assert_type(GroupMemberRole.MEMBER.upper(), str)
    assert_type(GroupState("active"), GroupState)
    assert_type(GroupState.ACTIVE.upper(), str)
    assert_type(GroupType("owners"), GroupType)
    assert_type(GroupType.OWNERS.upper(), str)
    assert_type(ItemCategory("Login"), ItemCategory)
    assert_type(ItemCategory.LOGIN.upper(), str)
    assert_type(ItemFieldDetailsTypes("Otp"), ItemFieldDetailsTypes)
    assert_type(ItemFieldDetailsTypes.OTP.upper(), str)
    assert_type(ItemFieldType("Text"), ItemFieldType)
    assert_type(ItemFieldType.TEXT.upper(), str)
    assert_type(ItemListFilterTypes("ByState"), ItemListFilterTypes)
    assert_type(ItemListFilterTypes.BY_STATE.upper(), str)
    assert_type(ItemShareDuration("OneHour"), ItemShareDuration)
    assert_type(ItemShareDuration.ONEHOUR.upper(), str)
    assert_type(ItemState("active"), ItemState)
    assert_type(ItemState.ACTIVE.upper(), str)
    assert_type(ItemUpdateFailureReasonTypes("itemValidationError"), ItemUpdateFailureReasonTypes)
    assert_type(ItemUpdateFailureReasonTypes.ITEM_VALIDATION_ERROR.upper(), str)
    assert_type(ItemVersionState("active"), ItemVersionState)
    assert_type(ItemVersionState.ACTIVE.upper(), str)
    assert_type(ItemsGetAllErrorTypes("itemNotFound"), ItemsGetAllErrorTypes)
    assert_type(ItemsGetAllErrorTypes.ITEM_NOT_FOUND.upper(), str)
    assert_type(PasswordRecipeTypes("Memorable"), PasswordRecipeTypes)
    assert_type(PasswordRecipeTypes.MEMORABLE.upper(), str)
    assert_type(ResolveReferenceErrorTypes("parsing"), ResolveReferenceErrorTypes)
    assert_type(ResolveReferenceErrorTypes.PARSING.upper(), str)
    assert_type(SeparatorType("digits"), SeparatorType)
    assert_type(SeparatorType.DIGITS.upper(), str)
    assert_type(UserRole("member"), UserRole)
    assert_type(UserRole.MEMBER.upper(), str)
    assert_type(UserState("active"), UserState)
    assert_type(UserState.ACTIVE.upper(), str)
    assert_type(ValidRecipientTypes("Email"), ValidRecipientTypes)
    assert_type(ValidRecipientTypes.EMAIL.upper(), str)
    assert_type(VaultAccessorType("user"), VaultAccessorType)
    assert_type(VaultAccessorType.USER.upper(), str)
    assert_type(VaultType("personal"), VaultType)
    assert_type(VaultType.PERSONAL.upper(), str)
    assert_type(WordListType("fullWords"), WordListType)
    assert_type(WordListType.FULLWORDS.upper(), str)


def permissions() -> int:
    return (
        ARCHIVE_ITEMS
        | CREATE_ITEMS
        | DELETE_ITEMS
        | EXPORT_ITEMS
        | IMPORT_ITEMS
        | MANAGE_VAULT
        | NO_ACCESS
        | PRINT_ITEMS
        | READ_ITEMS
        | RECOVER_VAULT
        | REVEAL_ITEM_PASSWORD
        | SEND_ITEMS
        | UPDATE_ITEMS
        | UPDATE_ITEM_HISTORY
    )


def aliases(recipe: PasswordRecipe, one: ItemListFilter, text: ErrorMessage) -> None:
    assert_type(recipe, PasswordRecipeMemorable | PasswordRecipePin | PasswordRecipeRandom)
    assert_type(one, ItemListFilterByState)
    assert_type(text, str)


def json_spelling(
    field: ItemField, site: Website, memorable: PasswordRecipeMemorableInner
) -> list[object]:
    return [
        ItemField(
            id=field.id,
            title=field.title,
            sectionId=field.section_id,
            fieldType=field.field_type,
            value=field.value,
            details=field.details,
        ),
        Website(url=site.url, label=site.label, autofillBehavior=site.autofill_behavior),
        ItemCreateParams(category=ItemCategory.LOGIN, vaultId="a", title="b", websites=[site]),
        FileCreateParams(name="a", content=b"b", sectionId="c", fieldId="d"),
        ItemShareParams(recipients=[], expireAfter=ItemShareDuration.ONEDAY, oneTimeOnly=True),
        PasswordRecipeMemorableInner(
            separatorType=memorable.separator_type,
            capitalize=True,
            wordListType=memorable.word_list_type,
            wordCount=3,
        ),
        PasswordRecipeRandomInner(includeDigits=True, includeSymbols=False, length=20),
        GroupAccess(groupId="a", permissions=READ_ITEMS),
        GroupGetParams(vaultPermissions=True),
        GroupVaultAccess(vaultId="a", groupId="b", permissions=READ_ITEMS),
        VaultCreateParams(title="a", description="b", allowAdminsAccess=False),
        VaultListParams(decryptDetails=True),
    ]
