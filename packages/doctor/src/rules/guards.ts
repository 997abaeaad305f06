import { rule } from "../rule.js";
import { hasGuardRules, isHostGuarded, listed } from "./facts.js";

const link = "packages/guard/README.md#node-guard";

export const alsoProxyUnguarded = rule({
  id: "R5",
  title: "Telepresence's also-proxy is not guarded",
  severity: "error",
  why: "The node guard knows services and pods; an also-proxy subnet that nobody serves loops past it.",
  remedy: "Run `npm run doctor -- --fix`, or take the subnet out of also-proxy.",
  link: "docs/telepresence.md#connecting",
  mend: "host",
  reads: ["network", "telepresence", "hostPlan"],
  check: ({ network, telepresence, hostPlan }) => {
    const mapped = telepresence.filter(({ connected }) => connected).flatMap(({ alsoProxy }) => alsoProxy);
    if (mapped.length === 0 || network.lan.kind !== "private" || isHostGuarded(hostPlan)) return [];
    return [{ subject: "host", expected: "the host guard", seen: `no guard, and also-proxy ${listed(mapped)}` }];
  },
});

export const unguardedNode = rule({
  id: "R8",
  title: "A node is not guarded",
  severity: "error",
  why: "By iptables and ipvs it lets an address that no service has leave the node, and come back by the VIF.",
  remedy: "Run `npm run doctor -- --fix`, which guards the node again.",
  link,
  mend: "guards",
  reads: ["nodes"],
  check: ({ nodes }) =>
    nodes
      .filter((node) => node.guard.by === "nothing" && node.proxyMode !== "nftables")
      .map(({ machine, proxyMode }) => ({
        subject: machine.name,
        expected: "the node guard, from before K3s starts",
        seen: `no guard, kube-proxy by ${proxyMode === "unknown" ? "an unknown way" : proxyMode}`,
      })),
});

export const forwardOnlyGuard = rule({
  id: "R9",
  title: "A traffic manager in the host network is half guarded",
  severity: "error",
  why: "Telepresence's own route-controller drops what is forwarded only: a manager with hostNetwork loops past it.",
  remedy: "Run `npm run doctor -- --fix`, or run the traffic manager without hostNetwork.",
  link: "docs/telepresence.md#its-own-cures",
  mend: "guards",
  reads: ["nodes", "cluster"],
  check: ({ nodes, cluster }) => {
    const managers = cluster.pods.filter(({ app, hostNetwork }) => app === "traffic-manager" && hostNetwork);
    return nodes
      .filter((node) => !hasGuardRules(node))
      .flatMap(({ machine }) => managers.filter(({ node }) => node === machine.name))
      .map(({ namespace, name, node = "" }) => ({
        subject: node,
        expected: "the node guard, which has an output hook",
        seen: `${namespace}/${name} in the host network, and no such guard`,
      }));
  },
});

export const nodeGuardBroken = rule({
  id: "R16",
  title: "The node guard is not whole",
  severity: "error",
  why: "A guard that a flush of the rules or a reboot takes away is none.",
  remedy: "Run `npm run doctor -- --fix`, which guards the node again.",
  link,
  mend: "guards",
  reads: ["nodes"],
  check: ({ nodes }) =>
    nodes
      .filter(({ guard, proxyMode }) => guard.faults.length > 0 && (guard.by !== "nothing" || proxyMode === "nftables"))
      .map(({ machine, guard }) => ({
        subject: machine.name,
        expected: "rules, a last route, a start at boot and a watch",
        seen: guard.faults.join(", "),
      })),
});
