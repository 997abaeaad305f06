import { NotRunning } from "@k3s-lab/machines";
import type { Registry } from "./registry.js";

/** Works on the first of the registry's nodes whose machine runs. */
export async function onOneOf<Value>(
  { nodes }: Pick<Registry, "nodes">,
  work: (node: string) => Promise<Value>,
): Promise<Value> {
  let last: unknown;
  for (const node of nodes) {
    try {
      return await work(node);
    } catch (error) {
      if (!(error instanceof NotRunning)) throw error;
      last = error;
    }
  }
  throw last;
}
