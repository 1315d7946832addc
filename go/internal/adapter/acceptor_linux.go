package adapter

import (
	"net"
	"syscall"
)

// acceptor returns the user whose process has accepted a connection.
func acceptor(connected *net.UnixConn) (user uint32, known bool, err error) {
	raw, err := connected.SyscallConn()
	if err != nil {
		return 0, false, err
	}
	var found *syscall.Ucred
	var failed error
	err = raw.Control(func(descriptor uintptr) {
		found, failed = syscall.GetsockoptUcred(int(descriptor), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return 0, false, err
	}
	return found.Uid, true, nil
}
