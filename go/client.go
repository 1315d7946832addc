// Package onepassword reads and writes secrets, items, vaults and Environments of a Strongroom
// account. Its exported API is that of the 1Password Go SDK 0.4.1: a program written for that SDK
// compiles against it as it is.
//
// The work is done by a core, a process that is found when the first call needs it: the program
// strongroom, or what the variable STRONGROOM_CORE names. All clients of a process share one core,
// and everything here may be used by any number of goroutines at once.
package onepassword

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/1password/onepassword-sdk-go/internal"
)

const (
	// DefaultIntegrationName is for programs that have no name of their own.
	DefaultIntegrationName = "Unknown"
	// DefaultIntegrationVersion is for programs that have no version of their own.
	DefaultIntegrationVersion = "Unknown"
)

// The core's word for an account name, which programs know without the prefix of other refusals.
const desktopMissing = "1Password desktop application not found"

// Client is an account as one credential sees it. It is released when nothing refers to it or to
// its parts any more.
type Client struct {
	SecretsAPI      SecretsAPI
	ItemsAPI        ItemsAPI
	VaultsAPI       VaultsAPI
	EnvironmentsAPI EnvironmentsAPI
	GroupsAPI       GroupsAPI

	// For options; afterwards the configuration is where nobody prints it.
	config *internal.ClientConfig
}

// ClientOption is one setting of a new client.
type ClientOption func(client *Client) error

// WithServiceAccountToken has the client use the token of a service account. The token tells where
// the account is.
func WithServiceAccountToken(token string) ClientOption {
	return func(client *Client) error {
		client.config.SAToken = token
		return client.checkCredentials()
	}
}

// WithDesktopAppIntegration has the client ask the person at this computer, by the name or id of
// the account. No app answers yet: NewClient fails with "1Password desktop application not found".
func WithDesktopAppIntegration(accountName string) ClientOption {
	return func(client *Client) error {
		client.config.AccountName = &accountName
		return client.checkCredentials()
	}
}

// WithIntegrationInfo names the program: at most 40 bytes for its name and 20 for its version, of
// ASCII letters, digits, blanks and "-._".
func WithIntegrationInfo(name string, version string) ClientOption {
	return func(client *Client) error {
		client.config.IntegrationName = name
		client.config.IntegrationVersion = version
		return nil
	}
}

// NewClient makes a client. The context bounds the making, not the client.
//
// It fails if the options are refused, with *CoreUnavailableError if there is no core, and with the
// context's error if that ends first.
func NewClient(ctx context.Context, opts ...ClientOption) (*Client, error) {
	config := internal.NewDefaultConfig()
	client := &Client{config: &config}
	for _, set := range opts {
		if err := set(client); err != nil {
			return nil, err
		}
	}
	client.config = nil
	inner, err := internal.NewInnerClient(ctx, config, internal.SharedCore())
	if err != nil {
		return nil, explainStart(err)
	}
	client.SecretsAPI = NewSecretsSource(inner)
	client.ItemsAPI = NewItemsSource(inner)
	client.VaultsAPI = NewVaultsSource(inner)
	client.EnvironmentsAPI = NewEnvironmentsSource(inner)
	client.GroupsAPI = NewGroupsSource(inner)
	return client, nil
}

func (c *Client) checkCredentials() error {
	if c.config.SAToken != "" && c.config.AccountName != nil {
		return errors.New("cannot use both SA token and desktop app authentication")
	}
	return nil
}

func explainStart(err error) error {
	explained := explain(err)
	if explained.Error() == desktopMissing {
		return explained
	}
	return fmt.Errorf("error initializing client: %w", explained)
}

// Secrets reads values by their references.
func (c *Client) Secrets() SecretsAPI {
	return c.SecretsAPI
}

// Items reads and writes items, their files and share links.
func (c *Client) Items() ItemsAPI {
	return c.ItemsAPI
}

// Vaults reads and writes vaults, and who may use them.
func (c *Client) Vaults() VaultsAPI {
	return c.VaultsAPI
}

// Environments reads the variables of Environments.
func (c *Client) Environments() EnvironmentsAPI {
	return c.EnvironmentsAPI
}

// Groups reads groups of people.
func (c *Client) Groups() GroupsAPI {
	return c.GroupsAPI
}

// Format keeps everything that a client stands on out of prints and logs.
func (Client) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "onepassword.Client")
}
