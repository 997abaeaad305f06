import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { Kubectl } from "./cluster-objects.js";

/** The nodes as this package needs them: the driver of the machines does. */
export interface Nodes {
  exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  copyIn(name: string, hostPath: string, path: string, options: { readonly mode: number }): Promise<void>;
}

/** What the registry's steps work with. */
export interface World {
  readonly kubectl: Kubectl;
  readonly nodes: Nodes;
  /** Names of all nodes, the server too. */
  readonly nodeNames: readonly string[];
  /** An archive of the registry's image, where one was fetched: its node then pulls nothing. */
  readonly archive?: string | undefined;
  /** Another file than the host's own, and where labs lock it: for tests. */
  readonly hosts?: { readonly file?: string; readonly dir?: string };
}
