// Package server runs the control plane and, on the same machine, a node.
package server

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/component-base/version"

	"k3s-lab/k3s/internal/agent"
	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/join"
	"k3s-lab/k3s/internal/manifests"
	"k3s-lab/k3s/internal/metricsserver"
	"k3s-lab/k3s/internal/supervise"
)

// Server is a server of the cluster, the only one or one of several.
type Server struct {
	Config     *config.Server
	Supervisor *supervise.Supervisor
	Agent      *agent.Agent
	Ready      func() // called when the API answers

	many   bool         // the store is etcd, which other servers share
	member *etcd.Member // this server's part of it
}

// Run starts everything; it runs until the supervisor stops it. Controllers end with ctx.
func (s *Server) Run(ctx context.Context) error {
	c := s.Config
	t0 := time.Now()
	if err := s.Agent.Prepare(ctx, !c.Disabled("network-policy")); err != nil {
		return err
	}
	if err := s.startStore(ctx); err != nil {
		return err
	}
	if err := s.stage(); err != nil {
		return err
	}
	kube, rc, err := s.client()
	if err != nil {
		return err
	}
	if err := s.startAPI(); err != nil {
		return err
	}
	if err := s.Agent.StartRuntime(ctx); err != nil {
		return err
	}
	if err := awaitReady(ctx, kube); err != nil {
		return err
	}
	slog.Info("the API answers", "address", localURL(c), "after", time.Since(t0).Round(time.Millisecond))
	slog.Info("k3s is up and running") // in K3s' words, which tools wait for
	s.Ready()
	s.Supervisor.Start(supervise.Part{Name: "kube-controller-manager", Args: controllerArgs(c, s.many), Enduring: s.many})
	s.Supervisor.Start(supervise.Part{Name: "kube-scheduler", Args: schedulerArgs(c, s.many), Enduring: s.many})
	if err := s.control(ctx, kube, rc); err != nil {
		return err
	}
	if s.Agent.Config.Token, err = ownToken(c.Data); err != nil {
		return err
	}
	s.Agent.Config.ServerURL = localURL(c)
	return s.Agent.Run(ctx)
}

func (s *Server) startAPI() error {
	c := s.Config
	var critical map[string]string
	if s.many {
		critical = c.Critical()
	}
	env, err := join.Environment(c.Data, join.Settings{
		ClusterCIDR: c.ClusterCIDR.String(), ServiceCIDR: c.ServiceCIDR.String(),
		ClusterDNS: c.ClusterDNS.String(), ClusterDomain: c.ClusterDomain,
		FlannelBackend: c.FlannelBackend, LocalStoragePath: c.LocalStoragePath, NetworkPolicy: !c.Disabled("network-policy"),
		Version: version.Get().GitVersion,
	}, critical)
	if err != nil {
		return err
	}
	s.Supervisor.Start(supervise.Part{Name: "kube-apiserver", Args: apiserverArgs(c, s.Agent.IP(), s.many), Env: []string{env}, Enduring: s.many})
	return nil
}

func (s *Server) client() (kubernetes.Interface, *rest.Config, error) {
	rc, err := clientcmd.BuildConfigFromFlags("", s.Config.Data.Cred("supervisor.kubeconfig"))
	if err != nil {
		return nil, nil, err
	}
	rc.QPS, rc.Burst = 100, 200
	kube, err := kubernetes.NewForConfig(rc)
	return kube, rc, err
}

func awaitReady(ctx context.Context, kube kubernetes.Interface) error {
	for {
		if err := kube.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stage writes the packaged manifests, but for metrics-server's, which come later. Those of what was switched off since the
// last start stay until their objects are deleted.
func (s *Server) stage() error {
	c := s.Config
	variables := map[string]string{"CLUSTER_DNS": c.ClusterDNS.String(), "CLUSTER_DOMAIN": c.ClusterDomain}
	for _, component := range []string{"rolebindings", "coredns", "local-storage"} {
		if slices.Contains(s.disabled(), component) {
			continue
		}
		if err := manifests.Stage(c.Data.Manifests(), component, variables); err != nil {
			return fmt.Errorf("packaged manifests: %w", err)
		}
	}
	return nil
}

// disabled are the manifests of what is switched off, in the order in which they are deleted: metrics-server's last one first.
func (s *Server) disabled() []string {
	var out []string
	for _, component := range []string{"coredns", "local-storage"} {
		if s.Config.Disabled(component) {
			out = append(out, component)
		}
	}
	if s.Config.Disabled("metrics-server") {
		for _, name := range slices.Backward(metricsserver.Manifests) {
			out = append(out, name)
		}
	}
	return out
}
