package onepassword

import "encoding/json"

// ResolveReferenceError says why a reference leads to no single value.
type ResolveReferenceError struct {
	Type    ResolveReferenceErrorTypes `json:"type"`
	content any
}

// NewResolveReferenceErrorTypeVariantFieldNotFound returns one of the type FieldNotFound.
func NewResolveReferenceErrorTypeVariantFieldNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantFieldNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField returns one of the type IncompatibleSSHKeyQueryParameterField.
func NewResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField, nil}
}

// NewResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField returns one of the type IncompatibleTOTPQueryParameterField.
func NewResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField, nil}
}

// NewResolveReferenceErrorTypeVariantItemNotFound returns one of the type ItemNotFound.
func NewResolveReferenceErrorTypeVariantItemNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantItemNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantNoMatchingSections returns one of the type NoMatchingSections.
func NewResolveReferenceErrorTypeVariantNoMatchingSections() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantNoMatchingSections, nil}
}

// NewResolveReferenceErrorTypeVariantOther returns one of the type Other.
func NewResolveReferenceErrorTypeVariantOther() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantOther, nil}
}

// NewResolveReferenceErrorTypeVariantParsing returns one of the type Parsing.
func NewResolveReferenceErrorTypeVariantParsing(content ErrorMessage) ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantParsing, &content}
}

// NewResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound returns one of the type SSHKeyMetadataNotFound.
func NewResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyItems returns one of the type TooManyItems.
func NewResolveReferenceErrorTypeVariantTooManyItems() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyItems, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyMatchingFields returns one of the type TooManyMatchingFields.
func NewResolveReferenceErrorTypeVariantTooManyMatchingFields() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyMatchingFields, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyVaults returns one of the type TooManyVaults.
func NewResolveReferenceErrorTypeVariantTooManyVaults() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyVaults, nil}
}

// NewResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH returns one of the type UnableToFormatPrivateKeyToOpenSSH.
func NewResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH, nil}
}

// NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode returns one of the type UnableToGenerateTOTPCode.
func NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode(content ErrorMessage) ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode, &content}
}

// NewResolveReferenceErrorTypeVariantUnableToParsePrivateKey returns one of the type UnableToParsePrivateKey.
func NewResolveReferenceErrorTypeVariantUnableToParsePrivateKey() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToParsePrivateKey, nil}
}

// NewResolveReferenceErrorTypeVariantUnsupportedFileFormat returns one of the type UnsupportedFileFormat.
func NewResolveReferenceErrorTypeVariantUnsupportedFileFormat() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnsupportedFileFormat, nil}
}

// NewResolveReferenceErrorTypeVariantVaultNotFound returns one of the type VaultNotFound.
func NewResolveReferenceErrorTypeVariantVaultNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantVaultNotFound, nil}
}

// Parsing returns the message, or an empty one for a type without.
func (r ResolveReferenceError) Parsing() ErrorMessage {
	return messageOf(r.content)
}

// UnableToGenerateTOTPCode returns the message, or an empty one for a type without.
func (r ResolveReferenceError) UnableToGenerateTOTPCode() ErrorMessage {
	return messageOf(r.content)
}

// MarshalJSON writes the type and its content.
func (r ResolveReferenceError) MarshalJSON() ([]byte, error) {
	return writeVariant(r.Type, "message", r.content)
}

// UnmarshalJSON reads the type and its content.
func (r *ResolveReferenceError) UnmarshalJSON(data []byte) (err error) {
	r.Type, r.content, err = readVariant(data, "message", func(kind ResolveReferenceErrorTypes) any {
		switch kind {
		case ResolveReferenceErrorTypeVariantParsing,
			ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode:
			return new(ErrorMessage)
		case ResolveReferenceErrorTypeVariantFieldNotFound,
			ResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField,
			ResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField,
			ResolveReferenceErrorTypeVariantItemNotFound,
			ResolveReferenceErrorTypeVariantNoMatchingSections,
			ResolveReferenceErrorTypeVariantOther,
			ResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound,
			ResolveReferenceErrorTypeVariantTooManyItems,
			ResolveReferenceErrorTypeVariantTooManyMatchingFields,
			ResolveReferenceErrorTypeVariantTooManyVaults,
			ResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH,
			ResolveReferenceErrorTypeVariantUnableToParsePrivateKey,
			ResolveReferenceErrorTypeVariantUnsupportedFileFormat,
			ResolveReferenceErrorTypeVariantVaultNotFound:
			return nil
		default:
			return new(json.RawMessage)
		}
	})
	return err
}

