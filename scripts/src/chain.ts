import { clusterStage } from "@k3s-lab/cluster";
import { hostNetworkStage } from "@k3s-lab/host-network";
import { machinesStage } from "@k3s-lab/machines";
import { registryStage } from "@k3s-lab/registry";
import type { Stage } from "@k3s-lab/stages";

/**
 * What a lab is made of, in order. `lab:up` and `lab:fetch` (by turbo, along the same edges), `lab:plan`, `lab:down`,
 * `lab:status` and `doctor` walk this list.
 */
export const chain: readonly Stage[] = [hostNetworkStage, machinesStage, clusterStage, registryStage];
