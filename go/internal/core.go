package internal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/1password/onepassword-sdk-go/internal/adapter"
)

// MessageBytesMax is the longest configuration or message, in bytes: 50 MiB, as in every SDK. A
// longer one would be refused by the core, after a copy of it had travelled there.
const MessageBytesMax = 50 * 1024 * 1024

// It begins as in every SDK, whose own ends in its maker's addresses.
var errTooLong = errors.New("message size exceeds the limit of 52428800 bytes; " +
	"larger contents go through `op document` (docs/how-to/files.md, Large files)")

// Core is what a client stands on: text in, text out.
type Core interface {
	// InitClient takes a ClientConfig as JSON and returns the id of a new client.
	InitClient(ctx context.Context, config []byte) ([]byte, error)
	// Invoke takes an InvokeConfig as JSON and returns the answer.
	Invoke(ctx context.Context, invokeConfig []byte) ([]byte, error)
	// ReleaseClient ends a client and does not wait for it.
	ReleaseClient(clientID []byte)
}

// CoreWrapper puts Go values into the text that a Core takes, and the other way round.
type CoreWrapper struct {
	InnerCore Core
}

// SharedCore returns the core of this process. It is found when it is first called upon.
func SharedCore() CoreWrapper {
	return CoreWrapper{InnerCore: adapter.Shared}
}

// Invocation is one call; without a client for the calls that need none.
type Invocation struct {
	ClientID   *uint64    `json:"clientId,omitempty"`
	Parameters Parameters `json:"parameters"`
}

// InvokeConfig is a message to the core.
type InvokeConfig struct {
	Invocation Invocation `json:"invocation"`
}

// Parameters are the name of a call and what it is given, by key.
type Parameters struct {
	MethodName       string                 `json:"name"`
	SerializedParams map[string]interface{} `json:"parameters"`
}

// InitClient makes a client and returns its id.
func (c *CoreWrapper) InitClient(ctx context.Context, config ClientConfig) (*uint64, error) {
	text, err := json.Marshal(wireConfig(config))
	if err != nil {
		return nil, err
	}
	if len(text) > MessageBytesMax {
		return nil, errTooLong
	}
	answer, err := c.InnerCore.InitClient(ctx, text)
	if err != nil {
		return nil, err
	}
	var id uint64
	if err := json.Unmarshal(answer, &id); err != nil {
		return nil, fmt.Errorf("the core gave no id of a client: %w", err)
	}
	return &id, nil
}

// Invoke sends a message and returns the answer, which is JSON, or empty for nothing.
func (c *CoreWrapper) Invoke(ctx context.Context, invokeConfig InvokeConfig) (*string, error) {
	text, err := json.Marshal(invokeConfig)
	if err != nil {
		return nil, err
	}
	if len(text) > MessageBytesMax {
		return nil, errTooLong
	}
	answer, err := c.InnerCore.Invoke(ctx, text)
	if err != nil {
		return nil, err
	}
	found := string(answer)
	return &found, nil
}

// ReleaseClient ends a client, if its core still runs.
func (c *CoreWrapper) ReleaseClient(clientID uint64) {
	c.InnerCore.ReleaseClient(fmt.Append(nil, clientID))
}
