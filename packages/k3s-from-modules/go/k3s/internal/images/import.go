// Package images imports the image archives that lie in agent/images.
package images

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	containerd "github.com/containerd/containerd/v2/client"
	imagestore "github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/containerd/containerd/v2/pkg/namespaces"
)

// Importer remembers which archives it has imported.
type Importer struct {
	Socket string
	Dir    string
	done   map[string]version
}

type version struct {
	size    int64
	changed time.Time
}

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

// Import imports every archive that is new or has changed; one that cannot be read does not stop the others.
func (i *Importer) Import(ctx context.Context) error {
	archives, err := Archives(i.Dir)
	if err != nil || len(archives) == 0 {
		return err
	}
	if i.done == nil {
		i.done = map[string]version{}
	}
	client, err := containerd.New(i.Socket)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx = namespaces.WithNamespace(ctx, "k8s.io")
	var errs []error
	for _, file := range archives {
		info, err := os.Stat(file)
		if err != nil {
			continue // gone since
		}
		v := version{info.Size(), info.ModTime()}
		if i.done[file] == v {
			continue
		}
		if err := importFile(ctx, client, file); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		i.done[file] = v
	}
	return errors.Join(errs...)
}

func importFile(ctx context.Context, client *containerd.Client, file string) error {
	t0 := time.Now()
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := compression.DecompressStream(f)
	if err != nil {
		return err
	}
	defer r.Close()
	found, err := client.Import(ctx, r, containerd.WithImageLabels(labels))
	if err != nil {
		return err
	}
	var names []string
	for _, image := range found {
		if err := unpack(ctx, client, image); err != nil {
			return err
		}
		names = append(names, image.Name)
	}
	slog.Info("imported images", "file", file, "images", strings.Join(names, ","), "took", time.Since(t0).Round(time.Millisecond))
	return nil
}

// The labels under which the CRI knows an image at once, and keeps it from image garbage collection.
var labels = map[string]string{
	"io.cri-containerd.image":  "managed",
	"io.cri-containerd.pinned": "pinned",
}

func unpack(ctx context.Context, client *containerd.Client, image imagestore.Image) error {
	return containerd.NewImage(client, image).Unpack(ctx, "overlayfs")
}
