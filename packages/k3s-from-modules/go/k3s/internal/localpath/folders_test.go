package localpath

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

func stored(t *testing.T) Folders {
	t.Helper()
	return Folders{Root: filepath.Join(t.TempDir(), "storage")}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func gone(path string) bool {
	_, err := os.Lstat(path)
	return errors.Is(err, fs.ErrNotExist)
}

func TestMakeIsForEveryUserBelowWhatIsForRoot(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	for _, mask := range []int{0, 0o077} {
		syscall.Umask(mask)
		f := stored(t)
		for _, name := range []string{"pvc-1_default_data", "default/data/pvc-1"} {
			if err := f.Make(name); err != nil {
				t.Fatal(err)
			}
			if got := mode(t, filepath.Join(f.Root, name)); got != 0o777 {
				t.Errorf("%s: %o", name, got)
			}
		}
		for _, dir := range []string{f.Root, filepath.Join(f.Root, "default/data")} {
			if got := mode(t, dir); got != 0o700 {
				t.Errorf("%s: %o", dir, got)
			}
		}
	}
}

func TestMakeKeepsWhatIsThere(t *testing.T) {
	f := stored(t)
	f.Make("a")
	dir := filepath.Join(f.Root, "a")
	os.Chmod(dir, 0o755) // as after a kill between the two
	if err := f.Make("a"); err != nil || mode(t, dir) != 0o777 {
		t.Errorf("an empty folder: %v, %o", err, mode(t, dir))
	}
	put(t, filepath.Join(dir, "file"), "kept")
	os.Chmod(dir, 0o750) // by its user
	if err := f.Make("a"); err != nil || mode(t, dir) != 0o750 {
		t.Errorf("%v, %o", err, mode(t, dir))
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "file")); string(b) != "kept" {
		t.Error("the content is lost")
	}
}

func TestRemove(t *testing.T) {
	f := stored(t)
	if err := f.Remove("a"); err != nil {
		t.Errorf("nothing was ever made: %v", err)
	}
	f.Make("a")
	f.Make("b")
	put(t, filepath.Join(f.Root, "a", "file"), "")
	for range 2 { // the second time after a kill
		if err := f.Remove("a"); err != nil {
			t.Error(err)
		}
	}
	if !gone(filepath.Join(f.Root, "a")) || gone(filepath.Join(f.Root, "b")) {
		t.Error("not a, or more than a")
	}
}

func TestNamesThatLeaveTheRoot(t *testing.T) {
	f := stored(t)
	f.Make("a")
	outside := filepath.Join(filepath.Dir(f.Root), "outside")
	os.Mkdir(outside, 0o700)
	for _, name := range []string{"", ".", "..", "/", "../outside", "a/../../outside", "/etc", outside, "a/", "a/.", "./a", "a//b", "a/.."} {
		for what, do := range map[string]func(string) error{"make": f.Make, "remove": f.Remove} {
			if err := do(name); err == nil || !strings.Contains(err.Error(), "is no folder below") {
				t.Errorf("%s %q: %v", what, name, err)
			}
		}
	}
	if gone(outside) || gone(filepath.Join(f.Root, "a")) {
		t.Error("something was removed")
	}
}

func TestLinks(t *testing.T) {
	f := stored(t)
	f.Make("a")
	outside := filepath.Join(filepath.Dir(f.Root), "outside")
	os.Mkdir(outside, 0o700)
	precious := filepath.Join(outside, "precious")
	put(t, precious, "")
	os.Symlink(outside, filepath.Join(f.Root, "link"))
	os.Symlink("a", filepath.Join(f.Root, "inside"))
	put(t, filepath.Join(f.Root, "file"), "")
	for _, name := range []string{"link", "link/precious", "inside", "inside/b", "file", "file/b"} {
		for what, do := range map[string]func(string) error{"make": f.Make, "remove": f.Remove} {
			if err := do(name); err == nil || !strings.Contains(err.Error(), "is no folder (") {
				t.Errorf("%s %s: %v", what, name, err)
			}
		}
	}
	os.Symlink(outside, filepath.Join(f.Root, "a", "link")) // a pod's own
	if err := f.Remove("a"); err != nil {
		t.Error(err)
	}
	if gone(precious) {
		t.Error("removed through a link")
	}
}

func TestRootMayBeALink(t *testing.T) {
	f := stored(t)
	elsewhere := t.TempDir()
	os.Symlink(elsewhere, f.Root)
	if err := f.Make("a"); err != nil || gone(filepath.Join(elsewhere, "a")) {
		t.Error(err)
	}
	if err := f.Remove("a"); err != nil || !gone(filepath.Join(elsewhere, "a")) {
		t.Error(err)
	}
}

func TestMountsAreLeftAlone(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounts need root")
	}
	f := stored(t)
	f.Make("a/b")
	f.Make("ab")
	other := t.TempDir()
	put(t, filepath.Join(other, "precious"), "")
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for ever: the thread, and with it its own mounts, ends with this function
		if err := syscall.Unshare(syscall.CLONE_NEWNS); err != nil {
			t.Logf("no mounts of its own here: %v", err)
			return
		}
		if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
			t.Error(err)
			return
		}
		if err := syscall.Mount(other, filepath.Join(f.Root, "a/b"), "", syscall.MS_BIND, ""); err != nil {
			t.Error(err)
			return
		}
		if err := f.Remove("a"); err == nil || !strings.Contains(err.Error(), "something is mounted on") {
			t.Error(err)
		}
		if err := f.Remove("ab"); err != nil {
			t.Error(err)
		}
	}()
	<-done
	if gone(filepath.Join(other, "precious")) {
		t.Error("removed what was mounted")
	}
}
