package etcd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/embed"
)

// tombstone is a file in the data of a member that was removed from its cluster, which does not take it back.
const tombstone = "tombstone"

var errRemoved = errors.New("this server was removed from the cluster; it joins anew when K3s is started again")

// Serve runs the member that etcd's own configuration file describes, until ctx ends.
func Serve(ctx context.Context, file string) error {
	c, err := embed.ConfigFromFile(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	mark := filepath.Join(c.Dir, tombstone)
	if _, err := os.Stat(mark); err == nil {
		return errRemoved
	}
	e, err := embed.StartEtcd(c)
	if err != nil {
		return err
	}
	defer e.Close()
	select {
	case <-ctx.Done():
		return nil
	case err := <-e.Err():
		return err
	case <-e.Server.StopNotify():
		// It ends by itself for one reason only: it has applied its own removal, or the others told of it.
		return errors.Join(errRemoved, os.WriteFile(mark, nil, 0o600))
	}
}
