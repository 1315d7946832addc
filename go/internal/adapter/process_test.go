//go:build unix

package adapter

import (
	"errors"
	"strconv"
	"syscall"
	"testing"
)

// A core that was killed between two calls costs no call: the next one finds a new core.
func TestKilledBetweenCalls(t *testing.T) {
	link := linkTo(t, "pid", soon)
	last := ""
	for range 10 {
		answer, err := link.Invoke(within(t), nil)
		if err != nil || string(answer) == last {
			t.Fatalf("after %q: %q, %v", last, answer, err)
		}
		last = string(answer)
		process, _ := strconv.Atoi(last)
		kill(t, process)
	}
}

// kill ends a process and waits until it is off the list, so that no zombie is left either.
func kill(t *testing.T, process int) {
	t.Helper()
	if err := syscall.Kill(process, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process is gone", func() bool {
		return errors.Is(syscall.Kill(process, 0), syscall.ESRCH)
	})
}
