import { Cidr, parseCidr } from "@k3s-lab/ip";
import type { Host, NameserverFile } from "./host.js";

/** Reads the host's files. */
export interface Files {
  /** Undefined for a file that is missing. */
  read(file: string): string | undefined;
  /** Returns the names in a folder; none for one that is missing. */
  list(folder: string): readonly string[];
}

/** What programs of the host read. */
const own = "/etc/resolv.conf";

type Parse = (text: string) => Omit<NameserverFile, "file">;

/**
 * The places that may name the servers behind a stub of the host's or a VPN's resolver, in the order of trust: what runs
 * now, what a VPN has put aside, and leases, which may be those of another network. A folder stands for its files.
 */
const behind: readonly (readonly [place: string, parse: Parse])[] = [
  ["/run/systemd/resolve/resolv.conf", resolvConf],
  ["/run/NetworkManager/no-stub-resolv.conf", resolvConf],
  ["/run/systemd/netif/leases/", assignments],
  ["/run/systemd/resolve/netif/", assignments],
  ["/run/resolvconf/interface/", resolvConf],
  ["/run/resolvconf/interfaces/", resolvConf],
  ["/run/resolvconf/keys/", resolvConf],
  ["/run/dhcpcd/resolv.conf/", resolvConf],
  ["/run/dhcpcd/hook-state/resolv.conf/", resolvConf],
  ["/run/connman/resolv.conf", resolvConf],
  ["/run/dnsmasq/resolv.conf", resolvConf],
  ["/etc/resolv.pre-tailscale-backup.conf", resolvConf],
  ["/etc/resolv.conf.original.netbird", resolvConf],
  ["/run/vpnc/resolv.conf-backup", resolvConf],
  ["/var/lib/dhcp/", lease],
  ["/var/lib/dhclient/", lease],
  ["/var/lib/NetworkManager/", leaseOrAssignments],
];

/** Reads the servers that the host itself asks, and the files that name servers behind those. */
export function readNameservers({ read, list }: Files): Required<Pick<Host, "nameservers" | "search" | "behind">> {
  const places = behind.flatMap(([place, parse]) =>
    place.endsWith("/") ? list(place).map((name) => [`${place}${name}`, parse] as const) : [[place, parse] as const],
  );
  const found = places.flatMap(([file, parse]) => {
    const text = read(file);
    return text === undefined ? [] : [{ file, ...parse(text) }];
  });
  return { ...resolvConf(read(own) ?? ""), behind: found.filter(({ nameservers }) => nameservers.length > 0) };
}

const loopback = parseCidr("127.0.0.0/8");

/** Tells whether nodes could use it, judged by its text alone: their networks are IPv4. */
export function isIpv4(address: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(address);
}

/** Tells whether a packet to it never leaves the host, whatever addresses the host has. */
export function isLoopback(address: string): boolean {
  return isIpv4(address) ? loopback.contains(address) || new Cidr(0, 8).contains(address) : address === "::1";
}

/** Returns the addresses that the host may ask beyond itself, IPv4, once each. */
export function askedBeyond({ nameservers, behind: files = [] }: Pick<Host, "nameservers" | "behind">): string[] {
  const all = [...nameservers, ...files.flatMap((file) => file.nameservers)];
  return [...new Set(all)].filter((address) => isIpv4(address) && !isLoopback(address));
}

/** Reads resolv.conf(5). Of several lists of search domains the last one counts. */
function resolvConf(text: string): Omit<NameserverFile, "file"> {
  const after = (keyword: RegExp) =>
    text.split("\n").flatMap((line) => {
      const [word = "", ...values] = line.trim().split(/\s+/);
      return keyword.test(word) ? [values] : [];
    });
  return named(
    after(/^nameserver$/).flatMap(([address = ""]) => address),
    after(/^(search|domain)$/).at(-1) ?? [],
  );
}

/** Reads what systemd keeps of a link: DNS=192.168.1.1 192.168.1.2, DOMAINNAME=lan. */
function assignments(text: string): Omit<NameserverFile, "file"> {
  const of = (keys: RegExp) =>
    text.split("\n").flatMap((line) => {
      const [key = "", ...value] = line.split("=");
      return keys.test(key) ? value.join("=").split(/\s+/) : [];
    });
  return named(of(/^(DNS|SERVERS)$/), of(/^(DOMAINNAME|DOMAIN_SEARCH_LIST|DOMAINS)$/));
}

/** Reads the leases of ISC's dhclient, the last of which counts. */
function lease(text: string): Omit<NameserverFile, "file"> {
  const option = (name: string) =>
    [...text.matchAll(new RegExp(`^\\s*option ${name} ([^;]+);`, "gm"))].at(-1)?.[1]?.replaceAll('"', "") ?? "";
  const domains = option("domain-search") || option("domain-name");
  return named(option("domain-name-servers").split(/[\s,]+/), domains.split(/[\s,]+/));
}

/** Reads a lease of dhclient, or one of NetworkManager's internal client, which has systemd's form. */
function leaseOrAssignments(text: string): Omit<NameserverFile, "file"> {
  return /^lease \{/m.test(text) ? lease(text) : assignments(text);
}

function named(nameservers: readonly string[], search: readonly string[]): Omit<NameserverFile, "file"> {
  const domains = search.map((domain) => domain.replace(/\.$/, "").toLowerCase());
  return {
    nameservers: [...new Set(nameservers)].filter((address) => isIpv4(address) || address.includes(":")),
    // "~corp.example" routes questions and completes none.
    search: [...new Set(domains)].filter((domain) => /^[a-z\d_]([a-z\d_.-]*[a-z\d_])?$/.test(domain)),
  };
}
