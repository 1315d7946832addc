// Writes down what the module sends to a core, and what it makes of answers and failures: for a core
// that only records, and for the one that the module comes with. Run with two modules, the lines
// must be equal.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/1password/onepassword-sdk-go"
	"github.com/1password/onepassword-sdk-go/internal"
)

// recorder answers all calls alike, after the failures that it is given.
type recorder struct {
	answer   string
	failures []string
	sent     []string
	clients  int
}

func (r *recorder) InitClient(_ context.Context, config []byte) ([]byte, error) {
	r.sent = append(r.sent, "init "+string(config))
	r.clients++
	return fmt.Append(nil, r.clients), nil
}

func (r *recorder) Invoke(_ context.Context, message []byte) ([]byte, error) {
	r.sent = append(r.sent, "invoke "+string(message))
	if len(r.failures) > 0 {
		failure := r.failures[0]
		r.failures = r.failures[1:]
		return nil, errors.New(failure)
	}
	return []byte(r.answer), nil
}

func (r *recorder) ReleaseClient(id []byte) {
	r.sent = append(r.sent, "release "+string(id))
}

// normal writes JSON in one way; keys have no order.
func normal(text string) any {
	kind, body, _ := strings.Cut(text, " ")
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		return text
	}
	return []any{kind, value}
}

