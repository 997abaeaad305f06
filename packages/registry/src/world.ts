import { existsSync, readFileSync } from "node:fs";
import { openApiOf } from "@k3s-lab/kube";
import type { RunOptions, RunResult } from "@k3s-lab/exec";
import type { Lab } from "@k3s-lab/lab";
import { openDriver } from "@k3s-lab/machines";
import { cachedImage } from "./cached-image.js";
import { type KubeApi, openKubeApi } from "./kube-api.js";

/** The nodes as this package needs them: the driver of the machines does. */
export interface Nodes {
  /** By what to multiply timeouts. */
  readonly timeoutFactor: number;
  exec(name: string, argv: readonly string[], options?: RunOptions): Promise<RunResult>;
  copyIn(name: string, hostPath: string, path: string, options: { readonly mode: number }): Promise<void>;
}

/** What the registry's steps work with. */
export interface World {
  readonly api: KubeApi;
  readonly nodes: Nodes;
  /** An archive of the registry's image, where one was fetched: its node then pulls nothing. */
  readonly archive?: string | undefined;
  /** Another file than the host's own, and where labs lock it: for tests. */
  readonly hosts?: { readonly file?: string; readonly dir?: string };
}

/** Of a lab that may not be there yet. */
export function openWorld(lab: Lab): World {
  const archive = cachedImage(lab.config.registry.image);
  const kubeconfig = lab.state.path("kubeconfig");
  return {
    api: openKubeApi(() =>
      existsSync(kubeconfig) ? openApiOf(readFileSync(kubeconfig, "utf8"), kubeconfig) : undefined,
    ),
    nodes: openDriver(lab),
    archive: existsSync(archive) ? archive : undefined,
  };
}
