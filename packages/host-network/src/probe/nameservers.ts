import { parseCidr } from "@k3s-lab/ip";

const loopback = parseCidr("127.0.0.0/8");
const ipv4 = /^\d+\.\d+\.\d+\.\d+$/;

/** The files that may name the servers behind a local stub, in the order of trust. */
const resolverFiles = [
  "/etc/resolv.conf",
  "/run/systemd/resolve/resolv.conf",
  "/run/NetworkManager/no-stub-resolv.conf",
] as const;

/**
 * Reads the host's nameservers, IPv4: those of resolv.conf and, where that names a stub on the loopback, those that the
 * stub asks.
 */
export function nameserversOf(read: (file: string) => string | undefined): readonly string[] {
  const [own, ...behind] = resolverFiles;
  const named = nameserversIn(read(own) ?? "");
  const stub = named.some((address) => loopback.contains(address));
  const all = stub ? [...named, ...behind.flatMap((file) => nameserversIn(read(file) ?? ""))] : named;
  return [...new Set(all.filter((address) => !loopback.contains(address)))];
}

function nameserversIn(text: string): string[] {
  return [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)].map((match) => match[1] ?? "").filter((it) => ipv4.test(it));
}
