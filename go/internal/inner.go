package internal

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// InnerClient is a client of the core. Its ID changes when it has to be made anew.
type InnerClient struct {
	ID     uint64
	Config ClientConfig
	Core   CoreWrapper
}

// NewInnerClient makes a client, which is released when nobody has it any more.
func NewInnerClient(
	ctx context.Context, config ClientConfig, core CoreWrapper,
) (*InnerClient, error) {
	id, err := core.InitClient(ctx, config)
	if err != nil {
		return nil, err
	}
	inner := &InnerClient{ID: *id, Config: config, Core: core}
	runtime.SetFinalizer(inner, func(inner *InnerClient) {
		inner.Core.ReleaseClient(atomic.LoadUint64(&inner.ID))
	})
	return inner, nil
}

// Format keeps the credential out of every kind of print.
func (*InnerClient) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "InnerClient([secret])")
}

// MarshalJSON keeps the credential out of logs that are JSON.
func (*InnerClient) MarshalJSON() ([]byte, error) {
	return []byte(`"InnerClient([secret])"`), nil
}

// Call asks the core for something in the name of a client. If the client is not there, because
// it was not used for long or its core has ended, it is made anew, and the call repeated, once:
// nothing was done before.
func Call(
	ctx context.Context, inner *InnerClient, method string, parameters map[string]any,
) (string, error) {
	defer runtime.KeepAlive(inner)
	id := atomic.LoadUint64(&inner.ID)
	answer, err := ask(ctx, inner.Core, &id, method, parameters)
	if !isExpired(err) {
		return answer, err
	}
	if err := renew(ctx, inner, id); err != nil {
		return "", err
	}
	id = atomic.LoadUint64(&inner.ID)
	return ask(ctx, inner.Core, &id, method, parameters)
}

// CallStatic asks the core for something that needs no client.
func CallStatic(
	ctx context.Context, core CoreWrapper, method string, parameters map[string]any,
) (string, error) {
	return ask(ctx, core, nil, method, parameters)
}

func ask(
	ctx context.Context, core CoreWrapper, id *uint64, method string, parameters map[string]any,
) (string, error) {
	call := Parameters{MethodName: method, SerializedParams: parameters}
	answer, err := core.Invoke(ctx, InvokeConfig{Invocation{ClientID: id, Parameters: call}})
	if err != nil {
		return "", err
	}
	return *answer, nil
}

// renewal is the one attempt to make a client anew that all its calls wait for.
type renewal struct {
	done chan struct{}
	err  error
	// The call that made the attempt was given up, which says nothing about the others.
	cancelled bool
}

var (
	renewalsLock sync.Mutex
	renewals     = map[*InnerClient]*renewal{}
)

// renew makes a client anew, unless somebody else has done so since.
func renew(ctx context.Context, inner *InnerClient, expired uint64) error {
	for {
		renewalsLock.Lock()
		if atomic.LoadUint64(&inner.ID) != expired {
			renewalsLock.Unlock()
			return nil
		}
		current, busy := renewals[inner]
		if !busy {
			current = &renewal{done: make(chan struct{})}
			renewals[inner] = current
		}
		renewalsLock.Unlock()
		if !busy {
			current.run(ctx, inner)
			return current.err
		}
		select {
		case <-current.done:
			if !current.cancelled {
				return current.err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *renewal) run(ctx context.Context, inner *InnerClient) {
	id, err := inner.Core.InitClient(ctx, inner.Config)
	renewalsLock.Lock()
	defer renewalsLock.Unlock()
	if err == nil {
		atomic.StoreUint64(&inner.ID, *id)
	}
	r.err, r.cancelled = err, err != nil && ctx.Err() != nil
	delete(renewals, inner)
	close(r.done)
}
