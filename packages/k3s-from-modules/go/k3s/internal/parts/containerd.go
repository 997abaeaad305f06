package parts

import (
	"os"

	"github.com/containerd/containerd/v2/cmd/containerd/command"
	ctrapp "github.com/containerd/containerd/v2/cmd/ctr/app"
	"github.com/prometheus/client_golang/prometheus"

	"k3s-lab/k3s/internal/layout"

	_ "github.com/containerd/containerd/v2/cmd/containerd/builtins"
)

// containerd gets a metrics registry of its own: the etcd client's interceptors, in the same binary for
// the API server, have put the same names into the default one.
func containerd() error {
	r := prometheus.NewRegistry()
	prometheus.DefaultRegisterer, prometheus.DefaultGatherer = r, r
	return command.App().Run(os.Args)
}

// ctr looks where k3s' containerd keeps the cluster's containers, unless told otherwise.
func ctr() error {
	for name, value := range map[string]string{"CONTAINERD_ADDRESS": layout.ContainerdSocket, "CONTAINERD_NAMESPACE": "k8s.io"} {
		if os.Getenv(name) == "" {
			os.Setenv(name, value)
		}
	}
	return ctrapp.New().Run(os.Args)
}
