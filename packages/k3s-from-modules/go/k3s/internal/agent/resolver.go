package agent

import (
	"bufio"
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/pki"
)

var resolvers = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// resolver is the resolv.conf pods get. Like K3s, a file whose servers pods cannot reach is not used;
// without any other, one that names 8.8.8.8 is made.
func resolver(c *config.Node) (string, error) {
	if c.ResolvConf != "" {
		_, err := os.Stat(c.ResolvConf)
		return c.ResolvConf, err
	}
	for _, file := range resolvers {
		if b, err := os.ReadFile(file); err == nil && usable(string(b)) {
			return file, nil
		}
	}
	slog.Warn("no resolver that pods could reach, taking 8.8.8.8 as K3s does; set resolv-conf to choose", "looked at", resolvers)
	return c.Data.ResolvConf(), pki.WriteFile(c.Data.ResolvConf(), []byte("nameserver 8.8.8.8\n"), 0o644)
}

// usable: every server named is reachable from a pod's own network namespace.
func usable(content string) bool {
	found := false
	for s := bufio.NewScanner(strings.NewReader(content)); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 2 || fields[0] != "nameserver" {
			continue
		}
		a, err := netip.ParseAddr(fields[1])
		if err != nil || !a.IsGlobalUnicast() {
			return false
		}
		found = true
	}
	return found
}
