package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"net"
	"slices"
	"time"
)

// RenewBefore is how long before its end a certificate is made anew at a start, as K3s does since v1.33.1.
const RenewBefore = 120 * 24 * time.Hour

// holds says whether a certificate is this authority's, for this key, says what template says, and does not end soon.
func (a *Authority) holds(content []byte, public crypto.PublicKey, template *x509.Certificate) bool {
	block, _ := pem.Decode(content)
	if block == nil {
		return false
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return false
	}
	now := time.Now()
	own, ok := cert.PublicKey.(*ecdsa.PublicKey)
	return ok && own.Equal(public) && cert.CheckSignatureFrom(a.cert) == nil &&
		now.After(cert.NotBefore) && now.Add(RenewBefore).Before(cert.NotAfter) &&
		cert.Subject.CommonName == template.Subject.CommonName &&
		same(cert.Subject.Organization, template.Subject.Organization) &&
		slices.Equal(cert.ExtKeyUsage, template.ExtKeyUsage) &&
		same(cert.DNSNames, template.DNSNames) && same(written(cert.IPAddresses), written(template.IPAddresses))
}

// same compares two lists as sets: the same names may come in another order, and twice.
func same(a, b []string) bool {
	sorted := func(list []string) []string { return slices.Compact(slices.Sorted(slices.Values(list))) }
	return slices.Equal(sorted(a), sorted(b))
}

func written(addresses []net.IP) []string {
	var out []string
	for _, a := range addresses {
		out = append(out, a.String())
	}
	return out
}
