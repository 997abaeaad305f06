import { type MachineProvider } from "@k3s-lab/lab";
import { addressOf, type Cidr, parseCidr, isVif, type Link, type LinkKind, linkNamed, linkWith } from "@k3s-lab/ip";
import { Problem } from "@k3s-lab/problem";
import { isLabLink } from "../names.js";
import { type Host } from "../probe/host.js";
import { firstReason } from "./first-reason.js";
import { type Candidate, chooseUplink, gatewayOf, unknownLink } from "./uplink.js";

/** How an interface of the host can put nodes on its LAN, or why it cannot. */
type Suitability = { readonly by: LanInterface["by"] } | { readonly unsuitable: string };

const cannot: Readonly<Partial<Record<LinkKind, string>>> = {
  loopback: "leads nowhere",
  dummy: "leads nowhere",
  wifi: "is Wi-Fi: an access point takes one MAC address a station, so no node's frames get through by bridge or macvlan",
  mobile: "is a modem, which carries no Ethernet",
  ppp: "is point to point and carries no Ethernet",
  macvlan: "is itself a macvlan: name the link that it sits on",
  tap: "is the cable of a virtual machine",
  other: "is of a kind that is not known to carry the frames of others",
};

/** Judges an interface by its kind first, since that does not change; then by its state. */
export function suitabilityOf(host: Host, link: Link, provider: MachineProvider): Suitability {
  const isVirtualBox = provider === "virtualbox";
  const isBridge = link.kind === "bridge";
  const master = linkNamed(host.links, link.master);
  const wifi = host.links.find((part) => part.master === link.name && part.kind === "wifi");
  const unsuitable = firstReason([
    [isVif(link), `is a VPN or VIF (${link.kind})`],
    [isLabLink(link.name), "belongs to a lab"],
    // VirtualBox sends on Wi-Fi with the host's own MAC address, and sorts what comes back by IPv4 address.
    [link.kind in cannot && !(isVirtualBox && link.kind === "wifi"), cannot[link.kind]],
    [link.master !== undefined, `is a part of ${link.master}${master ? ` (${master.kind})` : ""}`],
    [link.kind === "bond" && wifi !== undefined && !isVirtualBox, `has a part, ${wifi?.name}, that ${cannot.wifi}`],
    [!link.up, "is down"],
    [!link.carrier, "has no carrier: nothing is plugged in"],
    [provider === "libvirt" && !isBridge, noBridge],
  ]);
  if (unsuitable !== undefined) return { unsuitable };
  const onLinux = isBridge ? "bridge" : "macvlan";
  return { by: isVirtualBox ? "virtualbox" : onLinux };
}

const noBridge =
  "is no bridge: what libvirt makes on a card by itself, a macvtap, keeps host and machines from each other";

export interface LanInterface {
  readonly link: Link;
  readonly by: "bridge" | "macvlan" | "virtualbox";
  /** As a sentence without its subject: "has the only default route". */
  readonly reason: string;
}

/** Chooses the interface. `wanted`: network.interface of lab.yaml, "auto" or one that the person has named. */
export function chooseLanInterface(
  host: Host,
  wanted: string,
  file: string,
  provider: MachineProvider = "lxc",
): LanInterface {
  const isAuto = wanted === "auto";
  const { uplink, reason, candidates } = isAuto
    ? chooseUplink(host)
    : { uplink: { name: wanted }, reason: "is named in lab.yaml", candidates: [] };
  const link = linkNamed(host.links, uplink?.name);
  if (link === undefined) {
    const what = isAuto ? `no interface leads to a LAN: ${reason}` : `${wanted} ${unknownLink(host)}`;
    throw refused(file, what, host, provider, candidates);
  }
  const suitability = suitabilityOf(host, link, provider);
  if ("by" in suitability) return { link, by: suitability.by, reason };
  const subject = isAuto ? `${link.name}, which ${reason},` : link.name;
  throw refused(file, `${subject} ${suitability.unsuitable}`, host, provider, candidates);
}

