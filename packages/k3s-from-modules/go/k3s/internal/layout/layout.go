// Package layout names every file and directory, where K3s has it.
package layout

import "path/filepath"

const (
	DefaultDataDir   = "/var/lib/rancher/k3s"
	ConfigFile       = "/etc/rancher/k3s/config.yaml"
	Registries       = "/etc/rancher/k3s/registries.yaml"
	Kubeconfig       = "/etc/rancher/k3s/k3s.yaml"
	NodePassword     = "/etc/rancher/node/password"
	ContainerdState  = "/run/k3s/containerd"
	ContainerdSocket = "/run/k3s/containerd/containerd.sock"
	FlannelSubnet    = "/run/flannel/subnet.env"
)

// Data is K3s' data directory.
type Data string

func (d Data) in(parts ...string) string {
	return filepath.Join(append([]string{string(d)}, parts...)...)
}

func (d Data) Server() string          { return d.in("server") }
func (d Data) TLS(name string) string  { return d.in("server", "tls", name) }
func (d Data) Cred(name string) string { return d.in("server", "cred", name) }
func (d Data) Database() string        { return d.in("server", "db", "state.db") }
func (d Data) Etcd() string            { return d.in("server", "db", "etcd") }
func (d Data) Snapshots() string       { return d.in("server", "db", "snapshots") }
func (d Data) KineSocket() string      { return d.in("server", "kine.sock") }
func (d Data) Manifests() string       { return d.in("server", "manifests") }
func (d Data) Token() string           { return d.in("server", "token") }
func (d Data) NodeToken() string       { return d.in("server", "node-token") }
func (d Data) AgentToken() string      { return d.in("server", "agent-token") }

func (d Data) LocalStorage() string { return d.in("storage") }

func (d Data) Agent(name string) string    { return d.in("agent", name) }
func (d Data) Images() string              { return d.in("agent", "images") }
func (d Data) ImportedImages() string      { return d.in("agent", "imported-images.json") }
func (d Data) PodManifests() string        { return d.in("agent", "pod-manifests") }
func (d Data) ContainerdRoot() string      { return d.in("agent", "containerd") }
func (d Data) ContainerdLog() string       { return d.in("agent", "containerd", "containerd.log") }
func (d Data) ContainerdConfig() string    { return d.in("agent", "etc", "containerd", "config.toml") }
func (d Data) ContainerdTemplates() string { return d.in("agent", "etc", "containerd") }
func (d Data) Certs() string               { return d.in("agent", "etc", "containerd", "certs.d") }
func (d Data) CNIConfig() string           { return d.in("agent", "etc", "cni", "net.d", "10-flannel.conflist") }
func (d Data) FlannelConfig() string       { return d.in("agent", "etc", "flannel", "net-conf.json") }
func (d Data) KubeletConfig() string {
	return d.in("agent", "etc", "kubelet.conf.d", "00-k3s-defaults.conf")
}

// LoadBalancer has the servers that this node may use.
func (d Data) LoadBalancer() string { return d.in("agent", "etc", "k3s-agent-load-balancer.json") }

func (d Data) ResolvConf() string { return d.in("agent", "etc", "resolv.conf") }
