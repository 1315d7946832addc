package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go/internal"
)

// SecretsAPI reads values by their references: op://vault/item/[section/]field.
type SecretsAPI interface {
	// Resolve returns the current value that a reference leads to.
	Resolve(ctx context.Context, secretReference string) (string, error)

	// ResolveAll returns a value or an error for each reference. It fails as a whole only if the
	// question could not be asked.
	ResolveAll(ctx context.Context, secretReferences []string) (ResolveAllResponse, error)
}

// SecretsSource is the SecretsAPI of a client.
type SecretsSource struct {
	*internal.InnerClient
}

// NewSecretsSource returns the SecretsAPI of a client.
func NewSecretsSource(inner *internal.InnerClient) SecretsAPI {
	return &SecretsSource{inner}
}

// Resolve returns the current value that a reference leads to.
func (s SecretsSource) Resolve(ctx context.Context, secretReference string) (string, error) {
	given := keys{"secret_reference": secretReference}
	return ask[string](ctx, s.InnerClient, "SecretsResolve", given)
}

// ResolveAll returns a value or an error for each reference.
func (s SecretsSource) ResolveAll(
	ctx context.Context, secretReferences []string,
) (ResolveAllResponse, error) {
	given := keys{"secret_references": secretReferences}
	return ask[ResolveAllResponse](ctx, s.InnerClient, "SecretsResolveAll", given)
}

type secretsUtil struct{}

// Secrets has the calls that need no client.
var Secrets = secretsUtil{}

// ValidateSecretReference says what is wrong with the form of a reference; nothing is read.
func (secretsUtil) ValidateSecretReference(ctx context.Context, secretReference string) error {
	given := keys{"secret_reference": secretReference}
	_, err := internal.CallStatic(ctx, internal.SharedCore(), "ValidateSecretReference", given)
	if err != nil {
		return explain(err)
	}
	return nil
}

// GeneratePassword makes a random password after a recipe.
func (secretsUtil) GeneratePassword(
	ctx context.Context, recipe PasswordRecipe,
) (GeneratePasswordResponse, error) {
	given := keys{"recipe": recipe}
	return read[GeneratePasswordResponse](
		internal.CallStatic(ctx, internal.SharedCore(), "GeneratePassword", given),
	)
}

// Response is what became of one member of a batch: a content or an error. Both are nil where an
// item was deleted.
type Response[T any, E any] struct {
	Content *T `json:"content,omitempty"`
	Error   *E `json:"error,omitempty"`
}

// ResolveAllResponse has an outcome for each reference.
type ResolveAllResponse struct {
	IndividualResponses map[string]Response[ResolvedReference, ResolveReferenceError] `json:"individualResponses"`
}

// ResolvedReference is a value, and where it was found.
type ResolvedReference struct {
	Secret  string `json:"secret"`
	ItemID  string `json:"itemId"`
	VaultID string `json:"vaultId"`
}

// GeneratePasswordResponse holds a new password.
type GeneratePasswordResponse struct {
	Password string `json:"password"`
}

// ErrorMessage says why a member of a batch failed.
type ErrorMessage string

// ResolveReferenceErrorTypes says why a reference leads to no single value.
type ResolveReferenceErrorTypes string

