package config

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"k3s-lab/k3s/internal/layout"
)

// reader turns merged values into typed ones and collects everything that is wrong.
type reader struct {
	values   values
	readFile func(string) ([]byte, error)
	errs     []error
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}
func (r *reader) err() error { return errors.Join(r.errs...) }

func (r *reader) one(name string) string {
	if v := r.values[name]; len(v) != 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

func (r *reader) all(name string) []string {
	k, _ := lookup(name, onBoth)
	out := []string{}
	for _, v := range r.values[name] {
		parts := []string{v}
		if k.kind == commas {
			parts = strings.Split(v, ",")
		}
		for _, p := range parts {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

func (r *reader) truth(name string) bool {
	v := r.one(name)
	b, err := strconv.ParseBool(v)
	if err != nil && v != "" {
		r.fail("%s is %q, want true or false", name, v)
	}
	return b
}

// single refuses the lists that mean dual-stack in K3s.
func (r *reader) single(name string) string {
	v := r.all(name)
	if len(v) > 1 {
		r.fail("%s: %s: dual-stack is not supported, give one IPv4 value", name, strings.Join(v, ","))
	}
	if len(v) == 0 {
		return ""
	}
	return v[0]
}

func (r *reader) addr(name string) netip.Addr {
	v := r.single(name)
	if v == "" {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		r.fail("%s %q is no IP address", name, v)
	} else if !a.Is4() {
		r.fail("%s %s: IPv6 is not supported, give an IPv4 address", name, v)
	}
	return a
}

func (r *reader) cidr(name string) netip.Prefix {
	v := r.single(name)
	p, err := netip.ParsePrefix(v)
	if err != nil {
		r.fail("%s %q is no CIDR", name, v)
	} else if !p.Addr().Is4() {
		r.fail("%s %s: IPv6 is not supported, give an IPv4 CIDR", name, v)
	}
	return p.Masked()
}

func (r *reader) port(name string) int {
	n, err := strconv.Atoi(r.one(name))
	if err != nil || n < 1 || n > 65535 {
		r.fail("%s %q is no port", name, r.one(name))
	}
	return n
}

func (r *reader) choice(name string, known ...string) string {
	v := r.one(name)
	if !slices.Contains(known, v) {
		r.fail("%s %q is not supported, this binary has %s", name, v, strings.Join(known, ", "))
	}
	return v
}

// secret reads NAME, or the file that NAME-file names.
func (r *reader) secret(name string) string {
	if v := r.one(name); v != "" {
		return v
	}
	file := r.one(name + "-file")
	if file == "" {
		return ""
	}
	b, err := r.readFile(file)
	if err != nil {
		r.fail("%s-file: %w", name, err)
	}
	v := strings.TrimSpace(string(b))
	if v == "" && err == nil {
		r.fail("%s-file: %s is empty", name, file)
	}
	return v
}

func (r *reader) dataDir() layout.Data {
	return layout.Data(cmp.Or(r.one("data-dir"), layout.DefaultDataDir))
}

// storagePath is where volumes are kept on each node. K3s removes what it has made there.
func (r *reader) storagePath(data layout.Data) string {
	path := r.one("default-local-storage-path")
	if path == "" {
		return data.LocalStorage()
	}
	if !filepath.IsAbs(path) || filepath.Clean(path) == "/" {
		r.fail("default-local-storage-path %q is no absolute path of a directory other than /", path)
	}
	return filepath.Clean(path)
}

func (r *reader) node() Node {
	n := Node{
		Data:              r.dataDir(),
		Token:             r.secret("token"),
		ServerURL:         r.one("server"),
		LocalPort:         r.port("lb-server-port"),
		Name:              strings.ToLower(r.one("node-name")),
		IP:                r.addr("node-ip"),
		ExternalIP:        r.addr("node-external-ip"),
		Labels:            r.all("node-label"),
		Taints:            r.all("node-taint"),
		FlannelInterface:  r.one("flannel-iface"),
		ResolvConf:        r.one("resolv-conf"),
		Registries:        r.one("private-registry"),
		PauseImage:        r.one("pause-image"),
		NoDefaultEndpoint: r.truth("disable-default-registry-endpoint"),
		ProtectKernel:     r.truth("protect-kernel-defaults"),
		Debug:             r.truth("debug"),
		Verbosity:         r.one("v"),
		LogFile:           r.one("log"),
		KubeletArgs:       r.all("kubelet-arg"),
		ProxyArgs:         r.all("kube-proxy-arg"),
	}
	for _, name := range []string{"disable-helm-controller", "disable-cloud-controller"} {
		r.truth(name) // accepted: none of them is in this binary
	}
	r.choice("snapshotter", "overlayfs")
	if n.Registries == "" {
		n.Registries = layout.Registries
	}
	if n.PauseImage == "" {
		n.PauseImage = PauseImage
	}
	if n.Name == "" {
		host, err := os.Hostname()
		if err != nil {
			r.fail("node-name: %w", err)
		}
		n.Name = strings.ToLower(host)
	}
	return n
}

// Nth is the n-th address of a prefix.
func Nth(p netip.Prefix, n int) netip.Addr {
	a := p.Masked().Addr()
	for ; n > 0; n-- {
		a = a.Next()
	}
	return a
}
