// Package metricsserver brings metrics-server, as K3s does, once nothing else has to wait for it.
package metricsserver

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	nodeutil "k8s.io/kubernetes/pkg/util/node"

	"k3s-lab/k3s/internal/manifests"
)

// Image is what the archive of its own carries.
const Image = "rancher/mirrored-metrics-server:v0.8.0"

// component is the directory of its manifests, and its Deployment.
const component = "metrics-server"

// apiService makes the API server ask metrics-server for a whole group.
const apiService = component + "/metrics-apiservice"

// Manifests are those of metrics-server in the order in which they are applied.
var Manifests = []string{
	component + "/aggregated-metrics-reader",
	component + "/auth-delegator",
	component + "/auth-reader",
	component + "/resource-reader",
	component + "/metrics-server-service",
	component + "/metrics-server-deployment",
	apiService,
}

// calm is how long it waits once the cluster can be used. Whoever has asked for the cluster starts the first things then;
// nobody waits for metrics, of which there are none in the first half minute.
const calm = 10 * time.Second

// Starter brings metrics-server into a cluster that has just begun, or makes sure of it in another.
type Starter struct {
	Kube   kubernetes.Interface
	Node   string                      // the server's own, on which it runs
	DNS    bool                        // CoreDNS is deployed, and comes first
	Dir    string                      // of the manifests that are applied
	Import func(context.Context) error // brings its image

	pause, every time.Duration
}

// New makes a starter with its usual pauses.
func New(kube kubernetes.Interface, node string, dns bool, dir string, importImage func(context.Context) error) *Starter {
	return &Starter{Kube: kube, Node: node, DNS: dns, Dir: dir, Import: importImage, pause: calm, every: time.Second}
}

// Run returns when metrics-server answers for its API, or with ctx's error when that ends.
func (s *Starter) Run(ctx context.Context) error {
	if err := s.until(ctx, s.every, s.usable); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.pause):
	}
	seldom := 15 * s.every // what fails may be much work
	if err := s.until(ctx, seldom, s.Import); err != nil {
		return err
	}
	for _, name := range Manifests {
		if name == apiService {
			if err := s.until(ctx, s.every, s.available(component)); err != nil {
				return err
			}
		}
		if err := s.until(ctx, seldom, func(context.Context) error {
			return manifests.Stage(s.Dir, name, map[string]string{"METRICS_SERVER_IMAGE": Image})
		}); err != nil {
			return err
		}
	}
	return nil
}

// until tries until it succeeds: the API may be away in between, or a disk full. What it waits for is said once, and again
// when it is another thing: it may be what never comes.
func (s *Starter) until(ctx context.Context, every time.Duration, try func(context.Context) error) error {
	said := ""
	return wait.PollUntilContextCancel(ctx, every, true, func(ctx context.Context) (bool, error) {
		err := try(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			slog.Info("metrics-server waits", "reason", err)
		}
		return err == nil, nil
	})
}

// usable fails until the server's node is Ready and names can be looked up.
func (s *Starter) usable(ctx context.Context) error {
	node, err := s.Kube.CoreV1().Nodes().Get(ctx, s.Node, meta.GetOptions{})
	if err != nil {
		return err
	}
	if !nodeutil.IsNodeReady(node) {
		return fmt.Errorf("node %s is not Ready", s.Node)
	}
	if !s.DNS {
		return nil
	}
	return s.available("coredns")(ctx)
}

// available fails until the controller has seen a Deployment as it is now, and enough of it runs.
func (s *Starter) available(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		d, err := s.Kube.AppsV1().Deployments(meta.NamespaceSystem).Get(ctx, name, meta.GetOptions{})
		if err != nil {
			return err
		}
		if d.Status.ObservedGeneration < d.Generation || !slices.ContainsFunc(d.Status.Conditions, func(c apps.DeploymentCondition) bool {
			return c.Type == apps.DeploymentAvailable && c.Status == core.ConditionTrue
		}) {
			return fmt.Errorf("Deployment %s is not available", name)
		}
		return nil
	}
}
