package hold

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// backend answers one line per line, on an address that can be left and taken again.
type backend struct {
	t       *testing.T
	address string
	l       net.Listener
	conns   chan net.Conn
}

func (b *backend) start() {
	b.t.Helper()
	var err error
	if b.l, err = net.Listen("tcp", b.address); err != nil {
		b.t.Fatal(err)
	}
	b.address = b.l.Addr().String()
	l := b.l
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.conns <- c
			go io.Copy(c, c)
		}
	}()
}

func (b *backend) stop() {
	b.l.Close()
	for len(b.conns) > 0 {
		(<-b.conns).Close()
	}
}

func echo(t *testing.T, address string) error {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintln(c, "hello")
	line, err := bufio.NewReader(c).ReadString('\n')
	if err == nil && line != "hello\n" {
		err = fmt.Errorf("answer %q", line)
	}
	return err
}

// startBackend starts one at an address of its own.
func startBackend(t *testing.T) *backend {
	t.Helper()
	b := &backend{t: t, address: "127.0.0.1:0", conns: make(chan net.Conn, 100)}
	b.start()
	return b
}

// serve starts a proxy before these backends, which end after it, and gives its address.
func serve(t *testing.T, p *Proxy, backends ...*backend) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { p.Serve(ctx, l); close(done) }()
	t.Cleanup(func() {
		cancel()
		<-done
		for _, b := range backends {
			b.stop()
		}
	})
	return l.Addr().String()
}

// watch opens a connection that stays open, and is forwarded already.
func watch(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(c, "x")
	c.Read(make([]byte, 2))
	return c
}

// readyUnless is a look at servers that are ready but for those of which this is true.
func readyUnless(isDown func(server string) bool) func(context.Context, string) error {
	return func(_ context.Context, server string) error {
		if isDown(server) {
			return errors.New("not ready")
		}
		return nil
	}
}

func start(t *testing.T, limit time.Duration) (*backend, string, *atomic.Bool) {
	t.Helper()
	b := startBackend(t)
	ready := &atomic.Bool{}
	ready.Store(true)
	servers := &Servers{told: b.address, current: b.address}
	p := &Proxy{Servers: servers, Limit: limit, Ready: readyUnless(func(string) bool { return !ready.Load() })}
	return b, serve(t, p, b), ready
}

func TestForwards(t *testing.T) {
	_, address, _ := start(t, 0)
	for range 3 {
		if err := echo(t, address); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHoldsUntilTheServerIsReadyAgain(t *testing.T) {
	b, address, ready := start(t, 0)
	open := watch(t, address)
	ready.Store(false)
	b.stop()
	if n, err := open.Read(make([]byte, 1)); err == nil {
		t.Errorf("a connection outlived the server: %d", n)
	}
	answered := make(chan error, 1)
	go func() { answered <- echo(t, address) }()
	expectNothing := func(when string) {
		t.Helper()
		select {
		case err := <-answered:
			t.Fatalf("%s: %v", when, err)
		case <-time.After(3 * pause):
		}
	}
	expectNothing("no server")
	b.start()
	expectNothing("a server that listens but is not ready")
	ready.Store(true)
	if err := <-answered; err != nil {
		t.Error(err)
	}
}

func TestGivesUpInTheEnd(t *testing.T) {
	b, address, _ := start(t, 3*pause)
	b.stop()
	if err := echo(t, address); !errors.Is(err, io.EOF) && err == nil {
		t.Errorf("answered without a server: %v", err)
	}
}

// two are two servers, of which each may be ready or not, and a proxy before them that uses the first.
func two(t *testing.T) (first, second *backend, address string, down *sync.Map) {
	t.Helper()
	first, second, down = startBackend(t), startBackend(t), &sync.Map{}
	servers := &Servers{file: filepath.Join(t.TempDir(), "servers.json"), told: first.address, current: first.address}
	if err := servers.Learn([]string{second.address, first.address}); err != nil {
		t.Fatal(err)
	}
	p := &Proxy{Servers: servers, Every: 50 * time.Millisecond, Ready: readyUnless(func(server string) bool {
		_, is := down.Load(server)
		return is
	})}
	return first, second, serve(t, p, first, second), down
}

func TestAnotherServerIsUsedWhenOneRefuses(t *testing.T) {
	first, second, address, down := two(t)
	if err := echo(t, address); err != nil || len(second.conns) != 0 {
		t.Fatal(err, len(second.conns))
	}
	down.Store(first.address, true)
	first.stop()
	if err := echo(t, address); err != nil || len(second.conns) != 1 {
		t.Error(err, len(second.conns))
	}
}

// A machine that is off: no connection ends.
func TestAnotherServerIsUsedWhenOneFallsSilent(t *testing.T) {
	first, second, address, down := two(t)
	open := watch(t, address)
	down.Store(first.address, true)
	open.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := open.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error("the connection stays: ", err)
	}
	if err := echo(t, address); err != nil || len(second.conns) != 1 {
		t.Error(err, len(second.conns))
	}
}

func TestConnectionsStayWhereNoServerIsReady(t *testing.T) {
	first, second, address, down := two(t)
	open := watch(t, address)
	down.Store(first.address, true)
	down.Store(second.address, true)
	open.SetDeadline(time.Now().Add(500 * time.Millisecond))
	if _, err := open.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

func TestServersAreKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "servers.json")
	s, err := OpenServers(file, "https://10.0.0.1:6443")
	if err != nil || !slices.Equal(s.All(), []string{"10.0.0.1:6443"}) {
		t.Fatal(s, err)
	}
	if err := s.Learn([]string{"10.0.0.3:6443", "10.0.0.1:6443", "10.0.0.2:6443"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Learn(nil); err != nil { // the API has just begun, and knows none
		t.Fatal(err)
	}
	s.Use("10.0.0.2:6443")
	if got := s.All(); !slices.Equal(got, []string{"10.0.0.2:6443", "10.0.0.1:6443", "10.0.0.3:6443"}) {
		t.Error(got)
	}
	again, err := OpenServers(file, "https://10.0.0.1:6443")
	if err != nil || len(again.All()) != 3 {
		t.Error(again, err)
	}
	if other, err := OpenServers(file, "https://10.9.0.1"); err != nil || !slices.Equal(other.All(), []string{"10.9.0.1:443"}) {
		t.Error("another cluster's servers are kept", other, err)
	}
}
