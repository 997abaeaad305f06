package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
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

func TestCertificatesVerify(t *testing.T) {
	dir := t.TempDir()
	ca, err := OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "serving")
	if err := ca.EnsureFile(base, Serving("x", []string{"multi"}, []netip.Addr{netip.MustParseAddr("10.43.0.1"), {}})); err != nil {
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

func TestCertificateIsKeptWhileItHolds(t *testing.T) {
	dir := t.TempDir()
	ca, err := OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "client-admin")
	admin := Client("system:admin", "system:masters", "others")
	ensure := func(ca *Authority, template *x509.Certificate) string {
		t.Helper()
		if err := ca.EnsureFile(base, template); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(base + ".crt")
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	// short is one that was issued when it still had long to go.
	short := func(left time.Duration) string {
		t.Helper()
		key, err := Key(base + ".key")
		if err != nil {
			t.Fatal(err)
		}
		template := *admin
		template.NotAfter, template.KeyUsage = time.Now().Add(left), x509.KeyUsageDigitalSignature
		cert, err := ca.Issue(key.Public(), &template)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(base+".crt", cert, 0o644); err != nil {
			t.Fatal(err)
		}
		return string(cert)
	}
	first := ensure(ca, admin)
	if ensure(ca, Client("system:admin", "others", "system:masters")) != first {
		t.Error("made anew without a reason")
	}
	if before := short(RenewBefore + time.Hour); ensure(ca, admin) != before {
		t.Error("made anew too early")
	}
	if before := short(RenewBefore - time.Hour); ensure(ca, admin) == before {
		t.Error("kept though it ends soon")
	}
	if left := time.Until(read(t, base+".crt").NotAfter); left < 364*24*time.Hour {
		t.Errorf("the new one ends in %v", left)
	}
	reasons := map[string]func(){
		"another user":  func() { ensure(ca, Client("other", "system:masters", "others")) },
		"another group": func() { ensure(ca, Client("system:admin", "system:masters")) },
		"another usage": func() { ensure(ca, Serving("system:admin", nil, nil)) },
		"another key":   func() { os.Remove(base + ".key") },
		"garbage":       func() { os.WriteFile(base+".crt", []byte("garbage"), 0o644) },
		"none":          func() { os.Remove(base + ".crt") },
	}
	for what, change := range reasons {
		before := ensure(ca, admin)
		change()
		if ensure(ca, admin) == before {
			t.Errorf("%s: the certificate was kept", what)
		}
		pair, err := tls.LoadX509KeyPair(base+".crt", base+".key")
		if err != nil || len(pair.Certificate) != 1 {
			t.Errorf("%s: %v", what, err)
		}
	}
	another, err := OpenAuthority(filepath.Join(dir, "another"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	if before := ensure(ca, admin); ensure(another, admin) == before {
		t.Error("kept one of another authority")
	}
}

func TestCertificateHoldsForAClockThatIsBehind(t *testing.T) {
	dir := t.TempDir()
	old, err := OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	old.cert.NotBefore = time.Now().AddDate(0, 0, -30)
	base := filepath.Join(dir, "client")
	if err := old.EnsureFile(base, Client("someone")); err != nil {
		t.Fatal(err)
	}
	if from, weekAgo := read(t, base+".crt").NotBefore, time.Now().AddDate(0, 0, -7); from.After(weekAgo) {
		t.Errorf("it holds from %v", from)
	}
}

func TestLifeIsSetByTheVariableOfK3s(t *testing.T) {
	ca, err := OpenAuthority(filepath.Join(t.TempDir(), "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	for value, days := range map[string]int{"": 365, "1": 1, "3650": 3650, "0": 365, "-1": 365, "a year": 365} {
		t.Setenv("CATTLE_NEW_SIGNED_CERT_EXPIRATION_DAYS", value)
		base := filepath.Join(t.TempDir(), "client")
		if err := ca.EnsureFile(base, Client("someone")); err != nil {
			t.Fatal(err)
		}
		left, want := time.Until(read(t, base+".crt").NotAfter), time.Duration(days)*24*time.Hour
		if left > want || left < want-time.Minute {
			t.Errorf("%q: it ends in %v, expected %v", value, left, want)
		}
	}
	if left := time.Until(ca.cert.NotAfter); left < 9*365*24*time.Hour {
		t.Errorf("the authority ends in %v", left)
	}
}

func TestServingCertificateFollowsItsNames(t *testing.T) {
	dir := t.TempDir()
	ca, err := OpenAuthority(filepath.Join(dir, "ca"), "ca")
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(dir, "serving")
	ensure := func(names []string, addresses ...string) string {
		t.Helper()
		var parsed []netip.Addr
		for _, a := range addresses {
			parsed = append(parsed, netip.MustParseAddr(a))
		}
		if err := ca.EnsureFile(base, Serving("x", names, parsed)); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(base + ".crt")
		return string(b)
	}
	first := ensure([]string{"a", "b"}, "10.0.0.1", "10.0.0.2")
	if ensure([]string{"b", "a", "a"}, "10.0.0.2", "10.0.0.1", "10.0.0.1") != first {
		t.Error("made anew though it has the same names")
	}
	second := ensure([]string{"a", "b"}, "10.0.0.1", "10.0.0.3")
	if second == first {
		t.Error("kept without an address")
	}
	if ensure([]string{"a", "c"}, "10.0.0.1", "10.0.0.3") == second {
		t.Error("kept without a name")
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