func tell(parts ...any) {
	text, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

func main() {
	ctx := context.Background()
	values()
	calls(ctx)
	failures(ctx)
	refusals(ctx)
	tell("configuration", internal.NewDefaultConfig())
	inner := on(&recorder{})
	tell("kinds", fmt.Sprintf("%T %T %T %T %T %T %T",
		onepassword.NewSecretsSource(inner), onepassword.NewItemsSource(inner),
		onepassword.NewItemsSource(inner).Files(), onepassword.NewItemsSource(inner).Shares(),
		onepassword.NewVaultsSource(inner), onepassword.NewGroupsSource(inner),
		onepassword.NewEnvironmentsSource(inner)))
}

func on(core *recorder) *internal.InnerClient {
	config := internal.NewDefaultConfig()
	return &internal.InnerClient{ID: 7, Config: config, Core: internal.CoreWrapper{InnerCore: core}}
}

// try makes one call on a new recorder.
func try(name, answer string, call func(inner *internal.InnerClient) (any, error)) {
	core := &recorder{answer: answer}
	result, err := call(on(core))
	var sent []any
	for _, one := range core.sent {
		sent = append(sent, normal(one))
	}
	// What is said of an answer that cannot be read is ours.
	tell(name, sent, result, err != nil)
}

func calls(ctx context.Context) {
	one, yes := "one", true
	day := onepassword.ItemShareDurationOneDay
	section := "s"
	item := onepassword.Item{
		ID: "i", Title: "<&>\u2028é", Category: onepassword.ItemCategorySSHKey, VaultID: "v", Version: 3,
		CreatedAt: time.Unix(1, 5000).UTC(), UpdatedAt: time.Unix(2, 0).UTC(), Tags: []string{"t"},
		Document: &onepassword.FileAttributes{Name: "d", ID: "f", Size: 9},
		Sections: []onepassword.ItemSection{{ID: "s", Title: "S"}},
		Fields:   fields(section),
		Files:    []onepassword.ItemFile{{SectionID: "s", FieldID: "f"}},
		Websites: []onepassword.Website{{URL: "u", Label: "l", AutofillBehavior: onepassword.AutofillBehaviorNever}},
	}
	create := onepassword.ItemCreateParams{
		Category: onepassword.ItemCategoryLogin, VaultID: "v", Title: "t", Notes: &one,
		Fields: item.Fields, Sections: item.Sections, Tags: item.Tags, Websites: item.Websites,
		Files:    []onepassword.FileCreateParams{{Name: "n", Content: []byte{0, 255}, SectionID: "s", FieldID: "f"}},
		Document: &onepassword.DocumentCreateParams{Name: "d", Content: []byte("d")},
	}
	policy := onepassword.ItemShareAccountPolicy{
		MaxExpiry: day, DefaultExpiry: onepassword.ItemShareDurationOneHour,
		AllowedTypes:          []onepassword.AllowedType{onepassword.AllowedTypePublic},
		AllowedRecipientTypes: []onepassword.AllowedRecipientType{onepassword.AllowedRecipientTypeEmail},
		Files:                 onepassword.ItemShareFiles{Allowed: true, MaxSize: 5, MaxExpiry: &day},
	}
	share := onepassword.ItemShareParams{ExpireAfter: &day, OneTimeOnly: true, Recipients: []onepassword.ValidRecipient{
		onepassword.NewValidRecipientTypeVariantEmail(&onepassword.ValidRecipientEmailInner{Email: "a@b.example"}),
		onepassword.NewValidRecipientTypeVariantDomain(&onepassword.ValidRecipientDomainInner{Domain: "b.example"}),
	}}
	filter := onepassword.NewItemListFilterTypeVariantByState(&onepassword.ItemListFilterByStateInner{Archived: true})
	for _, answer := range answers(item) {
		tell("answer", answer)
		secretCalls(ctx, answer)
		for _, given := range []onepassword.ItemCreateParams{{}, create} {
			try("create", answer, func(c *internal.InnerClient) (any, error) {
				return onepassword.NewItemsSource(c).Create(ctx, given)
			})
		}
		itemCalls(ctx, answer, item, []onepassword.ItemCreateParams{create}, filter)
		shareCalls(ctx, answer, item, policy, share)
		vaultCalls(ctx, answer, &one, &yes)
	}
}

func fields(section string) []onepassword.ItemField {
	code := "123456"
	otp := onepassword.NewItemFieldDetailsTypeVariantOTP(&onepassword.OTPFieldDetails{Code: &code})
	key := onepassword.NewItemFieldDetailsTypeVariantSSHKey(&onepassword.SSHKeyAttributes{PublicKey: "p"})
	place := onepassword.NewItemFieldDetailsTypeVariantAddress(&onepassword.AddressFieldDetails{City: "c"})
	empty := onepassword.NewItemFieldDetailsTypeVariantAddress(nil)
	return []onepassword.ItemField{
		{ID: "1", Title: "t", FieldType: onepassword.ItemFieldTypeTOTP, Value: "v", Details: &otp},
		{ID: "2", SectionID: &section, FieldType: onepassword.ItemFieldTypeSSHKey, Details: &key},
		{ID: "3", FieldType: onepassword.ItemFieldTypeAddress, Details: &place},
		{ID: "4", FieldType: onepassword.ItemFieldTypeAddress, Details: &empty},
	}
}

// answers are good for some calls, and to be refused by the others.
func answers(item onepassword.Item) []string {
	text, _ := json.Marshal(item)
	return []string{
		"", "null", "{}", "[]", `"text"`, `"YWJj"`, "[0,1,255]", "[256]", "{", string(text),
		`{"individualResponses":{"a":{"content":null,"error":{"type":"parsing","message":"m"}},"b":{"content":{"secret":"s","itemId":"i","vaultId":"v"},"error":null},"c":{"content":null,"error":null}}}`,
		`{"individualResponses":[{"content":` + string(text) + `,"error":null},{"content":null,"error":{"type":"internal","message":"m"}},{"content":null,"error":{"type":"itemNotFound","message":null}}]}`,
		`[{"type":"Email","parameters":{"email":"e"}},{"type":"Domain","parameters":{"domain":"d"}}]`,
		`[{"id":"v","title":"t","vaultType":"userCreated","createdAt":"2026-01-02T03:04:05.123456Z","updatedAt":"2026-01-02T03:04:05.000000Z"}]`,
		`{"id":"g","groupType":"owners","state":"active","vaultAccess":[{"vaultUuid":"v","accessorType":"group","accessorUuid":"g","permissions":48}]}`,
		`{"variables":[{"name":"A","value":"1","masked":true}],"more":1}`,
		`{"version":-1}`, `{"version":4294967296}`, `{"createdAt":"yesterday"}`,
	}
}

func secretCalls(ctx context.Context, answer string) {
	try("resolve", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewSecretsSource(c).Resolve(ctx, "op://v/i/<f>")
	})
	for _, given := range [][]string{nil, {}, {"a", "a", "b"}} {
		try("resolve all", answer, func(c *internal.InnerClient) (any, error) {
			return onepassword.NewSecretsSource(c).ResolveAll(ctx, given)
		})
	}
	try("variables", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewEnvironmentsSource(c).GetVariables(ctx, "e")
	})
	try("group", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewGroupsSource(c).Get(ctx, "g", onepassword.GroupGetParams{})
	})
}

