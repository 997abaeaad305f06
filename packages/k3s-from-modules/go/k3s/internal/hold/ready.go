package hold

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

// ReadyAt asks an API server with a node's certificate. The files are read each time: a node joins anew.
func ReadyAt(ca, cert, key string) func(context.Context, string) error {
	return func(ctx context.Context, server string) error {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(pem)
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+server+"/readyz", nil)
		if err != nil {
			return err
		}
		transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}}}
		answer, err := (&http.Client{Transport: transport}).Do(r)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: not ready: %s", server, answer.Status)
		}
		return nil
	}
}
