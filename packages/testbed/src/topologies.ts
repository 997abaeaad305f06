import type { EmulateOptions } from "./emulate-host.js";
import { hostBridge, lan } from "./lans.js";
import type { NodeOptions } from "./emulate-node.js";
import { cluster, userMode } from "./node-network.js";

/** Where a node is, as seen from its host: this decides whether a request that no service serves comes back. */
export interface Topology extends NodeOptions {
  readonly title: string;
  readonly world: EmulateOptions;
  /** Shell, to be run on the host before the node is plugged in. */
  readonly onHost?: string;
  /** Shell, to be run on the LAN's router. */
  readonly onRouter?: string;
  /** By which the host gets what nodes send, and where that may go on to: what a host guard is about. */
  readonly nodesComeBy: string;
  readonly allowed: readonly string[];
  readonly resolvers: {
    /** One that asks the host's nameserver in the host's own name. */
    readonly leadsBack: string;
    /** One that does not, where there is one. */
    readonly safe?: string;
  };
}

const vmBridge = "virbr0";
const hostOnVmBridge = "192.168.56.1";
const onVmBridge = [{ by: "bridge", bridge: vmBridge, address: "192.168.56.11/24" }] as const;
const onLan = { by: "bridge", bridge: hostBridge, address: "192.168.77.21/24" } as const;
const byProcess = { by: "process", address: userMode.address } as const;

const forwards = "echo 1 >/proc/sys/net/ipv4/ip_forward\n";
const makeBridge = `ip link add ${vmBridge} type bridge
ip address add ${hostOnVmBridge}/24 dev ${vmBridge}
ip link set ${vmBridge} up
`;
const translate = `nft -f - <<END
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "${vmBridge}" oifname "${lan.uplink}" masquerade
  }
}
END
`;

/** What Docker writes for a network of its own on a bridge: it drops what is forwarded but for that, and translates it. */
export function dockerRules(bridge: string, subnet?: string): string {
  const translated = subnet === undefined ? "" : `-A POSTROUTING -s ${subnet} ! -o ${bridge} -j MASQUERADE\n`;
  return `iptables-restore --noflush <<END
*filter
:FORWARD DROP
-A FORWARD -o ${bridge} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i ${bridge} ! -o ${bridge} -j ACCEPT
-A FORWARD -i ${bridge} -o ${bridge} -j ACCEPT
COMMIT
*nat
${translated}COMMIT
END
`;
}

const hostOnly = {
  world: {},
  cards: onVmBridge,
  gateway: hostOnVmBridge,
  nodesComeBy: vmBridge,
  allowed: [lan.uplink],
  resolvers: { leadsBack: hostOnVmBridge },
} as const;

const userModeNat = {
  world: {},
  cards: [byProcess],
  gateway: userMode.gateway,
  nodesComeBy: lan.uplink,
  allowed: [],
  resolvers: { leadsBack: userMode.nameserver },
} as const;

const bridged = {
  world: { bridge: true },
  cards: [onLan],
  gateway: lan.routerAddress,
  nodesComeBy: hostBridge,
  allowed: [],
  resolvers: { leadsBack: lan.hostAddress, safe: lan.routerAddress },
} as const;

/** Those of which a developer's machine has one; each without any guard. */
export const topologies = {
  kernelNat: {
    ...hostOnly,
    title: "NAT by the host's kernel (libvirt's default)",
    onHost: makeBridge + forwards + translate,
    resolvers: { ...hostOnly.resolvers, safe: lan.routerAddress },
  },
  dockerBridge: {
    ...hostOnly,
    title: "Docker bridge (k3d, kind)",
    onHost: makeBridge + forwards + dockerRules(vmBridge, "192.168.56.0/24"),
    resolvers: { ...hostOnly.resolvers, safe: lan.routerAddress },
  },
  hostOnly: { ...hostOnly, title: "host-only, the host forwards", onHost: makeBridge + forwards },
  hostOnlyClosed: { ...hostOnly, title: "host-only, the host forwards nothing", onHost: makeBridge },
  userModeNat: { ...userModeNat, title: "user-mode NAT (QEMU, Lima, VirtualBox)" },
  dockerInMachine: {
    ...userModeNat,
    title: "Docker in a virtual machine (Docker Desktop, Colima, Rancher Desktop, OrbStack)",
  },
  halfBridged: {
    title: "a bridged card, the default route still by user-mode NAT (Vagrant's default)",
    world: { bridge: true },
    cards: [byProcess, onLan],
    gateway: userMode.gateway,
    nodesComeBy: hostBridge,
    allowed: [],
    resolvers: { leadsBack: userMode.nameserver, safe: lan.routerAddress },
  },
  bridged: { ...bridged, title: "bridged, the router is the gateway and answers" },
  bridgedSilent: {
    ...bridged,
    title: "bridged, the router is the gateway and stays silent",
    world: { bridge: true, router: "silent" },
  },
  bridgedByHost: {
    ...bridged,
    title: "bridged, but the host is the gateway",
    onHost: forwards,
    gateway: lan.hostAddress,
  },
  bridgedLedBack: {
    ...bridged,
    title: "bridged, but the router routes the cluster's addresses to the host",
    onHost: forwards,
    onRouter: [cluster.serviceCidr, cluster.podCidr]
      .map((cidr) => `ip route add ${cidr} via ${lan.hostAddress}`)
      .join("\n"),
  },
} as const satisfies Record<string, Topology>;
