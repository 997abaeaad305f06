package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/daemon"
	"k8s.io/klog/v2"

	"k3s-lab/k3s/internal/agent"
	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/server"
	"k3s-lab/k3s/internal/supervise"
)

func runServer(args []string) error {
	c, err := config.ParseServer(args, os.Getenv)
	if err != nil {
		return err
	}
	return supervised(&c.Node, func(ctx context.Context, a *agent.Agent) error {
		s := &server.Server{Config: c, Supervisor: a.Supervisor, Agent: a, Ready: ready}
		if c.Reset {
			return cmp.Or(s.Reset(ctx), errDone)
		}
		return s.Run(ctx)
	})
}

// errDone ends a server that had one thing to do, and has done it.
var errDone = errors.New("done")

func runAgent(args []string) error {
	c, err := config.ParseAgent(args, os.Getenv)
	if err != nil {
		return err
	}
	return supervised(c, func(ctx context.Context, a *agent.Agent) error {
		a.Remote = true
		if err := a.Prepare(ctx, false); err != nil {
			return err
		}
		if err := a.StartRuntime(ctx); err != nil {
			return err
		}
		err := a.Run(ctx)
		if err == nil {
			ready()
		}
		return err
	})
}

// supervised runs until a signal comes, a part is given up, or start fails; then every part is stopped.
func supervised(c *config.Node, start func(context.Context, *agent.Agent) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	out, err := logTo(c)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s := &supervise.Supervisor{Executable: self, Out: out, Limits: supervise.DefaultLimits()}
	a := &agent.Agent{Config: c, Supervisor: s, BinDir: filepath.Dir(self), ProxyEnv: takeProxies()}
	failed := make(chan error, 1)
	go func() {
		if err := start(ctx, a); err != nil {
			failed <- err
		}
	}()
	select {
	case <-ctx.Done():
		slog.Info("stopping; containers go on running")
	case err = <-failed:
	case err = <-s.Failed():
	}
	stopped := ctx.Err() != nil
	stop()
	daemon.SdNotify(false, daemon.SdNotifyStopping)
	s.Stop()
	if stopped || errors.Is(err, context.Canceled) || errors.Is(err, errDone) {
		return nil
	}
	return err
}

func ready() { daemon.SdNotify(false, daemon.SdNotifyReady) }

func logTo(c *config.Node) (io.Writer, error) {
	var out io.Writer = os.Stderr
	if c.LogFile != "" {
		f, err := os.OpenFile(c.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		out = f
	}
	level := slog.LevelInfo
	if c.Debug {
		level = slog.LevelDebug
		if c.Verbosity == "" {
			c.Verbosity = "4"
		}
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: level})))
	klog.SetSlogLogger(slog.Default())
	return out, nil
}

// takeProxies keeps the environment's proxies for containerd, which pulls images, and takes them from every
// other part: the cluster's own traffic never goes through one. CONTAINERD_ variables win, as in K3s.
func takeProxies() []string {
	var out []string
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		value := os.Getenv("CONTAINERD_" + name)
		for _, n := range []string{name, strings.ToLower(name)} {
			if value == "" {
				value = os.Getenv(n)
			}
			os.Unsetenv(n)
		}
		if value != "" {
			out = append(out, name+"="+value)
		}
	}
	return out
}
