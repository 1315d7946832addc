package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go/internal"
)

// EnvironmentsAPI reads Environments: named lists of variables.
type EnvironmentsAPI interface {
	// GetVariables returns the variables of an Environment.
	GetVariables(ctx context.Context, environmentID string) (GetVariablesResponse, error)
}

// EnvironmentsSource is the EnvironmentsAPI of a client.
type EnvironmentsSource struct {
	*internal.InnerClient
}

// NewEnvironmentsSource returns the EnvironmentsAPI of a client.
func NewEnvironmentsSource(inner *internal.InnerClient) EnvironmentsAPI {
	return &EnvironmentsSource{inner}
}

// GetVariables returns the variables of an Environment.
func (e EnvironmentsSource) GetVariables(
	ctx context.Context, environmentID string,
) (GetVariablesResponse, error) {
	given := keys{"environment_id": environmentID}
	return ask[GetVariablesResponse](ctx, e.InnerClient, "EnvironmentsGetVariables", given)
}

// EnvironmentVariable is one variable of an Environment.
type EnvironmentVariable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	// Whether programs with a screen hide the value.
	Masked bool `json:"masked"`
}

// GetVariablesResponse has all variables of an Environment, in their order.
type GetVariablesResponse struct {
	Variables []EnvironmentVariable `json:"variables"`
}
