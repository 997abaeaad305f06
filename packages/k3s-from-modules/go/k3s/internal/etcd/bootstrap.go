package etcd

import (
	"context"

	clientv3 "go.etcd.io/etcd/client/v3"

	"k3s-lab/k3s/internal/bootstrap"
	"k3s-lab/k3s/internal/layout"
)

// KeepBootstrap compares what all servers have in common with what the store has of it, and puts it there at the first start.
// password is that of the server's token.
func KeepBootstrap(ctx context.Context, client *clientv3.Client, data layout.Data, password string) error {
	there, err := client.Get(ctx, bootstrap.Key)
	if err != nil {
		return err
	}
	if len(there.Kvs) != 0 {
		b, err := bootstrap.Open(password, there.Kvs[0].Value)
		if err != nil {
			return err
		}
		return b.Check(data)
	}
	return PutBootstrap(ctx, client, data, password)
}

// PutBootstrap locks it by another token's password, or by the first one's.
func PutBootstrap(ctx context.Context, client *clientv3.Client, data layout.Data, password string) error {
	b, err := bootstrap.Read(data)
	if err != nil {
		return err
	}
	sealed, err := b.Seal(password)
	if err != nil {
		return err
	}
	_, err = client.Put(ctx, bootstrap.Key, string(sealed))
	return err
}
