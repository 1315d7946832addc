package onepassword

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/1password/onepassword-sdk-go/internal"
)

// DesktopSessionExpiredError says that the client was not there, and was again not there after it
// had been made anew. Nothing was done.
type DesktopSessionExpiredError struct {
	message string
}

func (e *DesktopSessionExpiredError) Error() string {
	return e.message
}

// RateLimitExceededError says that the account's home asks to wait before the next call.
type RateLimitExceededError struct {
	message string
}

func (e *RateLimitExceededError) Error() string {
	return e.message
}

// CoreUnavailableError says that no core could be started or reached, or that it ended before it
// answered. In the second case a call that writes may have been carried out; it is never repeated.
// The next call looks for a core again.
//
// The 1Password SDK has no such error, so only programs for this module can name it.
type CoreUnavailableError struct {
	message string
}

func (e *CoreUnavailableError) Error() string {
	return e.message
}

// explain turns what the core says into an error. Errors of a context, and others that are no
// failures of a core, stay as they are.
func explain(err error) error {
	failure, ok := internal.ReadFailure(err)
	if !ok {
		return err
	}
	switch failure.Name {
	case internal.ExpiredName:
		return &DesktopSessionExpiredError{*failure.Message}
	case internal.RateLimitedName:
		return &RateLimitExceededError{*failure.Message}
	case internal.UnavailableName:
		return &CoreUnavailableError{*failure.Message}
	default:
		return errors.New(*failure.Message)
	}
}

// keys are the parameters of a call.
type keys = map[string]any

// ask makes a call and reads its answer.
func ask[T any](
	ctx context.Context, inner *internal.InnerClient, method string, given keys,
) (T, error) {
	return read[T](internal.Call(ctx, inner, method, given))
}

// do makes a call that answers nothing.
func do(ctx context.Context, inner *internal.InnerClient, method string, given keys) error {
	if _, err := internal.Call(ctx, inner, method, given); err != nil {
		return explain(err)
	}
	return nil
}

func read[T any](answer string, err error) (found T, _ error) {
	if err != nil {
		return found, explain(err)
	}
	if err := json.Unmarshal([]byte(answer), &found); err != nil {
		var none T
		return none, fmt.Errorf("the answer of the core cannot be read%s", whereIn(err))
	}
	return found, nil
}

// whereIn says where in an answer a parser stopped, without what stands there.
func whereIn(err error) string {
	var syntax *json.SyntaxError
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf(": it is no JSON at byte %d", syntax.Offset)
	case errors.As(err, &wrong):
		return fmt.Sprintf(": it has another form at byte %d", wrong.Offset)
	default:
		return ""
	}
}
