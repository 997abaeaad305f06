package etcd

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/etcd/client/v3/snapshot"
	"go.uber.org/zap"

	"k3s-lab/k3s/internal/layout"
)

const compressed = ".zip"

// Snapshots are the copies of the store that this server keeps in a directory.
type Snapshots struct {
	Data     layout.Data
	Dir      string
	Node     string
	Name     string // what the names of new ones begin with
	Compress bool
}

// Snapshot is one of them.
type Snapshot struct {
	Name, Location string
	Size           int64
	Created        time.Time
}

// Save copies the store into a new file named NAME-NODE-SECONDS, as K3s names it, and returns its name.
func (s *Snapshots) Save(ctx context.Context) (string, error) {
	if !Initialized(s.Data) {
		return "", fmt.Errorf("etcd database not found in %s", s.Data.Etcd()) // K3s' words
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return "", err
	}
	config, err := clientConfig(s.Data, []string{LocalEndpoint})
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("%s-%s-%d", s.Name, s.Node, time.Now().Unix())
	file := filepath.Join(s.Dir, name)
	if _, err := snapshot.SaveWithVersion(ctx, zap.NewNop(), config, file); err != nil {
		return "", fmt.Errorf("cannot save a snapshot: %w. Is K3s running on this server? systemctl status k3s", err)
	}
	if !s.Compress {
		return name, nil
	}
	defer os.Remove(file)
	return name + compressed, pack(file, file+compressed)
}

// List tells of all, the oldest first.
func (s *Snapshots) List() ([]Snapshot, error) {
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Snapshot
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(e.Name(), unfinished) {
			continue
		}
		out = append(out, Snapshot{e.Name(), "file://" + filepath.Join(s.Dir, e.Name()), info.Size(), created(e.Name(), info.ModTime())})
	}
	slices.SortStableFunc(out, func(a, b Snapshot) int { return a.Created.Compare(b.Created) })
	return out, nil
}

// unfinished ends the name of a file while etcd's client or this package writes it.
const unfinished = ".part"

// created is told by a snapshot's name, because its file may be a copy.
func created(name string, modified time.Time) time.Time {
	bare := strings.TrimSuffix(name, compressed)
	seconds, err := strconv.ParseInt(bare[strings.LastIndex(bare, "-")+1:], 10, 64)
	if err != nil {
		return modified
	}
	return time.Unix(seconds, 0)
}

// Delete removes snapshots, and returns the names of those that were there.
func (s *Snapshots) Delete(names ...string) ([]string, error) {
	var done []string
	var errs []error
	for _, name := range names {
		if name != filepath.Base(name) {
			errs = append(errs, fmt.Errorf("%q is no name of a snapshot: k3s etcd-snapshot ls shows them", name))
			continue
		}
		err := os.Remove(filepath.Join(s.Dir, name))
		switch {
		case err == nil:
			done = append(done, name)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, err)
		}
	}
	return done, errors.Join(errs...)
}

// Prune removes the oldest of this server's snapshots whose names begin as new ones do, but for the newest.
func (s *Snapshots) Prune(keep int) ([]string, error) {
	all, err := s.List()
	if err != nil || keep < 1 {
		return nil, err
	}
	var mine []string
	for _, snapshot := range all {
		if rest, ok := strings.CutPrefix(snapshot.Name, s.Name+"-"+s.Node+"-"); ok && !strings.Contains(rest, "-") {
			mine = append(mine, snapshot.Name)
		}
	}
	return s.Delete(mine[:max(0, len(mine)-keep)]...)
}

func pack(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	out, err := os.OpenFile(to+unfinished, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	z := zip.NewWriter(out)
	entry, err := z.Create(filepath.Base(from))
	if err != nil {
		return err
	}
	if _, err := io.Copy(entry, source); err != nil {
		return err
	}
	if err := errors.Join(z.Close(), out.Sync()); err != nil {
		return err
	}
	return os.Rename(to+unfinished, to)
}

func unpack(from, to string) error {
	z, err := zip.OpenReader(from)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	defer z.Close()
	if len(z.File) != 1 {
		return fmt.Errorf("%s: want one file in it, there are %d", from, len(z.File))
	}
	source, err := z.File[0].Open()
	if err != nil {
		return err
	}
	defer source.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	_, err = io.Copy(out, source)
	return errors.Join(err, out.Close())
}
