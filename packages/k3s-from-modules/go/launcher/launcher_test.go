package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/s2"
)

func archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := s2.NewWriter(&b)
	w := tar.NewWriter(z)
	w.WriteHeader(&tar.Header{Name: "bin", Typeflag: tar.TypeDir, Mode: 0o755})
	w.WriteHeader(&tar.Header{Name: "bin/k3s", Typeflag: tar.TypeReg, Mode: 0o755, Size: 2})
	w.Write([]byte("hi"))
	w.WriteHeader(&tar.Header{Name: "bin/kubectl", Typeflag: tar.TypeSymlink, Linkname: "k3s"})
	w.Close()
	z.Close()
	return b.Bytes()
}

func carrier(t *testing.T, content []byte) *os.File {
	t.Helper()
	sum := sha256.Sum256(content)
	all := append([]byte("program"), content...)
	all = append(all, sum[:]...)
	all = binary.BigEndian.AppendUint64(all, uint64(len(content)))
	all = append(all, magic...)
	name := filepath.Join(t.TempDir(), "k3s")
	if err := os.WriteFile(name, all, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestUnpack(t *testing.T) {
	p, err := findPayload(carrier(t, archive(t)))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "data", p.Hash)
	for range 2 {
		if err := unpackOnce(p.Open(), dir); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "bin", "kubectl")); string(b) != "hi" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), ".unpack-*")); len(left) != 0 {
		t.Error(left)
	}
}

func TestCutShort(t *testing.T) {
	f, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := findPayload(f); err == nil {
		t.Error("a program without a payload was accepted")
	}
}

func TestBrokenPayloadLeavesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "x")
	if err := unpackOnce(bytes.NewReader([]byte("junk")), dir); err == nil {
		t.Error("junk was unpacked")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something is left")
	}
}

func TestDataDir(t *testing.T) {
	config := filepath.Join(t.TempDir(), "config.yaml")
	env := func(name string) string { return map[string]string{"K3S_DATA_DIR": "/env", "HOME": "/h"}[name] }
	none := func(string) string { return "" }
	check := func(what, want string, args []string, getenv func(string) string) {
		t.Helper()
		if got := dataDir(args, getenv, config); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	if os.Getuid() == 0 {
		check("default", defaultDataDir, []string{"server"}, none)
	}
	check("environment", "/env", []string{"server"}, env)
	check("kubectl's -d", "/env", []string{"kubectl", "-d", "/other"}, env)
	os.WriteFile(config, []byte("token: x\ndata-dir: \"/file\" # here\n"), 0o600)
	check("file", "/file", []string{"server"}, env)
	check("flag", "/flag", []string{"server", "--debug", "--data-dir", "/flag"}, env)
	check("flag=", "/flag", []string{"agent", "--data-dir=/flag"}, env)
	check("-d", "/flag", []string{"server", "-d", "/flag"}, env)
	os.Mkdir(config+".d", 0o755)
	os.WriteFile(filepath.Join(config+".d", "a.yaml"), []byte("data-dir: /dropin\n"), 0o600)
	check("drop-in", "/dropin", []string{"server"}, env)
}
