package onepassword

import "time"

// Item is an item with everything in it.
type Item struct {
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Category ItemCategory `json:"category"`
	// Of the vault that it is in.
	VaultID  string        `json:"vaultId"`
	Fields   []ItemField   `json:"fields"`
	Sections []ItemSection `json:"sections"`
	Notes    string        `json:"notes"`
	Tags     []string      `json:"tags"`
	// Where a login or password is filled in.
	Websites []Website `json:"websites"`
	// Counts its changes, from 1.
	Version uint32     `json:"version"`
	Files   []ItemFile `json:"files"`
	// The file of an item of the category Document; nil for others.
	Document  *FileAttributes `json:"document,omitempty"`
	CreatedAt time.Time       `json:"createdAt"`
	UpdatedAt time.Time       `json:"updatedAt"`
}

// ItemOverview is what is shown of an item in lists.
type ItemOverview struct {
	ID       string       `json:"id"`
	Title    string       `json:"title"`
	Category ItemCategory `json:"category"`
	// Of the vault that it is in.
	VaultID   string    `json:"vaultId"`
	Websites  []Website `json:"websites"`
	Tags      []string  `json:"tags"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	State     ItemState `json:"state"`
}

// ItemCreateParams is what a new item is made from.
type ItemCreateParams struct {
	Category ItemCategory `json:"category"`
	// Of the vault that it is to be in.
	VaultID  string        `json:"vaultId"`
	Title    string        `json:"title"`
	Fields   []ItemField   `json:"fields,omitempty"`
	Sections []ItemSection `json:"sections,omitempty"`
	Notes    *string       `json:"notes,omitempty"`
	Tags     []string      `json:"tags,omitempty"`
	// Where a login or password is to be filled in.
	Websites []Website          `json:"websites,omitempty"`
	Files    []FileCreateParams `json:"files,omitempty"`
	// The file of an item of the category Document; nil for others.
	Document *DocumentCreateParams `json:"document,omitempty"`
}

// ItemState tells active items from archived ones.
type ItemState string

// An archived item is in no list by default, and no reference leads to it.
const (
	ItemStateActive   ItemState = "active"
	ItemStateArchived ItemState = "archived"
)

// ItemSection is a heading in an item; fields name it by its id.
type ItemSection struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

// ItemField is one value of an item.
type ItemField struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	// Of the section that it is in; nil for what the category has by itself, as a user name.
	SectionID *string       `json:"sectionId,omitempty"`
	FieldType ItemFieldType `json:"fieldType"`
	// The value as text, whatever its type.
	Value string `json:"value"`
	// What is computed or kept beside the value, for some types.
	Details *ItemFieldDetails `json:"details,omitempty"`
}

// OTPFieldDetails has the current one-time password, or says why there is none.
type OTPFieldDetails struct {
	Code         *string `json:"code,omitempty"`
	ErrorMessage *string `json:"errorMessage,omitempty"`
}

// SSHKeyAttributes is what is known of an SSH key without its private part.
type SSHKeyAttributes struct {
	PublicKey   string `json:"publicKey"`
	Fingerprint string `json:"fingerprint"`
	// "Ed25519", or "RSA, 2048-bit" with the number of its bits.
	KeyType string `json:"keyType"`
}

// AddressFieldDetails are the parts of an address.
type AddressFieldDetails struct {
	Street  string `json:"street"`
	City    string `json:"city"`
	Country string `json:"country"`
	Zip     string `json:"zip"`
	State   string `json:"state"`
}

// Website is where a login or password is filled in.
type Website struct {
	URL   string `json:"url"`
	Label string `json:"label"`
	// On which pages of the website.
	AutofillBehavior AutofillBehavior `json:"autofillBehavior"`
}

// AutofillBehavior says on which pages of a website a login is filled in.
type AutofillBehavior string

// On every page with its subdomains, on exactly this host and port, or on none.
const (
	AutofillBehaviorAnywhereOnWebsite AutofillBehavior = "AnywhereOnWebsite"
	AutofillBehaviorExactDomain       AutofillBehavior = "ExactDomain"
	AutofillBehaviorNever             AutofillBehavior = "Never"
)

// ItemFile is a file in a field of an item.
type ItemFile struct {
	Attributes FileAttributes `json:"attributes"`
	SectionID  string         `json:"sectionId"`
	FieldID    string         `json:"fieldId"`
}

// FileAttributes say which file it is.
type FileAttributes struct {
	Name string `json:"name"`
	ID   string `json:"id"`
	// In bytes.
	Size uint32 `json:"size"`
}

// FileCreateParams is a new file for a field of an item.
type FileCreateParams struct {
	Name      string `json:"name"`
	Content   []byte `json:"content"`
	SectionID string `json:"sectionId"`
	FieldID   string `json:"fieldId"`
}

// DocumentCreateParams is the file of a document.
type DocumentCreateParams struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// ItemListFilterByStateInner says which states a list shows.
type ItemListFilterByStateInner struct {
	Active   bool `json:"active"`
	Archived bool `json:"archived"`
}

// ItemsGetAllResponse has an outcome for each id, in the order asked.
type ItemsGetAllResponse struct {
	IndividualResponses []Response[Item, ItemsGetAllError] `json:"individualResponses"`
}

// ItemsUpdateAllResponse has an outcome for each item, in the order given.
type ItemsUpdateAllResponse struct {
	IndividualResponses []Response[Item, ItemUpdateFailureReason] `json:"individualResponses"`
}

// ItemsDeleteAllResponse has an outcome for each id. That of a deleted item is empty.
type ItemsDeleteAllResponse struct {
	IndividualResponses map[string]Response[struct{}, ItemUpdateFailureReason] `json:"individualResponses"`
}
