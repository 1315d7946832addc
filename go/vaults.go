package onepassword

import (
	"context"
	"time"

	"github.com/1password/onepassword-sdk-go/internal"
)

// VaultsAPI reads and writes vaults, and which groups may use them.
type VaultsAPI interface {
	// Create makes a vault.
	Create(ctx context.Context, params VaultCreateParams) (Vault, error)

	// List returns the vaults that the client may read. Only the first params count.
	List(ctx context.Context, params ...VaultListParams) ([]VaultOverview, error)

	// GetOverview returns a vault without saying who may use it.
	GetOverview(ctx context.Context, vaultID string) (VaultOverview, error)

	// Get returns a vault, and who may use it if the params say so.
	Get(ctx context.Context, vaultID string, vaultParams VaultGetParams) (Vault, error)

	// Update changes title and description; what is nil stays.
	Update(ctx context.Context, vaultID string, params VaultUpdateParams) (Vault, error)

	// Delete deletes a vault with everything in it.
	Delete(ctx context.Context, vaultID string) error

	// GrantGroupPermissions lets groups use a vault.
	GrantGroupPermissions(
		ctx context.Context, vaultID string, groupPermissionsList []GroupAccess,
	) error

	// UpdateGroupPermissions replaces what groups may do in vaults.
	UpdateGroupPermissions(ctx context.Context, groupPermissionsList []GroupVaultAccess) error

	// RevokeGroupPermissions takes a vault away from a group.
	RevokeGroupPermissions(ctx context.Context, vaultID string, groupID string) error
}

// VaultsSource is the VaultsAPI of a client.
type VaultsSource struct {
	*internal.InnerClient
}

// NewVaultsSource returns the VaultsAPI of a client.
func NewVaultsSource(inner *internal.InnerClient) VaultsAPI {
	return &VaultsSource{inner}
}

// Create makes a vault.
func (v VaultsSource) Create(ctx context.Context, params VaultCreateParams) (Vault, error) {
	return ask[Vault](ctx, v.InnerClient, "VaultsCreate", keys{"params": params})
}

// List returns the vaults that the client may read.
func (v VaultsSource) List(
	ctx context.Context, params ...VaultListParams,
) ([]VaultOverview, error) {
	given := keys{"params": nil}
	if len(params) > 0 {
		given["params"] = params[0]
	}
	return ask[[]VaultOverview](ctx, v.InnerClient, "VaultsList", given)
}

// GetOverview returns a vault without saying who may use it.
func (v VaultsSource) GetOverview(ctx context.Context, vaultID string) (VaultOverview, error) {
	return ask[VaultOverview](ctx, v.InnerClient, "VaultsGetOverview", keys{"vault_id": vaultID})
}

// Get returns a vault.
func (v VaultsSource) Get(
	ctx context.Context, vaultID string, vaultParams VaultGetParams,
) (Vault, error) {
	given := keys{"vault_id": vaultID, "vault_params": vaultParams}
	return ask[Vault](ctx, v.InnerClient, "VaultsGet", given)
}

// Update changes title and description.
func (v VaultsSource) Update(
	ctx context.Context, vaultID string, params VaultUpdateParams,
) (Vault, error) {
	given := keys{"vault_id": vaultID, "params": params}
	return ask[Vault](ctx, v.InnerClient, "VaultsUpdate", given)
}

// Delete deletes a vault with everything in it.
func (v VaultsSource) Delete(ctx context.Context, vaultID string) error {
	return do(ctx, v.InnerClient, "VaultsDelete", keys{"vault_id": vaultID})
}

// GrantGroupPermissions lets groups use a vault.
func (v VaultsSource) GrantGroupPermissions(
	ctx context.Context, vaultID string, groupPermissionsList []GroupAccess,
) error {
	given := keys{"vault_id": vaultID, "group_permissions_list": groupPermissionsList}
	return do(ctx, v.InnerClient, "VaultsGrantGroupPermissions", given)
}

// UpdateGroupPermissions replaces what groups may do in vaults.
func (v VaultsSource) UpdateGroupPermissions(
	ctx context.Context, groupPermissionsList []GroupVaultAccess,
) error {
	given := keys{"group_permissions_list": groupPermissionsList}
	return do(ctx, v.InnerClient, "VaultsUpdateGroupPermissions", given)
}

// RevokeGroupPermissions takes a vault away from a group.
func (v VaultsSource) RevokeGroupPermissions(
	ctx context.Context, vaultID string, groupID string,
) error {
	given := keys{"vault_id": vaultID, "group_id": groupID}
	return do(ctx, v.InnerClient, "VaultsRevokeGroupPermissions", given)
}

// Vault is a vault, and who may use it if that was asked for.
type Vault struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	VaultType   VaultType `json:"vaultType"`
	// Archived items do not count.
	ActiveItemCount uint32 `json:"activeItemCount"`
	// Grows when something in the vault changes.
	ContentVersion uint32 `json:"contentVersion"`
	// Grows when title or description change.
	AttributeVersion uint32        `json:"attributeVersion"`
	Access           []VaultAccess `json:"access,omitempty"`
}

// VaultOverview is what is shown of a vault in lists.
type VaultOverview struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	VaultType   VaultType `json:"vaultType"`
	// Archived items do not count.
	ActiveItemCount uint32 `json:"activeItemCount"`
	// Grows when something in the vault changes.
	ContentVersion uint32 `json:"contentVersion"`
	// Grows when title or description change.
	AttributeVersion uint32    `json:"attributeVersion"`
	CreatedAt        time.Time `json:"createdAt"`
	UpdatedAt        time.Time `json:"updatedAt"`
}

// VaultAccess is what somebody may do in a vault.
type VaultAccess struct {
	VaultUuid    string            `json:"vaultUuid"`
	AccessorType VaultAccessorType `json:"accessorType"`
	AccessorUuid string            `json:"accessorUuid"`
	// Of the constants ReadItems and so on, joined by |.
	Permissions uint32 `json:"permissions"`
}

// VaultAccessorType is a kind of those who may use a vault.
type VaultAccessorType string

// A person or service account, or a group.
const (
	VaultAccessorTypeUser  VaultAccessorType = "user"
	VaultAccessorTypeGroup VaultAccessorType = "group"
)

// VaultType says how a vault came to be.
type VaultType string

// Strongroom has vaults that users have made; the others are the 1Password service's.
const (
	VaultTypePersonal    VaultType = "personal"
	VaultTypeEveryone    VaultType = "everyone"
	VaultTypeTransfer    VaultType = "transfer"
	VaultTypeUserCreated VaultType = "userCreated"
	VaultTypeUnsupported VaultType = "unsupported"
)

// VaultCreateParams is what a new vault is made from.
type VaultCreateParams struct {
	Title       string  `json:"title"`
	Description *string `json:"description,omitempty"`
	// Whether administrators may manage it.
	AllowAdminsAccess *bool `json:"allowAdminsAccess,omitempty"`
}

// VaultGetParams says what is told of a vault.
type VaultGetParams struct {
	// Who may use it.
	Accessors *bool `json:"accessors,omitempty"`
}

// VaultListParams says what is told of vaults. Titles always are.
type VaultListParams struct {
	DecryptDetails *bool `json:"decryptDetails,omitempty"`
}

// VaultUpdateParams is what changes of a vault; what is nil stays.
type VaultUpdateParams struct {
	Title       *string `json:"title,omitempty"`
	Description *string `json:"description,omitempty"`
}
