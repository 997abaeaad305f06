import type { NetworkInterfaceInfo } from "node:os";
import { addressOf, type Link, type LinkKind, linkWith, parseCidr, type Route, unroutable } from "@k3s-lab/ip";
import type { Host } from "./host.js";

/** What Node and the system's own program for routes report about a host that is not Linux. */
export interface OtherSystem {
  /** os.networkInterfaces(): those that are up and have an address. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /** What routesCommand prints. */
  readonly routes: string;
  readonly nameservers: readonly string[];
}

export function routesCommand(platform: NodeJS.Platform): readonly [string, ...string[]] {
  return platform === "win32" ? ["route", "print", "-4"] : ["netstat", "-rn", "-f", "inet"];
}

/**
 * Makes as much of a host as VirtualBox's machines on its LAN need: IPv4 addresses, routes, and which links are a
 * VPN's.
 */
export function hostOf({ interfaces, routes, nameservers }: OtherSystem, platform: NodeJS.Platform): Host {
  const links = Object.entries(interfaces).flatMap(([name, infos]) => linkOf(name, infos ?? []));
  return {
    links,
    routes: platform === "win32" ? windowsRoutes(routes, links) : bsdRoutes(routes),
    rules: [],
    nameservers: nameservers.filter((address) => ipv4.test(address) && !address.startsWith("127.")),
    lacks: [],
  };
}

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

function linkOf(name: string, infos: readonly NetworkInterfaceInfo[]): readonly Link[] {
  const addresses = infos.flatMap(({ family, cidr }) => (family === "IPv4" && cidr !== null ? [cidr] : []));
  const [first] = infos;
  if (first === undefined || addresses.length === 0) return [];
  const kind = first.internal ? "loopback" : kindOf(name);
  return [{ name, kind, up: true, carrier: true, mtu: 1500, mac: first.mac, addresses }];
}

/** The system reports names only: macOS' are fixed, Windows' are what its drivers and its owner call them. */
const kinds: readonly (readonly [RegExp, LinkKind])[] = [
  [/^(utun|tun|tap|tel|ppp|ipsec)\d*$|wireguard|wintun|openvpn|tailscale|telepresence|\b(tap|tun|vpn)\b/i, "tun"],
  [/^(vmnet|vboxnet|awdl|llw|anpi|ap|gif|stf|bridge)\d*$|vethernet|virtualbox|vmware|bluetooth/i, "other"],
  [/wi-?fi|wlan|wireless/i, "wifi"],
];

function kindOf(name: string): LinkKind {
  return kinds.find(([pattern]) => pattern.test(name))?.[1] ?? "wired";
}

/** Reads "default 192.168.1.1 UGScg en0" and "10.8/16 link#15 UCS utun3", which leaves out trailing zeros. */
function bsdRoutes(text: string): readonly Route[] {
  return text.split("\n").flatMap((line) => {
    const [destination = "", gateway = "", flags = "", dev] = line.trim().split(/\s+/);
    if (dev === undefined || !/^[A-Z]/.test(flags)) return [];
    if (destination === "default") return route("0.0.0.0/0", gateway, dev);
    const [, octets, bits] = /^(\d+(?:\.\d+){0,3})(?:\/(\d+))?$/.exec(destination) ?? [];
    if (octets === undefined) return [];
    const given = octets.split(".");
    const full = [...given, "0", "0", "0"].slice(0, 4).join(".");
    return route(`${full}/${bits ?? given.length * 8}`, gateway, dev);
  });
}

/** Reads lines of destination, mask, gateway ("On-link", in the system's language), the interface's address, metric. */
function windowsRoutes(text: string, links: readonly Link[]): readonly Route[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [destination = "", mask = "", gateway = "", address = "", metric] = line.trim().split(/\s+/);
    if (metric === undefined || ![destination, mask, address].every((each) => ipv4.test(each))) return [];
    const link = linkWith(links, address);
    const bits = mask.split(".").reduce((sum, octet) => sum + Number(octet).toString(2).replaceAll("0", "").length, 0);
    return link === undefined ? [] : route(`${destination}/${bits}`, gateway, link.name, Number(metric));
  });
}

function route(destination: string, gateway: string, dev: string, metric = 0): readonly Route[] {
  const cidr = parseCidr(destination);
  // Single addresses are neighbours and the host itself.
  if (cidr.bits === 32 || (cidr.bits > 0 && unroutable.some((each) => each.contains(addressOf(destination))))) {
    return [];
  }
  const dst = cidr.bits === 0 ? "default" : String(cidr);
  return [
    { dst, type: "unicast", table: "main", metric, dev, flags: [], gateway: ipv4.test(gateway) ? gateway : undefined },
  ];
}
