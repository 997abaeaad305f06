import { rule } from "../rule.js";
import { guardStep } from "./facts.js";

/** Steps of host-network whose plans have rules of their own. */
const routesStep = "route-lab-traffic";
const forwardingStep = "forward-packets";
export const ownSteps = [guardStep, routesStep, forwardingStep];

const link = "packages/host-network/README.md";

export const forwardingOff = rule({
  id: "R13",
  title: "Packets are not forwarded",
  severity: "error",
  why: "Without it a node reaches nothing beyond the host, and a load balancer's address answers on the pod's own node only.",
  remedy: "Run `npm run doctor -- --fix`; on a node: `npm run lab:exec -- NODE sysctl -w net.ipv4.ip_forward=1`.",
  link,
  mend: "host",
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
  remedy: "Run `npm run doctor -- --fix`, which puts the host guard up again.",
  link: "packages/guard/README.md",
  mend: "host",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => undone(hostPlan[guardStep], "the host guard and the lab's address translation"),
});

export const labUnrouted = rule({
  id: "R18",
  title: "Lab traffic takes the host's own routes",
  severity: "error",
  why: "In the main table, a VPN's or VIF's routes would be the nodes', too.",
  remedy: "Run `npm run doctor -- --fix`, which puts table and rules up again.",
  link,
  mend: "host",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => undone(hostPlan[routesStep], "the lab's routing table, and rules before any VPN's"),
});

export const hostSideUndone = rule({
  id: "R19",
  title: "The host's side of the LAN is not whole",
  severity: "error",
  why: "Without bridge or shim nodes are cut off; without the lab's accepts a FORWARD chain that drops takes their packets.",
  remedy: "Run `npm run doctor -- --fix`, which makes it again.",
  link,
  mend: "host",
  reads: ["hostPlan"],
  check: ({ hostPlan }) => {
    const others = Object.entries(hostPlan).filter(([title]) => !ownSteps.includes(title));
    const sentences = others.flatMap(([, each]) => each);
    return undone(sentences, "nothing left to do for lab:up");
  },
});

function undone(sentences: readonly string[] | undefined, expected: string) {
  if (sentences === undefined || sentences.length === 0) return [];
  const subject = "host";
  return [
    { subject, expected, seen: `still to do: ${sentences.map((each) => each.replace(/^host: /, "")).join("; ")}` },
  ];
}
