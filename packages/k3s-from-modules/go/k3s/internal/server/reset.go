package server

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"k3s-lab/k3s/internal/pki"
	"k3s-lab/k3s/internal/token"
)

// Reset is `k3s server --cluster-reset`: this server becomes the only one, with what it has or what a snapshot has, and ends.
func (s *Server) Reset(ctx context.Context) error {
	c := s.Config
	if err := s.Agent.Prepare(ctx, false); err != nil { // finds the machine's address
		return err
	}
	given := c.Token
	if given == "" {
		own, err := ownToken(c.Data)
		if err != nil {
			return fmt.Errorf("cluster-reset: the token is needed (token, token-file, or K3S_TOKEN): %w", err)
		}
		given = own
	}
	t, err := token.Parse(given)
	if err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if err := newMember(c, s.Agent.IP()).Reset(ctx, c.RestorePath, t.Password); err != nil {
		return err
	}
	// The token that goes with the store is this server's from now on.
	ca, err := os.ReadFile(c.Data.TLS("server-ca.crt"))
	if err != nil {
		return err
	}
	if err := pki.WriteFile(c.Data.Token(), []byte(token.Format(ca, "server", t.Password)+"\n"), 0o600); err != nil {
		return err
	}
	slog.Info("Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. " + // K3s' words
		"Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes")
	return nil
}
