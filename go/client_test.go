package onepassword

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/1password/onepassword-sdk-go/internal"
)

const canary = "ops_canary-7f3a"

const expired = `{"name":"DesktopSessionExpired","message":"the client is not there"}`

// fakeCore knows the client whose id it gave out last, if any.
type fakeCore struct {
	lock     sync.Mutex
	clients  uint64
	none     bool
	refuses  error
	waits    chan struct{}
	held     chan struct{}
	holds    chan struct{}
	released []string
}

func (c *fakeCore) InitClient(ctx context.Context, _ []byte) ([]byte, error) {
	if c.waits != nil {
		select {
		case <-c.waits:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.refuses != nil {
		return nil, c.refuses
	}
	c.clients++
	return fmt.Append(nil, c.clients), nil
}

func (c *fakeCore) Invoke(_ context.Context, message []byte) ([]byte, error) {
	var heard internal.InvokeConfig
	if err := json.Unmarshal(message, &heard); err != nil {
		return nil, err
	}
	if *heard.Invocation.ClientID == 1 && c.holds != nil {
		c.held <- struct{}{}
		<-c.holds
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.none || *heard.Invocation.ClientID != c.clients {
		return nil, errors.New(expired)
	}
	return []byte(`"value"`), nil
}

func (c *fakeCore) ReleaseClient(id []byte) {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.released = append(c.released, string(id))
}

func clientOn(t *testing.T, core *fakeCore) *internal.InnerClient {
	t.Helper()
	config := internal.NewDefaultConfig()
	config.SAToken = canary
	inner, err := internal.NewInnerClient(t.Context(), config, internal.CoreWrapper{InnerCore: core})
	if err != nil {
		t.Fatal(err)
	}
	return inner
}

// forget makes the core forget its clients, as a new one does.
func (c *fakeCore) forget() {
	c.lock.Lock()
	defer c.lock.Unlock()
	c.clients += 100
}

// Many calls of a client that is gone make it anew once, and each is repeated.
func TestOneRenewalForAllCalls(t *testing.T) {
	core := &fakeCore{}
	secrets := NewSecretsSource(clientOn(t, core))
	for round := uint64(1); round <= 20; round++ {
		core.forget()
		var all sync.WaitGroup
		for range 16 {
			all.Add(1)
			go func() {
				defer all.Done()
				if value, err := secrets.Resolve(t.Context(), "r"); err != nil || value != "value" {
					t.Errorf("%q, %v", value, err)
				}
			}()
		}
		all.Wait()
		if core.clients != 1+101*round {
			t.Fatalf("%d clients after %d rounds", core.clients, round)
		}
	}
}

// A call that is late to hear that its client is gone takes the one that was made meanwhile.
func TestLateForRenewal(t *testing.T) {
	core := &fakeCore{held: make(chan struct{}), holds: make(chan struct{})}
	inner := clientOn(t, core)
	secrets := NewSecretsSource(inner)
	core.forget()
	answered := make(chan error)
	for range 2 {
		go func() {
			_, err := secrets.Resolve(t.Context(), "r")
			answered <- err
		}()
		<-core.held
	}
	for range 2 {
		core.holds <- struct{}{}
		if err := <-answered; err != nil {
			t.Fatal(err)
		}
	}
	if core.clients != 102 {
		t.Errorf("%d clients", core.clients)
	}
}

// A client that is gone again after it was made anew is an error that programs can tell apart.
func TestRenewedOnce(t *testing.T) {
	core := &fakeCore{}
	secrets := NewSecretsSource(clientOn(t, core))
	core.none = true
	_, err := secrets.Resolve(t.Context(), "r")
	var gone *DesktopSessionExpiredError
	if !errors.As(err, &gone) || gone.Error() != "the client is not there" || core.clients != 2 {
		t.Fatalf("%d clients, %v", core.clients, err)
	}
}

// Why a client could not be made anew is told to all who wait for it.
func TestRefusedRenewal(t *testing.T) {
	core := &fakeCore{}
	secrets := NewSecretsSource(clientOn(t, core))
	core.forget()
	core.refuses = errors.New(`{"name":"RateLimitExceeded","message":"wait"}`)
	_, err := secrets.Resolve(t.Context(), "r")
	var limited *RateLimitExceededError
	if !errors.As(err, &limited) || limited.Error() != "wait" {
		t.Fatal(err)
	}
}

// A call that is given up while it makes the client anew takes no other call with it.
func TestCancelledRenewal(t *testing.T) {
	core := &fakeCore{}
	secrets := NewSecretsSource(clientOn(t, core))
	core.forget()
	core.waits = make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	results := make(chan error, 2)
	resolve := func(ctx context.Context) {
		_, err := secrets.Resolve(ctx, "r")
		results <- err
	}
	go resolve(ctx)
	go resolve(t.Context())
	time.Sleep(time.Millisecond) // either of the two makes it anew
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(core.waits)
	if err := <-results; err != nil {
		t.Fatal(err)
	}
}

// A client that nobody has any more is released under the id that it has then.
func TestRelease(t *testing.T) {
	core := &fakeCore{}
	func() {
		secrets := NewSecretsSource(clientOn(t, core))
		core.forget()
		if _, err := secrets.Resolve(t.Context(), "r"); err != nil {
			t.Fatal(err)
		}
	}()
	for range 1000 {
		runtime.GC()
		core.lock.Lock()
		released := fmt.Sprint(core.released)
		core.lock.Unlock()
		if released == "[102]" {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("released: %v", core.released)
}

// Nothing that a program prints or logs of a client shows its credential.
func TestNothingShowsTheToken(t *testing.T) {
	inner := clientOn(t, &fakeCore{})
	client := &Client{
		SecretsAPI: NewSecretsSource(inner),
		ItemsAPI:   NewItemsSource(inner),
		config:     &inner.Config,
	}
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "client", client, "value", *client)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "client", client, "inner", inner)
	secrets, config := client.SecretsAPI, inner.Config
	for _, one := range []any{client, *client, client.Items(), secrets, inner, config, &config} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&logged, verb, one)
		}
		text, _ := json.Marshal(one)
		if _, whole := one.(internal.ClientConfig); !whole && one != any(&config) {
			logged.Write(text)
		}
	}
	hexadecimal := fmt.Sprintf("%x", canary)
	for _, secret := range []string{canary, hexadecimal} {
		if shown := logged.String(); strings.Contains(shown, secret) {
			t.Error(shown)
		}
	}
}

