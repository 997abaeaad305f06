import { join } from "node:path";
import { run } from "@k3s-lab/exec";
import { Problem } from "@k3s-lab/problem";
import type { Suite } from "./build-suite.js";
import type { Places } from "./places.js";

/** The cluster that is tested. */
export interface Cluster {
  /** The path of a kubeconfig. */
  readonly kubeconfig: string;
  /** Added to the environment of what asks the cluster. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where its nodes pull the images of the tests: "multi:5000/e2e". Undefined: where Kubernetes' own tests pull them. */
  readonly images: string | undefined;
}

/** Keeps what kubectl remembers of a cluster out of the home of the person who calls. */
export function kubectlCache({ dir }: Places): Readonly<Record<string, string>> {
  return { KUBECACHEDIR: join(dir, "kube-cache") };
}

/** What a cluster tells of itself. */
export interface ClusterSeen {
  /** "v1.34.4+modules" */
  readonly version: string;
  /** "abcdef (2026-11-29T07:00:00Z)", which tells two builds of a version apart. */
  readonly build: string;
  readonly nodes: readonly NodeSeen[];
  /** The names of its StorageClasses. */
  readonly storageClasses: readonly string[];
}

export interface NodeSeen {
  readonly name: string;
  readonly kubelet: string;
  readonly system: string;
  readonly kernel: string;
  readonly runtime: string;
}

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status: { readonly nodeInfo: Readonly<Record<string, string>> };
}

/** Asks a cluster what it is, by the suite's own kubectl, which reads every kubeconfig. */
export async function seeCluster(
  { kubeconfig, env }: Pick<Cluster, "kubeconfig" | "env">,
  suite: Pick<Suite, "folder">,
  signal: AbortSignal,
): Promise<ClusterSeen> {
  const ask = async <Answer>(...words: readonly string[]): Promise<Answer> => {
    try {
      const args = [`--kubeconfig=${kubeconfig}`, ...words, "-o", "json"];
      const { stdout } = await run(join(suite.folder, "kubectl"), args, { env, signal });
      return JSON.parse(stdout) as Answer;
    } catch (cause) {
      signal.throwIfAborted();
      throw new Problem("LAB-TST-003", kubeconfig, `kubectl ${words.join(" ")}: ${(cause as Problem).what}`, { cause });
    }
  };
  const { serverVersion } = await ask<{ readonly serverVersion?: Readonly<Record<string, string>> }>("version");
  const nodes = await ask<{ readonly items: readonly NodeObject[] }>("get", "nodes");
  const classes = await ask<{ readonly items: readonly Pick<NodeObject, "metadata">[] }>("get", "storageclasses");
  return {
    version: serverVersion?.["gitVersion"] ?? "unknown",
    build: `${serverVersion?.["gitCommit"] ?? ""} (${serverVersion?.["buildDate"] ?? ""})`,
    nodes: nodes.items.map(({ metadata, status: { nodeInfo: info } }) => ({
      name: metadata.name,
      kubelet: info["kubeletVersion"] ?? "",
      system: info["osImage"] ?? "",
      kernel: info["kernelVersion"] ?? "",
      runtime: info["containerRuntimeVersion"] ?? "",
    })),
    storageClasses: classes.items.map(({ metadata }) => metadata.name),
  };
}
