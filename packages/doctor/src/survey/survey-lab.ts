import { clusterRecord, proxiesRecord } from "@k3s-lab/cluster";
import { CommandFailed } from "@k3s-lab/exec";
import { hostNetworkRecord } from "@k3s-lab/host-network";
import { type Lab, trustedByNodes } from "@k3s-lab/lab";
import { describeRelay, machinesRecord } from "@k3s-lab/machines";
import { Problem } from "@k3s-lab/problem";
import { readRegistry, registryRecord, serves } from "@k3s-lab/registry";
import type { Stage } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import type { StageName } from "../rule.js";
import { readClusterSeen } from "./read-cluster.js";
import { readHost, readHostPlan } from "./read-host.js";
import { readMachinesSeen } from "./read-machines.js";
import { readTelepresence } from "./read-telepresence.js";
import type { Part, ReadPart, Survey } from "./survey.js";

export interface SurveyOptions {
  readonly signal: AbortSignal;
  /** Whether the LAN may be asked for the addresses of machines that do not run. */
  readonly probes: boolean;
}

const ofMachines = ["machines", "nodes", "routedNodes", "owners", "relay"] as const;
/** The parts of a survey that cannot be read without a stage. Machines are looked at by what host-network has decided. */
const partsOf: Readonly<Record<StageName, readonly Part[]>> = {
  "host-network": ["network", "hostPlan", ...ofMachines],
  machines: ofMachines,
  cluster: ["cluster", "proxies"],
  registry: ["registry"],
};

/** Returns the stages whose parts of a survey cannot be read, since the chain does not have them. */
export function missingStages(chain: readonly Stage[]): readonly StageName[] {
  return (Object.keys(partsOf) as StageName[]).filter((stage) => !chain.some(({ name }) => name === stage));
}

/**
 * Looks once at what each stage of the chain has made, and at the host, all at the same time. Changes nothing; sends ARP
 * probes only where allowed.
 */
export async function surveyLab(chain: readonly Stage[], lab: Lab, { signal, probes }: SurveyOptions): Promise<Survey> {
  const parts: { -readonly [Name in Part]?: Survey[Name] } = {};
  const unseen: { [Name in Part]?: string } = {};
  for (const stage of missingStages(chain)) for (const part of partsOf[stage]) unseen[part] = `no stage ${stage}`;
  const recorded: Lab["state"]["read"] = (record) =>
    chain.some((stage) => stage.record.file === record.file) ? lab.state.read(record) : undefined;
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
  const network = recorded(hostNetworkRecord);
  const machines = recorded(machinesRecord);
  const registry = recorded(registryRecord) && readRegistry(lab);
  if (network !== undefined) parts.network = network;
  const [host] = await Promise.all([
    readHost(facts),
    network && read("hostPlan", () => readHostPlan(chain, lab, facts)),
    recorded(clusterRecord) && read("cluster", () => readClusterSeen(lab.state.path("kubeconfig"), signal)),
    registry && read("registry", async () => ({ registry, serving: await serves(registry.access, signal) })),
    network && machines && readMachinesSeen(lab, { network, machines, probes, signal }, read, unseen),
    machines && read("relay", () => describeRelay(lab.id, machines)),
    recorded(clusterRecord) && read("proxies", async () => lab.state.read(proxiesRecord)),
    read("unfitAuthorities", async () => trustedByNodes(lab).unfit),
    read("telepresence", () => readTelepresence(signal)),
  ]);
  return { lab, host, ...parts, unseen };
}

/** Returns what is wrong, without what it is wrong with: the rules that were left out tell that. */
function reasonOf(error: unknown): string {
  if (error instanceof CommandFailed) return `${error.subject} ${error.what}`;
  if (error instanceof Problem) return error.what;
  return error instanceof Error ? error.message : String(error);
}
