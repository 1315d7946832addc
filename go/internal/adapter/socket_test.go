//go:build linux

package adapter

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// serve answers on a socket in a folder of its own, until the test ends.
func serve(t *testing.T) (folder, path string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(folder, "core.sock")
	listen(t, path)
	return folder, path
}

func listen(t *testing.T, path string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connected, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(connected)
		}
	}()
}

// answerAll is a good core that hangs up when its peer does.
func answerAll(connected net.Conn) {
	defer connected.Close()
	for {
		frame, err := readFrame(connected)
		if err != nil {
			return
		}
		text := string(frame)
		id := text[len(`{"id":`):strings.Index(text, ",")]
		payload := `"` + version + `"`
		if _, err := fmt.Fprintf(connected, "%s", reframe(`{"id":`+id+`,"success":true,"payload":`+payload+`}`)); err != nil {
			return
		}
	}
}

func callAt(t *testing.T, path string, more ...string) error {
	t.Helper()
	given := map[string]string{coreVariable: "unix:" + path}
	if len(more) == 1 {
		given[userVariable] = more[0]
	}
	link := newLink(variables(given), soon)
	_, err := link.Invoke(within(t), []byte("x"))
	if link.current != nil {
		link.current.end(err)
	}
	return err
}

// A socket of our own in a folder of our own is used.
func TestSocket(t *testing.T) {
	_, path := serve(t)
	if err := callAt(t, path); err != nil {
		t.Fatal(err)
	}
}

// A path may be as long as the system takes it, and no longer.
func TestLongestPath(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, strings.Repeat("x", socketPathMax-len(folder)-1))
	listen(t, path)
	if err := callAt(t, path); err != nil {
		t.Fatal(err)
	}
	isUnavailable(t, callAt(t, path+"x"), "108 bytes, but at most 107")
}

// What could be somebody else's is refused.
func TestRefusedSockets(t *testing.T) {
	for name, one := range map[string]struct {
		change func(folder, path string) string
		words  string
	}{
		"a file": {func(folder, _ string) string {
			path := filepath.Join(folder, "file")
			_ = os.WriteFile(path, nil, 0o600)
			return path
		}, "no socket, or a link"},
		"a link to the socket": {func(folder, path string) string {
			link := filepath.Join(folder, "link")
			_ = os.Symlink(path, link)
			return link
		}, "no socket, or a link"},
		"a link to the folder": {func(folder, path string) string {
			_ = os.Symlink(folder, folder+"-link")
			return filepath.Join(folder+"-link", filepath.Base(path))
		}, "no folder, or a link"},
		"a folder for everybody": {func(folder, path string) string {
			_ = os.Chmod(folder, 0o702)
			return path
		}, "others may write"},
		"a folder for a group": {func(folder, path string) string {
			_ = os.Chmod(folder, 0o720)
			return path
		}, "others may write"},
		"a sticky folder": {func(folder, path string) string {
			_ = os.Chmod(folder, 0o777|os.ModeSticky)
			return path
		}, "others may write"},
		"nothing":   {func(folder, _ string) string { return filepath.Join(folder, "none") }, "no such file"},
		"no folder": {func(folder, _ string) string { return filepath.Join(folder, "none", "none") }, "no such file"},
		"nobody listens": {func(folder, _ string) string {
			path := filepath.Join(folder, "dead")
			listener, _ := net.Listen("unix", path)
			listener.(*net.UnixListener).SetUnlinkOnClose(false)
			_ = listener.Close()
			return path
		}, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			isUnavailable(t, callAt(t, one.change(serve(t))), one.words)
		})
	}
}

// Whose a socket may be: ours, root's, and that of the user who was named.
func TestTrustedUsers(t *testing.T) {
	named := uint32(54321)
	for user, trusted := range map[uint32]bool{0: true, uint32(os.Geteuid()): true, 54321: true, 54322: false} {
		if (socket{owner: &named}).trusts(user) != trusted {
			t.Errorf("user %d", user)
		}
	}
	if (socket{}).trusts(named) {
		t.Error("a user who was not named")
	}
	if os.Geteuid() == root {
		asUser(t, 54321, func() {
			if !(socket{}).trusts(root) || !(socket{}).trusts(54321) || (socket{}).trusts(54322) {
				t.Error("somebody else trusts others")
			}
		})
	}
}

// Sockets and folders of another user are refused, unless the user was named. Only root can make
// them, so others check what is above.
func TestForeignSockets(t *testing.T) {
	if os.Geteuid() != root {
		return
	}
	const other = 54321
	for _, which := range []string{"its folder", "it"} {
		folder, path := serve(t)
		changed := map[string]string{"its folder": folder, "it": path}[which]
		if err := os.Chown(changed, other, -1); err != nil {
			t.Fatal(err)
		}
		isUnavailable(t, callAt(t, path), which+" is user 54321's")
		isUnavailable(t, callAt(t, path, "54322"), which+" is user 54321's")
		if err := callAt(t, path, "54321"); err != nil {
			t.Errorf("%s, of a user who was named: %v", which, err)
		}
	}
}

// Who has accepted is asked of the system: a socket with the right owner may be another's process.
func TestForeignProcess(t *testing.T) {
	if os.Geteuid() != root {
		return
	}
	const other = 54321
	folder, err := os.MkdirTemp("/tmp", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "core.sock")
	if err := os.Chown(folder, other, other); err != nil {
		t.Fatal(err)
	}
	heard := make(chan []byte, 1)
	asUser(t, other, func() { hear(t, path, heard) })
	for _, changed := range []string{folder, path} {
		if err := os.Chown(changed, root, root); err != nil {
			t.Fatal(err)
		}
	}
	isUnavailable(t, callAt(t, path), "the process behind it is user 54321's")
	if bytes := <-heard; len(bytes) != 0 {
		t.Errorf("%d bytes were sent", len(bytes))
	}
}

// hear tells what the first peer on a socket sends before it hangs up.
func hear(t *testing.T, path string, heard chan<- []byte) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		connected, err := listener.Accept()
		if err != nil {
			return
		}
		defer connected.Close()
		all, _ := io.ReadAll(connected)
		heard <- all
	}()
}

// asUser does something as another user. The system notes for a socket who has begun to listen, and
// users are of threads, so one thread is enough.
func asUser(t *testing.T, user uintptr, do func()) {
	t.Helper()
	const same = ^uintptr(0)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, _, failed := syscall.RawSyscall(syscall.SYS_SETRESUID, same, user, same); failed != 0 {
		t.Fatal(failed)
	}
	do()
	if _, _, failed := syscall.RawSyscall(syscall.SYS_SETRESUID, same, root, same); failed != 0 {
		panic(failed)
	}
}

// The folder that is looked at is the one in which the socket stands, however it is spelt.
func TestFolderBehindALink(t *testing.T) {
	above := t.TempDir()
	open, safe := filepath.Join(above, "open"), filepath.Join(above, "safe")
	for _, folder := range []string{safe, filepath.Join(open, "inner")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(open, "inner"), filepath.Join(safe, "link")); err != nil {
		t.Fatal(err)
	}
	listen(t, filepath.Join(open, "core.sock"))
	if err := os.Chmod(open, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := callAt(t, safe+"/link/../core.sock"); err == nil {
		t.Error("a socket in a folder that is open to all was used")
	}
}
