import type { ExplanationsOf } from "./explanation.js";

export const network: ExplanationsOf<"NET"> = {
  "LAB-NET-001": {
    cause:
      "The network of the lab has fewer addresses than lab.yaml has nodes; three of them are never given to a node.",
    remedy: "Name a larger network with `network.subnet`, such as a /24.",
    example:
      "/home/user/lab.yaml: nodes: 10.76.0.0/30 has room for 1, expected 3. Name a larger network with network.subnet. [LAB-NET-001]",
  },
  "LAB-NET-002": {
    cause:
      "A node on the host's own LAN has an address that is outside the LAN, or is the router's, the host's or a resolver's.",
    remedy:
      "Give an address of the LAN that no other machine has, outside the router's DHCP pool; or none, and one is picked.",
    example:
      "/home/user/lab.yaml: nodes.1.address: 192.168.1.1 is the router's. Give an address of 192.168.1.0/24 that no other machine has, outside the router's DHCP pool, or none. [LAB-NET-002]",
  },
  "LAB-NET-003": {
    cause:
      "The range that addresses are picked from is smaller than the number of nodes, or other devices of the LAN use the rest of it.",
    remedy: "Name a larger range with `network.addresses`, or an address for each node.",
    example:
      "/home/user/lab.yaml: network.addresses: 192.168.1.200-192.168.1.201 has no address left for every node. Name a larger range with network.addresses, or an address for each node. [LAB-NET-003]",
  },
  "LAB-NET-004": {
    cause:
      "Nodes on the host's own LAN need a bridge or a wired card. The one that was named or found is Wi-Fi, a VPN or without a cable, or several would do.",
    remedy:
      "Name one of those that the message offers with `network.interface`; or use `network.mode: private`. `npm run probe` judges every interface.",
    example:
      "/home/user/lab.yaml: network.interface: wlan0, which has the only default route, is Wi-Fi, which carries one MAC address only. Name another: eth0 (macvlan) would do; or use network.mode: private. [LAB-NET-004]",
  },
  "LAB-NET-005": {
    cause:
      "The host's routes and addresses do not tell the LAN of an interface or its router; or the router that was named is the host itself, which is how requests loop.",
    remedy: "Name the LAN with `network.subnet` and the router with `network.gateway`.",
    example:
      "/home/user/lab.yaml: network.gateway: no route of the host names a router on eth0. Name the router's address with network.gateway. [LAB-NET-005]",
  },
  "LAB-NET-006": {
    cause:
      "lab.yaml names a network that overlaps a route of the host: a LAN, a VPN, Docker or a cluster that Telepresence maps. The host would not know which of the two is meant.",
    remedy: "Choose another network, or write `auto`. If the route is a VPN's or Telepresence's, disconnect it first.",
    example:
      "/home/user/lab.yaml: cluster.podCidr: 10.42.0.0/16 overlaps the route 10.0.0.0/8 on tun0. Choose another network or write auto; if the route is a VPN's or Telepresence's, disconnect it first. [LAB-NET-006]",
  },
  "LAB-NET-007": {
    cause:
      "The network of the lab was free when it was picked; since then the host has got a route to the same addresses, from a VPN or another LAN.",
    remedy: "Disconnect the VPN; or run `npm run lab:down`, then `npm run lab:up`, which picks another network.",
    example:
      "/home/user/lab.yaml: k3s-lab's subnet 10.76.0.0/24, chosen earlier, now overlaps the route 10.76.0.0/16 on tun0. Run `npm run lab:down`, then `npm run lab:up`, which chooses another. [LAB-NET-007]",
  },
  "LAB-NET-008": {
    cause: "A VPN has routes for all private networks, so that none of those that k3s-lab picks from is free.",
    remedy: "Name a network with the key in the message, or disconnect the VPN while the lab is made.",
    example:
      "/home/user/lab.yaml: network.subnet: every network that could be picked overlaps a route of the host. Name one with network.subnet, or disconnect the VPN whose routes cover the private networks. [LAB-NET-008]",
  },
  "LAB-NET-009": {
    cause:
      "A server in `network.nameservers` cannot answer nodes on the LAN: it is a node, the host, IPv6, or nodes have no route to it.",
    remedy: "Name the router's address or a public resolver's; or leave the list empty, and one is picked.",
    example:
      "/home/user/lab.yaml: network.nameservers.0: 192.168.1.112 is the node agent1 itself. Name the router's address or a public resolver's. [LAB-NET-009]",
  },
  "LAB-NET-010": {
    cause:
      "A server in `network.nameservers` is the host. What it answers may come from Telepresence or a VPN, and lead requests of the cluster back into the cluster.",
    remedy: "Name the router's address or a public resolver's; or leave the list empty, and one is picked.",
    example:
      "/home/user/lab.yaml: network.nameservers.0: 192.168.1.20 is the host itself, expected a server that nodes reach without it. Name the router's address or a public resolver's. [LAB-NET-010]",
  },
  "LAB-NET-011": {
    cause:
      "`network.uplink` names an interface that does not exist, or one by which lab traffic must not leave, such as a VPN's or Telepresence's.",
    remedy: "Name a wired or Wi-Fi card, or write `auto`. `npm run probe` shows the host's interfaces.",
    example:
      "/home/user/lab.yaml: network.uplink: tel0 is a VIF: lab traffic must not leave by it. Name another, or write auto. [LAB-NET-011]",
  },
  "LAB-NET-012": {
    cause:
      "The nodes are on the host's own LAN, and the host was carried to another one. The cluster's certificates and data name addresses of the first.",
    remedy:
      "Go back to that LAN; or run `npm run lab:down`, then `npm run lab:up`. A lab with `network.mode: private` moves with its host.",
    example:
      "/home/user/lab.yaml: k3s-lab was made on the LAN 192.168.1.0/24, and the host is on 10.0.0.0/24. Go back to that LAN; or run `npm run lab:down`, then `npm run lab:up`. [LAB-NET-012]",
  },
  "LAB-NET-013": {
    cause: "The bridge, the routes and the firewall on the host's side of the LAN can be seen and made by root alone.",
    remedy: 'Run it again with `sudo env "PATH=$PATH"`.',
    example:
      'host: the host\'s side of the LAN needs root, and this is another user. Run it again with sudo env "PATH=$PATH". [LAB-NET-013]',
  },
  "LAB-NET-014": {
    cause:
      "`network.mode` was changed after the lab had been made. Every address would change, and the cluster's certificates and data name them.",
    remedy: "Run `npm run lab:down`, then `npm run lab:up`; or write the former mode.",
    example:
      "/home/user/lab.yaml: network.mode: is bridged, and the lab was made private. Run `npm run lab:down`, then `npm run lab:up`; or write mode: private. [LAB-NET-014]",
  },
  "LAB-NET-015": {
    cause: "`ip -json` printed something other than JSON, as the `ip` of busybox does.",
    remedy: "Install Debian's iproute2, or its equivalent on other systems; `ip -json link` shows what is printed.",
    example: "ip: its JSON could not be read. [LAB-NET-015]",
  },
  "LAB-NET-016": {
    cause: "Nodes are to be on the host's own LAN, and there is no `ip` that tells which one that is.",
    remedy: "Run `npm run lab:fetch`, which installs it; or install Debian's iproute2.",
    example:
      "host: lacks ip, which tells what LAN the host is on. Run `npm run lab:fetch`, which installs it; or install Debian's iproute2. [LAB-NET-016]",
  },
  "LAB-NET-017": {
    cause:
      "`network.routes` names a way that would make requests loop, or leads nowhere: Telepresence's interface, a lab's bridge, or networks of the lab itself.",
    remedy: "Name the interface of the VPN, and the networks behind it.",
    example:
      "/home/user/lab.yaml: network.routes.0.interface: tel0 is Telepresence's: requests would loop. Name the interface of the VPN. [LAB-NET-017]",
  },
};