// A message of 50 MiB is sent, and one that is longer by a byte is refused before.
func TestLongestMessage(t *testing.T) {
	inner := clientOn(t, &fakeCore{})
	secrets := NewSecretsSource(inner)
	around, _ := json.Marshal(internal.InvokeConfig{Invocation: internal.Invocation{
		ClientID: &inner.ID,
		Parameters: internal.Parameters{
			MethodName:       "SecretsResolve",
			SerializedParams: map[string]any{"secret_reference": ""},
		},
	}})
	longest := strings.Repeat("x", internal.MessageBytesMax-len(around))
	if _, err := secrets.Resolve(t.Context(), longest); err != nil {
		t.Fatal(err)
	}
	_, err := secrets.Resolve(t.Context(), longest+"x")
	if !strings.HasPrefix(fmt.Sprint(err), "message size exceeds the limit of 52428800 bytes") {
		t.Fatal(err)
	}
}

// A configuration has the same limit.
func TestLongestConfiguration(t *testing.T) {
	config := internal.NewDefaultConfig()
	config.SAToken = strings.Repeat("x", internal.MessageBytesMax)
	core := internal.CoreWrapper{InnerCore: &fakeCore{}}
	_, err := internal.NewInnerClient(t.Context(), config, core)
	if err == nil || !strings.HasPrefix(err.Error(), "message size exceeds the limit") {
		t.Fatal(err)
	}
}

// A type that a newer core knows is read, and written back as it came.
func TestUnknownVariants(t *testing.T) {
	var field ItemField
	text := `{"id":"","title":"","fieldType":"","value":"","details":{"type":"New","content":{"a":1}}}`
	if err := json.Unmarshal([]byte(text), &field); err != nil {
		t.Fatal(err)
	}
	if field.Details.OTP() != nil || field.Details.SSHKey() != nil || field.Details.Address() != nil {
		t.Error("it has the content of another type")
	}
	if back, err := json.Marshal(field); err != nil || string(back) != text {
		t.Errorf("%s, %v", back, err)
	}
	var failed ResolveReferenceError
	err := json.Unmarshal([]byte(`{"type":"brandNew"}`), &failed)
	if err != nil || failed.Parsing() != "" {
		t.Errorf("%v", err)
	}
}

// What is no answer is an error that does not show it.
func TestUnreadableAnswers(t *testing.T) {
	for answer, words := range map[string]string{
		"":                               ": it is no JSON at byte 0",
		`"` + canary + `"`:               ": it has another form at byte",
		`{"version":"` + canary + `"}`:   ": it has another form at byte",
		`{"createdAt":"` + canary + `"}`: "",
		`{"fields":[{"details":["` + canary + `"]}]}`: "",
	} {
		_, err := read[Item](answer, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "the answer of the core cannot be read"+words) {
			t.Errorf("%v", err)
		}
		if strings.Contains(fmt.Sprint(err), canary) {
			t.Errorf("%v", err)
		}
	}
	_, err := read[[]byte](`"no base64: `+canary+`"`, nil)
	if err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("%v", err)
	}
}

// A client has one credential: an account name, even an empty one, or a token.
func TestBothCredentials(t *testing.T) {
	token, desktop := WithServiceAccountToken, WithDesktopAppIntegration
	for _, options := range [][]ClientOption{
		{token(canary), desktop("a")}, {desktop("a"), token(canary)}, {desktop(""), token(canary)},
	} {
		client, err := NewClient(t.Context(), options...)
		words := "cannot use both SA token and desktop app authentication"
		if client != nil || fmt.Sprint(err) != words {
			t.Errorf("%v, %v", client, err)
		}
	}
}

// What an option says against a client is handed on as it is.
func TestRefusingOption(t *testing.T) {
	mine := errors.New("mine")
	if _, err := NewClient(t.Context(), func(*Client) error { return mine }); err != mine {
		t.Error(err)
	}
}

// Why there is no client is told with what is known of it, and can be told apart.
func TestExplainStart(t *testing.T) {
	var gone *CoreUnavailableError
	err := explainStart(errors.New(`{"name":"CoreUnavailable","message":"no core"}`))
	if !errors.As(err, &gone) || err.Error() != "error initializing client: no core" {
		t.Error(err)
	}
	if err = explainStart(context.Canceled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	err = explainStart(errors.New(`{"name":"NotAvailable","message":"` + desktopMissing + `"}`))
	if err.Error() != desktopMissing {
		t.Error(err)
	}
}
