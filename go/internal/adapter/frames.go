// Package adapter finds the core of this process and calls it (specs/core.md, sections 8 and 9).
package adapter

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	// frameBytesMax is the longest frame, in bytes: twice a message of 50 MiB, each character of
	// which may be escaped by one more, and the rest of a request.
	frameBytesMax = 2*50*1024*1024 + 1024
	lengthBytes   = 4
	// reasonBytesMax is how much of a reason is told: with every byte escaped, and with its name, it
	// is a failure of at most 8 KiB.
	reasonBytesMax = 1300
	// version is that of section 8, in which this package is written.
	version = "1"
)

// request is one call; its id is ours.
type request struct {
	ID      uint64 `json:"id"`
	Call    string `json:"call"`
	Payload string `json:"payload"`
}

// reply is what became of a call. Every key must be there; id may be null.
type reply struct {
	ID      *uint64
	Success bool
	Payload string
}

var errCut = errors.New("its last frame was cut")

// writeFrame returns a request with its length in front.
func writeFrame(sent request) ([]byte, error) {
	var frame bytes.Buffer
	frame.Write(make([]byte, lengthBytes))
	writer := json.NewEncoder(&frame)
	// Nothing here is put into a page, and escapes would make a message six times as long.
	writer.SetEscapeHTML(false)
	if err := writer.Encode(sent); err != nil {
		return nil, err
	}
	body := frame.Len() - lengthBytes
	if body > frameBytesMax {
		message := fmt.Sprintf("a frame has %d bytes, but at most %d are allowed", body, frameBytesMax)
		return nil, failure("InvalidConfiguration", message)
	}
	binary.BigEndian.PutUint32(frame.Bytes(), uint32(body))
	return frame.Bytes(), nil
}

// errFrame begins what is said of frames that break the rules.
var errFrame = errors.New("it sent a frame")

// readFrame returns the next frame; the error is io.EOF where the core has ended between two.
func readFrame(from io.Reader) ([]byte, error) {
	var head [lengthBytes]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return nil, cutOr(err)
	}
	length := binary.BigEndian.Uint32(head[:])
	if length > frameBytesMax {
		return nil, fmt.Errorf(
			"%w of %d bytes, but at most %d are allowed", errFrame, length, frameBytesMax)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(from, body); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errCut
		}
		return nil, cutOr(err)
	}
	return body, nil
}

func cutOr(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errCut
	}
	return err
}

// readReply reads a frame. Its errors show nothing of what is in it.
func readReply(frame []byte) (reply, error) {
	var keys struct {
		ID      json.RawMessage `json:"id"`
		Success *bool           `json:"success"`
		Payload *string         `json:"payload"`
	}
	wrong := fmt.Errorf("%w that is no reply", errFrame)
	if !utf8.Valid(frame) || json.Unmarshal(frame, &keys) != nil {
		return reply{}, wrong
	}
	if keys.ID == nil || keys.Success == nil || keys.Payload == nil {
		return reply{}, wrong
	}
	var id *uint64
	if json.Unmarshal(keys.ID, &id) != nil {
		return reply{}, wrong
	}
	return reply{ID: id, Success: *keys.Success, Payload: *keys.Payload}, nil
}

// failure returns an error as cores tell them: JSON with a name and a message.
func failure(name, message string) error {
	text, err := json.Marshal(map[string]string{"name": name, "message": message})
	if err != nil {
		return err
	}
	return errors.New(string(text))
}

// token is one wherever it came from: a variable that was set wrongly, or a peer's words.
var token = regexp.MustCompile(`ops_[A-Za-z0-9+/=_-]{8,}`)

// unavailable says that there is no core. Words that are formatted are names, paths and reasons,
// some of them a peer's: they are cut, and no token is shown.
func unavailable(format string, words ...any) error {
	message := fmt.Sprintf(format, words...)
	told := token.ReplaceAllLiteralString(message[:min(len(message), reasonBytesMax)], "ops_[…]")
	if len(message) > reasonBytesMax {
		told = strings.ToValidUTF8(told, "") + " [cut]"
	}
	return failure("CoreUnavailable", told)
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
