// Package parts holds what runs as a process of its own, each under the name its upstream gives it.
package parts

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"k3s-lab/k3s/internal/crictl"
	"k3s-lab/k3s/internal/layout"

	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
)

// Find gives the part of that name. It takes its arguments from os.Args, as upstream's commands do.
func Find(name string) (func() error, bool) {
	part, ok := map[string]func() error{
		"kube-apiserver":          upstream(apiserver),
		"kube-controller-manager": upstream(controllers.NewControllerManagerCommand),
		"kube-scheduler":          upstream(func() *cobra.Command { return scheduler.NewSchedulerCommand() }),
		"kubelet":                 upstream(func() *cobra.Command { return kubelet.NewKubeletCommand(context.Background()) }),
		"kube-proxy":              upstream(proxy.NewProxyCommand),
		"kine":                    kine,
		"etcd":                    etcdPart,
		"containerd":              containerd,
		"flannel":                 flannel,
		"kubectl":                 kubectlPart,
		"ctr":                     ctr,
		"crictl":                  func() error { return crictl.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr) },
	}[name]
	return part, ok
}

// upstream defers making the command until it runs: each installs the process-wide signal handler, once.
func upstream(make func() *cobra.Command) func() error {
	return func() error {
		os.Exit(cli.Run(make()))
		return nil
	}
}

func kubectlPart() error {
	if os.Getenv("KUBECONFIG") == "" {
		home, _ := os.UserHomeDir()
		own := filepath.Join(home, ".kube", "config")
		if _, err := os.Stat(own); err != nil || os.Getuid() == 0 {
			os.Setenv("KUBECONFIG", layout.Kubeconfig)
			if _, err := os.Stat(layout.Kubeconfig); err != nil {
				fmt.Fprintf(os.Stderr, "k3s: %v; a server has it, an agent has not. KUBECONFIG may name another\n", err)
			}
		}
	}
	return upstream(kubectl.NewDefaultKubectlCommand)()
}
