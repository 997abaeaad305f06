package manifests

import (
	"embed"
	"path/filepath"
	"strings"

	"k3s-lab/k3s/internal/pki"
)

//go:embed packaged/*.yaml packaged/metrics-server/*.yaml
var packaged embed.FS

// CoreDNSImage is what the bundled archive carries.
const CoreDNSImage = "rancher/mirrored-coredns-coredns:1.14.1"

// Render gives the packaged manifest of a component, with %{NAME}% replaced.
func Render(component string, variables map[string]string) ([]byte, error) {
	b, err := packaged.ReadFile("packaged/" + component + ".yaml")
	if err != nil {
		return nil, err
	}
	pairs := []string{"%{COREDNS_IMAGE}%", CoreDNSImage}
	for name, value := range variables {
		pairs = append(pairs, "%{"+name+"}%", value)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(b))), nil
}

// Stage writes a component's manifest into dir.
func Stage(dir, component string, variables map[string]string) error {
	b, err := Render(component, variables)
	if err != nil {
		return err
	}
	return pki.WriteFile(fileOf(dir, component), b, 0o600)
}

func fileOf(dir, component string) string { return filepath.Join(dir, component+".yaml") }
