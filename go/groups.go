package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go/internal"
)

// GroupsAPI reads groups of people.
type GroupsAPI interface {
	// Get returns a group, and the vaults that it may use if the params say so.
	Get(ctx context.Context, groupID string, groupParams GroupGetParams) (Group, error)
}

// GroupsSource is the GroupsAPI of a client.
type GroupsSource struct {
	*internal.InnerClient
}

// NewGroupsSource returns the GroupsAPI of a client.
func NewGroupsSource(inner *internal.InnerClient) GroupsAPI {
	return &GroupsSource{inner}
}

// Get returns a group.
func (g GroupsSource) Get(
	ctx context.Context, groupID string, groupParams GroupGetParams,
) (Group, error) {
	given := keys{"group_id": groupID, "group_params": groupParams}
	return ask[Group](ctx, g.InnerClient, "GroupsGet", given)
}

// Group is a group, and the vaults that it may use if that was asked for.
type Group struct {
	ID          string        `json:"id"`
	Title       string        `json:"title"`
	Description string        `json:"description"`
	GroupType   GroupType     `json:"groupType"`
	State       GroupState    `json:"state"`
	VaultAccess []VaultAccess `json:"vaultAccess,omitempty"`
}

// GroupGetParams says what is told of a group.
type GroupGetParams struct {
	// The vaults that it may use.
	VaultPermissions *bool `json:"vaultPermissions,omitempty"`
}

// GroupAccess is what a group is to be allowed in one vault.
type GroupAccess struct {
	GroupID string `json:"groupId"`
	// Of the constants ReadItems and so on, joined by |.
	Permissions uint32 `json:"permissions"`
}

// GroupVaultAccess is what a group may do in a vault.
type GroupVaultAccess struct {
	VaultID string `json:"vaultId"`
	GroupID string `json:"groupId"`
	// Of the constants ReadItems and so on, joined by |.
	Permissions uint32 `json:"permissions"`
}

// GroupState tells whether a group is there.
type GroupState string

// States of groups.
const (
	GroupStateActive      GroupState = "active"
	GroupStateDeleted     GroupState = "deleted"
	GroupStateUnsupported GroupState = "unsupported"
)

// GroupType tells the groups that every account has from those that people have made.
type GroupType string

// A group of another kind comes as Unsupported.
const (
	GroupTypeOwners                  GroupType = "owners"
	GroupTypeAdministrators          GroupType = "administrators"
	GroupTypeRecovery                GroupType = "recovery"
	GroupTypeExternalAccountManagers GroupType = "externalAccountManagers"
	GroupTypeTeamMembers             GroupType = "teamMembers"
	GroupTypeUserDefined             GroupType = "userDefined"
	GroupTypeUnsupported             GroupType = "unsupported"
)

// Permissions in a vault, to be joined by |.
const (
	NoAccess           uint32 = 0
	RecoverVault       uint32 = 1
	ManageVault        uint32 = 2
	RevealItemPassword uint32 = 16
	ReadItems          uint32 = 32
	UpdateItems        uint32 = 64
	CreateItems        uint32 = 128
	ArchiveItems       uint32 = 256
	DeleteItems        uint32 = 512
	UpdateItemHistory  uint32 = 1024
	SendItems          uint32 = 1048576
	ImportItems        uint32 = 2097152
	ExportItems        uint32 = 4194304
	PrintItems         uint32 = 8388608
)
