package localpath

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/sys/mountinfo"
)

// Folders makes and removes folders below Root, and touches nothing outside of it whatever it is asked for.
type Folders struct {
	Root string
}

func (f Folders) carryOut(o order) error {
	if o.Below != f.Root {
		return fmt.Errorf("volumes are kept in %s here, the server expects %s. Restart K3s on this node", f.Root, o.Below)
	}
	switch o.Do {
	case makeFolder:
		return f.Make(o.Folder)
	case removeFolder:
		return f.Remove(o.Folder)
	}
	return fmt.Errorf("%q is an order that this version does not know", o.Do)
}

// Make makes a folder that every user of a container may write to. One that is there already is kept, with its content.
func (f Folders) Make(name string) error {
	if err := os.MkdirAll(f.Root, 0o700); err != nil { // other users of the node do not come this far
		return err
	}
	root, err := os.OpenRoot(f.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	there, err := f.find(root, name)
	if err != nil {
		return err
	}
	if !there {
		if err := root.MkdirAll(name, 0o700); err != nil {
			return err
		}
	}
	// An empty one may have been left by a K3s that was killed right here.
	empty, err := isEmpty(root, name)
	if err != nil {
		return err
	}
	if empty {
		if err := root.Chmod(name, 0o777); err != nil {
			return err
		}
	}
	return flush(root, name)
}

// Remove removes a folder with its content. It follows no link, and refuses a folder that something is mounted in.
func (f Folders) Remove(name string) error {
	root, err := os.OpenRoot(f.Root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	there, err := f.find(root, name)
	if err != nil || !there {
		return err
	}
	if err := f.refuseMounts(name); err != nil {
		return err
	}
	if err := root.RemoveAll(name); err != nil {
		return err
	}
	return flush(root, filepath.Dir(name))
}

// find says whether the folder is there. A name that leaves Root is refused, and so is one with a link in it: what is
// behind a link belongs to somebody else.
func (f Folders) find(root *os.Root, name string) (bool, error) {
	if !isFolder(name) {
		return false, fmt.Errorf("%q is no folder below %s", name, f.Root)
	}
	var path string
	for part := range strings.SplitSeq(name, "/") {
		path = filepath.Join(path, part)
		info, err := root.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !info.IsDir() {
			return false, fmt.Errorf("%s is no folder (%s). Move it away", filepath.Join(f.Root, path), info.Mode().Type())
		}
	}
	return true, nil
}

// isFolder says whether a name leads from a directory to one below it, in its shortest form.
func isFolder(name string) bool {
	return filepath.IsLocal(name) && name != "." && filepath.Clean(name) == name
}

func (f Folders) refuseMounts(name string) error {
	// The kernel names mounts by their real path.
	dir, err := filepath.EvalSymlinks(filepath.Join(f.Root, name))
	if err != nil {
		return err
	}
	mounts, err := mountinfo.GetMounts(mountinfo.PrefixFilter(dir))
	if err != nil {
		return err
	}
	if len(mounts) != 0 {
		return fmt.Errorf("%s is not removed: something is mounted on %s. Unmount it", dir, mounts[0].Mountpoint)
	}
	return nil
}

func isEmpty(root *os.Root, name string) (bool, error) {
	dir, err := root.Open(name)
	if err != nil {
		return false, err
	}
	defer dir.Close()
	_, err = dir.Readdirnames(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}

// flush writes a folder and those above it to the disk: what was answered is true after a power failure, too.
func flush(root *os.Root, name string) error {
	for {
		dir, err := root.Open(name)
		if err != nil {
			return err
		}
		if err := errors.Join(dir.Sync(), dir.Close()); err != nil {
			return err
		}
		if name == "." {
			return nil
		}
		name = filepath.Dir(name)
	}
}
