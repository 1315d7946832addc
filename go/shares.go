package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go/internal"
)

// ItemsSharesAPI makes links to items for people without an account.
type ItemsSharesAPI interface {
	// GetAccountPolicy returns what the account allows for links to an item.
	GetAccountPolicy(
		ctx context.Context, vaultID string, itemID string,
	) (ItemShareAccountPolicy, error)

	// ValidateRecipients sorts recipients into e-mail addresses and domains, and refuses what the
	// policy does not allow.
	ValidateRecipients(
		ctx context.Context, policy ItemShareAccountPolicy, recipients []string,
	) ([]ValidRecipient, error)

	// Create makes a link and returns it.
	Create(
		ctx context.Context, item Item, policy ItemShareAccountPolicy, params ItemShareParams,
	) (string, error)
}

// ItemsSharesSource is the ItemsSharesAPI of a client.
type ItemsSharesSource struct {
	*internal.InnerClient
}

// NewItemsSharesSource returns the ItemsSharesAPI of a client.
func NewItemsSharesSource(inner *internal.InnerClient) ItemsSharesAPI {
	return &ItemsSharesSource{inner}
}

// GetAccountPolicy returns what the account allows for links to an item.
func (i ItemsSharesSource) GetAccountPolicy(
	ctx context.Context, vaultID string, itemID string,
) (ItemShareAccountPolicy, error) {
	given := keys{"vault_id": vaultID, "item_id": itemID}
	return ask[ItemShareAccountPolicy](ctx, i.InnerClient, "ItemsSharesGetAccountPolicy", given)
}

// ValidateRecipients sorts recipients into e-mail addresses and domains.
func (i ItemsSharesSource) ValidateRecipients(
	ctx context.Context, policy ItemShareAccountPolicy, recipients []string,
) ([]ValidRecipient, error) {
	given := keys{"policy": policy, "recipients": recipients}
	return ask[[]ValidRecipient](ctx, i.InnerClient, "ItemsSharesValidateRecipients", given)
}

// Create makes a link and returns it.
func (i ItemsSharesSource) Create(
	ctx context.Context, item Item, policy ItemShareAccountPolicy, params ItemShareParams,
) (string, error) {
	given := keys{"item": item, "policy": policy, "params": params}
	return ask[string](ctx, i.InnerClient, "ItemsSharesCreate", given)
}

// ItemShareAccountPolicy is what the account allows for links.
type ItemShareAccountPolicy struct {
	// The longest time that a link may last.
	MaxExpiry ItemShareDuration `json:"maxExpiry"`
	// How long it lasts if nothing is said.
	DefaultExpiry ItemShareDuration `json:"defaultExpiry"`
	// How often an item may be seen; nil for any number.
	MaxViews              *uint32                `json:"maxViews,omitempty"`
	AllowedTypes          []AllowedType          `json:"allowedTypes"`
	AllowedRecipientTypes []AllowedRecipientType `json:"allowedRecipientTypes"`
	Files                 ItemShareFiles         `json:"files"`
}

// ItemShareFiles is what the account allows for files behind links.
type ItemShareFiles struct {
	Allowed bool `json:"allowed"`
	// The longest file, sealed, in bytes.
	MaxSize               uint32                 `json:"maxSize"`
	AllowedTypes          []AllowedType          `json:"allowedTypes,omitempty"`
	AllowedRecipientTypes []AllowedRecipientType `json:"allowedRecipientTypes,omitempty"`
	MaxExpiry             *ItemShareDuration     `json:"maxExpiry,omitempty"`
	DefaultExpiry         *ItemShareDuration     `json:"defaultExpiry,omitempty"`
	// How often an item may be seen; nil for any number.
	MaxViews *uint32 `json:"maxViews,omitempty"`
}

// ItemShareParams is what a link is made from.
type ItemShareParams struct {
	// Who may open it; nobody for everyone who has it.
	Recipients []ValidRecipient `json:"recipients,omitempty"`
	// How long it lasts; nil for the default of the policy.
	ExpireAfter *ItemShareDuration `json:"expireAfter,omitempty"`
	// Each recipient may open it once.
	OneTimeOnly bool `json:"oneTimeOnly"`
}

// ItemShareDuration is how long a link lasts.
type ItemShareDuration string

// From an hour to thirty days.
const (
	ItemShareDurationOneHour      ItemShareDuration = "OneHour"
	ItemShareDurationOneDay       ItemShareDuration = "OneDay"
	ItemShareDurationSevenDays    ItemShareDuration = "SevenDays"
	ItemShareDurationFourteenDays ItemShareDuration = "FourteenDays"
	ItemShareDurationThirtyDays   ItemShareDuration = "ThirtyDays"
)

// AllowedType is a kind of links that the account allows.
type AllowedType string

// For named recipients only, or for everyone who has the link.
const (
	AllowedTypeAuthenticated AllowedType = "Authenticated"
	AllowedTypePublic        AllowedType = "Public"
)

// AllowedRecipientType is a kind of recipients that the account allows.
type AllowedRecipientType string

// One address, or every address of a domain.
const (
	AllowedRecipientTypeEmail  AllowedRecipientType = "Email"
	AllowedRecipientTypeDomain AllowedRecipientType = "Domain"
)

// ValidRecipientTypes is a kind of recipients.
type ValidRecipientTypes string

// One address, or every address of a domain.
const (
	ValidRecipientTypeVariantEmail  ValidRecipientTypes = "Email"
	ValidRecipientTypeVariantDomain ValidRecipientTypes = "Domain"
)

// ValidRecipientEmailInner is one e-mail address.
type ValidRecipientEmailInner struct {
	Email string `json:"email"`
}

// ValidRecipientDomainInner is the domain of e-mail addresses.
type ValidRecipientDomainInner struct {
	Domain string `json:"domain"`
}
