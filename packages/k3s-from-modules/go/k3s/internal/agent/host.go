package agent

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"

	"k3s-lab/k3s/internal/config"
)

// Host is what this machine is like.
type Host struct {
	IP            netip.Addr
	Interface     string // flannel's, a name or an address
	ResolvConf    string
	SystemdCgroup bool // the cgroup driver is systemd, not cgroupfs
	RestrictOOM   bool // a negative oom_score_adj is refused here
}

// preflight names what a node cannot do without. policies says that it is known to keep network policies.
func preflight(c *config.Node, policies bool) error {
	if os.Getuid() != 0 {
		return errors.New("k3s must run as root")
	}
	errs := missing(c, policies)
	if err := os.MkdirAll(c.Data.ContainerdRoot(), 0o700); err != nil {
		errs = append(errs, err)
	} else if err := overlayutils.Supported(c.Data.ContainerdRoot()); err != nil {
		errs = append(errs, fmt.Errorf("containers' file systems cannot be overlaid on %s: %w. Put a directory of another file system there", c.Data.ContainerdRoot(), err))
	}
	return errors.Join(errs...)
}

func missing(c *config.Node, policies bool) []error {
	var errs []error
	for _, program := range []string{"iptables", "iptables-save", "iptables-restore"} {
		if _, err := exec.LookPath(program); err != nil {
			errs = append(errs, fmt.Errorf("%s is missing on this node: kube-proxy and flannel need it. Install the package iptables", program))
			break
		}
	}
	if policies {
		if _, err := openPolicies(c); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

func inspect(c *config.Node) (Host, error) {
	h := Host{Interface: c.FlannelInterface}
	var err error
	if c.FlannelInterface != "" {
		if _, err := net.InterfaceByName(c.FlannelInterface); err != nil {
			return h, fmt.Errorf("flannel-iface %s: %w", c.FlannelInterface, err)
		}
	}
	if h.IP, err = nodeIP(c); err != nil {
		return h, err
	}
	if h.Interface == "" {
		h.Interface = h.IP.String()
	}
	if h.ResolvConf, err = resolver(c); err != nil {
		return h, err
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return h, err
	}
	h.RestrictOOM = !hasCapability(string(status), unix.CAP_SYS_RESOURCE)
	h.SystemdCgroup = systemdCgroup()
	return h, nil
}

// nodeIP is node-ip, or the address of flannel-iface, or the address of the default route's interface.
func nodeIP(c *config.Node) (netip.Addr, error) {
	if c.IP.IsValid() {
		return c.IP, nil
	}
	if c.FlannelInterface != "" {
		i, err := net.InterfaceByName(c.FlannelInterface)
		if err != nil {
			return netip.Addr{}, err
		}
		addresses, err := i.Addrs()
		if err != nil {
			return netip.Addr{}, err
		}
		for _, a := range addresses {
			if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
				return p.Addr(), nil
			}
		}
		return netip.Addr{}, fmt.Errorf("flannel-iface %s has no IPv4 address", c.FlannelInterface)
	}
	ip, err := utilnet.ChooseHostInterface()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("no default route to take the node's address from (%w). Add one, or set node-ip", err)
	}
	a, _ := netip.AddrFromSlice(ip)
	if a = a.Unmap(); !a.Is4() {
		return netip.Addr{}, fmt.Errorf("the default route's address %v is not IPv4. Set node-ip", a)
	}
	return a, nil
}

// hasCapability looks into /proc/PID/status.
func hasCapability(status string, capability int) bool {
	for s := bufio.NewScanner(strings.NewReader(status)); s.Scan(); {
		if hex, ok := strings.CutPrefix(s.Text(), "CapEff:"); ok {
			set, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
			return err == nil && set&(1<<capability) != 0
		}
	}
	return false
}

// systemdCgroup: as in K3s, under systemd on cgroup v2 only.
func systemdCgroup() bool {
	var fs unix.Statfs_t
	if err := unix.Statfs("/sys/fs/cgroup", &fs); err != nil || fs.Type != unix.CGROUP2_SUPER_MAGIC {
		return false
	}
	_, err := os.Stat("/run/systemd/system")
	return err == nil && os.Getenv("INVOCATION_ID") != ""
}

// configureKernel does what it can: in a container the modules are the host's business.
func configureKernel(ctx context.Context) {
	for module, there := range map[string]string{"overlay": "/sys/module/overlay", "br_netfilter": "/proc/sys/net/bridge", "nf_conntrack": "/proc/sys/net/netfilter", "vxlan": "/sys/module/vxlan"} {
		if _, err := os.Stat(there); err == nil {
			continue
		}
		if out, err := exec.CommandContext(ctx, "modprobe", "--", module).CombinedOutput(); err != nil {
			slog.Debug("modprobe failed; the module may be built in", "module", module, "output", strings.TrimSpace(string(out)))
		}
	}
	for file, value := range map[string]string{
		"/proc/sys/net/ipv4/ip_forward": "1", // or LoadBalancer addresses answer on the pod's own node only
		// Pods of a node reach each other by its bridge: without these, kube-proxy and network policies would not see it.
		"/proc/sys/net/bridge/bridge-nf-call-iptables":  "1",
		"/proc/sys/net/bridge/bridge-nf-call-ip6tables": "1",
	} {
		if b, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(b)) == value {
			continue
		}
		if err := os.WriteFile(file, []byte(value), 0); err != nil {
			slog.Warn("cannot set a kernel parameter", "file", file, "value", value, "reason", err)
		}
	}
}
