package adapter

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
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
		// One spelling for what is looked at and what is used: through a link, .. is another folder
		// than it seems to be.
		return socket{path: filepath.Clean(value[len(socketPrefix):]), owner: owner}, nil
	}
	words := strings.Fields(value)
	if strings.HasPrefix(strings.TrimSpace(value), "[") {
		return readList(value)
	}
	if len(words) == 0 {
		return defaultCommand, nil
	}
	return command(words), nil
}

// readList reads a command that is a JSON list. A null is no word.
func readList(value string) (place, error) {
	var given []*string
	err := json.Unmarshal([]byte(value), &given)
	words := make(command, 0, len(given))
	for _, word := range given {
		if word != nil {
			words = append(words, *word)
		}
	}
	if err != nil || len(words) != len(given) || len(words) == 0 || words[0] == "" {
		return nil, unavailable("%s begins with [, and is no JSON list of words", coreVariable)
	}
	return words, nil
}

// readUser returns the number of the user whose core may be used besides our own and root's.
func readUser(lookup func(string) (string, bool)) (*uint32, error) {
	value, _ := lookup(userVariable)
	if value == "" {
		return nil, nil
	}
	number, err := strconv.ParseUint(value, 10, 32)
	// The largest one means none.
	if err != nil || number == math.MaxUint32 {
		return nil, unavailable("%s is no number of a user", userVariable)
	}
	user := uint32(number)
	return &user, nil
}
