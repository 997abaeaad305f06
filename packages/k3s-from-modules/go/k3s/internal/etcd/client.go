package etcd

import (
	"context"
	"crypto/tls"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	certutil "k8s.io/client-go/util/cert"

	"k3s-lab/k3s/internal/layout"
)

// Client connects to members; this server's own without endpoints.
func Client(data layout.Data, endpoints ...string) (*clientv3.Client, error) {
	if len(endpoints) == 0 {
		endpoints = []string{LocalEndpoint}
	}
	config, err := clientConfig(data, endpoints)
	if err != nil {
		return nil, err
	}
	return clientv3.New(config)
}

func clientConfig(data layout.Data, endpoints []string) (clientv3.Config, error) {
	roots, err := certutil.NewPool(data.TLS("etcd/server-ca.crt"))
	if err != nil {
		return clientv3.Config{}, err
	}
	own, err := tls.LoadX509KeyPair(data.TLS("etcd/client.crt"), data.TLS("etcd/client.key"))
	if err != nil {
		return clientv3.Config{}, err
	}
	return clientv3.Config{
		Endpoints: endpoints, TLS: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}},
		DialTimeout: 2 * time.Second, DialKeepAliveTime: 30 * time.Second, DialKeepAliveTimeout: 10 * time.Second,
		Logger: zap.NewNop(), // what a client tries is not what went wrong
	}, nil
}

// attempt is how long one question to the store may take.
const attempt = 5 * time.Second

// Await waits until the store answers this server: it is a full member, and most of the members are there.
func Await(ctx context.Context, client *clientv3.Client, say func(error)) error {
	return persist(ctx, say, func(ctx context.Context) error {
		_, err := client.Get(ctx, "/registry/", clientv3.WithCountOnly(), clientv3.WithPrefix(), clientv3.WithLimit(1))
		return err
	})
}

// Learns says whether this server's own member has no vote yet, once it answers.
func Learns(ctx context.Context, own *clientv3.Client, say func(error)) (bool, error) {
	learns := false
	err := persist(ctx, say, func(ctx context.Context) error {
		status, err := own.Status(ctx, LocalEndpoint)
		if err == nil {
			learns = status.IsLearner
		}
		return err
	})
	return learns, err
}

// persist tries until it succeeds, and tells why it does not.
func persist(ctx context.Context, say func(error), try func(context.Context) error) error {
	for {
		limited, cancel := context.WithTimeout(ctx, attempt)
		err := try(limited)
		cancel()
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if final, ok := err.(*final); ok {
			return final.error
		}
		say(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// final is an error that trying again does not change.
type final struct{ error }

// ClientURLs are where the members are reached that have a vote.
func ClientURLs(ctx context.Context, data layout.Data) ([]string, error) {
	client, err := Client(data)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, attempt)
	defer cancel()
	list, err := client.MemberList(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, k := range list.Members {
		if !k.IsLearner {
			out = append(out, k.ClientURLs...)
		}
	}
	return out, nil
}
