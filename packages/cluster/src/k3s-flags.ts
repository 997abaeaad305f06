import { type Foreseen, knownFlags, nameOfRelease } from "@k3s-lab/k3s-source";
import { flagsOf, isToldToAgents, type K3sFlags, type Lab } from "@k3s-lab/lab";
import { didYouMean, Problem } from "@k3s-lab/problem";

type Configured = Pick<Lab, "config">;

/** The flags of K3s that lab.yaml sets on each node, by its name. */
export function flagsByName({ config }: Configured): ReadonlyMap<string, K3sFlags> {
  return new Map(config.nodes.map((node) => [node.name, flagsOf(node, config.cluster.k3s)]));
}

/** Those of the server's that agents ask it for. */
export function flagsToldToAgents({ config }: Configured): K3sFlags {
  const server = config.nodes.find(({ role }) => role === "server");
  const flags = server === undefined ? {} : flagsOf(server, config.cluster.k3s);
  return Object.fromEntries(Object.entries(flags).filter(([flag]) => isToldToAgents(flag)));
}

/** Throws a Problem where lab.yaml sets flags that the lab's K3s is known not to have, with all of them. */
export async function refuseUnknownFlags(
  { config, file }: Pick<Lab, "config" | "file">,
  release: Foreseen,
  signal: AbortSignal,
): Promise<void> {
  const set = config.nodes.flatMap((node, index) =>
    Object.keys(flagsOf(node, config.cluster.k3s)).map((flag) => {
      const place = Object.hasOwn(node.k3s ?? {}, flag) ? `nodes.${index}.k3s` : "cluster.k3s";
      return { flag, place, command: node.role };
    }),
  );
  if (set.length === 0) return;
  const [server, agent] = await Promise.all([
    knownFlags(release, "server", signal),
    knownFlags(release, "agent", signal),
  ]);
  const faults = set.flatMap(({ flag, place, command }) => {
    const known = command === "server" ? server : agent;
    if (known === undefined || known.has(flag)) return [];
    const near = didYouMean(flag, [...known]);
    return [`${place}.${flag}: is no flag of \`k3s ${command}\` in ${nameOfRelease(release)}${near}`];
  });
  const [first, ...others] = new Set(faults);
  if (first === undefined) return;
  throw new Problem("LAB-K3S-011", file, [first, ...others].join("; "), { remedy: "Correct it." });
}
