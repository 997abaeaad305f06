/** Where K3s' own installer and K3s itself have their files on a node. */
export const k3sPaths = {
  binary: "/usr/local/bin/k3s",
  /** Links to the binary, which looks at the name it is called by. */
  links: ["/usr/local/bin/kubectl", "/usr/local/bin/crictl", "/usr/local/bin/ctr"],
  killAll: "/usr/local/bin/k3s-killall.sh",
  config: "/etc/rancher/k3s/config.yaml",
  kubeconfig: "/etc/rancher/k3s/k3s.yaml",
  nodePassword: "/etc/rancher/node/password",
  images: "/var/lib/rancher/k3s/agent/images",
  /** Where K3s keeps everything, with its certificates. */
  root: "/var/lib/rancher/k3s",
  /** Where the binary unpacks what it carries, in a folder named by its sum. */
  data: "/var/lib/rancher/k3s/data",
  /** Written by the server: what agents join with, the hash of its CA included. */
  joinToken: "/var/lib/rancher/k3s/server/agent-token",
  /** What only a server has: its authorities, its datastore. K3s makes it at its first start. */
  server: "/var/lib/rancher/k3s/server",
  /** The store of several servers: this one's member of etcd. */
  etcd: "/var/lib/rancher/k3s/server/db/etcd",
} as const;

/** Where the lab puts what K3s leaves the place of to its user. */
export const labPaths = {
  /** On a server, the password for servers, or the whole token where it has joined; on an agent, the whole token. */
  token: "/etc/rancher/k3s/token",
  agentToken: "/etc/rancher/k3s/agent-token",
  /** What a node was made to trust. */
  certificates: "/etc/k3s-lab/certificates.pem",
  /** What the lab has installed: the sums of files too large to be read again at every run. */
  installed: "/etc/rancher/k3s/k3s-lab.sha256",
  /** On a server: its store was one of several at other addresses, and has to become the only one. */
  movedStore: "/var/lib/rancher/k3s/server/db/k3s-lab-moved",
} as const;

/** Where later stages put files that K3s' own files name. Anything else in it is removed, such as an unused key. */
export const contributedFolder = "/etc/rancher/k3s/k3s-lab.d";
