import { cap } from "./measure.js";
import { matrixTable, reasonList } from "./table.js";

/** docs/recursion.md. */
export function recursionPage(): string {
  return `# No request loops

A VIF, such as Telepresence's, maps the cluster's services and pods to the host. It accepts a connection before anybody
was dialled, and a manager in the cluster dials. What nobody in the cluster serves leaves the node like any other packet;
where it comes back to the host's routes, it enters the VIF again.
\`\`\`
 host   client ──► VIF tel0 ══════ tunnel ══════► manager, in a pod     cluster
                    ▲                                │ dials 10.43.0.9, which nobody serves
                    │                                ▼
                    └── the host's routes ◄──────── node ── its gateway
\`\`\`
One connection became 2,000 (the test's limit) at over 1,000 a second, one UDP datagram 248; services are dead
meanwhile, and the loop outlives its client. A connect through a VIF always succeeds: only data proves anything.

## What stops it
| | where | covers | does not cover |
|---|---|---|---|
| node guard | on each node: forward and output hooks, a last route for pods of no node | services and pods in every topology, whoever dials: a pod, or the node itself | what else the VIF maps (also-proxy) |
| host guard | on the host, where it is the gateway of a private LAN | whatever VIFs map, what is forwarded from the nodes' link | what a process of the host dials (user-mode NAT) |
| table of the lab's own | on the host, private LAN | the same, before any firewall | the same |
| resolver | on each node: never the host, nor one that only a VPN leads to | names | |

\`lab:up\` always makes the node guard; on a private LAN the table and the host guard, too; bridged, the router is the
gateway. It never chooses a resolver that leads back: \`doctor\` finds one that somebody has put there.

## The matrix
The number of connections (or datagrams) in the VIF for one of a client on the host: at most **1**, or **loops**: all
${cap} that the VIF of the test forwards. The letter says why. Guards are the product's own, put in place by its own code;
where a topology has no link of the nodes' own, the host guard is tried on the host's card. Every cell is held against the
world by \`npm test -- packages/doctor/test/matrix\`, in network namespaces, and so are, in each row, that a service with a pod
answers through the VIF, that the canary says "loops" where an unserved TCP connection loops and "safe" where none
does, and that none of its own connections comes to the VIF.

${matrixTable()}

${reasonList()}

**Read it so:** find where your nodes are; with "both", whatever still loops is what you have to change: the resolver of the
nodes, a user-mode NAT under an also-proxy subnet. A row of one's own cluster is found by \`npm run doctor\`.

## The active probe
\`npm run doctor\` does not believe rules alone: it makes the loop's first step, once, where it can do no harm. The host gets
a link \`tlcan0\` with a route to one service address that nobody has (\`10.43.1.0/32\`, say), which wins over every VIF's
routes in the main table; its packets are counted, in the forward and the output hook at priority 300, and refused at once.
Then each node, and a pod on it, connects to that address, each by a port of its own, all at once.

| counted | means |
|---|---|
| forward | the host is a router for the nodes: kernel NAT, a gateway on the LAN, a router that sends service addresses back |
| output | a program of the host connects for the nodes: user-mode NAT |
| node yes, pod no | a guard that stands in the forward hook alone |
| nothing | safe, if each attempt failed by itself and the host's own attempt was counted at the end; else unproven |

Never judged by the connect: through a VIF, or a NAT that accepts first, it always succeeds. What stands before the canary
(node guard, host guard, the lab's routing table, a firewall that drops) makes it 0, as it would for a VIF. A lab's routing
table does not see the canary's route in the main table: neither would it see a VIF's.

Measured: 0.27 s in namespaces (4 sources), 0.3 to 0.7 s in a lab of three nodes; 1.6 s where attempts get no answer.
0 packets in a connected VIF in all tests, also when the doctor is killed with SYNs in flight. Refusing is what makes it
safe: a silent canary leaves retransmits that a VIF gets once the route has gone (2,001 connections).

It cannot be left behind as a danger: the route is that of an address with a lifetime of 22 s, the rules match an element
with a timeout of 24 s, both kept by the kernel. Normally a small shell on the host removes everything as soon as its
input closes, whoever has been killed.
More: [packages/doctor](../packages/doctor/README.md#the-canary).

## How the test differs from the real thing
- The VIF is a TUN device; behind it the kernel's own TCP accepts (TPROXY in a network namespace), where Telepresence has
  one in user space. TCP and UDP, IPv4, no ICMP.
- The manager is a process that dials from the network of a pod or of a node. Its tunnel is no network: a real one is a
  port-forward, which a loop slows down as well.
- Names: what the host itself asks its nameserver is translated to the VIF, as Telepresence does without
  systemd-resolved. The manager asks the node's resolver; a real cluster has CoreDNS between, which caches.
- Nodes have the rules of kube-proxy's iptables mode for one service, and flannel's, but no kubelet and one pod. In
  kube-proxy's nftables mode the node itself drops what is addressed to no service.
- A user-mode NAT is the same program as the VIF, which dials from the host. It accepts first; QEMU's does so last.
- Each loop ends at ${cap} connections for one destination. The real one goes on.

With Telepresence 2.20.2 and three real nodes, Kubernetes 1.34, one connection to an unserved service, SYNs into tel0:

| topology | SYNs | a served service meanwhile |
|---|---|---|
| bridged | 0 | answers |
| the host is the gateway | about 250 in 0.5 s, over 1,000 two seconds after the client had gone | dead |
| with the node guard | 0, refused at once | answers |
| with a host guard | 1 | answers |

Other cures that were tried: a blackhole route for services on nodes breaks what the node's own network asks of them; a
guard in the forward hook alone does nothing about a manager with \`hostNetwork\`; blocking repeated requests for some
time (\`recursionBlockDuration\`) did not end it.

This page is written by \`node --import tsx packages/doctor/test/matrix/write-page.ts\`.
`;
}
