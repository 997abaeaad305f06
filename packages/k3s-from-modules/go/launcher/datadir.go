package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	defaultDataDir = "/var/lib/rancher/k3s"
	configFile     = "/etc/rancher/k3s/config.yaml"
)

var dataDirKey = regexp.MustCompile(`(?m)^data-dir\s*:\s*["']?([^"'#\n]+?)["']?\s*(?:#.*)?$`)

// dataDir is where to unpack: the same flag, file and variable as the program's own, in the same order.
func dataDir(args []string, getenv func(string) string, config string) string {
	for i, arg := range args {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if arg == "--" || !strings.HasPrefix(arg, "-") || name != "data-dir" && arg != "-d" && !strings.HasPrefix(arg, "-d=") {
			continue
		}
		if len(args) > 0 && args[0] != "server" && args[0] != "agent" {
			break // -d is another command's
		}
		if given {
			return value
		}
		if i+1 < len(args) {
			return args[i+1]
		}
	}
	files, _ := filepath.Glob(filepath.Join(config+".d", "*.y*ml"))
	for i := len(files); i >= 0; i-- {
		file := config
		if i > 0 {
			file = files[i-1]
		}
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if m := dataDirKey.FindAllSubmatch(b, -1); m != nil {
			return string(m[len(m)-1][1])
		}
	}
	if d := getenv("K3S_DATA_DIR"); d != "" {
		return d
	}
	if os.Getuid() != 0 { // `k3s kubectl` of a normal user, on a machine where root has not run k3s
		if _, err := os.Stat(filepath.Join(defaultDataDir, "data")); err != nil {
			return filepath.Join(getenv("HOME"), ".rancher", "k3s")
		}
	}
	return defaultDataDir
}
