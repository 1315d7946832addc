package onepassword

// ItemCategory says what kind of thing an item describes.
type ItemCategory string

// Categories. An item of another one comes as Unsupported, and can be read but not changed.
const (
	ItemCategoryLogin                ItemCategory = "Login"
	ItemCategorySecureNote           ItemCategory = "SecureNote"
	ItemCategoryCreditCard           ItemCategory = "CreditCard"
	ItemCategoryCryptoWallet         ItemCategory = "CryptoWallet"
	ItemCategoryIdentity             ItemCategory = "Identity"
	ItemCategoryPassword             ItemCategory = "Password"
	ItemCategoryDocument             ItemCategory = "Document"
	ItemCategoryAPICredentials       ItemCategory = "ApiCredentials"
	ItemCategoryBankAccount          ItemCategory = "BankAccount"
	ItemCategoryDatabase             ItemCategory = "Database"
	ItemCategoryDriverLicense        ItemCategory = "DriverLicense"
	ItemCategoryEmail                ItemCategory = "Email"
	ItemCategoryMedicalRecord        ItemCategory = "MedicalRecord"
	ItemCategoryMembership           ItemCategory = "Membership"
	ItemCategoryOutdoorLicense       ItemCategory = "OutdoorLicense"
	ItemCategoryPassport             ItemCategory = "Passport"
	ItemCategoryRewards              ItemCategory = "Rewards"
	ItemCategoryRouter               ItemCategory = "Router"
	ItemCategoryServer               ItemCategory = "Server"
	ItemCategorySSHKey               ItemCategory = "SshKey"
	ItemCategorySocialSecurityNumber ItemCategory = "SocialSecurityNumber"
	ItemCategorySoftwareLicense      ItemCategory = "SoftwareLicense"
	ItemCategoryPerson               ItemCategory = "Person"
	ItemCategoryUnsupported          ItemCategory = "Unsupported"
)

// ItemFieldType says what the value of a field is.
type ItemFieldType string

// Types of fields. A field of another one comes as Unsupported.
const (
	ItemFieldTypeText             ItemFieldType = "Text"
	ItemFieldTypeConcealed        ItemFieldType = "Concealed"
	ItemFieldTypeCreditCardType   ItemFieldType = "CreditCardType"
	ItemFieldTypeCreditCardNumber ItemFieldType = "CreditCardNumber"
	ItemFieldTypePhone            ItemFieldType = "Phone"
	ItemFieldTypeURL              ItemFieldType = "Url"
	ItemFieldTypeTOTP             ItemFieldType = "Totp"
	ItemFieldTypeEmail            ItemFieldType = "Email"
	ItemFieldTypeReference        ItemFieldType = "Reference"
	ItemFieldTypeSSHKey           ItemFieldType = "SshKey"
	ItemFieldTypeMenu             ItemFieldType = "Menu"
	ItemFieldTypeMonthYear        ItemFieldType = "MonthYear"
	ItemFieldTypeAddress          ItemFieldType = "Address"
	ItemFieldTypeDate             ItemFieldType = "Date"
	ItemFieldTypeUnsupported      ItemFieldType = "Unsupported"
)

// ItemFieldDetailsTypes says which details a field has.
type ItemFieldDetailsTypes string

// One-time passwords, SSH keys and addresses have details.
const (
	ItemFieldDetailsTypeVariantOTP     ItemFieldDetailsTypes = "Otp"
	ItemFieldDetailsTypeVariantSSHKey  ItemFieldDetailsTypes = "SshKey"
	ItemFieldDetailsTypeVariantAddress ItemFieldDetailsTypes = "Address"
)

// ItemListFilterTypes says by what a list is filtered.
type ItemListFilterTypes string

// A list can be filtered by state.
const (
	ItemListFilterTypeVariantByState ItemListFilterTypes = "ByState"
)

// ItemsGetAllErrorTypes says why an item was not read.
type ItemsGetAllErrorTypes string

// Internal has a message.
const (
	ItemsGetAllErrorTypeVariantItemNotFound ItemsGetAllErrorTypes = "itemNotFound"
	ItemsGetAllErrorTypeVariantInternal     ItemsGetAllErrorTypes = "internal"
)

// ItemUpdateFailureReasonTypes says why an item was not written or deleted.
type ItemUpdateFailureReasonTypes string

// ItemValidationError and Internal have a message.
const (
	ItemUpdateFailureReasonTypeVariantItemValidationError            ItemUpdateFailureReasonTypes = "itemValidationError"
	ItemUpdateFailureReasonTypeVariantItemStatusPermissionError      ItemUpdateFailureReasonTypes = "itemStatusPermissionError"
	ItemUpdateFailureReasonTypeVariantItemStatusIncorrectItemVersion ItemUpdateFailureReasonTypes = "itemStatusIncorrectItemVersion"
	ItemUpdateFailureReasonTypeVariantItemStatusFileNotFound         ItemUpdateFailureReasonTypes = "itemStatusFileNotFound"
	ItemUpdateFailureReasonTypeVariantItemStatusTooBig               ItemUpdateFailureReasonTypes = "itemStatusTooBig"
	ItemUpdateFailureReasonTypeVariantItemNotFound                   ItemUpdateFailureReasonTypes = "itemNotFound"
	ItemUpdateFailureReasonTypeVariantInternal                       ItemUpdateFailureReasonTypes = "internal"
)
