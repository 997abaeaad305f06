// What each line of the seed's files sets, and where k3s-lab sets the same. docs/seed.md is made from it, and a test
// compares it with the seed's own text and with what k3s-lab renders for examples/seed/lab.yaml.

/** Text in a file that k3s-lab renders, or in lab.yaml. */
export interface Place {
  readonly file: RenderedFile;
  readonly text: string;
}

export type RenderedFile =
  | "examples/seed/lab.yaml"
  | "host: /etc/hosts"
  | "host: kubeconfig"
  | "host: .lab/vagrant/Vagrantfile"
  | `${"multi" | "agent1"}: ${string}`
  | "cluster: Deployment kube-registry"
  | "cluster: Service kube-registry";

export interface SeedPart {
  /** The lines of the seed, one after the other; indentation and empty lines do not count. */
  readonly lines: string;
  readonly sets: string;
  readonly here: readonly Place[];
  /** What k3s-lab does differently, and why. */
  readonly otherwise?: string;
}

const lab = (text: string): Place => ({ file: "examples/seed/lab.yaml", text });
const on = (node: "multi" | "agent1", path: string, text: string): Place => ({ file: `${node}: ${path}`, text });
const deployment = (text: string): Place => ({ file: "cluster: Deployment kube-registry", text });
const service = (text: string): Place => ({ file: "cluster: Service kube-registry", text });

const vagrant = (text: string): Place => ({ file: "host: .lab/vagrant/Vagrantfile", text });

const lan = "/etc/k3s-lab/lan";
const resolvers = "/etc/k3s-lab/resolv.conf";
const keeper = "/usr/local/sbin/k3s-lab-network";
const keeping = "/etc/init.d/k3s-lab-network";
const config = "/etc/rancher/k3s/config.yaml";
const registries = "/etc/rancher/k3s/registries.yaml";
const environment = "/etc/rancher/k3s/k3s-agent.env";

const mirrors = `mkdir -p /etc/rancher/k3s
cat <<-'EOF' > /etc/rancher/k3s/registries.yaml
mirrors:
"multi:5000":
endpoint:
- "http://#{server_ip}:5000"
EOF`;

