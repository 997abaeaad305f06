import { hostNetworkStepIds as steps } from "@k3s-lab/host-network";
import { rule } from "../rule.js";
import type { Survey } from "../survey/survey.js";

const link = "packages/host-network/README.md";

/** Tells whether host-network's step that guards the host was looked at and has nothing to do. */
export function isHostGuarded(hostPlan: Survey["hostPlan"]): boolean {
  return hostPlan?.[steps.guardHost]?.length === 0;
}

export const forwardingOff = rule({
  id: "R13",
  title: "Packets are not forwarded",
  severity: "error",
  why: "Without forwarding a node reaches nothing beyond the host, and a load balancer's address answers only on the pod's own node.",
  remedy: "Run `npm run doctor -- --fix`; on a node: `npm run lab:exec -- NODE sysctl -w net.ipv4.ip_forward=1`.",
  link,
  repair: "host-network",
  reads: ["network"],
  check: ({ host, network, nodes = [] }) => {
    const expected = "net.ipv4.ip_forward = 1";
    const gateway = network.lan.kind === "private" ? [{ subject: "host", forwarding: host.forwarding }] : [];
    return [...gateway, ...nodes.map(({ machine, forwarding }) => ({ subject: machine.name, forwarding }))]
      .filter(({ forwarding }) => forwarding === "0")
      .map(({ subject }) => ({ subject, expected, seen: "0" }));
  },
});

export const hostUnguarded = rule({
  id: "R17",
  title: "The host is not guarded",
  severity: "error",
  why: "The host is the nodes' gateway: without its guard, what they send may leave by any VIF or VPN.",
  remedy: "Run `npm run doctor -- --fix`, which loads the host guard again.",
  link: "packages/guard/README.md",
  repair: "host-network",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => unfinished(hostPlan[steps.guardHost], "the host guard and the lab's address translation"),
});

export const labUnrouted = rule({
  id: "R18",
  title: "Lab traffic follows the host's own routes",
  severity: "error",
  why: "In the main table, the routes of a VPN or a VIF would apply to the nodes, too.",
  remedy: "Run `npm run doctor -- --fix`, which sets the lab's routing table and rules again.",
  link,
  repair: "host-network",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => unfinished(hostPlan[steps.routeLab], "the lab's routing table, and rules before any VPN's"),
});

export const hostSideIncomplete = rule({
  id: "R19",
  title: "The host's side of the LAN is incomplete",
  severity: "error",
  why: "Without bridge or shim the nodes are cut off; without the lab's accept rules, a FORWARD chain that drops takes their packets.",
  remedy: "Run `npm run doctor -- --fix`, which makes what is missing.",
  link,
  repair: "host-network",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => {
    // Each of these steps has a rule of its own.
    const { [steps.guardHost]: _, [steps.routeLab]: __, [steps.forwardPackets]: ___, ...others } = hostPlan;
    return unfinished(Object.values(others).flat(), "nothing left to do for `npm run lab:up`");
  },
});

function unfinished(planned: readonly string[] = [], expected: string) {
  return planned.length === 0 ? [] : [{ subject: "host", expected, seen: "still to be done:", planned }];
}
