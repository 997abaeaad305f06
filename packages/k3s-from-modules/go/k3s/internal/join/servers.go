package join

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"

	"k3s-lab/k3s/internal/bootstrap"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/token"
)

const serverPath = "/v1-k3s/server-bootstrap"

// Cluster is what a server that joins is given.
type Cluster struct {
	Bootstrap bootstrap.Bundle  `json:"bootstrap"`
	Members   []string          `json:"members"`  // URLs of the store
	Critical  map[string]string `json:"critical"` // settings that all servers have in common, by their flags
}

// FetchCluster asks a server for what another one needs to join it. A *Refused error is final, any other may go away.
func FetchCluster(ctx context.Context, server string, t token.Token) (*Cluster, error) {
	_, pool, err := fetchAuthority(ctx, server, t)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server+serverPath, nil)
	if err != nil {
		return nil, err
	}
	r.SetBasicAuth("server", t.Password)
	b, err := send(r, &tls.Config{RootCAs: pool})
	if err != nil {
		return nil, err
	}
	var c Cluster
	if err := json.Unmarshal(b, &c); err != nil {
		return nil, fmt.Errorf("%s%s: %w", server, serverPath, err)
	}
	return &c, nil
}

// isServer tells whether who asks has a server's token; if not, it has answered, an unknown one with what is wrong.
func (s *Server) isServer(w http.ResponseWriter, r *http.Request, wrong string) bool {
	_, password, _ := r.BasicAuth()
	known, err := s.Tokens.ofServer(password)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return false
	}
	if !known {
		http.Error(w, wrong, http.StatusUnauthorized)
	}
	return known
}

func (s *Server) serveServer(w http.ResponseWriter, r *http.Request) {
	if !s.isServer(w, r, "the token is not this cluster's server token") {
		return
	}
	if s.Critical == nil {
		http.Error(w, "this server keeps its store in SQLite, which no other can share. Start it with cluster-init once", http.StatusForbidden)
		return
	}
	c := Cluster{Critical: s.Critical}
	var err error
	if c.Bootstrap, err = bootstrap.Read(s.Data); err == nil {
		c.Members, err = etcd.ClientURLs(r.Context(), s.Data)
	}
	if err != nil { // the store is not up, or has no majority: who asks tries again
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(c)
}
