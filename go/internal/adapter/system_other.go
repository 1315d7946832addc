//go:build !unix

package adapter

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
)

func apart() *syscall.SysProcAttr {
	return nil
}

// Variables have no case here.
func sameVariable(one, other string) bool {
	return strings.EqualFold(one, other)
}

// ownerOf refuses: a socket whose owner is not known gets no tokens.
func ownerOf(fs.FileInfo) (uint32, error) {
	return 0, errors.New("this system does not tell whose it is")
}
