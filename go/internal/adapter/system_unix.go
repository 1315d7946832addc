//go:build unix

package adapter

import (
	"errors"
	"io/fs"
	"syscall"
)

// apart keeps the keys that end a program, such as Ctrl-C, from its core: a program that ends in
// its own time still needs secrets. The core ends with its pipes.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

func sameVariable(one, other string) bool {
	return one == other
}

// ownerOf returns the user to whom a file belongs.
func ownerOf(found fs.FileInfo) (uint32, error) {
	details, ok := found.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, errors.New("the system does not tell whose it is")
	}
	return details.Uid, nil
}
