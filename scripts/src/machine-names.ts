import type { Lab } from "@k3s-lab/lab";
import { didYouMean, Problem } from "@k3s-lab/problem";

export function machineNames({ config }: Pick<Lab, "config">): readonly string[] {
  return config.nodes.map(({ name }) => name);
}

/** Refuses a name that no machine of the lab has, with the one that was probably meant. */
export function requireMachine(lab: Pick<Lab, "config">, command: string, name: string | undefined): string {
  const names = machineNames(lab);
  if (name !== undefined && names.includes(name)) return name;
  const seen = name === undefined ? "none" : `${name || '""'}${didYouMean(name, names)}`;
  const remedy = name?.includes(",") ? `Several machines follow --on: --on ${name}.` : undefined;
  throw new Problem("LAB-CLI-002", command, `expected a machine's name (${names.join(", ")}), seen: ${seen}`, {
    remedy,
  });
}
