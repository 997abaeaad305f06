import { accessSync, constants } from "node:fs";
import type { RequestOptions } from "node:https";
import type { Connection } from "@k3s-lab/kube";
import { Problem } from "@k3s-lab/problem";
import type { KubeConfig } from "@kubernetes/client-node";

/** A context of a kubeconfig: how its cluster is reached, and what a message calls it. */
export interface Target {
  readonly file: string;
  readonly context: string;
  readonly connection: Connection;
}

/** Reads a kubeconfig and chooses a context of it. Throws what is wrong before anything is asked (exit code 2). */
export async function openKubeconfig(file: string, context?: string): Promise<Target> {
  const config = await read(file);
  const known = config.contexts.map(({ name }) => name);
  const offer = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  const chosen = context ?? config.currentContext;
  if (!chosen) throw wrong(file, `names no current context; ${offer}`, { remedy: "Choose one by --context." });
  const found = config.getContextObject(chosen);
  if (!found) throw wrong(file, `has no context ${chosen}; ${offer}`, { remedy: "Choose one by --context." });
  config.setCurrentContext(chosen);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw wrong(file, `its context ${chosen} is of the cluster ${found.cluster}, which is not in it`);
  if (found.user && !config.getCurrentUser()) {
    throw wrong(file, `its context ${chosen} is of the user ${found.user}, who is not in it`);
  }
  const server = cluster.server.replace(/\/+$/, "");
  return { file, context: chosen, connection: { server, access: () => accessOf(config, file) } };
}

/** Asks the library for what lets the user in: it may run an exec plugin, and keeps what that has handed out. */
async function accessOf(config: KubeConfig, file: string): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const what = `its context ${config.currentContext} cannot sign in: ${(cause as Error).message}`;
    throw new Problem("LAB-GRD-005", file, what, { cause });
  }
  return options;
}

async function read(file: string): Promise<KubeConfig> {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw wrong(file, isMissing ? "does not exist, expected a kubeconfig" : "cannot be read by this user", { cause });
  }
  // Loaded late: it takes 400 ms and 70 MB, and is here only to understand every kind of kubeconfig.
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const config = new Config();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw wrong(file, `is not a kubeconfig: ${(cause as Error).message.split("\n")[0]}`, { cause });
  }
  return config;
}

function wrong(file: string, what: string, options?: { readonly remedy?: string; readonly cause?: unknown }): Problem {
  return new Problem("LAB-GRD-010", file, what, options);
}
