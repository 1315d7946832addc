# pyright: strict
"""Every model from an address to an item's answers, with the types of all fields; never run.

How type checkers read it is in `models.py`.
"""

from datetime import datetime
from typing import Literal, assert_type

from onepassword.types import (
    AddressFieldDetails,
    AllowedRecipientType,
    AllowedType,
    DeletedItem,
    DocumentCreateParams,
    EnvironmentVariable,
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
    Response,
    SshKeyAttributes,
    ValidRecipient,
    VaultAccess,
    Website,
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
