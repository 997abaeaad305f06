package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Platform    *platform         `json:"platform,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type dockerEntry struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// archive is an OCI layout that `docker load` and skopeo's docker-archive read too.
type archive struct {
	blobs     map[string][]byte
	manifests []descriptor
	docker    []dockerEntry
}

func writeImages(arch, dir, out string, names []string) error {
	a := &archive{blobs: map[string][]byte{}}
	for _, name := range names {
		r, ok := recipes[name]
		if !ok {
			return fmt.Errorf("no image %q", name)
		}
		program, err := os.ReadFile(filepath.Join(dir, filepath.Base(r.program)))
		if err != nil {
			return err
		}
		if err := a.add(r, arch, program); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	b, err := a.tar()
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

// writeImage makes an image of one program, which answers to the names of links too.
func writeImage(arch, ref, program, out string, links []string) error {
	b, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	inside := "bin/" + filepath.Base(program)
	r := recipe{ref: ref, program: inside, entrypoint: []string{"/" + inside}, dirs: []string{"bin", "tmp"}, links: links}
	a := &archive{blobs: map[string][]byte{}}
	if err := a.add(r, arch, b); err != nil {
		return err
	}
	b, err = a.tar()
	if err != nil {
		return err
	}
	return os.WriteFile(out, b, 0o644)
}

func (a *archive) blob(b []byte) string {
	digest := fmt.Sprintf("%x", sha256.Sum256(b))
	a.blobs[digest] = b
	return digest
}

func (a *archive) add(r recipe, arch string, program []byte) error {
	layer, err := r.layer(program)
	if err != nil {
		return err
	}
	layerDigest := a.blob(layer)
	config, err := json.Marshal(r.config(arch, layerDigest))
	if err != nil {
		return err
	}
	configDigest := a.blob(config)
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     "application/vnd.oci.image.manifest.v1+json",
		"config":        descriptor{MediaType: "application/vnd.oci.image.config.v1+json", Digest: "sha256:" + configDigest, Size: len(config)},
		"layers":        []descriptor{{MediaType: "application/vnd.oci.image.layer.v1.tar", Digest: "sha256:" + layerDigest, Size: len(layer)}},
	})
	if err != nil {
		return err
	}
	a.manifests = append(a.manifests, descriptor{
		MediaType: "application/vnd.oci.image.manifest.v1+json", Digest: "sha256:" + a.blob(manifest), Size: len(manifest),
		Platform: &platform{Architecture: arch, OS: "linux"},
		Annotations: map[string]string{
			"io.containerd.image.name":          r.ref,
			"org.opencontainers.image.ref.name": r.ref[strings.LastIndexByte(r.ref, ':')+1:],
		},
	})
	a.docker = append(a.docker, dockerEntry{"blobs/sha256/" + configDigest, []string{r.ref}, []string{"blobs/sha256/" + layerDigest}})
	return nil
}

func (r recipe) config(arch, layer string) map[string]any {
	set := func(names []string) map[string]struct{} {
		out := map[string]struct{}{}
		for _, n := range names {
			out[n] = struct{}{}
		}
		return out
	}
	config := map[string]any{
		"Entrypoint": r.entrypoint,
		"Env":        append([]string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, r.env...),
		"WorkingDir": "/",
		"Labels":     map[string]string{"org.opencontainers.image.description": "built from Go modules by k3s-from-modules"},
	}
	if r.cmd != nil {
		config["Cmd"] = r.cmd
	}
	if r.ports != nil {
		config["ExposedPorts"] = set(r.ports)
	}
	if r.volumes != nil {
		config["Volumes"] = set(r.volumes)
	}
	return map[string]any{
		"architecture": arch, "os": "linux", "created": "1970-01-01T00:00:00Z", "config": config,
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + layer}},
	}
}

func (r recipe) layer(program []byte) ([]byte, error) {
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	for _, d := range r.dirs {
		mode := int64(0o755)
		if d == "tmp" {
			mode = 0o1777
		}
		if err := t.WriteHeader(&tar.Header{Name: d + "/", Typeflag: tar.TypeDir, Mode: mode}); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(r.files) {
		if err := put(t, name, 0o644, []byte(r.files[name])); err != nil {
			return nil, err
		}
	}
	if err := put(t, r.program, 0o755, program); err != nil {
		return nil, err
	}
	for _, name := range r.links {
		h := &tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: filepath.Base(r.program), Mode: 0o777}
		if err := t.WriteHeader(h); err != nil {
			return nil, err
		}
	}
	err := t.Close()
	return b.Bytes(), err
}

func (a *archive) tar() ([]byte, error) {
	index, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": a.manifests,
	})
	if err != nil {
		return nil, err
	}
	docker, err := json.Marshal(a.docker)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	t := tar.NewWriter(&b)
	files := map[string][]byte{"oci-layout": []byte(`{"imageLayoutVersion":"1.0.0"}`), "index.json": index, "manifest.json": docker}
	for digest, content := range a.blobs {
		files["blobs/sha256/"+digest] = content
	}
	for _, name := range sortedKeys(files) {
		if err := put(t, name, 0o644, files[name]); err != nil {
			return nil, err
		}
	}
	err = t.Close()
	return b.Bytes(), err
}

func put(t *tar.Writer, name string, mode int64, content []byte) error {
	if err := t.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := t.Write(content)
	return err
}
