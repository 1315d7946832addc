package onepassword

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Where one of several contents may stand, JSON has a type and, under a key that depends on the
// kind of value, the content. A type that is not known here keeps its content as it came, so that
// an item that is read and put back loses nothing.

// writeVariant writes a type and its content, which is nil for types that have none.
func writeVariant[K ~string](kind K, key string, content any) ([]byte, error) {
	named, err := json.Marshal(kind)
	if err != nil || content == nil {
		return fmt.Appendf(nil, `{"type":%s}`, named), err
	}
	held, err := json.Marshal(content)
	return fmt.Appendf(nil, `{"type":%s,%q:%s}`, named, key, held), err
}

// readVariant reads a type and its content into what place gives for the type: a pointer, nil for
// a type without content, or a *json.RawMessage for one that is not known.
func readVariant[K ~string](
	data []byte, key string, place func(K) any,
) (kind K, content any, err error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return "", nil, err
	}
	if parts["type"] == nil {
		return "", nil, errors.New("the type is missing")
	}
	if err := json.Unmarshal(parts["type"], &kind); err != nil {
		return "", nil, err
	}
	given := parts[key]
	if content = place(kind); content == nil || given == nil {
		return kind, nil, nil
	}
	if string(given) == "null" {
		return kind, given, nil // so that it is written as null again
	}
	if err := json.Unmarshal(given, content); err != nil {
		return kind, nil, err
	}
	return kind, content, nil
}

// contentOf returns a content if it is of the type, and else nil.
func contentOf[T any](content any) *T {
	found, _ := content.(*T)
	return found
}

// messageOf returns the message of an error, or an empty one if it has none.
func messageOf(content any) ErrorMessage {
	if found, ok := content.(*ErrorMessage); ok && found != nil {
		return *found
	}
	return ""
}

// ItemFieldDetails is what a field has beside its value: one of three kinds.
type ItemFieldDetails struct {
	Type    ItemFieldDetailsTypes `json:"type"`
	content any
}

// NewItemFieldDetailsTypeVariantAddress returns one of the type Address.
func NewItemFieldDetailsTypeVariantAddress(content *AddressFieldDetails) ItemFieldDetails {
	return ItemFieldDetails{ItemFieldDetailsTypeVariantAddress, content}
}

// NewItemFieldDetailsTypeVariantOTP returns one of the type OTP.
func NewItemFieldDetailsTypeVariantOTP(content *OTPFieldDetails) ItemFieldDetails {
	return ItemFieldDetails{ItemFieldDetailsTypeVariantOTP, content}
}

// NewItemFieldDetailsTypeVariantSSHKey returns one of the type SSHKey.
func NewItemFieldDetailsTypeVariantSSHKey(content *SSHKeyAttributes) ItemFieldDetails {
	return ItemFieldDetails{ItemFieldDetailsTypeVariantSSHKey, content}
}

// Address returns the content, or nil if it is of another type.
func (i ItemFieldDetails) Address() *AddressFieldDetails {
	return contentOf[AddressFieldDetails](i.content)
}

// OTP returns the content, or nil if it is of another type.
func (i ItemFieldDetails) OTP() *OTPFieldDetails {
	return contentOf[OTPFieldDetails](i.content)
}

// SSHKey returns the content, or nil if it is of another type.
func (i ItemFieldDetails) SSHKey() *SSHKeyAttributes {
	return contentOf[SSHKeyAttributes](i.content)
}

// MarshalJSON writes the type and its content.
func (i ItemFieldDetails) MarshalJSON() ([]byte, error) {
	return writeVariant(i.Type, "content", i.content)
}

// UnmarshalJSON reads the type and its content.
func (i *ItemFieldDetails) UnmarshalJSON(data []byte) (err error) {
	i.Type, i.content, err = readVariant(data, "content", func(kind ItemFieldDetailsTypes) any {
		switch kind {
		case ItemFieldDetailsTypeVariantAddress:
			return new(AddressFieldDetails)
		case ItemFieldDetailsTypeVariantOTP:
			return new(OTPFieldDetails)
		case ItemFieldDetailsTypeVariantSSHKey:
			return new(SSHKeyAttributes)
		default:
			return new(json.RawMessage)
		}
	})
	return err
}

// ItemListFilter says which items a list shows.
type ItemListFilter struct {
	Type    ItemListFilterTypes `json:"type"`
	content any
}

// NewItemListFilterTypeVariantByState returns one of the type ByState.
func NewItemListFilterTypeVariantByState(content *ItemListFilterByStateInner) ItemListFilter {
	return ItemListFilter{ItemListFilterTypeVariantByState, content}
}

// ByState returns the content, or nil if it is of another type.
func (i ItemListFilter) ByState() *ItemListFilterByStateInner {
	return contentOf[ItemListFilterByStateInner](i.content)
}

