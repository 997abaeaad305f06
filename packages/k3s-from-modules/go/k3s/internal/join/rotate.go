package join

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/token"
)

const tokenPath = "/v1-k3s/token"

type rotation struct {
	NewToken string `json:"newToken"` // empty: the server makes one
}

// RotateToken asks a server to replace its token, which is what asks: it is an administrator's.
func RotateToken(ctx context.Context, server string, old token.Token, new string) error {
	server = strings.TrimSuffix(server, "/")
	_, pool, err := fetchAuthority(ctx, server, old)
	if err != nil {
		return err
	}
	body, err := json.Marshal(rotation{new})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, server+tokenPath, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.SetBasicAuth("server", old.Password)
	_, err = send(r, &tls.Config{RootCAs: pool})
	return err
}

func (s *Server) serveRotation(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut {
		http.Error(w, "want PUT", http.StatusMethodNotAllowed)
		return
	}
	if !s.isServer(w, r, "the token is not this server's own") {
		return
	}
	var q rotation
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&q); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var err error
	next := token.Token{Password: token.Generate()}
	if q.NewToken != "" {
		if next, err = token.Parse(q.NewToken); err == nil && next.CAHash != "" && next.CAHash != token.Hash(s.ServerCA.PEM) {
			err = fmt.Errorf("the new token is another cluster's: its hash is not that of this server's CA")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	if s.Critical != nil { // other servers prove themselves by what opens it
		if err := s.lock(r.Context(), next.Password); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
	}
	if err := s.Tokens.rotate(s.ServerCA.PEM, next.Password); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (s *Server) lock(ctx context.Context, password string) error {
	client, err := etcd.Client(s.Data)
	if err != nil {
		return err
	}
	defer client.Close()
	return etcd.PutBootstrap(ctx, client, s.Data, password)
}
