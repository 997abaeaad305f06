import { judgeNameservers } from "@k3s-lab/host-network";
import { rule } from "../rule.js";
import { defaultRoutes, isUserMode, listed } from "./facts.js";

/** The resolvers of user-mode NATs (VirtualBox and QEMU, Lima), which ask the host's own resolver. */
const natProxies: ReadonlySet<string> = new Set(["10.0.2.3", "192.168.5.3"]);

const link = "docs/network.md#resolvers";

export const resolverLeadsBack = rule({
  id: "R6",
  title: "A node's resolver leads back to the host",
  severity: "error",
  why: "Through a VIF that resolves the cluster's names, lookups loop as requests do: one query became 1,234.",
  remedy: "Run `npm run doctor -- --fix`, or name other resolvers with network.nameservers in lab.yaml.",
  link,
  repair: "machines",
  reads: ["network", "nodes"],
  check: ({ host, network, nodes }) =>
    nodes.flatMap(({ machine, resolvers }) =>
      judgeNameservers({ ...host, nameservers: resolvers }).flatMap(({ address, unusable }) => {
        const wrong = natProxies.has(address) ? "is the proxy of a NAT, which asks the host's resolver" : unusable;
        return wrong === undefined
          ? []
          : [{ subject: machine.name, expected: listed(network.resolvers), seen: `${address} ${wrong}` }];
      }),
    ),
});

export const sharedResolver = rule({
  id: "R7",
  title: "A node behind a user-mode NAT shares the host's resolver",
  severity: "error",
  why: "Telepresence intercepts what the host sends to its resolver, including the queries that the NAT sends for the node: one query became 1,619.",
  remedy: "Name another resolver with network.nameservers in lab.yaml, then run `npm run lab:up`.",
  link,
  reads: ["routedNodes"],
  check: ({ host, routedNodes }) =>
    routedNodes.flatMap((node) => {
      const shared = node.resolvers.filter((address) => host.nameservers.includes(address));
      return shared.length > 0 && isUserMode(defaultRoutes(node)[0]?.gateway)
        ? [{ subject: node.machine.name, expected: "other resolvers than the host's", seen: listed(shared) }]
        : [];
    }),
});
