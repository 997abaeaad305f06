import { cap } from "./measure.js";
import { matrixTable, reasonList } from "./table.js";

/** Returns docs/recursion.md. */
export function recursionPage(): string {
  return `# No request loops

A VIF (virtual interface), such as Telepresence's, maps the cluster's services and pods to the host. It accepts a
connection before the cluster is dialled; then a manager in the cluster dials. A packet that nothing in the cluster serves
leaves the node like any other; if it comes back to the host's routes, it enters the VIF again.
\`\`\`
 host   client ──► VIF tel0 ══════ tunnel ══════► manager, in a pod     cluster
                    ▲                                │ dials 10.43.0.9, which no pod serves
                    │                                ▼
                    └── the host's routes ◄──────── node ── its gateway
\`\`\`
One connection became 2,000 (the test's limit) at over 1,000 a second, one UDP datagram became 248. Meanwhile services do
not answer, and the loop outlives its client. A connection through a VIF always succeeds: only data proves anything.

## What stops it
| | where | covers | does not cover |
|---|---|---|---|
| node guard | on each node: forward and output hooks, a last route for pods of no node | services and pods in every topology, whatever dials: a pod, or the node itself | what else the VIF maps (also-proxy) |
| host guard | on the host, if it is the gateway of a private LAN | whatever VIFs map, if it is forwarded from the nodes' link | what a process of the host dials (user-mode NAT) |
| table of the lab's own | on the host, private LAN | the same, before any firewall | the same |
| resolver | on each node: never the host, nor one that only a VPN leads to | names | |

\`lab:up\` always makes the node guard. On a private LAN it also makes the table and the host guard; on a bridged LAN the
router is the gateway. It never chooses a resolver that leads back; if one was set by other means, \`doctor\` finds it.

## The matrix
Each cell is the number of connections (or datagrams) in the VIF for one of a client on the host: at most **1**, or
**loops**: all ${cap} that the test's VIF forwards. The letter gives the reason. The guards are the product's own, put in
place by its own code; in a topology where the nodes have no link of their own, the host guard is tried on the host's card.
\`npm test -- packages/doctor/test/matrix\` checks every cell in network namespaces. In each row it also checks that a
service with a pod answers through the VIF, that the canary reports "loops" where an unserved TCP connection loops and
"safe" where none does, and that none of the canary's own connections reaches the VIF. Where a private lab's own table
is removed, a NetworkPolicy of the build from modules selects the pod that dials: it changes no cell.

${matrixTable()}

${reasonList()}

A lab in Docker on Linux has the same bridge, table and guards as any private one, and Docker's rules beside them: these accept what
comes from the bridge, which overrides no guard. In a virtual machine only the node guard stands between.

**How to read it:** find the row that describes your nodes. Whatever still loops with "both" is what you have to change:
the resolver of the nodes, or a user-mode NAT under an also-proxy subnet. \`npm run doctor\` finds the row of your cluster.

## The active probe
\`npm run doctor\` does not rely on rules alone: it makes the loop's first step, once, where it can do no harm. The host gets
a link \`tlcan0\` with a route to one service address that no service has (such as \`10.43.1.0/32\`), which wins over every
VIF's routes in the main table. Its packets are counted, in the forward and the output hook at priority 300, and refused at
once. Then each node, and a pod on it, connects to that address, each by a port of its own, all at once.

| counted | means |
|---|---|
| forward | the host is a router for the nodes: kernel NAT, a gateway on the LAN, a router that sends service addresses back |
| output | a program of the host connects for the nodes: user-mode NAT |
| node yes, pod no | a guard in the forward hook only |
| nothing | safe, if each attempt failed by itself and the host's own attempt was counted at the end; otherwise unproven |

The connection itself is never judged: through a VIF, or a NAT that accepts first, it always succeeds. Whatever protects
before the canary (node guard, host guard, the lab's routing table, a firewall that drops) makes the count 0, as it would
for a VIF. A lab's routing table does not lead to the canary's route in the main table, nor would it lead to a VIF's.

Measured: 0.27 s in namespaces (4 sources), 0.3 to 0.7 s in a lab of three nodes; 1.6 s if attempts get no answer. In all
tests 0 packets reached a connected VIF, even when the doctor was killed with SYNs in flight. Refusing is what makes it
safe: a silent canary leaves retransmits behind, which a VIF gets once the route has gone (2,001 connections).

It cannot be left behind as a danger: the route belongs to an address with a lifetime of 22 s, the rules match an element
with a timeout of 24 s, and the kernel keeps both. Normally a small shell on the host removes everything as soon as its
input closes, whatever was killed.
More: [packages/doctor](../packages/doctor/README.md#the-canary).

## How the test differs from reality
- The VIF is a TUN device; behind it the kernel's own TCP accepts (TPROXY in a network namespace), where Telepresence has
  a TCP of its own in user space. TCP and UDP, IPv4, no ICMP.
- The manager is a process that dials from the network of a pod or of a node. Its tunnel is not a network: a real one is a
  port-forward, which a loop slows down as well.
- Names: what the host itself asks its nameserver is translated to the VIF, as Telepresence does without
  systemd-resolved. The manager asks the node's resolver; a real cluster has CoreDNS in between, which caches.
- Nodes have the rules of kube-proxy's iptables mode for one service, and flannel's, but no kubelet and only one pod. In
  kube-proxy's nftables mode the node itself drops what is addressed to no service.
- A user-mode NAT is the same program as the VIF; it dials from the host. It accepts first, QEMU's accepts last.
- Each loop ends at ${cap} connections for one destination. A real one goes on.

With Telepresence 2.20.2 and three real nodes, Kubernetes 1.34, one connection to an unserved service, SYNs into tel0:

| topology | SYNs | a served service meanwhile |
|---|---|---|
| bridged | 0 | answers |
| the host is the gateway | about 250 in 0.5 s, over 1,000 two seconds after the client had gone | does not answer |
| with the node guard | 0, refused at once | answers |
| with a host guard | 1 | answers |

Other remedies that were tried: a blackhole route for services on the nodes breaks what the node's own network asks of
them; a guard in the forward hook only does not stop a manager with \`hostNetwork\`; blocking repeated requests for some time
(\`recursionBlockDuration\`) did not end the loop.

This page is written by \`node --import tsx packages/doctor/test/matrix/write-page.ts\`.
`;
}
