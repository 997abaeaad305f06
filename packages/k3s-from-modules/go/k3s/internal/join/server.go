package join

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"

	"k8s.io/client-go/kubernetes"

	"k3s-lab/k3s/internal/layout"
	"k3s-lab/k3s/internal/pki"
)

// Server answers /ping, /cacerts, the join requests of nodes and of servers and that for another token, and leaves the rest to Next.
type Server struct {
	ServerCA, ClientCA *pki.Authority
	Tokens             Tokens // the password of each of them lets a node join
	Settings           Settings
	Data               layout.Data
	Critical           map[string]string // what other servers must have, too; nil: this is the only one
	Kube               kubernetes.Interface
	Next               http.Handler
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/ping":
		io.WriteString(w, "pong")
	case "/cacerts":
		w.Header().Set("Content-Type", "text/plain")
		w.Write(s.ServerCA.PEM)
	case path:
		s.serveJoin(w, r)
	case serverPath:
		s.serveServer(w, r)
	case tokenPath:
		s.serveRotation(w, r)
	default:
		s.Next.ServeHTTP(w, r)
	}
}

func (s *Server) serveJoin(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "want POST", http.StatusMethodNotAllowed)
		return
	}
	var q request
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	known, err := s.knows(r, q.Node)
	if err != nil { // the API is not up yet: the node tries again
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	if !known {
		http.Error(w, "the token's password is not this cluster's", http.StatusUnauthorized)
		return
	}
	answer, err := s.join(r.Context(), &q)
	var refused *Refused
	switch {
	case errors.As(err, &refused):
		http.Error(w, err.Error(), http.StatusForbidden)
	case err != nil: // the API is not up yet: the node tries again
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(answer)
	}
}

func (s *Server) join(ctx context.Context, q *request) (*reply, error) {
	if !nodeName.MatchString(q.Node) || len(q.Node) > 253 {
		return nil, &Refused{fmt.Sprintf("node name %q is no DNS name", q.Node)}
	}
	if err := checkNodePassword(ctx, s.Kube, q.Node, q.Password); err != nil {
		return nil, err
	}
	serving := pki.Serving(q.Node, []string{q.Node, "localhost"}, append(q.Addresses, netip.MustParseAddr("127.0.0.1")))
	issue := map[string]struct {
		ca       *pki.Authority
		template *x509.Certificate
	}{
		KubeletClient:  {s.ClientCA, pki.Client("system:node:"+q.Node, "system:nodes")},
		KubeletServing: {s.ServerCA, serving},
		ProxyClient:    {s.ClientCA, pki.Client("system:kube-proxy")},
		FlannelClient:  {s.ClientCA, pki.Client("system:k3s-controller")},
	}
	out := &reply{Certificates: map[string][]byte{}, ClientCA: s.ClientCA.PEM, Settings: s.Settings}
	for name, der := range q.Keys {
		what, ok := issue[name]
		public, err := x509.ParsePKIXPublicKey(der)
		if !ok || err != nil {
			return nil, &Refused{fmt.Sprintf("bad key %q", name)}
		}
		if out.Certificates[name], err = what.ca.Issue(public, what.template); err != nil {
			return nil, err
		}
	}
	return out, nil
}
