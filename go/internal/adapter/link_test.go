package adapter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// soon is how long a test waits for what happens by itself, before it fails.
const soon = 20 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so: %s", what)
		}
	}
}

// together does something several times at once, and returns what waits for all of them.
func together(times int, do func(number int)) (wait func()) {
	var all sync.WaitGroup
	for number := range times {
		all.Add(1)
		go func() {
			defer all.Done()
			do(number)
		}()
	}
	return all.Wait
}

// isUnavailable fails unless an error says that there is no core, why, and nothing that was sent.
func isUnavailable(t *testing.T, err error, words string) {
	t.Helper()
	if err == nil {
		t.Error("there is no error")
		return
	}
	text := err.Error()
	if !strings.Contains(text, `"name":"CoreUnavailable"`) || !strings.Contains(text, words) {
		t.Errorf("the error is %s, without %q", text, words)
	}
	if strings.Contains(text, canary) {
		t.Errorf("the error shows what came: %s", text)
	}
}

// A core that breaks a rule, or ends, is unavailable, and the reason is told.
func TestBrokenCores(t *testing.T) {
	for name, words := range map[string]string{
		"ends at once":      "exit status 3",
		"ends in a call":    "it ended (exit status 3)",
		"another version":   "it does not speak version 1",
		"refuses hello":     "no words",
		"greets twice":      "a reply to no call",
		"turns away":        "too many",
		"no call":           "a reply to no call",
		"no id":             "no reply",
		"no payload":        "no reply",
		"no success":        "no reply",
		"no JSON":           "no reply",
		"no UTF-8":          "no reply",
		"a number as reply": "no reply",
		"cut in the length": "cut",
		"cut in the frame":  "cut",
		"too long":          "104858625 bytes, but at most 104858624",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := linkTo(t, name, soon).Invoke(within(t), []byte(canary))
			isUnavailable(t, err, words)
		})
	}
}

// torn is the end of a core's input that takes hello, and some bytes of the frame behind it.
type torn struct {
	greeted bool
	takes   int
}

func (w *torn) Write(frame []byte) (int, error) {
	if !w.greeted {
		w.greeted = true
		return len(frame), nil
	}
	return w.takes, errors.New("torn")
}

// tornLink is connected to such a core, and notes whether it looks for another one.
func tornLink(t *testing.T, takes int, said string) (link *Link, looked *bool) {
	t.Helper()
	said = string(reframe(said))
	out, feed := io.Pipe()
	t.Cleanup(func() { _ = feed.Close() })
	to := peer{name: "torn", in: &torn{takes: takes}, out: out, end: func() string { return "" }}
	core, err := connect(to, soon)
	if err != nil {
		t.Fatal(err)
	}
	if said != string(reframe("")) {
		_, _ = io.WriteString(feed, said)
		eventually(t, "it has greeted", core.wasGreeted)
	}
	looked = new(bool)
	link = newLink(func(string) (string, bool) {
		*looked = true
		return "/nowhere/core", true
	}, soon)
	link.current = core
	return link, looked
}

// A call goes to another core only if the first had greeted, and got no byte of it.
func TestOnlyWhatWasNotSentIsSentAgain(t *testing.T) {
	const greeting = `{"id":0,"success":true,"payload":"1"}`
	for _, one := range []struct {
		takes  int
		said   string
		looked bool
		words  string
	}{
		{0, greeting, true, "/nowhere/core"}, {1, greeting, false, "torn"}, {0, "", false, "torn"},
	} {
		link, looked := tornLink(t, one.takes, one.said)
		_, err := link.Invoke(within(t), nil)
		isUnavailable(t, err, one.words)
		if *looked != one.looked {
			t.Errorf("%d bytes, %q: another core was looked for: %v", one.takes, one.said, *looked)
		}
	}
}

