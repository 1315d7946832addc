package onepassword

import "encoding/json"

// ResolveReferenceError says why a reference leads to no single value.
type ResolveReferenceError struct {
	Type    ResolveReferenceErrorTypes `json:"type"`
	content any
}

// NewResolveReferenceErrorTypeVariantFieldNotFound has no message.
func NewResolveReferenceErrorTypeVariantFieldNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantFieldNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField has no message.
func NewResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField, nil}
}

// NewResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField has no message.
func NewResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField, nil}
}

// NewResolveReferenceErrorTypeVariantItemNotFound has no message.
func NewResolveReferenceErrorTypeVariantItemNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantItemNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantNoMatchingSections has no message.
func NewResolveReferenceErrorTypeVariantNoMatchingSections() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantNoMatchingSections, nil}
}

// NewResolveReferenceErrorTypeVariantOther has no message.
func NewResolveReferenceErrorTypeVariantOther() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantOther, nil}
}

// NewResolveReferenceErrorTypeVariantParsing has a message.
func NewResolveReferenceErrorTypeVariantParsing(content ErrorMessage) ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantParsing, &content}
}

// NewResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound has no message.
func NewResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyItems has no message.
func NewResolveReferenceErrorTypeVariantTooManyItems() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyItems, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyMatchingFields has no message.
func NewResolveReferenceErrorTypeVariantTooManyMatchingFields() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyMatchingFields, nil}
}

// NewResolveReferenceErrorTypeVariantTooManyVaults has no message.
func NewResolveReferenceErrorTypeVariantTooManyVaults() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantTooManyVaults, nil}
}

// NewResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH has no message.
func NewResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH, nil}
}

// NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode has a message.
func NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode(content ErrorMessage) ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode, &content}
}

// NewResolveReferenceErrorTypeVariantUnableToParsePrivateKey has no message.
func NewResolveReferenceErrorTypeVariantUnableToParsePrivateKey() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnableToParsePrivateKey, nil}
}

// NewResolveReferenceErrorTypeVariantUnsupportedFileFormat has no message.
func NewResolveReferenceErrorTypeVariantUnsupportedFileFormat() ResolveReferenceError {
	return ResolveReferenceError{ResolveReferenceErrorTypeVariantUnsupportedFileFormat, nil}
}

// NewResolveReferenceErrorTypeVariantVaultNotFound has no message.
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

// NewItemsGetAllErrorTypeVariantInternal has a message.
func NewItemsGetAllErrorTypeVariantInternal(content ErrorMessage) ItemsGetAllError {
	return ItemsGetAllError{ItemsGetAllErrorTypeVariantInternal, &content}
}

// NewItemsGetAllErrorTypeVariantItemNotFound has no message.
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

// NewItemUpdateFailureReasonTypeVariantInternal has a message.
func NewItemUpdateFailureReasonTypeVariantInternal(content ErrorMessage) ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantInternal, &content}
}

// NewItemUpdateFailureReasonTypeVariantItemNotFound has no message.
func NewItemUpdateFailureReasonTypeVariantItemNotFound() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemNotFound, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusFileNotFound has no message.
func NewItemUpdateFailureReasonTypeVariantItemStatusFileNotFound() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusFileNotFound, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion has no message.
func NewItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusPermissionError has no message.
func NewItemUpdateFailureReasonTypeVariantItemStatusPermissionError() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusPermissionError, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemStatusTooBig has no message.
func NewItemUpdateFailureReasonTypeVariantItemStatusTooBig() ItemUpdateFailureReason {
	return ItemUpdateFailureReason{ItemUpdateFailureReasonTypeVariantItemStatusTooBig, nil}
}

// NewItemUpdateFailureReasonTypeVariantItemValidationError has a message.
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