/** Names the interfaces that would do, so that the person need not try. */
function refused(
  file: string,
  what: string,
  host: Host,
  provider: MachineProvider,
  candidates: readonly Candidate[],
): Problem {
  const suitable = host.links.flatMap((link) => {
    const suitability = suitabilityOf(host, link, provider);
    return "by" in suitability ? [`${link.name} (${suitability.by})`] : [];
  });
  const seen = candidates.length < 2 ? "" : ` (default routes: ${candidates.map(describe).join("; ")})`;
  const remedy =
    suitable.length === 0
      ? withoutAny[provider]
      : `Name another: ${suitable.join(", ")} would do${provider === "virtualbox" ? "" : "; or use network.mode: private"}.`;
  return new Problem("LAB-NET-004", file, `network.interface: ${what}${seen}`, { remedy });
}

const withoutAny: Readonly<Record<MachineProvider, string>> = {
  lxc: "Plug the host into a wired network, or use network.mode: private.",
  docker: "Use network.mode: private.",
  libvirt: "Make a bridge with the wired card as its port, or use network.mode: private.",
  virtualbox: "Connect the host to a network.",
};

function describe({ name, metric, unsuitable }: Candidate): string {
  return `${name}, metric ${metric}${unsuitable === undefined ? "" : `, ${unsuitable}`}`;
}

/** Describes for a person how each interface but loopback could take the nodes of that kind of machines. */
export function describeLanInterfaces(host: Host, provider: MachineProvider): readonly string[] {
  return host.links
    .filter(({ kind }) => kind !== "loopback")
    .map((link) => {
      const suitability = suitabilityOf(host, link, provider);
      return `${link.name} ${"by" in suitability ? takesNodes(suitability.by) : suitability.unsuitable}`;
    });
}

/** "takes nodes as macvlans" */
export function takesNodes(by: LanInterface["by"]): string {
  return `takes nodes as ${roles[by]}`;
}

const roles = {
  bridge: "ports of the bridge",
  macvlan: "macvlans",
  virtualbox: "virtual machines of VirtualBox",
} as const;

/** The LAN that an interface is on. */
export interface LanFacts {
  readonly subnet: Cidr;
  readonly gateway: string;
  /** The host's own address on the interface, where it has one. */
  readonly hostAddress: string | undefined;
}

/** Returns the router and its network: those in lab.yaml, or else those of the host's own routes and addresses. */
export function lanFactsOf(
  host: Host,
  { link, by }: LanInterface,
  wanted: { readonly subnet: Cidr | "auto"; readonly gateway: string },
  file: string,
): LanFacts {
  const refuse = (what: string, remedy: string) => new Problem("LAB-NET-005", file, what, { remedy });
  const gateway = wanted.gateway === "auto" ? gatewayOf(host, link.name) : wanted.gateway;
  if (gateway === undefined) {
    throw refuse(
      `network.gateway: no route of the host names a router on ${link.name}`,
      "Name the router's address with network.gateway.",
    );
  }
  const owner = linkWith(host.links, gateway);
  if (owner !== undefined) {
    throw refuse(
      `network.gateway: ${gateway} is the host itself (${owner.name}), expected the LAN's router: the host as gateway is how requests loop`,
      "Name the router's address, or use network.mode: private, which guards the host.",
    );
  }
  const own = link.addresses.map(parseCidr).find((each) => each.bits < minimalBits && each.contains(gateway));
  const subnet = wanted.subnet === "auto" ? own : wanted.subnet;
  if (subnet === undefined) {
    const seen = link.addresses.length === 0 ? "no address" : link.addresses.join(", ");
    throw refuse(
      `network.subnet: ${link.name} has ${seen}, which is no network that holds the router ${gateway}`,
      "Name the LAN's network with network.subnet, and the router's address with network.gateway.",
    );
  }
  if (!subnet.contains(gateway)) {
    throw refuse(
      `network.gateway: ${gateway} is outside of the LAN ${subnet} of ${link.name}`,
      "Name the LAN's network with network.subnet, and the router's address with network.gateway.",
    );
  }
  const hostAddresses = link.addresses.map(addressOf);
  const hostAddress = hostAddresses.find((each) => subnet.contains(each)) ?? hostAddresses[0];
  if (by !== "bridge" && hostAddress === undefined) {
    throw refuse(
      `network.interface: ${link.name} has no address of the host, which could not reach its nodes`,
      "Name the interface that the host is on the LAN by.",
    );
  }
  return { subnet, gateway, hostAddress };
}

/** A network with room for a router, the host and a node. */
const minimalBits = 30;
