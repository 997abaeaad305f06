package pki

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/netip"
	"os"
	"time"
)

// Authority is a certificate authority, kept as BASE.crt and BASE.key.
type Authority struct {
	PEM  []byte
	cert *x509.Certificate
	key  crypto.Signer
}

// OpenAuthority reads an authority, making it first if there is none.
func OpenAuthority(base, commonName string) (*Authority, error) {
	key, err := Key(base + ".key")
	if err != nil {
		return nil, err
	}
	a := &Authority{key: key}
	a.PEM, err = os.ReadFile(base + ".crt")
	if errors.Is(err, fs.ErrNotExist) {
		a.cert = &x509.Certificate{
			Subject: pkix.Name{CommonName: commonName}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, NotAfter: time.Now().AddDate(10, 0, 0),
		}
		if a.PEM, err = a.Issue(key.Public(), a.cert); err == nil {
			err = WriteFile(base+".crt", a.PEM, 0o644)
		}
	}
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(a.PEM)
	if block == nil {
		return nil, fmt.Errorf("%s.crt: no PEM block", base)
	}
	a.cert, err = x509.ParseCertificate(block.Bytes)
	return a, err
}

// Issue signs a certificate for a public key; template says what it is for.
func (a *Authority) Issue(public any, template *x509.Certificate) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	t := *template
	// As K3s dates them: the clock of a node whose host has slept may be days behind.
	t.SerialNumber, t.NotBefore = serial, a.cert.NotBefore
	if t.NotAfter.IsZero() {
		t.NotAfter, t.KeyUsage = time.Now().Add(life()), x509.KeyUsageDigitalSignature
	}
	parent := a.cert
	if template == a.cert { // the authority's own
		t.NotBefore, parent = time.Now().Add(-time.Hour), &t
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, parent, public, a.key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// EnsureFile makes BASE.key if need be, and BASE.crt unless the one that is there still holds: who has a copy of it
// may go on using it.
func (a *Authority) EnsureFile(base string, template *x509.Certificate) error {
	key, err := Key(base + ".key")
	if err != nil {
		return err
	}
	there, err := os.ReadFile(base + ".crt")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if a.holds(there, key.Public(), template) {
		return nil
	}
	cert, err := a.Issue(key.Public(), template)
	if err != nil {
		return err
	}
	return WriteFile(base+".crt", cert, 0o644)
}

// Client is a certificate that proves a user and its groups.
func Client(user string, groups ...string) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
}

// Serving is a certificate for a server that is reached by these names and addresses.
func Serving(commonName string, names []string, addresses []netip.Addr) *x509.Certificate {
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: commonName}, DNSNames: names,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, a := range addresses {
		if a.IsValid() {
			t.IPAddresses = append(t.IPAddresses, a.AsSlice())
		}
	}
	return t
}

// Peer is a certificate for a server that is a client of others like it.
func Peer(commonName string, names []string, addresses []netip.Addr) *x509.Certificate {
	t := Serving(commonName, names, addresses)
	t.ExtKeyUsage = append(t.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	return t
}
