package adapter

import (
	"strings"
	"testing"
)

// What was set wrongly may be a token, and is not shown.
func TestNoTokenIsShown(t *testing.T) {
	const canary = "ops_eyJ2IjoxLCJ1cmwiOiJj"
	for _, value := range []string{
		canary, `["` + canary + `"]`, "/none/" + canary, "unix:" + canary, "unix:/none/" + canary,
	} {
		link := newLink(variables(map[string]string{coreVariable: value}), soon)
		_, err := link.Invoke(within(t), []byte("x"))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("it shows a token: %v", err)
		}
	}
}

// What a peer says is told up to a length.
func TestLongReasonsAreCut(t *testing.T) {
	for length, cut := range map[int]bool{reasonBytesMax: false, reasonBytesMax + 1: true} {
		text := unavailable("%s", strings.Repeat("\x01", length)).Error()
		if strings.Contains(text, " [cut]") != cut {
			t.Errorf("cut at %d: %v", length, !cut)
		}
		if len(text) > 8*1024 {
			t.Errorf("a failure has %d bytes", len(text))
		}
	}
}

// A null is no word, and the largest number is no user.
func TestValuesThatOnlySeemGood(t *testing.T) {
	for name, value := range map[string]string{
		coreVariable: `["true", null]`,
		userVariable: "4294967295",
	} {
		given := map[string]string{coreVariable: "unix:/none/core.sock", name: value}
		if found, err := findPlace(variables(given)); err == nil {
			t.Errorf("%s=%s leads to %v", name, value, found)
		}
	}
}