export const vagrantfile: readonly SeedPart[] = [
  {
    lines: `# -*- mode: ruby -*-
# vi: set ft=ruby :
# bridge is the name of the host's default network device
$bridge = 'wlp5s0'`,
    sets: "The host's device that the nodes are plugged into",
    here: [lab("interface: auto"), vagrant("bridge: 'wlp5s0'")],
    otherwise:
      "Found by the default route, and named as VirtualBox names it (`en0: Wi-Fi` on macOS). After a start the machine's card is checked: if the device is missing, Vagrant silently takes another.",
  },
  {
    lines: `# default_route should be the IP of the host's default route.
$default_route = '192.168.1.1'`,
    sets: "The router",
    here: [lab("gateway: 192.168.1.1"), on("multi", lan, "GATEWAY=192.168.1.1")],
    otherwise: "`auto` finds it. `lab:up` checks that every node reaches it before K3s starts.",
  },
  {
    lines: `# nameserver must be the IP of an external DNS, such as 8.8.8.8
$nameserver = '8.8.8.8'`,
    sets: "The resolver, not the host",
    here: [lab("nameservers: [8.8.8.8]"), on("multi", resolvers, "nameserver 8.8.8.8")],
    otherwise: "An empty list picks one that nodes can use; one that is the host itself is refused.",
  },
  {
    lines: `# server_name should also be added to the host's /etc/hosts file and point to the server_ip
# for easy access when pushing docker images
server_name = 'multi'`,
    sets: "The server's name, on the host too",
    here: [lab("name: multi, role: server"), { file: "host: /etc/hosts", text: "192.168.1.110\tmulti" }],
    otherwise: "`lab:up` writes the host's entry, `lab:down` removes it.",
  },
  {
    lines: `# static IPs for the server and agents. Those IPs must be on the default router's subnet
server_ip = '192.168.1.110'
agents = {
'agent1' => '192.168.1.111',
'agent2' => '192.168.1.112',
}`,
    sets: "Static addresses",
    here: [
      lab("name: multi, role: server, address: 192.168.1.110"),
      lab("name: agent1, role: agent, address: 192.168.1.111"),
      lab("name: agent2, role: agent, address: 192.168.1.112"),
      on("multi", lan, "ADDRESS=192.168.1.110"),
    ],
    otherwise:
      "Checked: on the router's subnet, and neither the router's, nor the host's, nor any other computer's (asked by ARP before a machine starts). Nodes without an address get a free one.",
  },
  {
    lines: `# Extra parameters in INSTALL_K3S_EXEC variable because of
# K3s picking up the wrong interface when starting server and agent
# https://github.com/alexellis/k3sup/issues/306
server_script = <<-SHELL
sudo -i
apk add curl`,
    sets: "A script for the server's guest",
    here: [],
    otherwise: "No guest downloads anything: K3s is downloaded once, on the host, and copied to every machine.",
  },
  {
    lines: `export INSTALL_K3S_EXEC="--bind-address=#{server_ip} --node-external-ip=#{server_ip} --flannel-iface=eth1"`,
    sets: "The server's addresses and interface",
    here: [
      on("multi", config, 'node-ip: "192.168.1.110"'),
      on("multi", config, 'advertise-address: "192.168.1.110"'),
      on("multi", config, 'flannel-iface: "eth1"'),
    ],
    otherwise:
      "The name of the bridged card is read inside the machine: eth1 on Alpine, ens5 elsewhere. `bind-address` is not set, since `kubectl logs` fails with it (k3s-io/k3s#10444). The node's address is already its external one.",
  },
  {
    lines: mirrors,
    sets: "The server's registry mirror",
    here: [on("multi", registries, `"multi:5000":\n    endpoint:\n      - "http://192.168.1.110:5000"`)],
  },
  {
    lines: "curl -sfL https://get.k3s.io | sh -",
    sets: "K3s, in whatever version is the newest that day",
    here: [on("multi", "/etc/init.d/k3s", "command=/usr/local/bin/k3s\ncommand_args=server")],
    otherwise:
      "A pinned release, verified against its checksums; no remote script runs. Files and services have the names that K3s' installer gives them, for OpenRC and systemd.",
  },
  {
    lines: `echo "Sleeping for 5 seconds to wait for k3s to start"
sleep 5`,
    sets: "A wait",
    here: [],
    otherwise: "`lab:up` asks the API until it is ready, then watches until every node is.",
  },
  {
    lines: "cp /var/lib/rancher/k3s/server/token /vagrant_shared",
    sets: "The server's token, in a shared folder",
    here: [on("multi", config, 'agent-token-file: "/etc/rancher/k3s/agent-token"')],
    otherwise:
      "Agents get an agent token, through the driver's own channel, with mode 0600; the server's own token never leaves the server.",
  },
  {
    lines: "cp /etc/rancher/k3s/k3s.yaml /vagrant_shared",
    sets: "A kubeconfig with 127.0.0.1 as its server",
    here: [{ file: "host: kubeconfig", text: "https://192.168.1.110:6443" }],
    otherwise: "`.lab/kubeconfig` has the server's address, and only its owner can read it.",
  },
  {
    lines: `cp /etc/rancher/k3s/registries.yaml /vagrant_shared
SHELL`,
    sets: "The mirror, in a shared folder",
    here: [on("agent1", registries, '"multi:5000":')],
    otherwise: "Each node gets its own.",
  },
  {
    lines: `agent_script = <<-SHELL
sudo -i
apk add curl
export K3S_TOKEN_FILE=/vagrant_shared/token
export K3S_URL=https://#{server_ip}:6443`,
    sets: "The server that agents join, and their token",
    here: [
      on("agent1", environment, "K3S_TOKEN_FILE='/etc/rancher/k3s/token'"),
      on("agent1", environment, "K3S_URL='https://192.168.1.110:6443'"),
    ],
  },
  {
    lines: `export INSTALL_K3S_EXEC="--flannel-iface=eth1"`,
    sets: "The agents' interface",
    here: [on("agent1", config, 'flannel-iface: "eth1"'), on("agent1", config, 'node-ip: "192.168.1.111"')],
  },
  {
    lines: mirrors,
    sets: "The agents' registry mirror",
    here: [on("agent1", registries, '- "http://192.168.1.110:5000"')],
  },
  {
    lines: `curl -sfL https://get.k3s.io | sh -
SHELL`,
    sets: "K3s on agents",
    here: [on("agent1", "/etc/init.d/k3s-agent", "command=/usr/local/bin/k3s\ncommand_args=agent")],
    otherwise: "The same binary as the server's.",
  },
  {
    lines: `def config_vm(name, ip, script, vm)
# The network_script has two objectives:
# 1. Ensure that the guest's default route is the bridged network (bypass the network of the host)
# 2. Ensure that the DNS points to an external DNS service, as opposed to the DNS of the host that
#    the NAT network provides.
network_script = <<-SHELL
sudo -i
ip route delete default 2>&1 >/dev/null || true; ip route add default via #{$default_route}`,
    sets: "The router as the one default route",
    here: [
      on("agent1", lan, "GATEWAY=192.168.1.1"),
      on("agent1", keeper, 'ip -4 route replace default via "$gateway" dev "$link"'),
      on("agent1", keeping, "before k3s k3s-agent"),
      on("agent1", "/etc/udhcpc/udhcpc.conf", "unset router"),
    ],
    otherwise:
      "Every other default route is removed, whatever its metric. A service on the node keeps it so from boot on, before K3s starts; DHCP on the NAT sets none. The seed's script runs only at `vagrant up`: after a reboot from inside, the route is the NAT's again.",
  },
  {
    lines: `cp /etc/resolv.conf /etc/resolv.conf.orig
sed 's/^nameserver.*/nameserver #{$nameserver}/' /etc/resolv.conf.orig > /etc/resolv.conf
SHELL`,
    sets: "The resolver of a guest",
    here: [on("agent1", resolvers, "nameserver 8.8.8.8"), on("agent1", "/etc/udhcpc/udhcpc.conf", "RESOLV_CONF=no")],
    otherwise: "The same service keeps it. In the seed, a renewed DHCP lease overwrites it.",
  },
  {
    lines: "vm.hostname = name",
    sets: "Host names",
    here: [vagrant("node.vm.hostname = 'agent1'"), on("agent1", config, 'node-name: "agent1"')],
  },
  {
    lines: "vm.network 'public_network', bridge: $bridge, ip: ip",
    sets: "The bridged card",
    here: [
      vagrant("node.vm.network 'public_network', bridge: 'wlp5s0', ip: '192.168.1.110', mac: '02"),
      vagrant("auto_config: false"),
    ],
    otherwise:
      "With a MAC address that stays the same, even when the machine is made again. The guest's own files configure it, since what Vagrant sets is lost at a reboot from inside.",
  },
  {
    lines: "vm.synced_folder './shared', '/vagrant_shared'",
    sets: "A folder that all guests share",
    here: [vagrant("config.vm.synced_folder '.', '/vagrant', disabled: true")],
    otherwise: "None: each file is written to the node that needs it, with its mode and owner.",
  },
  {
    lines: `vm.provider 'virtualbox' do |vb|
vb.memory = '4096'
vb.cpus = '2'
end`,
    sets: "VirtualBox, 4096 MB, 2 CPUs",
    here: [
      lab("provider: virtualbox"),
      lab("memory: 4096"),
      lab("cpus: 2"),
      vagrant("virtualbox.memory = 4096"),
      vagrant("virtualbox.cpus = 2"),
    ],
    otherwise: "`provider: lxc` needs neither: system containers, which boot in under a second.",
  },
  {
    lines: `vm.provision 'shell', inline: script
vm.provision 'shell', inline: network_script, run: 'always'
end`,
    sets: "When the scripts run: the network's last, after K3s has started",
    here: [vagrant("node.vm.provision 'network', type: 'shell', path: 'guest/agent1.sh', run: 'always'")],
    otherwise:
      "Route and resolver first, then K3s. Every step looks before it acts, so that a second `lab:up` does nothing.",
  },
  {
    lines: `Vagrant.configure('2') do |config|
config.vm.box = 'generic/alpine314'`,
    sets: "The guest's system",
    here: [vagrant("config.vm.box = 'generic/alpine319'")],
    otherwise: "3.14 no longer gets fixes; `machines.vagrant.box` names another box, with Alpine, Debian or Ubuntu.",
  },
  {
    lines: `config.vm.define 'server', primary: true do |server|
config_vm(server_name, server_ip, server_script, server.vm)
end
agents.each do |agent_name, agent_ip|
config.vm.define agent_name do |agent|
config_vm(agent_name, agent_ip, agent_script, agent.vm)
end
end
end`,
    sets: "One server, two agents",
    here: [
      lab("role: server"),
      lab("role: agent"),
      vagrant("config.vm.define 'multi', primary: true do |node|"),
      vagrant("config.vm.define 'agent1' do |node|"),
    ],
    otherwise: "Made and started in parallel.",
  },
];