// MarshalJSON writes the type and its content.
func (i ItemListFilter) MarshalJSON() ([]byte, error) {
	return writeVariant(i.Type, "content", i.content)
}

// UnmarshalJSON reads the type and its content.
func (i *ItemListFilter) UnmarshalJSON(data []byte) (err error) {
	i.Type, i.content, err = readVariant(data, "content", func(kind ItemListFilterTypes) any {
		switch kind {
		case ItemListFilterTypeVariantByState:
			return new(ItemListFilterByStateInner)
		default:
			return new(json.RawMessage)
		}
	})
	return err
}

// PasswordRecipe says how a password is made: one of three kinds.
type PasswordRecipe struct {
	Type    PasswordRecipeTypes `json:"type"`
	content any
}

// NewPasswordRecipeTypeVariantMemorable returns one of the type Memorable.
func NewPasswordRecipeTypeVariantMemorable(content *PasswordRecipeMemorableInner) PasswordRecipe {
	return PasswordRecipe{PasswordRecipeTypeVariantMemorable, content}
}

// NewPasswordRecipeTypeVariantPin returns one of the type Pin.
func NewPasswordRecipeTypeVariantPin(content *PasswordRecipePinInner) PasswordRecipe {
	return PasswordRecipe{PasswordRecipeTypeVariantPin, content}
}

// NewPasswordRecipeTypeVariantRandom returns one of the type Random.
func NewPasswordRecipeTypeVariantRandom(content *PasswordRecipeRandomInner) PasswordRecipe {
	return PasswordRecipe{PasswordRecipeTypeVariantRandom, content}
}

// Memorable returns the content, or nil if it is of another type.
func (p PasswordRecipe) Memorable() *PasswordRecipeMemorableInner {
	return contentOf[PasswordRecipeMemorableInner](p.content)
}

// Pin returns the content, or nil if it is of another type.
func (p PasswordRecipe) Pin() *PasswordRecipePinInner {
	return contentOf[PasswordRecipePinInner](p.content)
}

// Random returns the content, or nil if it is of another type.
func (p PasswordRecipe) Random() *PasswordRecipeRandomInner {
	return contentOf[PasswordRecipeRandomInner](p.content)
}

// MarshalJSON writes the type and its content.
func (p PasswordRecipe) MarshalJSON() ([]byte, error) {
	return writeVariant(p.Type, "parameters", p.content)
}

// UnmarshalJSON reads the type and its content.
func (p *PasswordRecipe) UnmarshalJSON(data []byte) (err error) {
	p.Type, p.content, err = readVariant(data, "parameters", func(kind PasswordRecipeTypes) any {
		switch kind {
		case PasswordRecipeTypeVariantMemorable:
			return new(PasswordRecipeMemorableInner)
		case PasswordRecipeTypeVariantPin:
			return new(PasswordRecipePinInner)
		case PasswordRecipeTypeVariantRandom:
			return new(PasswordRecipeRandomInner)
		default:
			return new(json.RawMessage)
		}
	})
	return err
}

// ValidRecipient is who may open a link: one of two kinds.
type ValidRecipient struct {
	Type    ValidRecipientTypes `json:"type"`
	content any
}

// NewValidRecipientTypeVariantDomain returns one of the type Domain.
func NewValidRecipientTypeVariantDomain(content *ValidRecipientDomainInner) ValidRecipient {
	return ValidRecipient{ValidRecipientTypeVariantDomain, content}
}

// NewValidRecipientTypeVariantEmail returns one of the type Email.
func NewValidRecipientTypeVariantEmail(content *ValidRecipientEmailInner) ValidRecipient {
	return ValidRecipient{ValidRecipientTypeVariantEmail, content}
}

// Domain returns the content, or nil if it is of another type.
func (v ValidRecipient) Domain() *ValidRecipientDomainInner {
	return contentOf[ValidRecipientDomainInner](v.content)
}

// Email returns the content, or nil if it is of another type.
func (v ValidRecipient) Email() *ValidRecipientEmailInner {
	return contentOf[ValidRecipientEmailInner](v.content)
}

// MarshalJSON writes the type and its content.
func (v ValidRecipient) MarshalJSON() ([]byte, error) {
	return writeVariant(v.Type, "parameters", v.content)
}

// UnmarshalJSON reads the type and its content.
func (v *ValidRecipient) UnmarshalJSON(data []byte) (err error) {
	v.Type, v.content, err = readVariant(data, "parameters", func(kind ValidRecipientTypes) any {
		switch kind {
		case ValidRecipientTypeVariantDomain:
			return new(ValidRecipientDomainInner)
		case ValidRecipientTypeVariantEmail:
			return new(ValidRecipientEmailInner)
		default:
			return new(json.RawMessage)
		}
	})
	return err
}
