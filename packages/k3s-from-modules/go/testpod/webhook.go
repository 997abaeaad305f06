package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"time"
)

type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID    string `json:"uid"`
	Object struct {
		Metadata struct {
			Labels map[string]string `json:"labels"`
		} `json:"metadata"`
	} `json:"object"`
}

type response struct {
	UID       string  `json:"uid"`
	Allowed   bool    `json:"allowed"`
	PatchType string  `json:"patchType,omitempty"`
	Patch     []byte  `json:"patch,omitempty"`
	Status    *status `json:"status,omitempty"`
}

type status struct {
	Message string `json:"message"`
}

// webhook refuses what is labelled deny, and marks everything else with the node it runs on. It says the
// certificate that it has made for itself, for caBundle.
func webhook(name string) error {
	certificate, err := selfSigned(name)
	if err != nil {
		return err
	}
	pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})
	server := &http.Server{
		Addr: ":8443", Handler: http.HandlerFunc(answer),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
	}
	return server.ListenAndServeTLS("", "")
}

func selfSigned(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func answer(w http.ResponseWriter, r *http.Request) {
	var q review
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.Request == nil {
		http.Error(w, "want an AdmissionReview", http.StatusBadRequest)
		return
	}
	a := &response{UID: q.Request.UID, Allowed: true}
	if _, deny := q.Request.Object.Metadata.Labels["deny"]; deny {
		a.Allowed, a.Status = false, &status{"refused by the webhook on " + os.Getenv("NODE")}
	} else {
		a.PatchType = "JSONPatch"
		a.Patch = fmt.Appendf(nil, `[{"op":"add","path":"/metadata/annotations","value":{"webhook":%q}}]`, os.Getenv("NODE"))
	}
	json.NewEncoder(w).Encode(review{APIVersion: q.APIVersion, Kind: q.Kind, Response: a})
}
