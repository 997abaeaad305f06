package pki

import (
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

func TestAuthorityIsKept(t *testing.T) {
	base := filepath.Join(t.TempDir(), "tls", "server-ca")
	first, err := OpenAuthority(base, "k3s-server-ca")
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenAuthority(base, "k3s-server-ca")
	if err != nil {
		t.Fatal(err)
	}
	if string(first.PEM) != string(again.PEM) {
		t.Error("the second start made another authority")
	}
	if info, err := os.Stat(base + ".key"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v, %v", info, err)
	}
}

func TestIssueFileVerifies(t *testing.T) {
	dir := t.TempDir()
	ca, err := OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "serving")
	if err := ca.IssueFile(base, Serving("x", []string{"multi"}, []netip.Addr{netip.MustParseAddr("10.43.0.1"), {}})); err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.PEM)
	cert := read(t, base+".crt")
	for _, name := range []string{"multi", "10.43.0.1"} {
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: pool, DNSName: "other"}); err == nil {
		t.Error("valid for a name it was not made for")
	}
}

func TestKeyRefusesGarbage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "k.key")
	os.WriteFile(file, []byte("no key"), 0o600)
	if _, err := Key(file); err == nil {
		t.Error("garbage was read as a key")
	}
}

func read(t *testing.T, file string) *x509.Certificate {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
