import { modulesStep, programsStep } from "@k3s-lab/host";
import { type Lab, machineProvider } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { type HostNetwork, isMacvlan, isPrivate } from "../network.js";
import { changesHost, modulesOf, programsOf } from "../programs.js";
import { forwardingStep } from "./forward-packets.js";
import { guardStep } from "./guard-host.js";
import { keepRoutesStep } from "./keep-routes.js";
import { bridgeStep } from "./make-bridge.js";
import { shimStep } from "./make-shim.js";
import { firewallStep } from "./open-firewall.js";
import { removeShimStep } from "./remove-shim.js";
import { routesStep } from "./route-lab.js";

/** Returns the steps that make the host's side of the LAN. */
export function hostNetworkSteps(lab: Pick<Lab, "id" | "config">, network: HostNetwork): readonly Step[] {
  const find = programsStep(programsOf(lab.config), lab.config.host.install);
  if (network.lan.kind === "virtualbox" || !changesHost(lab.config)) return [find];
  return [find, modulesStep(modulesOf(network.lan)), ...lanSteps(lab, network)];
}

function lanSteps({ id: lab, config }: Pick<Lab, "id" | "config">, network: HostNetwork): readonly Step[] {
  if (isPrivate(network)) {
    const isDockers = machineProvider(config) === "docker";
    return [
      // The guard stands before there is a bridge to guard.
      guardStep(lab, network),
      bridgeStep(lab, network),
      routesStep(lab, network),
      keepRoutesStep(lab, network),
      firewallStep(lab, network, { isDockers }),
      forwardingStep(lab),
    ];
  }
  // The host routes nothing for nodes on its own LAN: no table, no translation, no forwarding.
  const link = isMacvlan(network) ? shimStep(network) : removeShimStep(lab);
  return [link, firewallStep(lab, network)];
}
