// Package internal is what stands between the exported API and the core: the shape of messages,
// clients that are made anew when their core has ended, and, in package adapter, the way to a core.
package internal

import (
	"fmt"
	"io"
	"runtime"
)

const (
	// SDKLanguage tells the core that binary content may come as base64.
	SDKLanguage = "Go"
	// DefaultRequestLibrary is named in configurations, which must name one.
	DefaultRequestLibrary = "net/http"

	// The version whose API this is, as its wrapper writes it.
	sdkVersion = "0040102"
	// No program is asked for the version of its system.
	systemVersion = "0.0.0"
)

// ClientConfig is what a client is made from. It holds a credential, so it shows nothing of itself.
type ClientConfig struct {
	SAToken               string  `json:"serviceAccountToken"`
	Language              string  `json:"programmingLanguage"`
	SDKVersion            string  `json:"sdkVersion"`
	IntegrationName       string  `json:"integrationName"`
	IntegrationVersion    string  `json:"integrationVersion"`
	RequestLibraryName    string  `json:"requestLibraryName"`
	RequestLibraryVersion string  `json:"requestLibraryVersion"`
	SystemOS              string  `json:"os"`
	SystemOSVersion       string  `json:"osVersion"`
	SystemArch            string  `json:"architecture"`
	AccountName           *string `json:"account_name"`
}

// wireConfig is a ClientConfig on its way to the core, where it is written whole.
type wireConfig ClientConfig

// NewDefaultConfig returns a configuration without credential, name and version.
func NewDefaultConfig() ClientConfig {
	return ClientConfig{
		Language:              SDKLanguage,
		SDKVersion:            sdkVersion,
		RequestLibraryName:    DefaultRequestLibrary,
		RequestLibraryVersion: runtime.Version(),
		SystemOS:              runtime.GOOS,
		SystemOSVersion:       systemVersion,
		SystemArch:            runtime.GOARCH,
	}
}

// Format keeps the credential out of every kind of print.
func (ClientConfig) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "ClientConfig([secret])")
}
