package adapter

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// A core is given its tokens by configurations. What need not have one in its environment does not.
const tokenVariable = "OP_SERVICE_ACCOUNT_TOKEN"

// exitWait is how long a core that hung up may take to end. It has answered all it will by then.
const exitWait = time.Second

// command starts a core: a program and what it is given.
type command []string

func (words command) reach(context.Context) (peer, error) {
	child := exec.Command(words[0], words[1:]...)
	child.Env = withoutToken(os.Environ())
	child.Stderr = os.Stderr
	child.SysProcAttr = apart()
	in, out, err := startOnPipes(child)
	if errors.Is(err, exec.ErrNotFound) {
		return peer{}, unavailable("the core %q cannot be started: it is not in PATH; "+
			"install strongroom, or set %s", words[0], coreVariable)
	}
	if err != nil {
		if found, failed := os.Stat(words[0]); failed == nil && found.Mode().Type() == fs.ModeSocket {
			err = errors.New("it is a socket; put unix: before its path")
		}
		return peer{}, unavailable("the core %q cannot be started: %v", words[0], reasonOf(err))
	}
	exited := make(chan string, 1)
	go func() {
		_ = child.Wait() // takes it off the list of processes; how it ended is in its state
		exited <- child.ProcessState.String()
	}()
	end := func() string {
		_ = in.Close()
		defer out.Close()
		select {
		case how := <-exited:
			return how
		case <-time.After(exitWait):
			_ = child.Process.Kill()
			return ""
		}
	}
	return peer{name: strconv.Quote(words[0]), in: in, out: out, end: end}, nil
}

// startOnPipes starts a process between two pipes and returns our ends of them. No other process
// inherits these, so the core's input ends when we do, however that is.
func startOnPipes(child *exec.Cmd) (in, out *os.File, err error) {
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer theirIn.Close()
	out, theirOut, err := os.Pipe()
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	defer theirOut.Close()
	child.Stdin, child.Stdout = theirIn, theirOut
	if err := child.Start(); err != nil {
		_, _ = in.Close(), out.Close()
		return nil, nil, err
	}
	return in, out, nil
}

func withoutToken(environment []string) []string {
	kept := make([]string, 0, len(environment))
	for _, one := range environment {
		if name, _, _ := strings.Cut(one, "="); !sameVariable(name, tokenVariable) {
			kept = append(kept, one)
		}
	}
	return kept
}
