import type { Machine, Machines } from "./machine.js";
import { sharingFiles } from "./shared-address.js";
import { sha256, withBlock } from "@k3s-lab/host";

export interface NodeFile {
  readonly path: string;
  readonly content: string;
  /**
   * Makes the content of what the file holds, empty where there is none, and keeps what is not the lab's. Absent: the
   * whole file is the lab's.
   */
  readonly merge?: (text: string) => string;
  /** Shell that writes it, last of all that it does; absent: the content is all that there is to it. */
  readonly script?: string;
}

/** Every user on a node reads these files: names are resolved through them. */
export const fileMode = 0o644;

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
    hostsFile(labId, wanted),
    { path: "/etc/resolv.conf", content: resolverFile(wanted) },
    { path: networkFile, content: network(machine, wanted.gateway) },
    ...sharingFiles(machine, wanted),
  ];
}

/** Renders the content of /etc/resolv.conf. */
export function resolverFile({ resolvers, search = [] }: Pick<Machines, "resolvers" | "search">): string {
  const domains = search.length === 0 ? "" : `search ${search.join(" ")}\n`;
  return `${domains}${resolvers.map((address) => `nameserver ${address}\n`).join("")}`;
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

export const hostsPath = "/etc/hosts";

const localNames = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n";

/** Names the nodes, and what lab.yaml names, in a block of the hosts file. The rest belongs to the machine's owner. */
export function hostsFile(
  labId: string,
  { machines, hostAliases = [] }: Pick<Machines, "hostAliases"> & { readonly machines: readonly NamedAddress[] },
): NodeFile {
  const nodes = machines.map(({ address, name }) => ({ address, names: [name] }));
  const entries = [...nodes, ...hostAliases.map(({ ip, hostnames }) => ({ address: ip, names: hostnames }))];
  const block = withBlock("", labId, entries);
  const merge = (text: string) => {
    if (text.includes(block)) return text;
    // Earlier releases wrote the same lines without a block.
    const rest = text.split("\n").filter((line) => !block.split("\n").slice(1, -2).includes(line));
    return withBlock(text === "" ? localNames : rest.join("\n"), labId, entries);
  };
  return { path: hostsPath, content: merge(""), merge };
}

type NamedAddress = Pick<Machine, "name" | "address">;
