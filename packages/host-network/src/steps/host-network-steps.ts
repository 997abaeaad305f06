import type { Lab } from "@k3s-lab/lab";
import type { Step } from "@k3s-lab/steps";
import { HostView } from "../host-view.js";
import type { HostNetwork } from "../network.js";
import { guardStep } from "./guard-host.js";
import { bridgeStep } from "./make-bridge.js";
import { firewallStep } from "./open-firewall.js";
import { forwardingStep, modulesStep, programsStep } from "./prepare-host.js";
import { routesStep } from "./route-lab.js";

/** The host's side of the LAN. The guard stands before there is a bridge to guard. */
export function hostNetworkSteps(
  lab: Pick<Lab, "id" | "config">,
  network: HostNetwork,
  view: HostView = new HostView(),
): readonly Step[] {
  return [
    programsStep(lab.config.host.install),
    modulesStep(),
    guardStep(lab.id, network, view),
    bridgeStep(lab.id, network, view),
    routesStep(lab.id, network, view),
    firewallStep(lab.id, network, view),
    forwardingStep(lab.id),
  ];
}
