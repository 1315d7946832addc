package adapter

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// socketPathMax is the longest path of a socket, in bytes: what Linux has room for, less one.
const socketPathMax = 107

// Nobody else may put another socket into the folder.
const othersWrite fs.FileMode = 0o022

// The administrator of a computer can read what its users can.
const root = 0

// socket is a core that serves on a path. It gets tokens, so it is looked at first.
type socket struct {
	path  string
	owner *uint32
}

func (s socket) reach(ctx context.Context) (peer, error) {
	if err := s.check(); err != nil {
		return peer{}, s.refuse(err)
	}
	var dialer net.Dialer
	connected, err := dialer.DialContext(ctx, "unix", s.path)
	if err != nil {
		return peer{}, s.refuse(reasonOf(err))
	}
	user, known, err := acceptor(connected.(*net.UnixConn))
	if err == nil && known && !s.trusts(user) {
		err = fmt.Errorf("the process behind it is user %d's", user)
	}
	if err != nil {
		_ = connected.Close()
		return peer{}, s.refuse(err)
	}
	end := func() string {
		_ = connected.Close()
		return ""
	}
	return peer{name: "at " + s.path, in: connected, out: connected, end: end}, nil
}

// check looks at the socket and its folder; links are refused, since they can be turned elsewhere.
func (s socket) check() error {
	if !filepath.IsAbs(s.path) {
		return errors.New("the path is not absolute")
	}
	if len(s.path) > socketPathMax {
		return fmt.Errorf("the path has %d bytes, but at most %d are allowed", len(s.path), socketPathMax)
	}
	folder, err := os.Lstat(filepath.Dir(s.path))
	if err != nil {
		return reasonOf(err)
	}
	if !folder.IsDir() {
		return errors.New("its folder is no folder, or a link to one")
	}
	if folder.Mode().Perm()&othersWrite != 0 {
		return errors.New("others may write in its folder")
	}
	there, err := os.Lstat(s.path)
	if err != nil {
		return reasonOf(err)
	}
	if there.Mode().Type() != fs.ModeSocket {
		return errors.New("it is no socket, or a link to one")
	}
	for name, found := range map[string]fs.FileInfo{"its folder": folder, "it": there} {
		user, err := ownerOf(found)
		if err != nil {
			return err
		}
		if !s.trusts(user) {
			return fmt.Errorf("%s is user %d's", name, user)
		}
	}
	return nil
}

// trusts says whether tokens may go to a process of that user.
func (s socket) trusts(user uint32) bool {
	return user == root || int(user) == os.Geteuid() || (s.owner != nil && user == *s.owner)
}

func (s socket) refuse(reason error) error {
	return unavailable("the core at %s cannot be used: %v", s.path, reason)
}

// reasonOf leaves out what an error of the system says beside its reason.
func reasonOf(err error) error {
	var where *fs.PathError
	if errors.As(err, &where) {
		return where.Err
	}
	var how *net.OpError
	if errors.As(err, &how) {
		return how.Err
	}
	return err
}
