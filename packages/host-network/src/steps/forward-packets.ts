import { heldSysctls, holdSysctls, readSysctl } from "@k3s-lab/host";
import { type Step, step } from "@k3s-lab/steps";
import { hostActions } from "./host-actions.js";
import { hostNetworkStepIds } from "./step-ids.js";

/** What the host must do for its nodes, by the sysctl that switches it on. */
const duties: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "IPv4 forwarding",
  // Otherwise a container's answers from a published port would fail a strict check of sources (rp_filter).
  "net.ipv4.conf.all.src_valid_mark": "the check of sources by marks",
};

interface Duty {
  readonly key: string;
  readonly held: boolean;
  readonly value: string | undefined;
}

export function forwardingStep(lab: string): Step {
  return step<readonly Duty[]>({
    id: hostNetworkStepIds.forwardPackets,
    title: "Forward packets",
    observe: async () => {
      const held = heldSysctls(lab);
      return Object.keys(duties).map((key) => ({ key, held: key in held, value: readSysctl(key) }));
    },
    plan: (seen) =>
      hostActions(
        seen.map(({ key, held, value }) => ({
          when: !held || value !== "1",
          kind: "change",
          sentence: value === "1" ? `remember that ${duties[key]} is on` : `switch ${duties[key]} on`,
          run: () => holdSysctls(lab, { [key]: "1" }),
        })),
      ),
  });
}
