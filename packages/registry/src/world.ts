import { existsSync, readFileSync } from "node:fs";
import type { RunOptions, RunResult } from "@k3s-lab/exec";
import { type Api, openApiOf } from "@k3s-lab/kube";
import type { Lab } from "@k3s-lab/lab";
import { type CopyOptions, openDriver } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import type { Facts } from "@k3s-lab/steps";
import { cachedImage } from "./cached-image.js";
import type { ClusterApi } from "./cluster-objects.js";
import { type ImageSupply, seeSupply } from "./fetch-image.js";

/** The nodes as this package needs them: the driver of the machines does. */
export interface Nodes {
  /** By what to multiply timeouts. */
  readonly timeoutFactor: number;
  exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  copyIn(name: string, hostPath: string, path: string, options: CopyOptions): Promise<void>;
}

/** What the registry's steps work with. */
export interface World {
  /** Opens the cluster's API; throws where there is no cluster yet. */
  api(): ClusterApi;
  readonly nodes: Nodes;
  /** Where the cache has the registry's image, once it is fetched. */
  readonly archive: string;
  supply(facts: Facts): Promise<ImageSupply>;
  /** Another file than the host's own, and where labs lock it: for tests. */
  readonly hosts?: { readonly file?: string; readonly dir?: string };
}

/** Returns what opens the API of a lab's cluster; it throws where there is none yet. */
export function apiOf({ state }: Pick<Lab, "state">, { timeoutFactor }: Pick<Nodes, "timeoutFactor">): () => Api {
  const kubeconfig = state.path("kubeconfig");
  let opened: Api | undefined;
  return () => {
    if (!existsSync(kubeconfig)) {
      throw new Problem("LAB-REG-005", kubeconfig, "does not exist, so the cluster cannot be asked", {
        remedy: "Run `npm run lab:up`.",
      });
    }
    // Its connection is kept, whatever is asked.
    return (opened ??= openApiOf(readFileSync(kubeconfig, "utf8"), kubeconfig, timeoutFactor));
  };
}

/** Opens the world of a lab that may not have been made yet. */
export function openWorld(lab: Lab): World {
  const nodes = openDriver(lab);
  return {
    api: apiOf(lab, nodes),
    nodes,
    archive: cachedImage(lab.config.registry.image),
    supply: (facts) => seeSupply(lab, facts),
  };
}
