import { heldSysctls, holdSysctls, readSysctl } from "@k3s-lab/host";
import { type Step, step } from "@k3s-lab/steps";
import { hostActions } from "./host-actions.js";
import { hostNetworkStepIds } from "./step-ids.js";

const forwarding = "net.ipv4.ip_forward";

export function forwardingStep(lab: string): Step {
  return step<{ readonly held: boolean; readonly value: string | undefined }>({
    id: hostNetworkStepIds.forwardPackets,
    title: "Forward packets",
    observe: async () => ({ held: forwarding in heldSysctls(lab), value: readSysctl(forwarding) }),
    plan: ({ held, value }) =>
      hostActions([
        {
          when: !held || value !== "1",
          sentence: value === "1" ? "remember that IPv4 forwarding is on" : "switch IPv4 forwarding on",
          run: () => holdSysctls(lab, { [forwarding]: "1" }),
        },
      ]),
  });
}
