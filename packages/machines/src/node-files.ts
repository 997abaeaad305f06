import type { Machine, Machines } from "./machine.js";
import { sha256 } from "@k3s-lab/host";

export interface NodeFile {
  readonly path: string;
  readonly content: string;
  /** Shell that writes it, last of all that it does; absent: the content is all that there is to it. */
  readonly script?: string;
}

/** What a machine's network unit (see rootfs/recipe.ts) hands to `ip` at every boot. */
export const networkFile = "/etc/k3s-lab/network";
/** Not k3s-...: scripts that end K3s stop every unit of such a name. */
export const networkUnit = "lab-network.service";

/** The files that make a machine what it is on the LAN. They stand before its first boot and last through reboots. */
export function nodeFiles(labId: string, machine: Machine, wanted: Machines): readonly NodeFile[] {
  return [
    { path: "/etc/hostname", content: `${machine.name}\n` },
    // Machines that shared one, from their common root file system, would be one machine to Kubernetes.
    { path: "/etc/machine-id", content: `${sha256(`machine-id ${labId}/${machine.name}`).slice(0, 32)}\n` },
    hostsFile(wanted),
    { path: "/etc/resolv.conf", content: nameservers(wanted.resolvers) },
    { path: networkFile, content: network(machine, wanted.gateway) },
  ];
}

/** The content of /etc/resolv.conf. */
export function nameservers(resolvers: readonly string[]): string {
  return resolvers.map((address) => `nameserver ${address}\n`).join("");
}

/** For `ip -4 -batch`. Flushed first: an address or a second default route of an earlier boot must not stay. */
function network({ address, prefixLength, interface: dev }: Machine, gateway: string): string {
  return [
    `link set dev ${dev} up`,
    `address flush dev ${dev}`,
    `address add ${address}/${prefixLength} dev ${dev}`,
    "route flush exact 0.0.0.0/0",
    `route add default via ${gateway} dev ${dev}`,
    "",
  ].join("\n");
}

export function hostsFile({ machines }: { readonly machines: readonly Pick<Machine, "name" | "address">[] }): NodeFile {
  const nodes = machines.map(({ address, name }) => `${address}\t${name}\n`);
  const content = `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${nodes.join("")}`;
  return { path: "/etc/hosts", content };
}
