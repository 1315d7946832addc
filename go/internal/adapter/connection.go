package adapter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// The first frame of a connection tells the version.
	helloID = 0
	// lastWordsWait is for what a core sent before it stopped to read; it is on its way already.
	lastWordsWait = time.Second
)

// errNotSent: the core ended before it got any of a call, which may be sent to another one.
var errNotSent = errors.New("the core ended before the call was sent")

// peer is a core that can be written to and read from.
type peer struct {
	name string
	in   io.Writer
	out  io.Reader
	// end closes both, ends a process that is ours, and says how it ended, if that is known.
	end func() string
}

// pending is a call that waits for its reply.
type pending struct {
	kind     string
	answered chan outcome
	// Nobody waits any more; the reply will be passed over.
	abandoned bool
	// The writer has found the core gone before the first byte.
	unsent bool
}

// outcome is an answer, or the error that stands for it.
type outcome struct {
	payload string
	err     error
}

type outgoing struct {
	id    uint64
	frame []byte
}

// connection carries calls to one core until that ends; then it is used no more.
type connection struct {
	peer     peer
	frames   chan outgoing
	closing  chan struct{} // closed when it takes no more calls
	silent   chan struct{} // closed when the writer has stopped
	finished chan struct{} // closed when it is known why it ended
	greeted  chan struct{} // closed when hello was answered
	endOnce  sync.Once

	lock   sync.Mutex
	next   uint64
	calls  map[uint64]*pending
	reason error // why it ended
}

// connect begins with hello, whose reply nobody waits for; it is late after the given time.
func connect(to peer, wait time.Duration) (*connection, error) {
	hello, err := writeFrame(request{ID: helloID, Call: "hello", Payload: version})
	if err != nil {
		return nil, err
	}
	c := &connection{
		peer:     to,
		frames:   make(chan outgoing),
		closing:  make(chan struct{}),
		silent:   make(chan struct{}),
		finished: make(chan struct{}),
		greeted:  make(chan struct{}),
		next:     helloID + 1,
		calls:    map[uint64]*pending{},
	}
	go c.write(hello)
	go c.read()
	go c.watch(wait)
	return c, nil
}

// watch ends a core that does not answer hello.
func (c *connection) watch(wait time.Duration) {
	select {
	case <-c.greeted:
	case <-c.closing:
	case <-time.After(wait):
		c.end(fmt.Errorf("it did not answer within %v", wait))
	}
}

// ended says whether the core is known to be gone.
func (c *connection) ended() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// wasGreeted says whether there ever was a core that answered.
func (c *connection) wasGreeted() bool {
	select {
	case <-c.greeted:
		return true
	default:
		return false
	}
}

// call sends a call and waits for its reply. A context that ends stops the waiting, not the call.
func (c *connection) call(ctx context.Context, kind, payload string) (string, error) {
	c.lock.Lock()
	id := c.next
	c.next++
	c.lock.Unlock()
	frame, err := writeFrame(request{ID: id, Call: kind, Payload: payload})
	if err != nil {
		return "", err
	}
	waiting := &pending{kind: kind, answered: make(chan outcome, 1)}
	if !c.expect(id, waiting) {
		return "", errNotSent
	}
	select {
	case c.frames <- outgoing{id, frame}:
	case <-c.closing:
		c.forget(id)
		return "", errNotSent
	case <-ctx.Done():
		c.forget(id)
		return "", ctx.Err()
	}
	select {
	case found := <-waiting.answered:
		return found.payload, found.err
	case <-ctx.Done():
		return c.giveUp(ctx, id, waiting)
	}
}

// giveUp stops waiting, unless the reply came at the same moment.
func (c *connection) giveUp(ctx context.Context, id uint64, waiting *pending) (string, error) {
	c.lock.Lock()
	_, open := c.calls[id]
	waiting.abandoned = open
	c.lock.Unlock()
	if !open {
		found := <-waiting.answered
		return found.payload, found.err
	}
	return "", ctx.Err()
}

func (c *connection) expect(id uint64, waiting *pending) bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.reason != nil {
		return false
	}
	c.calls[id] = waiting
	return true
}

