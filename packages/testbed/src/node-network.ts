// A node and its pod as links, routes and rules: what K3s, flannel and kube-proxy make of a machine.

/** How a node is plugged in. Addresses with their prefix length: "192.168.56.11/24". */
export type Card =
  | { readonly by: "bridge"; readonly bridge: string; readonly address: string }
  | { readonly by: "macvlan"; readonly uplink: string; readonly address: string }
  /** User-mode NAT, as QEMU and VirtualBox have it: a process of the host dials what the node sends. */
  | { readonly by: "process"; readonly address: string };

export const cluster = {
  serviceCidr: "10.43.0.0/16",
  podCidr: "10.42.0.0/16",
  /** The one service that has a pod, and its port. */
  served: { address: "10.43.0.80", port: 80 },
  pod: { address: "10.42.1.7", port: 8080 },
} as const;

/** QEMU's and VirtualBox's own addresses; the last stands for the host's nameserver. */
export const userMode = { address: "10.0.2.15/24", gateway: "10.0.2.2", nameserver: "10.0.2.3" } as const;

const podBridge = { name: "cni0", address: "10.42.1.1" } as const;
/** eth0 is the first card's. */
export const cardName = (index: number) => `eth${index}`;

/** Returns lines for `ip -batch` on the host. */
export function plugCards(cards: readonly Card[], node: number): string {
  return cards
    .flatMap((card, index) => {
      const name = cardName(index);
      const port = `node${node}p${index}`;
      switch (card.by) {
        case "bridge":
          return [
            `link add ${port} type veth peer name ${name} netns ${node}`,
            `link set ${port} addrgenmode none`,
            `link set ${port} master ${card.bridge} up`,
          ];
        case "macvlan":
          return [`link add link ${card.uplink} name ${name} netns ${node} type macvlan mode bridge`];
        case "process":
          return [];
      }
    })
    .join("\n");
}

/** Returns lines for `ip -batch` on the node. The first card has the default route. */
export function nodeLinks(cards: readonly Card[], gateway: string, pod: number): string {
  return [
    "link set lo up",
    ...cards.flatMap(({ address }, index) => [
      `address add ${address} dev ${cardName(index)}`,
      `link set ${cardName(index)} addrgenmode none up`,
    ]),
    `route add default via ${gateway} dev ${cardName(0)}`,
    `link add ${podBridge.name} type bridge`,
    `address add ${podBridge.address}/24 dev ${podBridge.name}`,
    `link set ${podBridge.name} up`,
    `link add pod0 type veth peer name eth0 netns ${pod}`,
    `link set pod0 master ${podBridge.name} up`,
    // As flannel has it: a pod may be a service's client and its server.
    "link set pod0 type bridge_slave hairpin on",
  ].join("\n");
}

/** Returns lines for `ip -batch` in the pod. */
export function podLinks(): string {
  return [
    "link set lo up",
    `address add ${cluster.pod.address}/24 dev eth0`,
    "link set eth0 up",
    `route add default via ${podBridge.address}`,
  ].join("\n");
}

/**
 * Returns rules for `nft -f -` on the node: kube-proxy in its iptables mode, which is K3s' own, translates the one service and
 * leaves alone what no service serves; flannel masquerades what leaves the cluster.
 */
export function nodeRules(): string {
  const { served, pod, podCidr } = cluster;
  const translate = `ip daddr ${served.address} tcp dport ${served.port} dnat to ${pod.address}:${pod.port}`;
  return `table ip k3s_lab_testbed_node {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ${translate}
  }
  chain output {
    type nat hook output priority -100; policy accept;
    ${translate}
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podCidr} ip daddr != ${podCidr} masquerade
    ct status dnat oifname "${podBridge.name}" masquerade
  }
}
`;
}
