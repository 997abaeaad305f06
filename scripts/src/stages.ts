import { askedBy, clusterSteps, decideCluster, foreseeRelease, removeCluster } from "@k3s-lab/cluster";
import { removeCanary } from "@k3s-lab/doctor/canary";
import {
  decideHostNetwork,
  hostNetworkSteps,
  probeHost,
  readHostNetwork,
  removeHostNetwork,
} from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import { decideMachines, machinesSteps, readMachines, removeMachines } from "@k3s-lab/machines";
import { decideRegistry, registrySteps, removeRegistry } from "@k3s-lab/registry";
import { foresee, type Step } from "@k3s-lab/steps";

export interface StageSteps {
  readonly stage: string;
  readonly steps: readonly Step[];
}

export interface StagePlan {
  readonly stage: string;
  readonly actions: readonly string[];
}

/** What the stages of lab:up would do, each with the value that its upstream would hand on. Touches nothing. */
export async function foreseeLab(lab: Lab, signal: AbortSignal): Promise<readonly StagePlan[]> {
  const network = decideHostNetwork(lab, await probeHost(), readHostNetwork(lab));
  const machines = decideMachines(lab, network, { remembered: readMachines(lab) });
  const cluster = decideCluster(lab, network, machines, { asked: askedBy(lab), release: await foreseeRelease(lab) });
  const stages: readonly StageSteps[] = [
    { stage: "host-network", steps: hostNetworkSteps(lab, network) },
    { stage: "machines", steps: machinesSteps(lab, machines) },
    { stage: "cluster", steps: clusterSteps(lab, { cluster, network, machines }) },
    { stage: "registry", steps: registrySteps(lab, decideRegistry(lab.config, machines.machines)) },
  ];
  const plans: StagePlan[] = [];
  for (const { stage, steps } of stages) plans.push({ stage, actions: await foresee(steps, signal) });
  return plans;
}

/** What lab:down does, the other way round; found by the lab's id, whatever was recorded. */
export function removals(lab: Lab): readonly StageSteps[] {
  return [
    { stage: "registry", steps: removeRegistry(lab) },
    { stage: "cluster", steps: removeCluster(lab) },
    { stage: "machines", steps: removeMachines(lab) },
    { stage: "host-network", steps: removeHostNetwork(lab) },
    { stage: "doctor", steps: removeCanary() },
  ];
}