func itemCalls(
	ctx context.Context, answer string, item onepassword.Item,
	create []onepassword.ItemCreateParams, filter onepassword.ItemListFilter,
) {
	type api = onepassword.ItemsAPI
	for name, call := range map[string]func(api) (any, error){
		"create all":      func(a api) (any, error) { return a.CreateAll(ctx, "v", create) },
		"create all none": func(a api) (any, error) { return a.CreateAll(ctx, "v", nil) },
		"get":             func(a api) (any, error) { return a.Get(ctx, "v", "i") },
		"get all":         func(a api) (any, error) { return a.GetAll(ctx, "v", []string{"i"}) },
		"get all none":    func(a api) (any, error) { return a.GetAll(ctx, "v", nil) },
		"put":             func(a api) (any, error) { return a.Put(ctx, item) },
		"put nothing":     func(a api) (any, error) { return a.Put(ctx, onepassword.Item{}) },
		"delete":          func(a api) (any, error) { return nil, a.Delete(ctx, "v", "i") },
		"delete all":      func(a api) (any, error) { return a.DeleteAll(ctx, "v", []string{"i"}) },
		"archive":         func(a api) (any, error) { return nil, a.Archive(ctx, "v", "i") },
		"list":            func(a api) (any, error) { return a.List(ctx, "v") },
		"list filtered":   func(a api) (any, error) { return a.List(ctx, "v", filter, filter) },
		"attach": func(a api) (any, error) {
			return a.Files().Attach(ctx, item, onepassword.FileCreateParams{Content: []byte("c")})
		},
		"read":        func(a api) (any, error) { return a.Files().Read(ctx, "v", "i", *item.Document) },
		"delete file": func(a api) (any, error) { return a.Files().Delete(ctx, item, "s", "f") },
		"replace": func(a api) (any, error) {
			return a.Files().ReplaceDocument(ctx, item, onepassword.DocumentCreateParams{Name: "d"})
		},
	} {
		try(name, answer, func(c *internal.InnerClient) (any, error) { return call(onepassword.NewItemsSource(c)) })
	}
}

func shareCalls(
	ctx context.Context, answer string, item onepassword.Item,
	policy onepassword.ItemShareAccountPolicy, share onepassword.ItemShareParams,
) {
	try("policy", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewItemsSharesSource(c).GetAccountPolicy(ctx, "v", "i")
	})
	try("recipients", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewItemsSource(c).Shares().ValidateRecipients(ctx, policy, []string{"a@b.example"})
	})
	try("share", answer, func(c *internal.InnerClient) (any, error) {
		return onepassword.NewItemsSource(c).Shares().Create(ctx, item, policy, share)
	})
}

func vaultCalls(ctx context.Context, answer string, one *string, yes *bool) {
	type api = onepassword.VaultsAPI
	grants := []onepassword.GroupAccess{{GroupID: "g", Permissions: onepassword.ReadItems | onepassword.ManageVault}}
	changes := []onepassword.GroupVaultAccess{{VaultID: "v", GroupID: "g", Permissions: onepassword.NoAccess}}
	for name, call := range map[string]func(api) (any, error){
		"create vault": func(a api) (any, error) { return a.Create(ctx, onepassword.VaultCreateParams{Title: "t"}) },
		"create whole": func(a api) (any, error) {
			return a.Create(ctx, onepassword.VaultCreateParams{Description: one, AllowAdminsAccess: yes})
		},
		"vaults":       func(a api) (any, error) { return a.List(ctx) },
		"vaults with":  func(a api) (any, error) { return a.List(ctx, onepassword.VaultListParams{DecryptDetails: yes}) },
		"overview":     func(a api) (any, error) { return a.GetOverview(ctx, "v") },
		"get vault":    func(a api) (any, error) { return a.Get(ctx, "v", onepassword.VaultGetParams{}) },
		"get with":     func(a api) (any, error) { return a.Get(ctx, "v", onepassword.VaultGetParams{Accessors: yes}) },
		"update":       func(a api) (any, error) { return a.Update(ctx, "v", onepassword.VaultUpdateParams{Title: one}) },
		"delete vault": func(a api) (any, error) { return nil, a.Delete(ctx, "v") },
		"grant":        func(a api) (any, error) { return nil, a.GrantGroupPermissions(ctx, "v", grants) },
		"grant none":   func(a api) (any, error) { return nil, a.GrantGroupPermissions(ctx, "v", nil) },
		"permissions":  func(a api) (any, error) { return nil, a.UpdateGroupPermissions(ctx, changes) },
		"revoke":       func(a api) (any, error) { return nil, a.RevokeGroupPermissions(ctx, "v", "g") },
		"vaults with twice": func(a api) (any, error) {
			return a.List(ctx, onepassword.VaultListParams{}, onepassword.VaultListParams{DecryptDetails: yes})
		},
	} {
		try(name, answer, func(c *internal.InnerClient) (any, error) { return call(onepassword.NewVaultsSource(c)) })
	}
}