func (c *connection) forget(id uint64) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.calls, id)
}

// write sends whole frames, one after the other.
func (c *connection) write(hello []byte) {
	err := c.writeFrames(hello)
	close(c.silent)
	if err != nil {
		// A core that turns us away says why before it hangs up: the reader knows more.
		time.AfterFunc(lastWordsWait, func() { c.end(err) })
	}
}

func (c *connection) writeFrames(hello []byte) error {
	if _, err := c.peer.in.Write(hello); err != nil {
		return err
	}
	for {
		select {
		case next := <-c.frames:
			if n, err := c.peer.in.Write(next.frame); err != nil {
				c.lock.Lock()
				if waiting, open := c.calls[next.id]; open {
					waiting.unsent = n == 0
				}
				c.lock.Unlock()
				return err
			}
		case <-c.closing:
			return nil
		}
	}
}

// read takes replies until there are no more, or one that breaks the rules.
func (c *connection) read() {
	for {
		frame, err := readFrame(c.peer.out)
		if err != nil {
			c.end(c.foreign(err))
			return
		}
		if err := c.take(frame); err != nil {
			c.end(err)
			return
		}
	}
}

// foreign says of a broken frame, before the greeting, that what sent it is no core.
func (c *connection) foreign(err error) error {
	if c.wasGreeted() || !errors.Is(err, errFrame) {
		return err
	}
	return fmt.Errorf("it does not answer as a core does: %w", err)
}

// take gives a reply to whoever waits for it.
func (c *connection) take(frame []byte) error {
	got, err := readReply(frame)
	if err != nil {
		return c.foreign(err)
	}
	if got.ID == nil {
		if got.Success {
			return errors.New("it sent a reply to no call")
		}
		return errors.New(messageOf(got.Payload))
	}
	if *got.ID == helloID {
		return c.greet(got)
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	waiting, open := c.calls[*got.ID]
	if !open {
		return errors.New("it sent a reply to no call")
	}
	delete(c.calls, *got.ID)
	switch {
	case !waiting.abandoned && got.Success:
		waiting.answered <- outcome{payload: got.Payload}
	case !waiting.abandoned:
		waiting.answered <- outcome{err: errors.New(got.Payload)}
	case waiting.kind == initClient && got.Success:
		// Nobody has the id of this client, so nobody else could end it.
		go c.release(got.Payload)
	}
	return nil
}

// greet reads the reply to hello.
func (c *connection) greet(got reply) error {
	switch {
	case c.wasGreeted():
		return errors.New("it sent a reply to no call")
	case !got.Success:
		return errors.New(messageOf(got.Payload))
	case got.Payload != version:
		return fmt.Errorf("it does not speak version %s", version)
	}
	close(c.greeted)
	return nil
}

// release ends a client; nobody waits for it.
func (c *connection) release(id string) {
	_, _ = c.call(context.Background(), releaseClient, id)
}

// end fails every call that waits, and never sends one again: what it was to change may have been
// changed. Only calls of which the core got nothing may go to another one.
func (c *connection) end(why error) {
	c.endOnce.Do(func() {
		close(c.closing)
		how := c.peer.end()
		<-c.silent
		if errors.Is(why, io.EOF) {
			why = errors.New("it ended")
		}
		if how != "" {
			why = fmt.Errorf("%w (%s)", why, how)
		}
		lost := unavailable("the core %s is gone: %v", c.peer.name, why)
		c.lock.Lock()
		defer c.lock.Unlock()
		defer close(c.finished)
		c.reason = lost
		for id, waiting := range c.calls {
			delete(c.calls, id)
			if waiting.unsent {
				waiting.answered <- outcome{err: errNotSent}
			} else {
				waiting.answered <- outcome{err: lost}
			}
		}
	})
}

// lost waits until it is known why the core is gone, and returns that.
func (c *connection) lost(ctx context.Context) error {
	select {
	case <-c.finished:
		return c.reason
	case <-ctx.Done():
		return ctx.Err()
	}
}
