package adapter

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Variables by which the program of the tests knows that it is a core, which one, and where it
// writes down what it was asked.
const (
	fakeVariable = "ADAPTER_FAKE"
	logVariable  = "ADAPTER_LOG"
)

// canary stands for everything that no error may show.
const canary = "canary-7f3a"

const anHour = time.Hour

func TestMain(m *testing.M) {
	if name := os.Getenv(fakeVariable); name != "" {
		note("started")
		fakes[name](speaker{os.Stdin, os.Stdout})
		os.Exit(3)
	}
	os.Exit(m.Run())
}

// speaker is the core's side of a connection, without any of the code under test.
type speaker struct {
	in  io.Reader
	out io.Writer
}

// hear returns the next request, or ends the process with the program.
func (s speaker) hear() map[string]any {
	var head [4]byte
	if _, err := io.ReadFull(s.in, head[:]); err != nil {
		os.Exit(0)
	}
	body := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(s.in, body); err != nil {
		os.Exit(4)
	}
	var heard map[string]any
	if err := json.Unmarshal(body, &heard); err != nil {
		os.Exit(5)
	}
	note(fmt.Sprint(heard["call"]))
	return heard
}

func (s speaker) say(text string) {
	_, _ = s.out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(text))))
	_, _ = io.WriteString(s.out, text)
}

func (s speaker) answer(heard map[string]any, payload string) {
	text, _ := json.Marshal(payload)
	s.say(fmt.Sprintf(`{"id":%.0f,"success":true,"payload":%s}`, heard["id"], text))
}

// greet answers hello.
func (s speaker) greet() {
	s.answer(s.hear(), "1")
}

// note writes a line down; what a core has seen outlives it.
func note(line string) {
	file, err := os.OpenFile(os.Getenv(logVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, _ = fmt.Fprintln(file, line)
		_ = file.Close()
	}
}

// notes counts a line in what the cores of a test have written down.
func notes(t *testing.T, wanted string) int {
	t.Helper()
	file, err := os.Open(os.Getenv(logVariable))
	if err != nil {
		return 0
	}
	defer file.Close()
	count := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if lines.Text() == wanted {
			count++
		}
	}
	return count
}

// fakes are cores that do something wrong, or little.
var fakes = map[string]func(speaker){
	"good": func(s speaker) {
		for s.greet(); ; {
			heard := s.hear()
			s.answer(heard, fmt.Sprint(heard["payload"]))
		}
	},
	"pid": func(s speaker) {
		for s.greet(); ; {
			s.answer(s.hear(), fmt.Sprint(os.Getpid()))
		}
	},
	"environment": func(s speaker) {
		for s.greet(); ; {
			s.answer(s.hear(), strings.Join(append(os.Environ(), os.Args...), "\n"))
		}
	},
	"backwards": func(s speaker) {
		s.greet()
		var all []map[string]any
		for range backwardsCalls {
			all = append(all, s.hear())
		}
		for i := range all {
			one := all[len(all)-1-i]
			s.answer(one, fmt.Sprint(one["payload"]))
		}
		s.hear()
	},
	"answers before hello": func(s speaker) {
		hello, call := s.hear(), s.hear()
		s.answer(call, fmt.Sprint(call["payload"]))
		s.answer(hello, "1")
		s.hear()
	},
	"keeps the first": func(s speaker) {
		s.greet()
		kept := s.hear()
		for {
			heard := s.hear()
			s.answer(kept, "77")
			s.answer(heard, fmt.Sprint(heard["payload"]))
			kept = s.hear()
		}
	},
	"fails":           func(s speaker) { s.greet(); s.say(failureTo(s.hear(), `{"name":"X","message":"m"}`)); s.hear() },
	"never hears":     func(s speaker) { s.greet(); time.Sleep(anHour) },
	"says nothing":    func(speaker) { time.Sleep(anHour) },
	"ends at once":    func(speaker) {},
	"ends in a call":  func(s speaker) { s.greet(); s.hear() },
	"another version": func(s speaker) { s.answer(s.hear(), "2") },
	"refuses hello":   func(s speaker) { s.say(failureTo(s.hear(), `{"name":"X","message":"no words"}`)) },
	"greets twice":    func(s speaker) { s.greet(); s.answer(map[string]any{"id": 0.0}, "1"); s.hear(); s.hear() },
	"turns away":      func(s speaker) { s.say(`{"id":null,"success":false,"payload":"{\"message\":\"too many\"}"}`); s.hear() },
	"no call":         func(s speaker) { s.greet(); s.answer(map[string]any{"id": 999.0}, canary); s.hear(); s.hear() },
	"no id":           func(s speaker) { s.greet(); s.say(`{"success":true,"payload":"` + canary + `"}`); s.hear(); s.hear() },
	"no payload":      func(s speaker) { s.greet(); s.say(`{"id":1,"success":true}`); s.hear(); s.hear() },
	"no success":      func(s speaker) { s.greet(); s.say(`{"id":1,"payload":""}`); s.hear(); s.hear() },
	"no JSON":         func(s speaker) { s.greet(); s.say(canary); s.hear(); s.hear() },
	"no UTF-8": func(s speaker) {
		s.greet()
		s.say("{\"id\":1,\"success\":true,\"payload\":\"\xff" + canary + "\"}")
		s.hear()
		s.hear()
	},
	"a number as reply": func(s speaker) { s.greet(); s.say(`{"id":1,"success":true,"payload":7}`); s.hear(); s.hear() },
	"cut in the length": func(s speaker) { s.greet(); _, _ = io.WriteString(s.out, "\x00\x00") },
	"cut in the frame":  func(s speaker) { s.greet(); _, _ = io.WriteString(s.out, "\x00\x00\x00\x20"+canary) },
	"too long":          func(s speaker) { s.greet(); _, _ = io.WriteString(s.out, "\x06\x40\x04\x01"); s.hear(); s.hear() },
}

const backwardsCalls = 64

func failureTo(heard map[string]any, payload string) string {
	text, _ := json.Marshal(payload)
	return fmt.Sprintf(`{"id":%.0f,"success":false,"payload":%s}`, heard["id"], text)
}

// linkTo returns a link whose core is a fake, started as a command; its notes begin empty.
func linkTo(t *testing.T, name string, wait time.Duration) *Link {
	t.Helper()
	if fakes[name] == nil {
		t.Fatalf("there is no fake %q", name)
	}
	t.Setenv(fakeVariable, name)
	t.Setenv(logVariable, filepath.Join(t.TempDir(), "log"))
	words, _ := json.Marshal([]string{os.Args[0]})
	made := newLink(variables(map[string]string{coreVariable: string(words)}), wait)
	t.Cleanup(func() {
		made.lock.Lock()
		defer made.lock.Unlock()
		if made.current != nil {
			made.current.end(io.EOF)
		}
	})
	return made
}

func variables(given map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, there := given[name]
		return value, there
	}
}

// reframe puts its length in front of a short text.
func reframe(text string) []byte {
	return append([]byte{0, 0, 0, byte(len(text))}, text...)
}
