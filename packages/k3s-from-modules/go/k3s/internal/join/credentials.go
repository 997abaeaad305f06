package join

import (
	"context"
	"crypto/x509"
	"net/http"
	"strings"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/plugin/pkg/auth/authenticator/token/bootstrap"
)

// knows says whether a request comes from whom may join: with a token's password, with a bootstrap token, or, once that
// has ended, with the certificate that the node was given before.
func (s *Server) knows(r *http.Request, node string) (bool, error) {
	_, password, basic := r.BasicAuth()
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !basic && !isBearer {
		return false, nil
	}
	if isBearer { // a password may have the form of a bootstrap token
		password = bearer
	}
	known, err := s.Tokens.any(password)
	if known || err != nil || !isBearer {
		return known, err
	}
	if s.knowsCertificate(r, node) {
		return true, nil
	}
	_, ok, err := bootstrap.NewTokenAuthenticator(secrets{r.Context(), s.Kube}).AuthenticateToken(r.Context(), bearer)
	return ok, err
}

// knowsCertificate says whether the connection shows a certificate of this cluster for the kubelet of that node.
func (s *Server) knowsCertificate(r *http.Request, node string) bool {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return false
	}
	cert := r.TLS.PeerCertificates[0]
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.ClientCA.PEM)
	_, err := cert.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil && cert.Subject.CommonName == "system:node:"+node
}

// secrets reads bootstrap tokens from the API, one when it is asked for: a node joins seldom.
type secrets struct {
	ctx  context.Context
	kube kubernetes.Interface
}

func (s secrets) Get(name string) (*core.Secret, error) {
	return s.kube.CoreV1().Secrets(meta.NamespaceSystem).Get(s.ctx, name, meta.GetOptions{})
}

// List is asked for by the interface only.
func (s secrets) List(selector labels.Selector) ([]*core.Secret, error) {
	all, err := s.kube.CoreV1().Secrets(meta.NamespaceSystem).List(s.ctx, meta.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return nil, err
	}
	out := make([]*core.Secret, len(all.Items))
	for i := range all.Items {
		out[i] = &all.Items[i]
	}
	return out, nil
}
