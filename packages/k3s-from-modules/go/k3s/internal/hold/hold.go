// Package hold stands between a node's parts and the servers, as K3s' own load balancer does. When the server that is used
// goes away, another one is used. While all are away it holds connections instead of refusing them: upstream's clients wait
// longer after each refusal, and after a few restarts of an only server a kubelet would look for its pods a minute late.
package hold

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Proxy forwards connections to a server.
type Proxy struct {
	Servers *Servers
	Ready   func(ctx context.Context, server string) error // asks a server whether it does its work
	Limit   time.Duration                                  // for how long a connection is held; zero: ten seconds
	Every   time.Duration                                  // how often the server that is used is asked, where there is another; zero: three seconds

	away  atomic.Bool // the server has closed a connection or refused one, and none has been asked since
	ask   sync.Mutex  // one asks for all
	conns sync.Map    // net.Conn to its server
}

const pause = 100 * time.Millisecond

// Serve forwards what comes until ctx ends.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) {
	go p.watch(ctx)
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
	defer p.conns.Delete(server)
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
		server, err := p.awaitReady(ctx)
		if err != nil {
			return nil, err
		}
		c, err := (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", server)
		if err == nil {
			p.conns.Store(c, server)
			return c, nil
		}
		p.away.Store(true)
		if err := sleep(ctx); err != nil {
			return nil, err
		}
	}
}

// awaitReady returns the server to use. Once it was away, all are asked until one is ready. One that listens again answers
// wrongly at first.
func (p *Proxy) awaitReady(ctx context.Context) (string, error) {
	for p.away.Load() {
		if p.ask.TryLock() {
			server, ok := p.firstReady(ctx, p.Servers.All())
			if ok {
				p.Servers.Use(server)
				p.away.Store(false)
			}
			p.ask.Unlock()
			if ok {
				return server, nil
			}
		}
		if err := sleep(ctx); err != nil {
			return "", err
		}
	}
	return p.Servers.All()[0], nil
}

// patience is how long a server may take to answer, which costs a machine that is off nothing but that.
const patience = 2 * time.Second

// firstReady asks servers at the same time.
func (p *Proxy) firstReady(ctx context.Context, servers []string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ready := make(chan string, len(servers))
	for _, server := range servers {
		go func() {
			if p.Ready(ctx, server) != nil {
				server = ""
			}
			ready <- server
		}()
	}
	for range servers {
		if server := <-ready; server != "" {
			return server, true
		}
	}
	return "", false
}

// watch notices a server that says nothing any more: a machine that is off closes no connection. Only where another one is
// ready are its connections closed.
func (p *Proxy) watch(ctx context.Context) {
	every := p.Every
	if every == 0 {
		every = 3 * time.Second
	}
	for tick := time.NewTicker(every); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		all := p.Servers.All()
		if len(all) == 1 || p.answers(ctx, all[0]) || p.answers(ctx, all[0]) {
			continue
		}
		if other, ok := p.firstReady(ctx, all[1:]); ok {
			p.Servers.Use(other)
			p.leave(all[0])
		}
	}
}

func (p *Proxy) answers(ctx context.Context, server string) bool {
	_, ok := p.firstReady(ctx, []string{server})
	return ok
}

// leave closes the connections to a server.
func (p *Proxy) leave(server string) {
	p.conns.Range(func(c, of any) bool {
		if of == server {
			c.(net.Conn).Close()
		}
		return true
	})
}

func sleep(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(pause):
		return nil
	}
}