// ItemsGetAllError says why an item was not read.
type ItemsGetAllError struct {
	Type    ItemsGetAllErrorTypes `json:"type"`
	content any
}

// NewItemsGetAllErrorTypeVariantInternal returns one of the type Internal.
func NewItemsGetAllErrorTypeVariantInternal(content ErrorMessage) ItemsGetAllError {
	return ItemsGetAllError{ItemsGetAllErrorTypeVariantInternal, &content}
}

// NewItemsGetAllErrorTypeVariantItemNotFound returns one of the type ItemNotFound.
func NewItemsGetAllErrorTypeVariantItemNotFound() ItemsGetAllError {
	return ItemsGetAllError{ItemsGetAllErrorTypeVariantItemNotFound, nil}
}

// Internal returns the message, or an empty one for a type without.
func (i ItemsGetAllError) Internal() ErrorMessage {
	return messageOf(i.content)
}

// MarshalJSON writes the type and its content.
func (i ItemsGetAllError) MarshalJSON() ([]byte, error) {
	return writeVariant(i.Type, "message", i.content)
}

// UnmarshalJSON reads the type and its content.
func (i *ItemsGetAllError) UnmarshalJSON(data []byte) (err error) {
	i.Type, i.content, err = readVariant(data, "message", func(kind ItemsGetAllErrorTypes) any {
		switch kind {
		case ItemsGetAllErrorTypeVariantInternal:
			return new(ErrorMessage)
		case ItemsGetAllErrorTypeVariantItemNotFound:
			return nil
		default:
			return new(json.RawMessage)
		}
	})
	return err
}

// ItemUpdateFailureReason says why an item was not written or deleted.
type ItemUpdateFailureReason struct {
	Type    ItemUpdateFailureReasonTypes `json:"type"`
	content any
}

// NewItemUpdateFailureReasonTypeVariantInternal returns one of the type Internal.
func NewItemUpdateFailureReasonTypeVariantInternal(content ErrorMessage) ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantInternal, &content}
}

// NewItemUpdateFailureReasonTypeVariantItemNotFound returns one of the type ItemNotFound.
func NewItemUpdateFailureReasonTypeVariantItemNotFound() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemNotFound, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusFileNotFound returns one of the type ItemStatusFileNotFound.
func NewItemUpdateFailureReasonTypeVariantItemStatusFileNotFound() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusFileNotFound, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion returns one of the type ItemStatusIncorrectItemVersion.
func NewItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusPermissionError returns one of the type ItemStatusPermissionError.
func NewItemUpdateFailureReasonTypeVariantItemStatusPermissionError() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusPermissionError, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusTooBig returns one of the type ItemStatusTooBig.
func NewItemUpdateFailureReasonTypeVariantItemStatusTooBig() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusTooBig, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemValidationError returns one of the type ItemValidationError.
func NewItemUpdateFailureReasonTypeVariantItemValidationError(content ErrorMessage) ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemValidationError, &content}
}

// Internal returns the message, or an empty one for a type without.
func (i ItemUpdateFailureReason) Internal() ErrorMessage {
	return messageOf(i.content)
}

// ItemValidationError returns the message, or an empty one for a type without.
func (i ItemUpdateFailureReason) ItemValidationError() ErrorMessage {
	return messageOf(i.content)
}

// MarshalJSON writes the type and its content.
func (i ItemUpdateFailureReason) MarshalJSON() ([]byte, error) {
	return writeVariant(i.Type, "message", i.content)
}

// UnmarshalJSON reads the type and its content.
func (i *ItemUpdateFailureReason) UnmarshalJSON(data []byte) (err error) {
	i.Type, i.content, err = readVariant(data, "message", func(kind ItemUpdateFailureReasonTypes) any {
		switch kind {
		case ItemUpdateFailureReasonTypeVariantInternal,
			ItemUpdateFailureReasonTypeVariantItemValidationError:
			return new(ErrorMessage)
		case ItemUpdateFailureReasonTypeVariantItemNotFound,
			ItemUpdateFailureReasonTypeVariantItemStatusFileNotFound,
			ItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion,
			ItemUpdateFailureReasonTypeVariantItemStatusPermissionError,
			ItemUpdateFailureReasonTypeVariantItemStatusTooBig:
			return nil
		default:
			return new(json.RawMessage)
		}
	})
	return err
}
