import { readFileSync } from "node:fs";
import { type Daemon, serviceManagers } from "@k3s-lab/service-manager";
import { resolverFile } from "../../../node-files.js";
import { guestPlaces } from "../places.js";

/** The network of one guest, as its files set it. */
export interface GuestNetwork {
  /** Identifies the interface on the LAN, whatever the guest calls it. */
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly resolvers: readonly string[];
  readonly search?: readonly string[];
}

/** A file of a guest. */
export interface GuestFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Written only if one of these paths exists, which shows what the guest runs. Absent: always. */
  readonly where?: readonly string[];
  /** Set for a file of another program: the content is a marked block at its beginning or its end. */
  readonly block?: "first" | "last";
}

/** Reads a file of `shell/guest`. */
export function guestShell(name: string): string {
  return readFileSync(new URL(`../../../../shell/guest/${name}`, import.meta.url), "utf8");
}

/** Returns every file that makes a guest's network permanent, whichever network programs the guest runs. */
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

/** Returns the files that the keeper reads. */
export function lanFiles(network: GuestNetwork): readonly GuestFile[] {
  const { mac, address, prefixLength, gateway } = network;
  const lan = { MAC: mac.toLowerCase(), ADDRESS: address, PREFIX: String(prefixLength), GATEWAY: gateway };
  const lines = Object.entries(lan).map(([key, value]) => `${key}=${value}\n`);
  return [
    { path: guestPlaces.lan, content: lines.join(""), mode: 0o644 },
    { path: guestPlaces.resolvers, content: resolverFile(network), mode: 0o644 },
  ];
}

/**
 * Returns the keeper, which sets the LAN's route and resolver, and sets them again whenever something changes them. The
 * files for the guest's own network programs only stop the NAT interface from bringing its own. It is written for the
 * shells and the `ip` of both Debian and busybox.
 */
export function keeperFile(): GuestFile {
  return { path: guestPlaces.keeper, content: guestShell("keeper.sh"), mode: 0o755 };
}

const systemd = (program: string) => ["/lib/systemd", "/usr/lib/systemd"].map((dir) => `${dir}/${program}`);

/**
 * Returns the files for systemd-networkd. The first file that matches an interface wins: the LAN's sorts before netplan's
 * (10-) and those of images, which get a drop-in: see guest.sh.
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

/** Returns the file for systemd-resolved: some programs ask it directly, bypassing the keeper's /etc/resolv.conf. */
function resolvedFile({ resolvers, search = [] }: GuestNetwork): GuestFile {
  return {
    path: "/etc/systemd/resolved.conf.d/k3s-lab.conf",
    content: `[Resolve]
# Emptied first: each line adds to what an image has set.
DNS=
DNS=${resolvers.join(" ")}
FallbackDNS=
Domains=${["~.", ...search].join(" ")}
LLMNR=no
MulticastDNS=no
`,
    mode: 0o644,
    where: systemd("systemd-resolved"),
  };
}

/** Returns the file for NetworkManager. That a connection brings no default route is set per connection: see guest.sh. */
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
 * Returns the files for the DHCP clients that ifupdown (Debian's and Alpine's) starts. Each still gets an address, but is
 * told not to take a route or a resolver. Debian's own udhcpc reads no configuration: see guest.sh.
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

/** The services that start the keeper before K3s, and restart it when it ends. */
const serviceFiles: readonly GuestFile[] = Object.values(serviceManagers).flatMap((manager) => [
  {
    path: manager.serviceFile(daemon.name),
    content: manager.daemon(daemon),
    mode: manager.serviceFileMode,
    where: manager.programs,
  },
  ...manager.logRotation(daemon.name).map((file) => ({ ...file, where: manager.programs })),
]);