// A core that does not answer hello in time is unavailable, and its process ends.
func TestSilentCore(t *testing.T) {
	const wait = 50 * time.Millisecond
	link := linkTo(t, "says nothing", wait)
	_, err := link.Invoke(within(t), []byte("x"))
	isUnavailable(t, err, "did not answer within 50ms")
}

// The time for hello is over when it was answered.
func TestGreetedCoreMayBeIdle(t *testing.T) {
	const wait = 200 * time.Millisecond
	link := linkTo(t, "pid", wait)
	first, err := link.Invoke(within(t), nil)
	if err != nil {
		// A busy computer may have started it too late, which is the rule above.
		isUnavailable(t, err, "did not answer")
		return
	}
	time.Sleep(2 * wait)
	second, err := link.Invoke(within(t), nil)
	if err != nil || string(first) != string(second) {
		t.Fatalf("it was another core: %s, %s, %v", first, second, err)
	}
}

// Calls wait for their own replies, which come in any order.
func TestRepliesInAnyOrder(t *testing.T) {
	link := linkTo(t, "backwards", soon)
	together(backwardsCalls, func(number int) {
		wanted := fmt.Sprint(number)
		answer, err := link.Invoke(within(t), []byte(wanted))
		if err != nil || string(answer) != wanted {
			t.Errorf("call %s got %q, %v", wanted, answer, err)
		}
	})()
	if started := notes(t, "hello"); started != 1 {
		t.Errorf("%d cores were started", started)
	}
}

// Calls go out, and may be answered, before hello is.
func TestNobodyWaitsForHello(t *testing.T) {
	answer, err := linkTo(t, "answers before hello", soon).Invoke(within(t), []byte("a"))
	if err != nil || string(answer) != "a" {
		t.Fatalf("%q, %v", answer, err)
	}
}

// A failure is an error whose text is what the core wrote.
func TestFailuresAreHandedOn(t *testing.T) {
	_, err := linkTo(t, "fails", soon).Invoke(within(t), nil)
	if err == nil || err.Error() != `{"name":"X","message":"m"}` {
		t.Fatalf("%v", err)
	}
}

// A call that was sent is never sent again; the next one goes to a new core.
func TestSentOnce(t *testing.T) {
	link := linkTo(t, "ends in a call", soon)
	for calls := 1; calls <= 2; calls++ {
		_, err := link.Invoke(within(t), []byte("write"))
		isUnavailable(t, err, "it ended")
		if sent, cores := notes(t, "invoke"), notes(t, "hello"); sent != calls || cores != calls {
			t.Fatalf("after %d calls, %d were sent to %d cores", calls, sent, cores)
		}
	}
}

// All calls that wait for a core fail when it ends.
func TestAllWaitingCallsFail(t *testing.T) {
	link := linkTo(t, "ends in a call", soon)
	together(8, func(int) {
		_, err := link.Invoke(within(t), nil)
		isUnavailable(t, err, "")
	})()
}

// A context that ends stops the waiting at once; the late reply is passed over.
func TestCancelledCall(t *testing.T) {
	link := linkTo(t, "keeps the first", soon)
	ctx, cancel := context.WithCancel(within(t))
	given := make(chan error)
	go func() {
		_, err := link.Invoke(ctx, []byte("kept"))
		given <- err
	}()
	eventually(t, "the call was sent", func() bool { return notes(t, "invoke") == 1 })
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	answer, err := link.Invoke(within(t), []byte("next"))
	if err != nil || string(answer) != "next" {
		t.Fatalf("%q, %v", answer, err)
	}
}

