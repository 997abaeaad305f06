import { answerIn, questionFor } from "@k3s-lab/host-network";
import type { Section } from "@k3s-lab/machines";

/** What came of the lookup of a pod. */
export type Lookup = "answered" | "failed";

const asked = "kubernetes.default.svc.cluster.local";
/** How many pods of a node are tried. */
const tries = 3;

/** Asks the cluster's DNS server from the network of a pod; undefined where the node has no pod that could ask. */
export function lookupSection(clusterDns: string): Section<Lookup | undefined> {
  return {
    file: new URL("../../shell/lookup.sh", import.meta.url),
    args: [clusterDns, asked, questionFor(asked), String(tries)],
    parse: parseLookup,
  };
}

export function parseLookup(output: string): Lookup | undefined {
  const answers = [...output.matchAll(/^lookup (\S+)$/gm)].map(([, answer = ""]) => answer);
  if (answers.length === 0) return undefined;
  return answers.some((answer) => answer === "answered" || answerIn(answer) === "knows it") ? "answered" : "failed";
}
