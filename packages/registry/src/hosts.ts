import { hostname } from "node:os";
import { changeHostsFile, type HostsEntry, hostsEntries, hostsFile, lineNaming, readText } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Registry } from "./registry.js";
import type { World } from "./world.js";

/**
 * Makes the server's name known on the host, so that "multi:5000" means the same there as on the nodes. Lines of others
 * stay, and a host that has the name itself keeps it: nameElsewhere tells what then leads to the registry.
 */
export function hostsStep({ id, config }: Lab, registry: Registry, files: World["hosts"] = {}): Step {
  const entry = { address: registry.address, names: [registry.node] };
  const isWanted = config.host.hostsFile && !isOwnName(registry.node);
  return entriesStep("name-server", "Name the server on the host", id, isWanted ? [entry] : [], files);
}

/** Why the server's name does not lead this host to the server, and what to do about it. */
export interface Elsewhere {
  /** "127.0.1.1 (/etc/hosts, line 2)", or "this host's own name": what the name is. */
  readonly is: string;
  /** A sentence without its period. */
  readonly remedy: string;
}

/** Returns undefined where the name leads to the server, or will once the lab's block is in the hosts file. */
export function nameElsewhere(
  { id, config }: Pick<Lab, "id" | "config">,
  { node, address, name, host }: Registry,
  text = readText(hostsFile) ?? "",
  hostName = hostname(),
): Elsewhere | undefined {
  if (!config.host.hostsFile) return undefined;
  const otherwise = `give the server another name in lab.yaml; until then, use ${host} on this host where nodes use ${name}`;
  const found = lineNaming(node, id, text);
  const isElsewhere = found !== undefined && !found.own && found.address !== address;
  if (isOwnName(node, hostName)) return { is: `this host's own name`, remedy: capitalized(otherwise) };
  if (!isElsewhere) return undefined;
  const { address: is, line } = found;
  return {
    is: `${is} (${hostsFile}, line ${line})`,
    remedy: `Take the name out of that line, or ${otherwise}`,
  };
}

function isOwnName(node: string, hostName = hostname()): boolean {
  return hostName.split(".")[0]?.toLowerCase() === node;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Gives the lab's block in the hosts file these entries; without any, removes the block. */
export function entriesStep(
  id: string,
  title: string,
  lab: string,
  wanted: readonly HostsEntry[],
  files: World["hosts"] = {},
): Step {
  return step<readonly HostsEntry[]>({
    id,
    title,
    observe: async () => hostsEntries(lab, files.file),
    plan: (seen) => {
      if (JSON.stringify(seen) === JSON.stringify(wanted)) return [];
      const lines = wanted.map(({ address, names }) => `${address} ${names.join(" ")}`);
      const what =
        wanted.length === 0
          ? "remove the lab's block from the hosts file"
          : `put ${lines.join(", ")} into the hosts file`;
      return [
        {
          on: "host",
          kind: wanted.length === 0 ? "remove" : seen.length === 0 ? "make" : "change",
          sentence: `host: ${what}`,
          run: ({ progress }) => changeHostsFile(lab, wanted, { ...files, note: progress }),
        },
      ];
    },
  });
}
