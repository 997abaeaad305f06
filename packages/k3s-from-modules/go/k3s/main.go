// Command k3s is Kubernetes, put together from the upstream modules K3s is made of, behind the part of
// K3s' command line, files and join contract that a lab uses. It is not a K3s release.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"k8s.io/client-go/util/exec"
	"k8s.io/component-base/version"

	"k3s-lab/k3s/internal/certcommand"
	"k3s-lab/k3s/internal/parts"
	"k3s-lab/k3s/internal/snapshotcommand"
	"k3s-lab/k3s/internal/tokencommand"
)

// sources is the short hash of what this binary was built from; the linker sets it.
var sources = "unknown"

const usage = `k3s %s: put together from upstream modules; it is not a K3s release

  k3s server [flags]     a control plane and a node        (/etc/rancher/k3s/config.yaml)
  k3s agent [flags]      a node that joins K3S_URL with K3S_TOKEN or K3S_TOKEN_FILE
  k3s kubectl ...        with /etc/rancher/k3s/k3s.yaml unless KUBECONFIG says otherwise
  k3s crictl ... | ctr ...
  k3s token ...          create, delete, generate, list, rotate
  k3s certificate ...    check, rotate
  k3s etcd-snapshot ...  save, ls, delete, prune
  k3s --version
`

func main() {
	err := run()
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "k3s:", err)
	var remote exec.CodeExitError // of a command that crictl ran in a container
	if errors.As(err, &remote) {
		os.Exit(remote.Code)
	}
	os.Exit(1)
}

func run() error {
	if part, ok := parts.Find(filepath.Base(os.Args[0])); ok {
		return part()
	}
	if len(os.Args) < 2 {
		fmt.Printf(usage, version.Get().GitVersion)
		return nil
	}
	switch command := os.Args[1]; command {
	case "server":
		return runServer(os.Args[2:])
	case "agent":
		return runAgent(os.Args[2:])
	case "kubectl", "ctr", "crictl":
		part, _ := parts.Find(command)
		os.Args = os.Args[1:]
		return part()
	case "token":
		return execute(tokencommand.New(os.Getenv))
	case "certificate":
		return execute(certcommand.New(os.Getenv))
	case "etcd-snapshot":
		return execute(snapshotcommand.New(os.Getenv))
	case "--version", "-v", "version":
		fmt.Printf("k3s version %s (%s)\nassembled from upstream modules by k3s-from-modules; not a K3s release\n", version.Get().GitVersion, sources)
		return nil
	case "--help", "-h", "help":
		fmt.Printf(usage, version.Get().GitVersion)
		return nil
	case "check-config", "completion", "secrets-encrypt":
		return fmt.Errorf("%q is a command of K3s that this binary does not have", command)
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}

// execute runs one of K3s' own commands with what follows its name.
func execute(c *cobra.Command) error {
	c.SetArgs(os.Args[2:])
	c.SetOut(os.Stdout)
	return c.Execute()
}