// Two of them have a message: Parsing and UnableToGenerateTOTPCode.
const (
	ResolveReferenceErrorTypeVariantParsing                               ResolveReferenceErrorTypes = "parsing"
	ResolveReferenceErrorTypeVariantFieldNotFound                         ResolveReferenceErrorTypes = "fieldNotFound"
	ResolveReferenceErrorTypeVariantVaultNotFound                         ResolveReferenceErrorTypes = "vaultNotFound"
	ResolveReferenceErrorTypeVariantTooManyVaults                         ResolveReferenceErrorTypes = "tooManyVaults"
	ResolveReferenceErrorTypeVariantItemNotFound                          ResolveReferenceErrorTypes = "itemNotFound"
	ResolveReferenceErrorTypeVariantTooManyItems                          ResolveReferenceErrorTypes = "tooManyItems"
	ResolveReferenceErrorTypeVariantTooManyMatchingFields                 ResolveReferenceErrorTypes = "tooManyMatchingFields"
	ResolveReferenceErrorTypeVariantNoMatchingSections                    ResolveReferenceErrorTypes = "noMatchingSections"
	ResolveReferenceErrorTypeVariantIncompatibleTOTPQueryParameterField   ResolveReferenceErrorTypes = "incompatibleTOTPQueryParameterField"
	ResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode              ResolveReferenceErrorTypes = "unableToGenerateTotpCode"
	ResolveReferenceErrorTypeVariantSSHKeyMetadataNotFound                ResolveReferenceErrorTypes = "sSHKeyMetadataNotFound"
	ResolveReferenceErrorTypeVariantUnsupportedFileFormat                 ResolveReferenceErrorTypes = "unsupportedFileFormat"
	ResolveReferenceErrorTypeVariantIncompatibleSSHKeyQueryParameterField ResolveReferenceErrorTypes = "incompatibleSshKeyQueryParameterField"
	ResolveReferenceErrorTypeVariantUnableToParsePrivateKey               ResolveReferenceErrorTypes = "unableToParsePrivateKey"
	ResolveReferenceErrorTypeVariantUnableToFormatPrivateKeyToOpenSSH     ResolveReferenceErrorTypes = "unableToFormatPrivateKeyToOpenSsh"
	ResolveReferenceErrorTypeVariantOther                                 ResolveReferenceErrorTypes = "other"
)

// PasswordRecipeTypes is a kind of password.
type PasswordRecipeTypes string

// Kinds of passwords.
const (
	PasswordRecipeTypeVariantMemorable PasswordRecipeTypes = "Memorable"
	PasswordRecipeTypeVariantPin       PasswordRecipeTypes = "Pin"
	PasswordRecipeTypeVariantRandom    PasswordRecipeTypes = "Random"
)

// PasswordRecipeMemorableInner makes a password of words.
type PasswordRecipeMemorableInner struct {
	// What stands between two words.
	SeparatorType SeparatorType `json:"separatorType"`
	// One of the words, drawn at random, is in capitals.
	Capitalize   bool         `json:"capitalize"`
	WordListType WordListType `json:"wordListType"`
	// From 3 to 15.
	WordCount uint32 `json:"wordCount"`
}

// PasswordRecipePinInner makes a password of digits.
type PasswordRecipePinInner struct {
	// Number of digits.
	Length uint32 `json:"length"`
}

// PasswordRecipeRandomInner makes a password of characters.
type PasswordRecipeRandomInner struct {
	// At least one digit.
	IncludeDigits bool `json:"includeDigits"`
	// At least one symbol.
	IncludeSymbols bool `json:"includeSymbols"`
	// Number of characters.
	Length uint32 `json:"length"`
}

// SeparatorType is what stands between the words of a password.
type SeparatorType string

// Digits, and digits and symbols, are drawn anew for each place.
const (
	SeparatorTypeDigits           SeparatorType = "digits"
	SeparatorTypeDigitsAndSymbols SeparatorType = "digitsAndSymbols"
	SeparatorTypeSpaces           SeparatorType = "spaces"
	SeparatorTypeHyphens          SeparatorType = "hyphens"
	SeparatorTypeUnderscores      SeparatorType = "underscores"
	SeparatorTypePeriods          SeparatorType = "periods"
	SeparatorTypeCommas           SeparatorType = "commas"
)

// WordListType is what the words of a password are.
type WordListType string

// Words of English, syllables that sound like it, or three letters each.
const (
	WordListTypeFullWords    WordListType = "fullWords"
	WordListTypeSyllables    WordListType = "syllables"
	WordListTypeThreeLetters WordListType = "threeLetters"
)
