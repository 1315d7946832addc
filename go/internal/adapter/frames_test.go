package adapter

import (
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"strings"
	"testing"
)

// The longest message, with every character escaped, fits in a frame; a frame that is longer by one
// byte than any may be is not sent.
func TestLongestRequest(t *testing.T) {
	const messageMax = 50 * 1024 * 1024
	frame, err := writeFrame(request{ID: 1<<53 - 1, Call: releaseClient, Payload: strings.Repeat(`"`, messageMax)})
	if err != nil {
		t.Fatal(err)
	}
	room := frameBytesMax - (len(frame) - lengthBytes)
	if room < 0 {
		t.Fatalf("the frame is %d bytes too long", -room)
	}
	filled := strings.Repeat(`"`, messageMax) + strings.Repeat("x", room)
	if frame, err = writeFrame(request{ID: 1<<53 - 1, Call: releaseClient, Payload: filled}); err != nil {
		t.Fatal(err)
	}
	if len(frame)-lengthBytes != frameBytesMax {
		t.Fatalf("the frame has %d bytes", len(frame))
	}
	_, err = writeFrame(request{ID: 1<<53 - 1, Call: releaseClient, Payload: filled + canary[:1]})
	if err == nil || !strings.Contains(err.Error(), "a frame has 104858625 bytes, but at most 104858624") {
		t.Fatalf("%v", err)
	}
}

// A frame of the longest length is read; a longer one is refused before it is.
func TestLongestReply(t *testing.T) {
	head := binary.BigEndian.AppendUint32(nil, frameBytesMax)
	body, err := readFrame(io.MultiReader(bytes.NewReader(head), io.LimitReader(zeros{}, frameBytesMax)))
	if err != nil || len(body) != frameBytesMax {
		t.Fatalf("%d bytes, %v", len(body), err)
	}
	head = binary.BigEndian.AppendUint32(nil, frameBytesMax+1)
	if _, err = readFrame(bytes.NewReader(head)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Fatalf("%v", err)
	}
}

type zeros struct{}

func (zeros) Read(into []byte) (int, error) {
	clear(into)
	return len(into), nil
}

// Characters that mean something in a page are not escaped, since that would make messages longer.
func TestRequestsAreWrittenPlainly(t *testing.T) {
	frame, err := writeFrame(request{ID: 5, Call: invoke, Payload: `<&>é`})
	if err != nil || string(frame[lengthBytes:]) != `{"id":5,"call":"invoke","payload":"<&>é"}`+"\n" {
		t.Fatalf("%s, %v", frame, err)
	}
}

// The two variables are read as specs/core.md, section 9, has them.
func TestPlaces(t *testing.T) {
	user := uint32(1<<32 - 2)
	for value, wanted := range map[string]place{
		"":                          command{"strongroom", "core", "--stdio"},
		" \t":                       command{"strongroom", "core", "--stdio"},
		"/opt/core  --stdio":        command{"/opt/core", "--stdio"},
		` ["/my core", "", "a b"] `: command{"/my core", "", "a b"},
		"unix:/run/core.sock":       socket{path: "/run/core.sock", owner: &user},
		"unixes are no sockets":     command{"unixes", "are", "no", "sockets"},
	} {
		found, err := findPlace(variables(map[string]string{coreVariable: value, userVariable: "4294967294"}))
		if err != nil || !reflect.DeepEqual(found, wanted) {
			t.Errorf("%q is %v, %v", value, found, err)
		}
	}
	for _, value := range []string{"-1", "4294967295", "4294967296", "ana", "1 "} {
		_, err := findPlace(variables(map[string]string{coreVariable: "unix:/x", userVariable: value}))
		isUnavailable(t, err, "STRONGROOM_CORE_USER is no number of a user")
	}
}

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
