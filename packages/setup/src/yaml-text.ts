import type { K3sFlags, NodeConfig } from "@k3s-lab/lab";
import { stringify } from "yaml";

/** Writes a value on one line of YAML, quoted where it must be. */
export function inline(value: string | number | readonly string[] | K3sFlags): string {
  return stringify(value, { collectionStyle: "flow", flowCollectionPadding: false, lineWidth: 0 }).trimEnd();
}

/** Writes a node on one line: "{ name: multi, role: server }". */
export function inlineNode({ name, role, address, memory, cpus, labels, taints, k3s }: NodeConfig): string {
  const keys = [
    `name: ${inline(name)}`,
    `role: ${role}`,
    ...(address === undefined ? [] : [`address: ${address}`]),
    ...(memory === undefined ? [] : [`memory: ${memory}`]),
    ...(cpus === undefined ? [] : [`cpus: ${cpus}`]),
    ...(labels === undefined ? [] : [`labels: ${inline(labels)}`]),
    ...(taints === undefined ? [] : [`taints: ${inline(taints)}`]),
    ...(k3s === undefined ? [] : [`k3s: ${inline(k3s)}`]),
  ];
  return `{ ${keys.join(", ")} }`;
}
