// Package tokencommand is `k3s token`, with K3s' own arguments and output.
package tokencommand

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	bootstraputil "k8s.io/cluster-bootstrap/token/util"

	"k3s-lab/k3s/internal/layout"
)

// New makes the command. getenv is the environment that it looks at.
func New(getenv func(string) string) *cobra.Command {
	c := &cobra.Command{
		Use: "token", Short: "Manage tokens", SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var data, kubeconfig string
	c.PersistentFlags().StringVarP(&data, "data-dir", "d", cmp.Or(getenv("K3S_DATA_DIR"), layout.DefaultDataDir), "Folder to hold state")
	c.PersistentFlags().StringVar(&kubeconfig, "kubeconfig", "", "Server to connect to [$KUBECONFIG]")
	api := func() (kubernetes.Interface, []byte, error) {
		return connect(cmp.Or(kubeconfig, getenv("KUBECONFIG")))
	}
	c.AddCommand(
		create(api), remove(api), list(api), generate(),
		rotate(getenv, func() layout.Data { return layout.Data(data) }),
	)
	return c
}

// connect opens the API that a kubeconfig names, the server's own where it is "", and returns the authority it is known by.
func connect(kubeconfig string) (kubernetes.Interface, []byte, error) {
	rc, err := clientcmd.BuildConfigFromFlags("", cmp.Or(kubeconfig, layout.Kubeconfig))
	if err != nil {
		return nil, nil, err
	}
	if err := rest.LoadTLSFiles(rc); err != nil {
		return nil, nil, err
	}
	kube, err := kubernetes.NewForConfig(rc)
	return kube, rc.CAData, err
}

func generate() *cobra.Command {
	return &cobra.Command{
		Use: "generate", Short: "Generate and print a bootstrap token, but do not create it on the server", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := bootstraputil.GenerateBootstrapToken()
			if err == nil {
				fmt.Fprintln(c.OutOrStdout(), t)
			}
			return err
		},
	}
}
