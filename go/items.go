package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go/internal"
)

// ItemsAPI reads and writes items.
type ItemsAPI interface {
	// Create stores a new item and returns it as it was stored.
	Create(ctx context.Context, params ItemCreateParams) (Item, error)

	// CreateAll stores items in one vault; each succeeds or fails by itself.
	CreateAll(
		ctx context.Context, vaultID string, params []ItemCreateParams,
	) (ItemsUpdateAllResponse, error)

	// Get returns an item.
	Get(ctx context.Context, vaultID string, itemID string) (Item, error)

	// GetAll returns items of one vault; each is found or not by itself.
	GetAll(ctx context.Context, vaultID string, itemIds []string) (ItemsGetAllResponse, error)

	// Put replaces an item by what is given, and returns it with its new version.
	Put(ctx context.Context, item Item) (Item, error)

	// Delete deletes an item.
	Delete(ctx context.Context, vaultID string, itemID string) error

	// DeleteAll deletes items of one vault; each succeeds or fails by itself.
	DeleteAll(ctx context.Context, vaultID string, itemIds []string) (ItemsDeleteAllResponse, error)

	// Archive takes an item out of lists and of reach of references.
	Archive(ctx context.Context, vaultID string, itemID string) error

	// List returns what is shown of items in lists; without filters, of the active ones.
	List(ctx context.Context, vaultID string, filters ...ItemListFilter) ([]ItemOverview, error)

	// Shares makes links to items.
	Shares() ItemsSharesAPI
	// Files reads and writes files of items.
	Files() ItemsFilesAPI
}

// ItemsSource is the ItemsAPI of a client.
type ItemsSource struct {
	*internal.InnerClient
	SharesAPI ItemsSharesAPI
	FilesAPI  ItemsFilesAPI
}

// NewItemsSource returns the ItemsAPI of a client.
func NewItemsSource(inner *internal.InnerClient) ItemsAPI {
	return &ItemsSource{inner, NewItemsSharesSource(inner), NewItemsFilesSource(inner)}
}

// Create stores a new item.
func (i ItemsSource) Create(ctx context.Context, params ItemCreateParams) (Item, error) {
	return ask[Item](ctx, i.InnerClient, "ItemsCreate", keys{"params": params})
}

// CreateAll stores items in one vault.
func (i ItemsSource) CreateAll(
	ctx context.Context, vaultID string, params []ItemCreateParams,
) (ItemsUpdateAllResponse, error) {
	given := keys{"vault_id": vaultID, "params": params}
	return ask[ItemsUpdateAllResponse](ctx, i.InnerClient, "ItemsCreateAll", given)
}

// Get returns an item.
func (i ItemsSource) Get(ctx context.Context, vaultID string, itemID string) (Item, error) {
	given := keys{"vault_id": vaultID, "item_id": itemID}
	return ask[Item](ctx, i.InnerClient, "ItemsGet", given)
}

// GetAll returns items of one vault.
func (i ItemsSource) GetAll(
	ctx context.Context, vaultID string, itemIds []string,
) (ItemsGetAllResponse, error) {
	given := keys{"vault_id": vaultID, "item_ids": itemIds}
	return ask[ItemsGetAllResponse](ctx, i.InnerClient, "ItemsGetAll", given)
}

// Put replaces an item.
func (i ItemsSource) Put(ctx context.Context, item Item) (Item, error) {
	return ask[Item](ctx, i.InnerClient, "ItemsPut", keys{"item": item})
}

// Delete deletes an item.
func (i ItemsSource) Delete(ctx context.Context, vaultID string, itemID string) error {
	given := keys{"vault_id": vaultID, "item_id": itemID}
	return do(ctx, i.InnerClient, "ItemsDelete", given)
}

// DeleteAll deletes items of one vault.
func (i ItemsSource) DeleteAll(
	ctx context.Context, vaultID string, itemIds []string,
) (ItemsDeleteAllResponse, error) {
	given := keys{"vault_id": vaultID, "item_ids": itemIds}
	return ask[ItemsDeleteAllResponse](ctx, i.InnerClient, "ItemsDeleteAll", given)
}

// Archive takes an item out of lists and of reach of references.
func (i ItemsSource) Archive(ctx context.Context, vaultID string, itemID string) error {
	given := keys{"vault_id": vaultID, "item_id": itemID}
	return do(ctx, i.InnerClient, "ItemsArchive", given)
}

// List returns what is shown of items in lists.
func (i ItemsSource) List(
	ctx context.Context, vaultID string, filters ...ItemListFilter,
) ([]ItemOverview, error) {
	if filters == nil {
		filters = []ItemListFilter{}
	}
	given := keys{"vault_id": vaultID, "filters": filters}
	return ask[[]ItemOverview](ctx, i.InnerClient, "ItemsList", given)
}

// Shares makes links to items.
func (i ItemsSource) Shares() ItemsSharesAPI {
	return i.SharesAPI
}

// Files reads and writes files of items.
func (i ItemsSource) Files() ItemsFilesAPI {
	return i.FilesAPI
}

// ItemsFilesAPI reads and writes files of items.
type ItemsFilesAPI interface {
	// Attach puts a file into a field of an item, and returns the item with it.
	Attach(ctx context.Context, item Item, fileParams FileCreateParams) (Item, error)

	// Read returns the content of a file: at most 37.5 MiB.
	Read(ctx context.Context, vaultID string, itemID string, attr FileAttributes) ([]byte, error)

	// Delete takes a file out of an item, by the ids of its section and field.
	Delete(ctx context.Context, item Item, sectionID string, fieldID string) (Item, error)

	// ReplaceDocument puts another file in the place of a document's.
	ReplaceDocument(ctx context.Context, item Item, docParams DocumentCreateParams) (Item, error)
}

// ItemsFilesSource is the ItemsFilesAPI of a client.
type ItemsFilesSource struct {
	*internal.InnerClient
}

// NewItemsFilesSource returns the ItemsFilesAPI of a client.
func NewItemsFilesSource(inner *internal.InnerClient) ItemsFilesAPI {
	return &ItemsFilesSource{inner}
}

// Attach puts a file into a field of an item.
func (i ItemsFilesSource) Attach(
	ctx context.Context, item Item, fileParams FileCreateParams,
) (Item, error) {
	given := keys{"item": item, "file_params": fileParams}
	return ask[Item](ctx, i.InnerClient, "ItemsFilesAttach", given)
}

// Read returns the content of a file.
func (i ItemsFilesSource) Read(
	ctx context.Context, vaultID string, itemID string, attr FileAttributes,
) ([]byte, error) {
	given := keys{"vault_id": vaultID, "item_id": itemID, "attr": attr}
	return ask[[]byte](ctx, i.InnerClient, "ItemsFilesRead", given)
}

// Delete takes a file out of an item.
func (i ItemsFilesSource) Delete(
	ctx context.Context, item Item, sectionID string, fieldID string,
) (Item, error) {
	given := keys{"item": item, "section_id": sectionID, "field_id": fieldID}
	return ask[Item](ctx, i.InnerClient, "ItemsFilesDelete", given)
}

// ReplaceDocument puts another file in the place of a document's.
func (i ItemsFilesSource) ReplaceDocument(
	ctx context.Context, item Item, docParams DocumentCreateParams,
) (Item, error) {
	given := keys{"item": item, "doc_params": docParams}
	return ask[Item](ctx, i.InnerClient, "ItemsFilesReplaceDocument", given)
}
