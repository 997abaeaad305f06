import { accessSync, constants } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { Problem } from "@k3s-lab/problem";

/** A kubeconfig's context, and how a person would call it in a message. */
export interface Target {
  readonly config: KubeConfig;
  readonly file: string;
  readonly context: string;
  /** "https://10.76.0.10:6443" */
  readonly server: string;
}

/** Reads a kubeconfig and chooses a context of it. What is wrong is said before anything is asked (exit code 2). */
export function openKubeconfig(file: string, context?: string): Target {
  const config = read(file);
  const there = config.contexts.map(({ name }) => name);
  const offer = there.length === 0 ? "it has none" : `it has ${there.join(", ")}`;
  const chosen = context ?? config.currentContext;
  if (!chosen) throw wrong(file, `names no current context; ${offer}`, "Choose one by --context.");
  const found = config.getContextObject(chosen);
  if (!found) throw wrong(file, `has no context ${chosen}; ${offer}`, "Choose one by --context.");
  config.setCurrentContext(chosen);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw wrong(file, `its context ${chosen} is of the cluster ${found.cluster}, which is not in it`);
  if (found.user && !config.getCurrentUser()) {
    throw wrong(file, `its context ${chosen} is of the user ${found.user}, who is not in it`);
  }
  return { config, file, context: chosen, server: cluster.server };
}

function read(file: string): KubeConfig {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    throw wrong(
      file,
      missing ? "is not there, expected a kubeconfig" : "cannot be read by this user",
      undefined,
      cause,
    );
  }
  const config = new KubeConfig();
  try {
    config.loadFromFile(file);
  } catch (cause) {
    throw wrong(file, `is no kubeconfig: ${(cause as Error).message.split("\n")[0]}`, undefined, cause);
  }
  return config;
}

function wrong(file: string, what: string, remedy?: string, cause?: unknown): Problem {
  return new Problem("LAB-GRD-010", file, what, { cause, ...(remedy === undefined ? {} : { remedy }) });
}
