import { guardSteps, readCluster } from "@k3s-lab/cluster";
import { hostNetworkSteps } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import { mendNodesSteps, readMachines } from "@k3s-lab/machines";
import { hostsStep } from "@k3s-lab/registry";
import type { Step } from "@k3s-lab/steps";
import type { Diagnosed } from "./examine.js";
import type { Mend } from "./rule.js";
import type { Survey } from "./survey/survey.js";

/** Steps of a stage of lab:up that mend what was found. */
export interface Mending {
  readonly stage: string;
  readonly steps: readonly Step[];
}

/** In the order of the stages. */
const all: readonly Mend[] = ["host", "nodes", "guards", "hosts"];

/**
 * What is safe to do about findings: the very steps of lab:up, with what lab:up has recorded, on machines that run.
 * Nothing is chosen anew, no machine starts or stops, and K3s goes on.
 */
export function mendings(lab: Lab, survey: Survey, findings: readonly Diagnosed[]): readonly Mending[] {
  const wanted = new Set(findings.flatMap(({ mend }) => mend ?? []));
  // On a host that has moved, what was recorded is wrong itself: that is for lab:up to decide.
  if (findings.some(({ rule }) => rule === "R12")) wanted.delete("host");
  return all
    .filter((mend) => wanted.has(mend))
    .map((mend) => mendingOf(lab, survey, mend))
    .filter(({ steps }) => steps.length > 0);
}

function mendingOf(lab: Lab, { network, registry, nodes = [] }: Survey, mend: Mend): Mending {
  const machines = readMachines(lab);
  const cluster = readCluster(lab);
  switch (mend) {
    case "host":
      return { stage: "host-network", steps: network === undefined ? [] : hostNetworkSteps(lab, network) };
    case "nodes":
      return { stage: "machines", steps: machines === undefined ? [] : mendNodesSteps(lab, machines) };
    case "guards": {
      if (network === undefined || machines === undefined || cluster === undefined)
        return { stage: "cluster", steps: [] };
      const running = new Set(nodes.map(({ machine }) => machine.name));
      return { stage: "cluster", steps: guardSteps(lab, { cluster, network, machines }, running) };
    }
    case "hosts":
      return { stage: "registry", steps: registry === undefined ? [] : [hostsStep(lab, registry.registry)] };
  }
}