// A client that was made for nobody is released, for nobody else has its id.
func TestCancelledInitIsReleased(t *testing.T) {
	link := linkTo(t, "keeps the first", soon)
	ctx, cancel := context.WithCancel(within(t))
	given := make(chan error)
	go func() {
		_, err := link.InitClient(ctx, []byte("{}"))
		given <- err
	}()
	eventually(t, "the call was sent", func() bool { return notes(t, "init_client") == 1 })
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if _, err := link.Invoke(within(t), []byte("next")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the client was released", func() bool { return notes(t, "release_client") == 1 })
}

// A context also ends the waiting for a core that takes no more bytes, and for one that starts.
func TestCancelledBeforeSent(t *testing.T) {
	link := linkTo(t, "never hears", soon)
	long := make([]byte, 1<<20) // more than a pipe holds
	ctx, cancel := context.WithCancel(within(t))
	wait := together(4, func(int) {
		if _, err := link.Invoke(ctx, long); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
	eventually(t, "a core was started", func() bool { return notes(t, "hello") == 1 })
	cancel()
	wait()
}

func TestCancelledWhileStarting(t *testing.T) {
	goOn := make(chan struct{})
	starting := newLink(func(string) (string, bool) {
		<-goOn
		return "", false
	}, soon)
	defer close(goOn)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := starting.Invoke(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("%v", err)
	}
}

// A context that has ended already starts nothing.
func TestCancelledBefore(t *testing.T) {
	link := linkTo(t, "good", soon)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := link.Invoke(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if link.opening != nil || link.current != nil {
		t.Fatal("a core was looked for")
	}
}

// To release a client starts no core.
func TestReleaseStartsNothing(t *testing.T) {
	link := linkTo(t, "good", soon)
	link.ReleaseClient([]byte("1"))
	if link.opening != nil || link.current != nil {
		t.Fatal("a core was looked for")
	}
}

// The token is in neither the environment nor the arguments of the process; other variables are.
func TestChildHasNoToken(t *testing.T) {
	link := linkTo(t, "environment", soon)
	t.Setenv(tokenVariable, canary)
	t.Setenv("OP_SERVICE_ACCOUNT_TOKENS", "another variable")
	seen, err := link.Invoke(within(t), []byte(canary))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(seen), canary) {
		t.Error("the core's process shows the token")
	}
	if !strings.Contains(string(seen), "OP_SERVICE_ACCOUNT_TOKENS=another variable") {
		t.Error("a variable is missing")
	}
	if os.Getenv(tokenVariable) != canary {
		t.Error("the program's own variable has gone")
	}
}

// What cannot be started is unavailable, and the message names it, but not what it is given.
func TestCannotStart(t *testing.T) {
	taken := filepath.Join(t.TempDir(), "core.sock")
	listener, err := net.Listen("unix", taken)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for value, words := range map[string]string{
		taken:                                "it is a socket; put unix: before its path",
		"echo no core " + canary:             "it does not answer as a core does: it sent a frame of",
		"no-such-program-anywhere " + canary: "it is not in PATH; install strongroom, or set STRONGROOM_CORE",
		"/nowhere/core " + canary:            "/nowhere/core",
		t.TempDir() + " " + canary:           "permission denied",
		"[1, \"" + canary + "\"]":            "no JSON list",
		"[]":                                 "no JSON list",
		"[\"\"]":                             "no JSON list",
		"unix:relative/path":                 "not absolute",
		"unix:" + strings.Repeat("/long", 30) + canary: "161 bytes",
	} {
		link := newLink(variables(map[string]string{coreVariable: value}), soon)
		_, err := link.Invoke(within(t), nil)
		if strings.HasPrefix(value, "unix:") {
			// Paths are named whole.
			err = errors.New(strings.ReplaceAll(err.Error(), canary, ""))
		}
		isUnavailable(t, err, words)
	}
}

// What could not be started is tried again by the next call.
func TestTriedAgain(t *testing.T) {
	link := linkTo(t, "good", soon)
	good := link.lookup
	link.lookup = variables(map[string]string{coreVariable: "/nowhere/core"})
	if _, err := link.Invoke(within(t), nil); err == nil {
		t.Fatal("there is no error")
	}
	link.lookup = good
	if _, err := link.Invoke(within(t), nil); err != nil {
		t.Fatal(err)
	}
}