// values are read and written again.
func values() {
	for _, text := range []string{
		`{"type":"Otp","content":{"code":"1"}}`,
		`{"type":"SshKey","content":{"publicKey":"p","fingerprint":"f","keyType":"k"}}`,
		`{"type":"SshKey","content":5}`, `{"type":"New","content":{"a":1}}`, `{"type":5}`, `[]`,
	} {
		var details onepassword.ItemFieldDetails
		err := json.Unmarshal([]byte(text), &details)
		tell("details", text, details.Type, err != nil, err == nil && details.Type == "Otp" && details.OTP() != nil)
		if err == nil {
			tell(details)
		}
	}
	for _, text := range []string{
		`{"type":"parsing","message":"m"}`, `{"type":"vaultNotFound","message":"x"}`, `{"type":"parsing","message":5}`,
	} {
		var failed onepassword.ResolveReferenceError
		tell("error", text, json.Unmarshal([]byte(text), &failed) != nil, failed.Type)
		if failed.Type == onepassword.ResolveReferenceErrorTypeVariantParsing {
			tell(failed.Parsing())
		}
	}
	tell(
		onepassword.ItemFieldDetails{}, onepassword.ItemListFilter{}, onepassword.PasswordRecipe{},
		onepassword.ValidRecipient{}, onepassword.ResolveReferenceError{}, onepassword.Item{},
		onepassword.ItemsGetAllError{}, onepassword.ItemUpdateFailureReason{}, onepassword.ItemOverview{},
		onepassword.Response[onepassword.Item, onepassword.ItemsGetAllError]{}, onepassword.Vault{},
		onepassword.NewItemsGetAllErrorTypeVariantInternal("m"), onepassword.NewItemsGetAllErrorTypeVariantItemNotFound(),
		onepassword.NewResolveReferenceErrorTypeVariantUnableToGenerateTOTPCode("m"),
		onepassword.NewItemUpdateFailureReasonTypeVariantItemValidationError("m"),
	)
}

// failures come from a core; the client is made anew once, and the call repeated once.
func failures(ctx context.Context) {
	expired := `{"name":"DesktopSessionExpired","message":"m"}`
	for _, given := range [][]string{
		{`{"name":"RateLimitExceeded","message":"m"}`}, {`{"name":"Other","message":"m"}`}, {`plain`}, {`[]`},
		{expired},
	} {
		core := &recorder{answer: `"x"`, failures: given}
		inner := on(core)
		result, err := onepassword.NewSecretsSource(inner).Resolve(ctx, "r")
		var limited *onepassword.RateLimitExceededError
		tell("failure", result, fmt.Sprint(err), errors.As(err, &limited), inner.ID)
		for _, one := range core.sent {
			tell(normal(one))
		}
	}
}

// refusals come from the core that the module has.
func refusals(ctx context.Context) {
	for _, reference := range []string{
		"op://v/i/f", "op://v/i/s/f", "x", "op://", "op://v/i", "op://v/i/f?attribute=otp", "op://v/i/f?a=b",
		"op://v/i/f?attribute=x", "op://v/i/é", "op:////", "op://v/i/f?ssh-format=openssh", "op://a/b/c/d/e",
	} {
		tell(reference, fmt.Sprint(onepassword.Secrets.ValidateSecretReference(ctx, reference)))
	}
	pin := func(length uint32) onepassword.PasswordRecipe {
		return onepassword.NewPasswordRecipeTypeVariantPin(&onepassword.PasswordRecipePinInner{Length: length})
	}
	for _, recipe := range []onepassword.PasswordRecipe{pin(0), pin(2), pin(13)} {
		made, err := onepassword.Secrets.GeneratePassword(ctx, recipe)
		tell("recipe", recipe, made, fmt.Sprint(err))
	}
	made, err := onepassword.Secrets.GeneratePassword(ctx, pin(6))
	tell("password", len(made.Password), fmt.Sprint(err))
	clients(ctx)
}

// clients of the desktop app are left out: the published module needs a C compiler for them.
func clients(ctx context.Context) {
	token, info := onepassword.WithServiceAccountToken, onepassword.WithIntegrationInfo
	type options = []onepassword.ClientOption
	for i, given := range []options{
		nil, {info("a", "1")}, {token("ops_x")}, {token("")},
		{token("ops_x"), token("ops_y")}, {token("ops_%"), info("a", "1")},
		{token("ops_e30"), info("a", "1")}, {token("x"), info(strings.Repeat("a", 41), "ü")},
		{info(onepassword.DefaultIntegrationName, onepassword.DefaultIntegrationVersion), token("no")},
		{func(*onepassword.Client) error { return errors.New("mine") }},
	} {
		client, err := onepassword.NewClient(ctx, given...)
		tell("client", i, client == nil, fmt.Sprint(err), fmt.Sprintf("%T", err))
	}
}
