# pyright: strict
"""Every other model, enum and constant, with the types of all fields; read by type checkers.

Those of items, files, groups and environments are in `models_of_items.py`, those of secrets in
`models_of_secrets.py`. None of them is ever run.

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
    AllowedRecipientType,
    AllowedType,
    AutofillBehavior,
    ErrorMessage,
    FileCreateParams,
    GroupAccess,
    GroupGetParams,
    GroupMemberRole,
    GroupState,
    GroupType,
    GroupVaultAccess,
    ItemCategory,
    ItemCreateParams,
    ItemField,
    ItemFieldDetailsTypes,
    ItemFieldType,
    ItemListFilter,
    ItemListFilterByState,
    ItemListFilterTypes,
    ItemsGetAllErrorTypes,
    ItemShareDuration,
    ItemShareParams,
    ItemState,
    ItemUpdateFailureReasonTypes,
    ItemVersionState,
    PasswordRecipe,
    PasswordRecipeMemorable,
    PasswordRecipeMemorableInner,
    PasswordRecipePin,
    PasswordRecipeRandom,
    PasswordRecipeRandomInner,
    PasswordRecipeTypes,
    ResolveReferenceErrorTypes,
    SeparatorType,
    SshKeyAttributes,
    User,
    UserRole,
    UserState,
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
