import type { Link, Route, Rule } from "@k3s-lab/ip";

/** What the host's network looks like, IPv4. */
export interface Host {
  readonly links: readonly Link[];
  /** Of every table. */
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /**
   * Nameservers of the host, also those behind a stub on the loopback; whether nodes can use them is another matter.
   */
  readonly nameservers: readonly string[];
  /** Programs that are missing, so that less is seen than there is. */
  readonly lacks: readonly string[];
}

/** Tells whether the host's kernel has IPv6. */
export function hasIpv6({ links }: Host): boolean {
  return links.some(({ ipv6 }) => ipv6 !== undefined);
}
