package adapter

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// Calls that the core knows (specs/core.md, section 1). Those without a client go through invoke.
const (
	initClient    = "init_client"
	invoke        = "invoke"
	releaseClient = "release_client"
)

// helloWait is how long a core may take from its start to its first reply. A first start on a slow
// disk takes a few seconds; who waits longer waits for a program that is no core.
const helloWait = 30 * time.Second

// A call that no core got may go to one more: the first may have ended while nobody looked. One that
// ends before it has said anything is not started twice.
const attempts = 2

// Shared is the core of this process.
var Shared = newLink(os.LookupEnv, helloWait)

// Link finds a core when one is needed, and again when that has ended.
type Link struct {
	lookup func(string) (string, bool)
	wait   time.Duration

	lock    sync.Mutex
	current *connection
	opening *opening
}

// opening is the one attempt to reach a core that all calls wait for. It goes on when they stop.
type opening struct {
	done  chan struct{}
	found *connection
	err   error
}

func newLink(lookup func(string) (string, bool), wait time.Duration) *Link {
	return &Link{lookup: lookup, wait: wait}
}

// InitClient makes a client from a configuration, and returns its id.
func (l *Link) InitClient(ctx context.Context, config []byte) ([]byte, error) {
	return l.call(ctx, initClient, config)
}

// Invoke sends a message, and returns the answer.
func (l *Link) Invoke(ctx context.Context, message []byte) ([]byte, error) {
	return l.call(ctx, invoke, message)
}

// ReleaseClient ends a client without waiting. Clients end with their core, so none is started.
func (l *Link) ReleaseClient(id []byte) {
	l.lock.Lock()
	current := l.current
	l.lock.Unlock()
	if current != nil && !current.ended() {
		go current.release(string(id))
	}
}

func (l *Link) call(ctx context.Context, kind string, payload []byte) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		core, err := l.find(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := core.call(ctx, kind, string(payload))
		if err == nil {
			return []byte(answer), nil
		}
		if !errors.Is(err, errNotSent) {
			return nil, err
		}
		if attempt == attempts || !core.wasGreeted() {
			return nil, core.lost(ctx)
		}
	}
}

// find returns the connection that works, or waits for a new one.
func (l *Link) find(ctx context.Context) (*connection, error) {
	l.lock.Lock()
	if l.current != nil && !l.current.ended() {
		defer l.lock.Unlock()
		return l.current, nil
	}
	if l.opening == nil {
		l.opening = &opening{done: make(chan struct{})}
		go l.open(l.opening)
	}
	waited := l.opening
	l.lock.Unlock()
	select {
	case <-waited.done:
		return waited.found, waited.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *Link) open(begun *opening) {
	ctx, cancel := context.WithTimeout(context.Background(), l.wait)
	defer cancel()
	found, err := l.reach(ctx)
	l.lock.Lock()
	defer l.lock.Unlock()
	begun.found, begun.err = found, err
	l.current, l.opening = found, nil
	close(begun.done)
}

func (l *Link) reach(ctx context.Context) (*connection, error) {
	place, err := findPlace(l.lookup)
	if err != nil {
		return nil, err
	}
	reached, err := place.reach(ctx)
	if err != nil {
		return nil, err
	}
	return connect(reached, l.wait)
}
