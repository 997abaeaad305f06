import { readFileSync } from "node:fs";
import { type Daemon, serviceManagers } from "@k3s-lab/service-manager";
import { nameservers } from "../../../node-files.js";
import { guestPlaces } from "../places.js";

/** The network of one guest, as its files have it. */
export interface GuestNetwork {
  /** By which the interface on the LAN is found, whatever the guest calls it. */
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly resolvers: readonly string[];
}

/** A file of a guest. */
export interface GuestFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Written only where one of these exists: what the guest runs. Absent: always. */
  readonly where?: readonly string[];
  /** The file is another program's: this is a marked block in it, at its beginning or at its end. */
  readonly block?: "first" | "last";
}

/** Reads a file of `shell/guest`. */
export function guestShell(name: string): string {
  return readFileSync(new URL(`../../../../shell/guest/${name}`, import.meta.url), "utf8");
}

/** Returns every file that makes a guest's network last, for whatever the guest runs. */
export function guestFiles(network: GuestNetwork): readonly GuestFile[] {
  return [
    ...lanFiles(network),
    keeperFile(),
    ...networkdFiles(network),
    resolvedFile(network),
    networkManagerFile(network),
    ...dhcpClientFiles(),
    ...serviceFiles,
  ];
}

/** What the keeper reads. */
export function lanFiles({ mac, address, prefixLength, gateway, resolvers }: GuestNetwork): readonly GuestFile[] {
  const lan = { MAC: mac.toLowerCase(), ADDRESS: address, PREFIX: String(prefixLength), GATEWAY: gateway };
  const lines = Object.entries(lan).map(([key, value]) => `${key}=${value}\n`);
  return [
    { path: guestPlaces.lan, content: lines.join(""), mode: 0o644 },
    { path: guestPlaces.resolvers, content: nameservers(resolvers), mode: 0o644 },
  ];
}

/**
 * The files for a guest's own network programs keep the NAT interface from bringing a route or a resolver. The keeper
 * sets the LAN's, and sets them again when something has changed them all the same. For the shells and the `ip` of Debian
 * and of busybox.
 */
export function keeperFile(): GuestFile {
  return { path: guestPlaces.keeper, content: guestShell("keeper.sh"), mode: 0o755 };
}

const systemd = (program: string) => ["/lib/systemd", "/usr/lib/systemd"].map((dir) => `${dir}/${program}`);

/**
 * The first file that matches an interface wins: the LAN's stands before netplan's (10-) and those of images. To theirs
 * goes a drop-in: see guest.sh.
 */
function networkdFiles({ mac }: GuestNetwork): readonly GuestFile[] {
  const where = systemd("systemd-networkd");
  return [
    {
      path: "/etc/systemd/network/03-k3s-lab-lan.network",
      content: `# Managed by /usr/local/sbin/k3s-lab-network.
[Match]
MACAddress=${mac}

[Link]
Unmanaged=yes
`,
      mode: 0o644,
      where,
    },
    {
      path: "/etc/systemd/networkd.conf.d/k3s-lab.conf",
      content: `# Otherwise it deletes at every restart what it did not make: flannel's routes.
[Network]
ManageForeignRoutes=no
ManageForeignRoutingPolicyRules=no
`,
      mode: 0o644,
      where,
    },
  ];
}

/** For programs that ask it past /etc/resolv.conf, which the keeper writes. */
function resolvedFile({ resolvers }: GuestNetwork): GuestFile {
  return {
    path: "/etc/systemd/resolved.conf.d/k3s-lab.conf",
    content: `[Resolve]
# Emptied first: each line adds to what an image has set.
DNS=
DNS=${resolvers.join(" ")}
FallbackDNS=
Domains=~.
LLMNR=no
MulticastDNS=no
`,
    mode: 0o644,
    where: systemd("systemd-resolved"),
  };
}

/** That a connection never brings a default route is a setting of each connection: see guest.sh. */
function networkManagerFile({ mac }: GuestNetwork): GuestFile {
  return {
    path: "/etc/NetworkManager/conf.d/90-k3s-lab.conf",
    content: `[main]
dns=none
rc-manager=unmanaged

# Managed by /usr/local/sbin/k3s-lab-network.
[device-k3s-lab-lan]
match-device=mac:${mac}
managed=0

[device-k3s-lab-pods]
match-device=interface-name:cni*;interface-name:flannel*;interface-name:veth*
managed=0
`,
    mode: 0o644,
    where: ["/etc/NetworkManager"],
  };
}

/**
 * ifupdown, Debian's and Alpine's, leaves DHCP to one of these. Each still gets its address, and is told not to take a
 * route or a resolver along. Debian's own udhcpc reads no configuration: see guest.sh.
 */
function dhcpClientFiles(): readonly GuestFile[] {
  return [
    {
      path: "/etc/dhcp/dhclient-enter-hooks.d/k3s-lab",
      content: guestShell("dhclient-enter-hook.sh"),
      mode: 0o644,
      where: ["/etc/dhcp/dhclient-enter-hooks.d", "/sbin/dhclient-script", "/usr/sbin/dhclient-script"],
    },
    {
      path: "/etc/udhcpc/udhcpc.conf",
      content: guestShell("udhcpc.conf.sh"),
      mode: 0o644,
      where: ["/usr/share/udhcpc/default.script"],
      block: "last",
    },
    {
      // Before its sections of interfaces, so that it holds for all.
      path: "/etc/dhcpcd.conf",
      content: "nogateway\nnohook resolv.conf\nnooption classless_static_routes, ms_classless_static_routes\n",
      mode: 0o644,
      where: ["/etc/dhcpcd.conf"],
      block: "first",
    },
  ];
}

const k3s = ["k3s", "k3s-agent"] as const;

const daemon: Daemon = {
  name: guestPlaces.service,
  description: "Address, default route and resolver of a k3s-lab machine",
  program: guestPlaces.keeper,
  // What is ordered after this service waits for the first round.
  prepare: "wait",
  stay: "watch",
  order: {
    systemd: { after: ["network.target"], before: ["network-online.target", ...k3s] },
    openrc: { after: ["localmount", "net", "firewall"], before: k3s },
  },
};

/** They start the keeper before K3s, and again when it ends. */
const serviceFiles: readonly GuestFile[] = Object.values(serviceManagers).map((manager) => ({
  path: manager.serviceFile(daemon.name),
  content: manager.daemon(daemon),
  mode: manager.serviceFileMode,
  where: manager.programs,
}));
