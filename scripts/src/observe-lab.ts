import { hostname } from "node:os";
import { readHostPlan } from "@k3s-lab/doctor";
import { readSysctl } from "@k3s-lab/host";
import { hostNetworkStepIds, readHostNetwork, seeHost } from "@k3s-lab/host-network";
import type { Lab } from "@k3s-lab/lab";
import type { MachinesDescription } from "@k3s-lab/machines";
import { askKernel, type NodeObserved, type Observed } from "@k3s-lab/map";
import { describeLab, type Stage } from "@k3s-lab/stages";
import { Facts } from "@k3s-lab/steps";
import { lookAtLab } from "./show-lab.js";

/** Observes what a map shows, whether there is a lab or not. Changes nothing, and sends no packet beyond the lab. */
export async function observeLab(chain: readonly Stage[], lab: Lab, signal: AbortSignal): Promise<Observed> {
  const at = new Date();
  const facts = new Facts(signal);
  const network = readHostNetwork(lab);
  const [host, status, plan, answers] = await Promise.all([
    seeHost(facts),
    lookAtLab(chain, lab, facts),
    planOfHost(chain, lab, facts),
    network && askKernel(network, signal),
  ]);
  return {
    name: lab.config.name,
    at,
    state: status?.state ?? "absent",
    host: {
      ...host,
      hostName: hostname(),
      forwarding: readSysctl("net.ipv4.ip_forward"),
      guarded: plan?.[hostNetworkStepIds.guardHost]?.length === 0,
      missing: Object.values(plan ?? {}).flat(),
      ...(plan === undefined && { guarded: undefined, missing: undefined }),
    },
    network,
    nodes: status?.nodes ?? (await nodesWithoutCluster(chain, lab, facts)),
    answers,
    k3s: status && { version: status.k3s.version, server: status.k3s.server, silence: status.k3s.silence },
    registry: status?.registry,
  };
}

/** Returns what `lab:up` would do to the host's side of the lab; undefined where this user may not look, or is no lab. */
async function planOfHost(chain: readonly Stage[], lab: Lab, facts: Facts) {
  if (process.getuid?.() !== 0 || readHostNetwork(lab) === undefined) return undefined;
  return readHostPlan(chain, lab, facts);
}

/** The machines of a lab that `lab:up` has not brought as far as the cluster. */
async function nodesWithoutCluster(chain: readonly Stage[], lab: Lab, facts: Facts): Promise<readonly NodeObserved[]> {
  const addresses = readHostNetwork(lab)?.addresses ?? {};
  if (Object.keys(addresses).length === 0) return [];
  const { machines }: { machines?: MachinesDescription } = await describeLab(chain, lab, facts);
  return lab.config.nodes.flatMap(({ name, role }): readonly NodeObserved[] => {
    const address = addresses[name];
    if (address === undefined) return [];
    return [
      {
        name,
        role,
        address,
        machine: machines?.states[name] ?? "absent",
        ready: false,
        obstacle: "K3s is not installed yet",
      },
    ];
  });
}
