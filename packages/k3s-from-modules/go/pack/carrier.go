package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sort"

	"github.com/klauspost/compress/s2"
)

const magic = "k3smods1" // the launcher looks for it

// links are names under which the program in bin answers too, as in K3s.
var links = []string{"containerd", "crictl", "ctr", "kubectl"}

// writeCarrier appends dir, as bin/ of a compressed archive, to the launcher.
func writeCarrier(launcher, dir, out string) error {
	program, err := os.ReadFile(launcher)
	if err != nil {
		return err
	}
	var payload bytes.Buffer
	// S2 is a third larger than zstd, and unpacked in half the time: each node does that before anything else.
	z := s2.NewWriter(&payload, s2.WriterConcurrency(1), s2.WriterBetterCompression())
	if err := errors.Join(writeBin(z, dir), z.Close()); err != nil {
		return err
	}
	sum := sha256.Sum256(payload.Bytes())
	program = append(program, payload.Bytes()...)
	program = append(program, sum[:]...)
	program = binary.BigEndian.AppendUint64(program, uint64(payload.Len()))
	return os.WriteFile(out, append(program, magic...), 0o755)
}

func writeBin(w io.Writer, dir string) error {
	t := tar.NewWriter(w)
	if err := t.WriteHeader(&tar.Header{Name: "bin", Typeflag: tar.TypeDir, Mode: 0o755}); err != nil {
		return err
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	entries := map[string]string{} // name -> file, or "" for a link
	for _, f := range files {
		entries[f.Name()] = filepath.Join(dir, f.Name())
	}
	for _, l := range links {
		entries[l] = ""
	}
	for _, name := range sortedKeys(entries) {
		if entries[name] == "" {
			err = t.WriteHeader(&tar.Header{Name: "bin/" + name, Typeflag: tar.TypeSymlink, Linkname: "k3s", Mode: 0o777})
		} else {
			err = addFile(t, "bin/"+name, entries[name])
		}
		if err != nil {
			return err
		}
	}
	return t.Close()
}

func addFile(t *tar.Writer, name, file string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: int64(len(b))}); err != nil {
		return err
	}
	_, err = t.Write(b)
	return err
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
