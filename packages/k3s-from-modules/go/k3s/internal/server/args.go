package server

import (
	"net/netip"
	"strconv"

	"k3s-lab/k3s/internal/agent"
	"k3s-lab/k3s/internal/config"
	"k3s-lab/k3s/internal/etcd"
	"k3s-lab/k3s/internal/store"
)

func kineArgs(c *config.Server) []string {
	return []string{"--db=" + c.Data.Database()}
}

// storeArgs tell the API server where the store is: this server's own member, or SQLite.
func storeArgs(c *config.Server, many bool) []string {
	if !many {
		return []string{"--etcd-servers=unix://" + c.Data.KineSocket()}
	}
	return []string{
		"--etcd-servers=" + etcd.LocalEndpoint,
		"--etcd-cafile=" + c.Data.TLS("etcd/server-ca.crt"),
		"--etcd-certfile=" + c.Data.TLS("etcd/client.crt"),
		"--etcd-keyfile=" + c.Data.TLS("etcd/client.key"),
	}
}

func apiserverArgs(c *config.Server, nodeIP netip.Addr, many bool) []string {
	tls := c.Data.TLS
	issuer := "https://kubernetes.default.svc." + c.ClusterDomain
	args := append(storeArgs(c, many), []string{
		"--etcd-compaction-interval=" + store.CompactInterval.String(),
		"--secure-port=" + strconv.Itoa(c.Port),
		"--advertise-address=" + advertised(c, nodeIP).String(),
		"--service-cluster-ip-range=" + c.ServiceCIDR.String(),
		"--service-node-port-range=" + c.NodePortRange,
		"--tls-cert-file=" + tls("serving-kube-apiserver.crt"),
		"--tls-private-key-file=" + tls("serving-kube-apiserver.key"),
		"--client-ca-file=" + tls("client-ca.crt"),
		"--anonymous-auth=false",
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--enable-bootstrap-token-auth=true",
		// Aggregated APIs and webhooks are asked at their pods, as with K3s: that needs no kube-proxy.
		"--enable-aggregator-routing=true",
		"--allow-privileged=true",
		"--profiling=false",
		// The server finds kubelets by address: node names need no DNS.
		"--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
		"--kubelet-certificate-authority=" + tls("server-ca.crt"),
		"--kubelet-client-certificate=" + tls("client-kube-apiserver.crt"),
		"--kubelet-client-key=" + tls("client-kube-apiserver.key"),
		"--service-account-issuer=" + issuer,
		"--api-audiences=" + issuer + ",k3s",
		"--service-account-key-file=" + tls("service.key"),
		"--service-account-signing-key-file=" + tls("service.key"),
		"--proxy-client-cert-file=" + tls("client-auth-proxy.crt"),
		"--proxy-client-key-file=" + tls("client-auth-proxy.key"),
		"--requestheader-client-ca-file=" + tls("request-header-ca.crt"),
		"--requestheader-allowed-names=system:auth-proxy",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--requestheader-group-headers=X-Remote-Group",
		"--requestheader-username-headers=X-Remote-User",
	}...)
	if c.BindAddress.IsValid() {
		args = append(args, "--bind-address="+c.BindAddress.String())
	}
	return append(args, agent.Extra(&c.Node, c.APIServerArgs)...)
}

// advertised is the address that the Service "kubernetes" has behind it.
func advertised(c *config.Server, nodeIP netip.Addr) netip.Addr {
	for _, a := range []netip.Addr{c.AdvertiseAddress, c.ExternalIP} {
		if a.IsValid() {
			return a
		}
	}
	return nodeIP
}

// many: there may be other servers, of which one has the lead at a time.
func controllerArgs(c *config.Server, many bool) []string {
	tls, kubeconfig := c.Data.TLS, c.Data.Cred("controller.kubeconfig")
	args := []string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--tls-cert-file=" + tls("serving-kube-controller-manager.crt"),
		"--tls-private-key-file=" + tls("serving-kube-controller-manager.key"),
		"--leader-elect=" + strconv.FormatBool(many),
		"--controllers=*,tokencleaner", // bootstrap tokens go when they end
		"--profiling=false",
		"--use-service-account-credentials=true",
		// Its controllers get a token each before any starts; at the usual 20 a second nodes wait 5 s for their CIDRs.
		"--kube-api-qps=200",
		"--kube-api-burst=400",
		"--service-account-private-key-file=" + tls("service.key"),
		"--root-ca-file=" + tls("server-ca.crt"),
		"--allocate-node-cidrs=true",
		"--cluster-cidr=" + c.ClusterCIDR.String(),
		"--service-cluster-ip-range=" + c.ServiceCIDR.String(),
	}
	for signer, ca := range signers {
		args = append(args, "--cluster-signing-"+signer+"-cert-file="+tls(ca+".crt"), "--cluster-signing-"+signer+"-key-file="+tls(ca+".key"))
	}
	return append(args, agent.Extra(&c.Node, c.ControllerArgs)...)
}

var signers = map[string]string{
	"kube-apiserver-client": "client-ca",
	"kubelet-client":        "client-ca",
	"kubelet-serving":       "server-ca",
	"legacy-unknown":        "client-ca",
}

func schedulerArgs(c *config.Server, many bool) []string {
	kubeconfig := c.Data.Cred("scheduler.kubeconfig")
	return append([]string{
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig,
		"--authorization-kubeconfig=" + kubeconfig,
		"--bind-address=127.0.0.1",
		"--tls-cert-file=" + c.Data.TLS("serving-kube-scheduler.crt"),
		"--tls-private-key-file=" + c.Data.TLS("serving-kube-scheduler.key"),
		"--leader-elect=" + strconv.FormatBool(many),
		"--profiling=false",
	}, agent.Extra(&c.Node, c.SchedulerArgs)...)
}
