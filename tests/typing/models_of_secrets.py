# pyright: strict
"""Every model of recipes and resolved references, with the types of all fields; never run.

How type checkers read it is in `models.py`.
"""

from typing import Literal, assert_type

from onepassword.types import (
    OtpFieldDetails,
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
    WordListType,
)


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