export const registryYaml: readonly SeedPart[] = [
  {
    lines: `apiVersion: v1
kind: ReplicationController
metadata:
name: kube-registry-v0
namespace: kube-system
labels:
k8s-app: kube-registry
version: v0
spec:
replicas: 1`,
    sets: "One registry, applied by hand",
    here: [
      deployment("kind = Deployment"),
      deployment("metadata.name = kube-registry"),
      deployment("metadata.namespace = kube-system"),
      deployment("metadata.labels.k8s-app = kube-registry"),
      deployment("spec.replicas = 1"),
      deployment("spec.strategy.type = Recreate"),
    ],
    otherwise:
      "A Deployment, so that a change of the image is rolled out; `Recreate`, since two registries must never write to one store. `lab:up` applies it, then pushes and pulls an image to prove that it works.",
  },
  {
    lines: `selector:
app: kube-registry
version: v0
template:
metadata:
labels:
app: kube-registry
version: v0`,
    sets: "Which pods are the registry",
    here: [
      deployment("spec.selector.matchLabels.app = kube-registry"),
      deployment("spec.template.metadata.labels.app = kube-registry"),
    ],
  },
  {
    lines: `spec:
containers:
- name: registry
image: registry:2`,
    sets: "The image",
    here: [
      deployment("spec.template.spec.containers.0.name = registry"),
      deployment("spec.template.spec.containers.0.image = docker.io/library/registry:3"),
    ],
    otherwise: "A fixed version; `registry.image` in lab.yaml names another.",
  },
  {
    lines: `resources:
limits:
cpu: 100m
memory: 200Mi`,
    sets: "What it may use",
    here: [
      deployment("spec.template.spec.containers.0.resources.requests.cpu = 100m"),
      deployment("spec.template.spec.containers.0.resources.limits.memory = 200Mi"),
    ],
    otherwise:
      "The number of CPUs is a request: with a tenth of a core as its limit, every push takes ten times as long.",
  },
  {
    lines: `env:
- name: REGISTRY_HTTP_ADDR
value: :5000
- name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY
value: /var/lib/registry`,
    sets: "Its port and its folder",
    here: [
      deployment("spec.template.spec.containers.0.env.0.name = REGISTRY_HTTP_ADDR"),
      deployment("spec.template.spec.containers.0.env.0.value = :5000"),
      deployment("spec.template.spec.containers.0.env.1.value = /var/lib/registry"),
    ],
  },
  {
    lines: `volumeMounts:
- name: image-store
mountPath: /var/lib/registry
ports:
- containerPort: 5000
name: registry
protocol: TCP`,
    sets: "Mount and port",
    here: [
      deployment("spec.template.spec.containers.0.volumeMounts.0.mountPath = /var/lib/registry"),
      deployment("spec.template.spec.containers.0.ports.0.containerPort = 5000"),
    ],
  },
  {
    lines: `volumes:
- name: image-store
hostPath:
path: /var/lib/registry-storage
---`,
    sets: "Where images are kept",
    here: [
      deployment("spec.template.spec.volumes.0.hostPath.path = /var/lib/rancher/k3s-lab-registry"),
      deployment("spec.template.spec.nodeSelector.kubernetes.io/hostname = multi"),
    ],
    otherwise:
      "Always on the server: on any other node the pod would not have its images. They lie on the disk that holds the node's data.",
  },
  {
    lines: `apiVersion: v1
kind: Service
metadata:
name: kube-registry
namespace: kube-system
labels:
app: kube-registry
kubernetes.io/name: "KubeRegistry"`,
    sets: "The Service",
    here: [
      service("kind = Service"),
      service("metadata.name = kube-registry"),
      service("metadata.namespace = kube-system"),
      service("metadata.labels.kubernetes.io/name = KubeRegistry"),
    ],
  },
  {
    lines: `spec:
selector:
app: kube-registry
ports:
- name: registry
port: 5000
targetPort: 5000
protocol: TCP
type: LoadBalancer`,
    sets: "Port 5000 of the nodes",
    here: [
      lab("port: 5000"),
      service("spec.ports.0.port = 5000"),
      service("spec.ports.0.targetPort = 5000"),
      service("spec.type = LoadBalancer"),
    ],
  },
];
