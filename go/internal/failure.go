package internal

import "encoding/json"

// Names of failures that are errors of their own kind in the exported API.
const (
	ExpiredName     = "DesktopSessionExpired"
	RateLimitedName = "RateLimitExceeded"
	UnavailableName = "CoreUnavailable"
)

// Failure is what a core says instead of an answer.
type Failure struct {
	Name    string  `json:"name"`
	Message *string `json:"message"`
}

// ReadFailure reads the text of an error as a failure; it is not ok if it is none.
func ReadFailure(err error) (failure Failure, ok bool) {
	text := err.Error()
	// Most errors that are no failures are told apart without a parser.
	if len(text) == 0 || text[0] != '{' {
		return Failure{}, false
	}
	if json.Unmarshal([]byte(text), &failure) != nil || failure.Message == nil {
		return Failure{}, false
	}
	return failure, true
}

func isExpired(err error) bool {
	if err == nil {
		return false
	}
	failure, ok := ReadFailure(err)
	return ok && failure.Name == ExpiredName
}
