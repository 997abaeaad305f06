import type { Link, Route, Rule } from "@k3s-lab/ip";

/** What the host's network looks like, IPv4. */
export interface Host {
  readonly links: readonly Link[];
  /** Of every table. */
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** What the host's programs ask, as resolv.conf has it; whether nodes can use them is another matter. */
  readonly nameservers: readonly string[];
  /** Search domains of resolv.conf. */
  readonly search?: readonly string[];
  /** What may be behind those, as stubs, network managers, VPNs and DHCP clients record it, in the order of trust. */
  readonly behind?: readonly NameserverFile[];
  /** Programs that are missing, so that less is seen than there is. */
  readonly lacks: readonly string[];
}

/** What one file of the host names. */
export interface NameserverFile {
  /** "/etc/resolv.conf" */
  readonly file: string;
  /** As the file has them: IPv6 and the loopback, too. */
  readonly nameservers: readonly string[];
  /** Search domains, in their order. */
  readonly search: readonly string[];
}

/** Tells whether the host's kernel has IPv6. */
export function hasIpv6({ links }: Host): boolean {
  return links.some(({ ipv6 }) => ipv6 !== undefined);
}
