// Package join is how a node becomes part of the cluster: one request to the API server's port.
// The node sends its name, its node password, its addresses and the public keys it has made; it is given
// certificates for them and the cluster's settings. Private keys stay where they were made.
package join

import (
	"net/netip"
	"regexp"
)

const path = "/v1-k3s/join"

// The certificates a node asks for, and the files (NAME.key, NAME.crt) it keeps them in.
const (
	KubeletClient  = "client-kubelet"
	KubeletServing = "serving-kubelet"
	ProxyClient    = "client-kube-proxy"
	FlannelClient  = "client-k3s-controller"
	ServerCA       = "server-ca"
	ClientCA       = "client-ca"
)

var wanted = []string{KubeletClient, KubeletServing, ProxyClient, FlannelClient}

// Settings are the cluster's, the same on every node.
type Settings struct {
	ClusterCIDR      string `json:"clusterCIDR"`
	ServiceCIDR      string `json:"serviceCIDR"`
	ClusterDNS       string `json:"clusterDNS"`
	ClusterDomain    string `json:"clusterDomain"`
	FlannelBackend   string `json:"flannelBackend"`
	LocalStoragePath string `json:"localStoragePath"`
	NetworkPolicy    bool   `json:"networkPolicy"` // nodes keep NetworkPolicies
	Version          string `json:"version"`
}

type request struct {
	Node      string            `json:"node"`
	Password  string            `json:"password"`
	Addresses []netip.Addr      `json:"addresses"`
	Keys      map[string][]byte `json:"keys"` // certificate name -> PKIX public key
}

type reply struct {
	Certificates map[string][]byte `json:"certificates"` // certificate name -> PEM
	ClientCA     []byte            `json:"clientCA"`
	Settings     Settings          `json:"settings"`
}

// Refused is an answer that trying again does not change.
type Refused struct{ Reason string }

func (r *Refused) Error() string { return r.Reason }

// A node's name is the name of its Node object: an RFC 1123 subdomain.
var nodeName = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
