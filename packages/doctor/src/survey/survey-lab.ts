import { type Lab } from "@k3s-lab/lab";
import { Problem } from "@k3s-lab/problem";
import { CommandFailed } from "@k3s-lab/exec";
import { readHostNetwork } from "@k3s-lab/host-network";
import { clusterRecord } from "@k3s-lab/cluster";
import { readMachines } from "@k3s-lab/machines";
import { readRegistry, serves } from "@k3s-lab/registry";
import { Facts } from "@k3s-lab/steps";
import { readClusterSeen } from "./read-cluster.js";
import { readHost, readHostPlan } from "./read-host.js";
import { readMachinesSeen } from "./read-machines.js";
import { readTelepresence } from "./read-telepresence.js";
import type { Part, Survey } from "./survey.js";

export interface SurveyOptions {
  readonly signal: AbortSignal;
  /** Whether the LAN may be asked for the addresses of machines that do not run. */
  readonly probes: boolean;
}

/** Reads a part of a survey; one that cannot be read is noted with the reason, and the others go on. */
export type ReadPart = <Name extends Part>(
  name: Name,
  read: () => Promise<Survey[Name] | undefined>,
) => Promise<Survey[Name] | undefined>;

/** One look at everything, all of it at the same time. Changes nothing; sends ARP probes only where allowed. */
export async function surveyLab(lab: Lab, { signal, probes }: SurveyOptions): Promise<Survey> {
  const parts: { -readonly [Name in Part]?: Survey[Name] } = {};
  const unseen: { [Name in Part]?: string } = {};
  const read: ReadPart = async (name, reading) => {
    try {
      const value = await reading();
      if (value !== undefined) parts[name] = value;
      return value;
    } catch (error) {
      signal.throwIfAborted();
      unseen[name] = reasonOf(error);
      return undefined;
    }
  };
  const facts = new Facts(signal);
  const network = readHostNetwork(lab);
  const machines = readMachines(lab);
  const registry = readRegistry(lab);
  if (network !== undefined) parts.network = network;
  const [host] = await Promise.all([
    readHost(facts),
    network && read("hostPlan", () => readHostPlan(lab, network, facts)),
    lab.state.read(clusterRecord) && read("cluster", () => readClusterSeen(lab.state.path("kubeconfig"), signal)),
    registry && read("registry", async () => ({ registry, serving: await serves(registry.endpoint, signal) })),
    network && machines && readMachinesSeen(lab, { network, machines, probes, signal }, read, unseen),
    read("telepresence", () => readTelepresence(signal)),
  ]);
  return { lab, host, ...parts, unseen };
}

function reasonOf(error: unknown): string {
  if (error instanceof CommandFailed) return `${error.subject} ${error.what}`;
  if (error instanceof Problem) return error.what;
  return error instanceof Error ? error.message : String(error);
}
