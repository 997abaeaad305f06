// Package images imports the image archives that lie in agent/images.
package images

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	containerd "github.com/containerd/containerd/v2/client"
	imagestore "github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/containerd/containerd/v2/pkg/namespaces"
)

// Importer imports each archive once; its record lasts from one start to the next.
type Importer struct {
	Socket string
	Dir    string
	Record string // a file

	mu sync.Mutex // one import at a time: both kinds keep the same record
}

// canWait says whether no node waits for what is in an archive: metrics-server, of which the server says when.
func canWait(file string) bool { return strings.HasPrefix(filepath.Base(file), "k3s-airgap-metrics-") }

var suffixes = []string{".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst"}

// Archives lists the image archives of a directory.
func Archives(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		for _, s := range suffixes {
			if strings.HasSuffix(e.Name(), s) && !e.IsDir() {
				out = append(out, filepath.Join(dir, e.Name()))
				break
			}
		}
	}
	return out, nil
}

// Import imports every archive that is new or has changed, and every one whose images are gone; one that cannot be
// read does not stop the others. Those that can wait are left out.
func (i *Importer) Import(ctx context.Context) error {
	return i.imports(ctx, func(file string) bool { return !canWait(file) })
}

// ImportRest does the same for those that Import leaves out.
func (i *Importer) ImportRest(ctx context.Context) error { return i.imports(ctx, canWait) }

func (i *Importer) imports(ctx context.Context, wanted func(file string) bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	archives, err := Archives(i.Dir)
	if err != nil {
		return err
	}
	archives = slices.DeleteFunc(archives, func(file string) bool { return !wanted(file) })
	if len(archives) == 0 {
		return nil
	}
	client, err := containerd.New(i.Socket)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx = namespaces.WithNamespace(ctx, "k8s.io")
	there, err := digests(ctx, client)
	if err != nil {
		return err
	}
	done := readRecord(i.Record)
	var errs []error
	for _, file := range archives {
		info, err := os.Stat(file)
		if err != nil {
			continue // gone since
		}
		if done[file].stillHolds(info, there) {
			continue
		}
		names, err := importFile(ctx, client, file)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		done[file] = imported{info.Size(), info.ModTime(), names}
		if err := done.write(i.Record); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// digests are the images there are, by name.
func digests(ctx context.Context, client *containerd.Client) (map[string]string, error) {
	all, err := client.ImageService().List(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, image := range all {
		out[image.Name] = image.Target.Digest.String()
	}
	return out, nil
}

// importFile gives the digests of the images it has imported, by name.
func importFile(ctx context.Context, client *containerd.Client, file string) (map[string]string, error) {
	t0 := time.Now()
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := compression.DecompressStream(f)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	found, err := client.Import(ctx, r, containerd.WithImageLabels(labels))
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, image := range found {
		if err := unpack(ctx, client, image); err != nil {
			return nil, err
		}
		names[image.Name] = image.Target.Digest.String()
	}
	slog.Info("imported images", "file", file, "images", strings.Join(slices.Sorted(maps.Keys(names)), ","), "took", time.Since(t0).Round(time.Millisecond))
	return names, nil
}

// The labels under which the CRI knows an image at once, and keeps it from image garbage collection.
var labels = map[string]string{
	"io.cri-containerd.image":  "managed",
	"io.cri-containerd.pinned": "pinned",
}

func unpack(ctx context.Context, client *containerd.Client, image imagestore.Image) error {
	return containerd.NewImage(client, image).Unpack(ctx, "overlayfs")
}
