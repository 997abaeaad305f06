// Package hold stands between a node's parts and the server, as K3s' own load balancer does. While the server is
// away it holds connections instead of refusing them: upstream's clients wait longer after each refusal, and after a
// few restarts of the server a kubelet would look for its pods a minute late.
package hold

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy forwards connections to the server.
type Proxy struct {
	Target string                          // host:port
	Ready  func(ctx context.Context) error // asks the server whether it does its work
	Limit  time.Duration                   // for how long a connection is held; zero: ten seconds

	away atomic.Bool // the server has closed a connection or refused one, and has not been asked since
	ask  sync.Mutex  // one asks for all
}

const pause = 100 * time.Millisecond

// Serve forwards what comes until ctx ends.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			time.Sleep(pause) // out of descriptors: some are given back
			continue
		}
		go p.forward(ctx, c)
	}
}

func (p *Proxy) forward(ctx context.Context, client net.Conn) {
	defer client.Close()
	server, err := p.dial(ctx)
	if err != nil {
		return
	}
	defer server.Close()
	defer context.AfterFunc(ctx, func() { server.Close() })()
	var left atomic.Bool
	go func() {
		io.Copy(server, client)
		left.Store(true)
		server.Close()
	}()
	io.Copy(client, server)
	if !left.Load() {
		p.away.Store(true)
	}
}

// dial connects as soon as the server can be used.
func (p *Proxy) dial(ctx context.Context) (net.Conn, error) {
	limit := p.Limit
	if limit == 0 {
		limit = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		if err := p.awaitReady(ctx); err != nil {
			return nil, err
		}
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.Target)
		if err == nil {
			return c, nil
		}
		p.away.Store(true)
		if err := sleep(ctx); err != nil {
			return nil, err
		}
	}
}

// awaitReady asks a server that was away until it is ready. One that listens again answers wrongly at first.
func (p *Proxy) awaitReady(ctx context.Context) error {
	for p.away.Load() {
		if p.ask.TryLock() {
			err := p.Ready(ctx)
			if err == nil {
				p.away.Store(false)
			}
			p.ask.Unlock()
			if err == nil {
				return nil
			}
		}
		if err := sleep(ctx); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
