package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"k3s", "runc", "pause", "coredns", "registry"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("the program "+name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func twice(t *testing.T, args func(out string) []string) []byte {
	t.Helper()
	var got [2][]byte
	for i := range got {
		out := filepath.Join(t.TempDir(), "out")
		if err := run(args(out)); err != nil {
			t.Fatal(err)
		}
		got[i], _ = os.ReadFile(out)
	}
	if !bytes.Equal(got[0], got[1]) || len(got[0]) == 0 {
		t.Error("the same input gave other bytes")
	}
	return got[0]
}

func TestCarrierIsReproducible(t *testing.T) {
	dir := programs(t)
	b := twice(t, func(out string) []string { return []string{"k3s", filepath.Join(dir, "pause"), dir, out} })
	if !bytes.HasPrefix(b, []byte("the program pause")) || !bytes.HasSuffix(b, []byte(magic)) {
		t.Errorf("%q", b)
	}
}

func TestImages(t *testing.T) {
	dir := programs(t)
	b := twice(t, func(out string) []string { return []string{"images", "arm64", dir, out, "pause", "coredns"} })
	files := map[string][]byte{}
	for r := tar.NewReader(bytes.NewReader(b)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !h.ModTime.IsZero() && h.ModTime.Unix() != 0 {
			t.Errorf("%s has a time: %v", h.Name, h.ModTime)
		}
		files[h.Name], _ = io.ReadAll(r)
	}
	var index struct{ Manifests []descriptor }
	if err := json.Unmarshal(files["index.json"], &index); err != nil {
		t.Fatal(err)
	}
	if len(index.Manifests) != 2 || index.Manifests[0].Annotations["io.containerd.image.name"] != "docker.io/rancher/mirrored-pause:3.6" || index.Manifests[0].Platform.Architecture != "arm64" {
		t.Errorf("%s", files["index.json"])
	}
	for _, m := range index.Manifests {
		if got := files["blobs/sha256/"+strings.TrimPrefix(m.Digest, "sha256:")]; len(got) != m.Size {
			t.Errorf("%s has %d bytes, the index says %d", m.Digest, len(got), m.Size)
		}
	}
	if len(files) != 3+2*3 {
		t.Errorf("%d files", len(files))
	}
}

func TestRefusals(t *testing.T) {
	for _, args := range [][]string{nil, {"k3s"}, {"images", "amd64", "/none", "/tmp/x", "pause"}, {"images", "amd64", programs(t), "/tmp/x", "nothing"}} {
		if err := run(args); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}
