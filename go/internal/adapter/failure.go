package adapter

import (
	"encoding/json"
	"errors"
	"fmt"
)

// failure returns an error as cores tell them: JSON with a name and a message.
func failure(name, message string) error {
	text, err := json.Marshal(map[string]string{"name": name, "message": message})
	if err != nil {
		return err
	}
	return errors.New(string(text))
}

// unavailable says that there is no core. Words that are formatted are names, paths and reasons.
func unavailable(format string, words ...any) error {
	return failure("CoreUnavailable", fmt.Sprintf(format, words...))
}

// messageOf returns what a failure says, or the reason why it is none.
func messageOf(payload string) string {
	var read struct {
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(payload), &read) != nil || read.Message == "" {
		return "it refused without a message"
	}
	return read.Message
}
