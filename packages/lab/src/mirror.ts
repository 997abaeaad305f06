import type { LabConfig } from "./config.js";
import { Problem } from "@k3s-lab/problem";

/** The lab's registry as nodes know it: the name in image references, and where it answers. */
export interface Mirror {
  /** "multi:5000" */
  readonly name: string;
  /** "http://10.76.0.10:5000" */
  readonly endpoint: string;
  /** The node it runs on. */
  readonly node: string;
}

/** Pure data of the lab, so that K3s knows the registry before it first starts, and before there is one. */
export function mirrorOf(
  config: LabConfig,
  machines: readonly { readonly name: string; readonly address: string }[],
): Mirror {
  const server = config.nodes.find((node) => node.role === "server")?.name;
  const machine = machines.find(({ name }) => name === server);
  if (server === undefined || machine === undefined) {
    throw new Problem("LAB-CFG-005", server ?? "lab.yaml", "has no machine, expected the server to have one", {
      remedy: "Run `npm run lab:up`, which runs every stage.",
    });
  }
  const { port } = config.registry;
  return { name: `${server}:${port}`, endpoint: `http://${machine.address}:${port}`, node: server };
}
