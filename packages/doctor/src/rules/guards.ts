import { faultText } from "@k3s-lab/guard";
import { rule } from "../rule.js";
import { listed, remedies } from "./facts.js";
import { isHostGuarded } from "./host-side.js";

const link = "packages/guard/README.md#node-guard";

export const alsoProxyUnguarded = rule({
  id: "R5",
  title: "Telepresence's also-proxy subnets are not guarded",
  severity: "error",
  why: "The node guard covers services and pods only; a request to an unused address of an also-proxy subnet loops past it.",
  remedy: "Run `npm run doctor -- --fix`, or remove the subnet from also-proxy.",
  link: "docs/telepresence.md#connecting",
  repair: "host-network",
  reads: ["network", "telepresence", "hostPlan"],
  check: ({ network, telepresence, hostPlan }) => {
    const mapped = telepresence.filter(({ connected }) => connected).flatMap(({ alsoProxy }) => alsoProxy);
    return mapped.length === 0 || network.lan.kind !== "private" || isHostGuarded(hostPlan)
      ? []
      : [{ subject: "host", expected: "the host guard", seen: `no guard, and also-proxy ${listed(mapped)}` }];
  },
});

export const unguardedNode = rule({
  id: "R8",
  title: "A node is not guarded",
  severity: "error",
  why: "With iptables or ipvs, packets to an address that no service has leave the node, and come back through the VIF.",
  remedy: remedies.guardNode,
  link,
  repair: "cluster",
  reads: ["nodes"],
  check: ({ nodes }) =>
    nodes
      .filter((node) => node.guard.by === "nothing" && node.proxyMode !== "nftables")
      .map(({ machine, proxyMode }) => ({
        subject: machine.name,
        expected: "the node guard, from before K3s starts",
        seen: `no guard, kube-proxy mode ${proxyMode}`,
      })),
});

export const forwardOnlyGuard = rule({
  id: "R9",
  title: "A traffic manager in the host network is only half guarded",
  severity: "error",
  why: "Telepresence's own route-controller drops only what is forwarded: requests of a traffic manager with hostNetwork loop past it.",
  remedy: "Run `npm run doctor -- --fix`, or run the traffic manager without hostNetwork.",
  link: "docs/telepresence.md#its-own-cures",
  repair: "cluster",
  reads: ["nodes", "cluster"],
  check: ({ nodes, cluster }) => {
    const managers = cluster.pods.filter(({ app, hostNetwork }) => app === "traffic-manager" && hostNetwork);
    return nodes
      .filter((node) => !node.guard.guarding)
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
  title: "The node guard is incomplete",
  severity: "error",
  why: "A guard that a flush of the firewall or a reboot removes protects nothing.",
  remedy: remedies.guardNode,
  link,
  repair: "cluster",
  reads: ["nodes"],
  check: ({ nodes }) =>
    nodes
      .filter(({ guard, proxyMode }) => guard.faults.length > 0 && (guard.by !== "nothing" || proxyMode === "nftables"))
      .map(({ machine, guard }) => ({
        subject: machine.name,
        expected: "rules, a last route, a start at boot and a watch",
        seen: guard.faults.map(faultText).join(", "),
      })),
});
