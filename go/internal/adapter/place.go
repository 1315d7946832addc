package adapter

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
)

// Variables of the environment that tell where the core is.
const (
	coreVariable = "STRONGROOM_CORE"
	userVariable = "STRONGROOM_CORE_USER"
)

const socketPrefix = "unix:"

var defaultCommand = command{"strongroom", "core", "--stdio"}

// place is where a core is to be had.
type place interface {
	reach(ctx context.Context) (peer, error)
}

// findPlace reads the variables. Its errors name them, and never show what a command is given.
func findPlace(lookup func(string) (string, bool)) (place, error) {
	value, _ := lookup(coreVariable)
	if strings.HasPrefix(value, socketPrefix) {
		owner, err := readUser(lookup)
		if err != nil {
			return nil, err
		}
		return socket{path: value[len(socketPrefix):], owner: owner}, nil
	}
	words := strings.Fields(value)
	if strings.HasPrefix(strings.TrimSpace(value), "[") {
		if json.Unmarshal([]byte(value), &words) != nil || len(words) == 0 || words[0] == "" {
			return nil, unavailable("%s begins with [, and is no JSON list of words", coreVariable)
		}
		return command(words), nil
	}
	if len(words) == 0 {
		return defaultCommand, nil
	}
	return command(words), nil
}

// readUser returns the number of the user whose core may be used besides our own and root's.
func readUser(lookup func(string) (string, bool)) (*uint32, error) {
	value, _ := lookup(userVariable)
	if value == "" {
		return nil, nil
	}
	number, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return nil, unavailable("%s is no number of a user", userVariable)
	}
	user := uint32(number)
	return &user, nil
}
