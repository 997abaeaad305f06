import { changeHostsFile, type HostsEntry, hostsEntries } from "@k3s-lab/host";
import type { Lab } from "@k3s-lab/lab";
import { type Step, step } from "@k3s-lab/steps";
import type { Registry } from "./registry.js";
import type { World } from "./world.js";

/** Makes the server's name known on the host, so that "multi:5000" means the same there as on the nodes. */
export function hostsStep({ id, config }: Lab, registry: Registry, files: World["hosts"] = {}): Step {
  const entry = { address: registry.address, names: [registry.node] };
  return entriesStep("name-server", "Name the server on the host", id, config.host.hostsFile ? [entry] : [], files);
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
          sentence: `host: ${what}`,
          run: ({ progress }) => changeHostsFile(lab, wanted, { ...files, note: progress }),
        },
      ];
    },
  });
}
